#!/usr/bin/env bash
# The table and the pictures of docs/stability.md on digits: a DCGAN whose discriminator is too strong (no norm, five updates a
# step, a high learning rate), plain and with one remedy at a time, counted by the classifier in examples/data. Builds, runs a
# process a CPU with one thread each, writes a grid of each row's first seed to OUT, and prints the table. Runs that are there
# are not made again, so that it can be stopped and called again.
#   stability-digits.sh [--seeds N] [--only PATTERN] [--out FOLDER] [--programs FOLDER] [--table]
#     --only       rows whose name matches the regular expression
#     --programs   where dcgan_mnist and gan_evaluate of another build are
#     --table      run nothing: print the table of what is there
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
seeds=3 only=. out=$root/out/stability-digits programs='' table=0
while [ $# -gt 0 ]; do
  [ "$1" = --table ] || [ $# -gt 1 ] || set -- --help # every other option has a value
  case $1 in
    --seeds) seeds=$2; shift ;;
    --only) only=$2; shift ;;
    --out) out=$2; shift ;;
    --programs) programs=$2; shift ;;
    --table) table=1 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done
judge=$root/examples/data/digit_classifier.safetensors steps=1000

# count PATH: the row of 10,000 of these samples (a class is hit if one in a hundred is a clear sample of it):
# | path | count | classes hit | of | divergence from an even share of each | share of the rarest | share of clear ones |
count() {
  "$programs/gan_evaluate" --judge "$judge" --measures "modes confidence=0.99 share=0.01" --format table --threads 1 "$1" | tail -n 1
}

# Name | options of dcgan_mnist, after those that all rows share.
strong='adam lr=2e-3'
rows() {
  cat <<ROWS
plain GAN|--trainer "d_steps=5 average=false"
averaging|--trainer "d_steps=5 half_life=2000"
label smoothing|--trainer "d_steps=5 average=false" --loss "non_saturating smoothing=0.1"
instance noise|--trainer "d_steps=5 average=false instance_noise=linear(1,0,800)"
D skipped while right|--trainer "d_steps=5 average=false d_skip_above=0.75"
one D step, lower rate for D|--trainer "d_steps=1 average=false" --discriminator "adam lr=2e-4"
gradient clipping|--trainer "d_steps=5 average=false" --generator "$strong clip_gradient_norm=1" --discriminator "$strong clip_gradient_norm=1"
PacGAN2|--trainer "d_steps=5 average=false" --pac 2
DiffAugment|--trainer "d_steps=5 average=false augment=\"policy=translation,cutout fill=-1\""
batch norm|--trainer "d_steps=5 average=false" --norm batch_norm
layer norm|--trainer "d_steps=5 average=false" --norm layer_norm
spectral norm|--trainer "d_steps=5 average=false" --spectral-norm
hinge, spectral norm|--trainer "d_steps=5 average=false" --spectral-norm --loss hinge
R1|--trainer "d_steps=5 average=false" --penalties "r1 gamma=1"
WGAN-GP|--trainer "d_steps=5 average=false" --loss wgan_gp
relativistic pairing, R1, R2|--trainer "d_steps=5 average=false" --loss relativistic_pairing --penalties "r1 gamma=1; r2 gamma=1"
relativistic pairing, R1, R2, averaged|--trainer "d_steps=5 half_life=2000" --loss relativistic_pairing --penalties "r1 gamma=1; r2 gamma=1"
a DCGAN's usual settings|--trainer "d_steps=1 average=false" --norm batch_norm --generator "adam lr=5e-4 beta1=0.5" --discriminator "adam lr=5e-4 beta1=0.5"
ROWS
}

if [ -z "$programs" ] && [ $table = 0 ]; then
  mkdir -p "$root/build"
  programs=$root/build/stability/examples
  { cmake -S "$root" -B "$root/build/stability" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGAN_BUILD_TESTS=OFF &&
    cmake --build "$root/build/stability" --target dcgan_mnist gan_evaluate; } >"$root/build/stability.log" || exit
fi
mkdir -p "$out"

# run NAME OPTIONS SEED: a file with the judge's row, or what ended the run.
run() {
  local options folder file said
  folder=$out/${1//[^A-Za-z0-9]/-}-$3
  eval "options=($2)" # the quotes of a row are the shell's
  rm -rf "$folder"
  if "$programs/dcgan_mnist" --data "$root/examples/data" --width 32 --batch 32 --norm none --generator "$strong" \
    --discriminator "$strong" --steps $steps --threads 1 --seed "$3" --out "$folder" "${options[@]}" >"$folder.log" 2>&1; then
    said=$(count "$folder/generator.safetensors")
  elif grep -q GAN_E_DIVERGED "$folder.log"; then
    said='| diverged |'
  else
    echo "stability-digits.sh: failed: $1, seed $3; see $folder.log" >&2
    return 1
  fi
  printf '%s\n' "$2" "$said" >"$folder.txt"
  if [ "$3" = 1 ] && [ -e "$folder/generator.safetensors" ]; then
    "$programs/dcgan_mnist" --sample "$folder/generator.safetensors" --count 49 --threads 1 --out "$folder" >>"$folder.log"
    cp "$folder/samples.png" "$out/${1//[^A-Za-z0-9]/-}.png"
  fi
}

if [ $table = 0 ]; then
  trap 'kill $(jobs -p) 2>/dev/null' EXIT
  cpus=$(nproc)
  for seed in $(seq 1 "$seeds"); do
    while IFS='|' read -r name options; do
      file=$out/${name//[^A-Za-z0-9]/-}-$seed.txt
      if [[ ! $name =~ $only ]] || { [ -e "$file" ] && [ "$(head -n 1 "$file")" = "$options" ]; }; then continue; fi
      while [ "$(jobs -rp | wc -l)" -ge "$cpus" ]; do wait -n || true; done
      run "$name" "$options" "$seed" </dev/null &
    done < <(rows)
  done
  wait
  trap - EXIT
  count "$root/examples/data/train-images-idx3-ubyte.gz" >"$out/real.row"
fi

# Over the seeds: the classes of each, means of the rest.
printf '| | classes hit of 10, each seed | rarest class | clear samples | divergence from uniform |\n|---|---|---|---|---|\n'
while IFS='|' read -r name options; do
  [[ $name =~ $only ]] || continue
  for seed in $(seq 1 "$seeds"); do
    file=$out/${name//[^A-Za-z0-9]/-}-$seed.txt
    [ ! -e "$file" ] || sed -n 2p "$file"
  done | awk -F '|' -v name="$name" '
    { classes = classes (NR > 1 ? ", " : "") ($2 ~ /diverged/ ? "diverged" : $4 + 0) }
    NF >= 8 { n++; divergence += $6; rarest += 100 * $7; clear += 100 * $8 }
    END {
      if (NR == 0) exit
      if (n == 0) printf "| %s | %s | | | |\n", name, classes
      else printf "| %s | %s | %.1f %% | %.1f %% | %.3f |\n", name, classes, rarest / n, clear / n, divergence / n
    }'
done < <(rows)
[ ! -e "$out/real.row" ] ||
  awk -F '|' '{ printf "| 10,000 real digits | %d | %.1f %% | %.1f %% | %.3f |\n", $4, 100 * $7, 100 * $8, $6 }' "$out/real.row"
