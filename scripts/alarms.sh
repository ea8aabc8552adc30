#!/usr/bin/env bash
# The table of alarms in docs/evaluation.md: trainings that go wrong in four known ways and healthy ones, in the plane and on
# digits (tests/trainer/alarm_runs.c says what they are and how a collapse is dated). Builds, runs a process a CPU with one
# thread each, and prints the table: rows of the first five seeds, by which the thresholds were set, and of the others. Runs
# that are there are not made again, so that it can be stopped and called again.
#   alarms.sh [--plane SEEDS] [--digits SEEDS] [--options TEXT] [--out FOLDER] [--program FILE] [--table]
#     --plane, --digits  how many seeds of each kind (20 and 5)
#     --options          of the alarms, in place of the defaults
#     --program          alarm_runs of another build
#     --table            run nothing: print the table of what is there
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
plane=20 digits=5 options='' out=$root/out/alarms program='' table=0
while [ $# -gt 0 ]; do
  [ "$1" = --table ] || [ $# -gt 1 ] || set -- --help # every other option has a value
  case $1 in
    --plane) plane=$2; shift ;;
    --digits) digits=$2; shift ;;
    --options) options=$2; shift ;;
    --out) out=$2; shift ;;
    --program) program=$2; shift ;;
    --table) table=1 ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift
done
kinds='never_diverse lost_diversity d_won non_finite dcgan wgan_gp hinge one_class'
mkdir -p "$out"

if [ "$table" = 0 ]; then
  if [ -z "$program" ]; then
    cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release >"$out/build.log"
    cmake --build "$root/build" --target alarm_runs -j "$(nproc)" >>"$out/build.log"
    program=$root/build/tests/trainer/alarm_runs
  fi
  # run PLACE KIND SEED: its line, in a file of its own that is there when it is whole.
  run() {
    local file="$out/$1-$2-$3.txt"
    [ -s "$file" ] && return
    "$program" "$1" "$2" "$3" 0 ${options:+"$options"} >"$file.part"
    mv "$file.part" "$file"
  }
  export -f run
  export out program options
  for place in plane digits; do
    for seed in $(seq 1 "${!place}"); do
      for kind in $kinds; do
        echo "$place $kind $seed"
      done
    done
  done | xargs -P "$(nproc)" -L 1 bash -c 'run "$@"' run
fi

# row PLACE KIND FIRST LAST: of these seeds: rang, missed, late, false alarms; by how many steps the alarm came after the date.
row() {
  local seed
  for seed in $(seq "$3" "$4"); do
    cat "$out/$1-$2-$seed.txt" 2>/dev/null || true
  done | awk -v place="$1" -v kind="$2" -v seeds="$3-$4" '
    {
      runs++
      for (i = 1; i <= NF; i++) {
        split($i, pair, "=")
        value[pair[1]] = pair[2]
      }
      verdict[value["verdict"]]++
      others += value["others"] > 0
      if (value["dated"] >= 0 && value["rang"] >= 0) {
        after = value["rang"] - value["dated"]
        least = rung == 0 || after < least ? after : least
        most = rung == 0 || after > most ? after : most
        rung++
      }
    }
    END {
      if (runs == 0) exit
      healthy = kind ~ /dcgan|wgan_gp|hinge|one_class/
      printf "| %s | %s | %s | %d | ", place, kind, seeds, runs
      if (healthy) printf "healthy: %d | none: %d, false: %d | |\n", runs - verdict["not_healthy"], verdict["ok"], verdict["false_alarm"]
      else printf "%d | in time: %d, late: %d, missed: %d | %s |\n", runs - verdict["no_collapse"], verdict["ok"], verdict["late"], verdict["missed"], rung ? least " to " most : ""
    }'
}
echo '| data | kind | seeds | runs | collapsed | alarm | steps after the collapse |'
echo '|---|---|---|---|---|---|---|'
for place in plane digits; do
  for kind in $kinds; do
    row $place "$kind" 1 5
    [ "${!place}" -le 5 ] || row $place "$kind" 6 "${!place}"
  done
done
