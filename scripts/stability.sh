#!/usr/bin/env bash
# The tables of docs/stability.md: examples/gan_2d by the protocol of VEEGAN and PacGAN, 10 seeds for each remedy, on the ring
# and on the grid, one network and one budget for all. Builds, runs a process a CPU with one thread each, and prints the tables.
# Each run is a line in RESULTS; runs that are there are not made again, so that it can be stopped and called again.
#   stability.sh [--seeds N] [--data ring|grid] [--only PATTERN] [--results FILE] [--program GAN_2D] [--table]
#     --only      rows whose name matches the regular expression
#     --program   of another build
#     --table     run nothing: print the tables of what is there
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
seeds=10 datasets='ring grid' only=. results=$root/out/stability/runs.txt program='' table=0
while [ $# -gt 0 ]; do
  [ "$1" = --table ] || [ $# -gt 1 ] || set -- --help # every other option has a value
  case $1 in
    --seeds) seeds=$2; shift ;;
    --data) datasets=$2; shift ;;
    --only) only=$2; shift ;;
    --results) results=$2; shift ;;
    --program) program=$2; shift ;;
    --table) table=1 ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done

# The budget, in batches of 128 points that D sees. In a row {T} stands for it, {F} for four fifths of it, {C} for a fifth.
steps_of() { case $1 in ring) echo 8000 ;; grid) echo 16000 ;; esac; }

# Name | options of the trainer | options of gan_2d. A row has the plain GAN's where it says nothing: non_saturating, no penalty, and
adam='adam lr=1e-3 beta1=0 beta2=0.99'
annealed='adam lr=cosine(3e-3,0,{T}) beta1=0 beta2=0.99'
rows() {
  cat <<ROWS
plain GAN, without averaging|average=false|
plain GAN||
label smoothing||--loss "non_saturating smoothing=0.1"
instance noise|instance_noise=linear(0.2,0,{F})|
feature matching, added|feature_matching=features feature_matching_mode=add|
minibatch discrimination||--minibatch-discrimination
minibatch stddev||--minibatch-stddev
PacGAN2||--pac 2
two learning rates||--generator "adam lr=2.5e-4 beta1=0 beta2=0.99"
learning rate annealed||--generator "$annealed" --discriminator "$annealed"
D skipped while right|d_skip_above=0.6|
layer norm||--norm-d layer_norm
least squares||--loss least_squares
hinge||--loss hinge
hinge, spectral norm||--loss hinge --spectral-norm
Wasserstein, clipping|d_steps=5|--loss "wasserstein clip=0.1" --steps {C}
WGAN-GP|d_steps=5|--loss wgan_gp --steps {C}
DRAGAN||--penalties "dragan lambda=1"
zero-centred penalty||--penalties "zero_centered lambda=0.1"
R1||--penalties "r1 gamma=0.1"
relativistic average||--loss relativistic_average
relativistic pairing||--loss relativistic_pairing
relativistic pairing, R1, R2||--loss relativistic_pairing --penalties "r1 gamma=0.1; r2 gamma=0.1"
the same, annealed||--loss relativistic_pairing --penalties "r1 gamma=exponential(0.3,5e-4,{F}); r2 gamma=exponential(0.3,5e-4,{F})" --generator "$annealed" --discriminator "$annealed"
ROWS
}

if [ -z "$program" ] && [ $table = 0 ]; then
  mkdir -p "$root/build"
  program=$root/build/stability/examples/gan_2d
  { cmake -S "$root" -B "$root/build/stability" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGAN_BUILD_TESTS=OFF &&
    cmake --build "$root/build/stability" --target gan_2d; } >"$root/build/stability.log" || exit
fi
mkdir -p "$(dirname "$results")"
touch "$results"

# run NAME TRAINER OPTIONS DATA SEED: one line of results.
run() {
  local steps trainer=$2 options=$3 line
  steps=$(steps_of "$4")
  trainer=${trainer//'{F}'/$((steps * 4 / 5))}
  options=${options//'{T}'/$steps}
  options=${options//'{F}'/$((steps * 4 / 5))}
  options=${options//'{C}'/$((steps / 5))}
  eval "options=($options)" # the quotes of a row are the shell's
  line=$("$program" --quiet --threads 1 --data "$4" --seed "$5" --steps "$steps" --batch 128 --generator "$adam" \
    --discriminator "$adam" --trainer "half_life=88000 $trainer" ${options[@]+"${options[@]}"} 2>>"$results.log") ||
    { echo "stability.sh: failed: $1, $4, seed $5; see $results.log" >&2; return 1; }
  printf '%s|%s|%s|%s\n' "$1" "$2" "$3" "$line" >>"$results"
}

end_runs() {
  local group
  for group in $(jobs -p); do kill -- "-$group" 2>/dev/null || true; done
}

if [ $table = 0 ]; then
  set -m # each run is a process group, to be ended whole
  trap end_runs EXIT
  trap 'exit 130' INT TERM
  cpus=$(nproc)
  for seed in $(seq 1 "$seeds"); do
    for data in $datasets; do
      while IFS='|' read -r name trainer options; do
        if [[ ! $name =~ $only ]] || grep -qF "$name|$trainer|$options|data=$data seed=$seed " "$results"; then continue; fi
        while [ "$(jobs -rp | wc -l)" -ge "$cpus" ]; do wait -n || true; done
        run "$name" "$trainer" "$options" "$data" "$seed" </dev/null &
      done < <(rows)
    done
  done
  wait
  trap - EXIT INT TERM
  set +m
fi

# Median and worst of the modes, how many runs found all of them, mean and worst of the good samples, means of the rest.
for data in $datasets; do
  printf '\n| %s | modes: median (worst) | runs that found all | good samples: mean (worst) | KL | rarest mode |\n|---|---|---|---|---|---|\n' "$data"
  while IFS= read -r row; do
    [[ ${row%%|*} =~ $only ]] || continue
    awk -v row="$row|data=$data " -v name="${row%%|*}" '
      index($0, row) == 1 {
        n++
        for (i = split(substr($0, length(row)), word, " "); i > 0; i--) {
          split(word[i], part, "=")
          value[part[1]] = part[2]
        }
        place = n # the modes in order
        for (; place > 1 && modes[place - 1] > value["modes"] + 0; place--) modes[place] = modes[place - 1]
        modes[place] = value["modes"] + 0
        all += value["modes"] == value["of"]
        good += value["good"]
        if (n == 1 || value["good"] < least) least = value["good"]
        kl += value["kl"]
        smallest += value["smallest"]
        ended += value["status"] != "GAN_OK"
      }
      END {
        if (n == 0) exit
        printf "| %s%s | %g (%d) of %d | %d of %d | %.1f %% (%.1f %%) | %.3f | %.1f %% |\n", name,
          ended ? ", " ended " diverged" : "", (modes[int((n + 1) / 2)] + modes[int(n / 2) + 1]) / 2, modes[1],
          value["of"], all, n, 100 * good / n, 100 * least, kl / n, 100 * smallest / n
      }' "$results"
  done < <(rows)
done
