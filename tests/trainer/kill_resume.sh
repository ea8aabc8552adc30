#!/usr/bin/env bash
# A training that is killed at 50 drawn moments and resumed each time, on another instruction set and with another number of
# threads, ends in the same bits as one that nobody has disturbed: last checkpoint, best one, samples, config, and the log but
# for its two timings. Half of the kills are in the calls that write files.
#   kill_resume.sh train_until WORK
set -u
program=$1 work=$2
steps=720 kills=50
rm -rf "$work"
mkdir -p "$work" || exit 1

isas=()
for isa in avx512 avx2 portable; do
  "$program" "$work/isa-$isa" 1 "threads=1 isa=$isa" 2>"$work/isa-$isa.txt"
  case $? in
    0) isas+=("$isa") ;;
    3) ;;
    *) cat "$work/isa-$isa.txt"; exit 1 ;;
  esac
done

state=20240607
draw() { # below $1
  state=$(((state * 1103515245 + 12345) % 2147483648))
  drawn=$((state / 65536 % $1))
}

"$program" "$work/calm" $steps "threads=1 isa=${isas[0]}" || { echo "the undisturbed run failed"; exit 1; }

inside=0
for ((i = 0; i < kills; i++)); do
  options="threads=$((i % 4 + 1)) isa=${isas[$((i % ${#isas[@]}))]}"
  if ((i % 2 == 0)); then
    draw $((i < 12 ? 9 : 36)) # the first few: while the run begins
    how="call $((drawn + 1))"
    inside=$((inside + 1))
  else
    draw 13
    how="step $drawn"
    draw 4000
    how="$how $drawn"
  fi
  # shellcheck disable=SC2086 # words of how
  "$program" "$work/killed" $steps "$options" $how 2>"$work/error.txt"
  status=$?
  if [ $status -ne 137 ]; then
    echo "kill $i ($how, $options): exit status $status instead of 137 (killed)"
    cat "$work/error.txt"
    exit 1
  fi
done 2>"$work/shell.txt" # bash's own "Killed" lines
[ $((3 * inside)) -ge $kills ] || { echo "only $inside kills in calls"; exit 1; }
before=$(ls "$work/killed/checkpoints")
"$program" "$work/killed" $steps "threads=2 isa=${isas[-1]}" || { echo "the last resume failed"; exit 1; }

bad=0
sums() { # folder: of all that must be the same
  (cd "$1" && find checkpoints samples config.txt -type f -print0 | sort -z | xargs -0 sha256sum &&
    sed 's/"images_per_second":[^,}]*,"data_seconds":[^,}]*/TIMINGS/' log.jsonl | sha256sum)
}
sums "$work/calm" >"$work/calm.txt"
sums "$work/killed" >"$work/killed.txt"
diff "$work/calm.txt" "$work/killed.txt" || { echo "the killed run differs"; bad=1; }
[ "$(grep -c TIMINGS <(sed 's/"images_per_second":[^,}]*,"data_seconds":[^,}]*/TIMINGS/' "$work/killed/log.jsonl"))" -eq $steps ] ||
  { echo "the log has not a line a step"; bad=1; }
[ "$(grep -c '"evaluation":' "$work/killed/log.jsonl")" -eq $((steps / 30)) ] || { echo "the log has not a line an evaluation"; bad=1; }
[ "$(grep -c '"best":\[' "$work/killed/log.jsonl")" -eq 1 ] || { echo "the best was not judged again, once"; bad=1; }
[ "$(wc -l <"$work/calm.txt")" -ge 12 ] || { echo "too few files to compare:"; cat "$work/calm.txt"; bad=1; }
[ -z "$(find "$work/killed" -name '.gan-*')" ] || { echo "temporary files are left"; bad=1; }
echo "killed $kills times (in a call that writes: $inside) on ${isas[*]}; before the last resume: $before"
[ $bad -eq 0 ] && rm -rf "$work"
exit $bad
