#!/usr/bin/env bash
# The classifier in examples/data is what its page says, as far as the digits beside it can tell; and train_classifier and
# judge_digits work and refuse.
#   judge.sh FOLDER_OF_PROGRAMS EXAMPLE_DATA
set -u
programs=$1 data=$2 bad=0
images=$data/train-images-idx3-ubyte.gz labels=$data/train-labels-idx1-ubyte.gz judge=$data/digit_classifier.safetensors
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() { echo "judge.sh: $*"; bad=1; }
# at_least NUMBER MINIMUM
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 >= b + 0) }'; }
# refuses WORD PROGRAM ...: it fails, and says the word
refuses() {
  local word=$1 said
  shift
  said=$("$@" 2>&1) && fail "$* succeeded"
  case $said in *"$word"*) ;; *) fail "$* said: $said" ;; esac
}
train() { "$programs/train_classifier" --images "$images" --labels "$labels" --test-images "$images" --test-labels "$labels" "$@"; }

[ "$(wc -c <"$judge")" -lt 1500000 ] || fail "the classifier has more than 1.5 MB"
head -c 4096 "$judge" | grep -q '"F16"' || fail "the classifier is not F16"
said=$(train --test "$judge") || fail "--test failed"
right=$(sed -n 's/.*: \([0-9.]*\) % of 10000 .*/\1/p' <<<"$said")
at_least "$right" 99.5 || fail "the classifier: $said"

said=$("$programs/judge_digits" --judge "$judge" --images "$images" --count 2000) || fail "judge_digits failed"
row=$(tail -n 1 <<<"$said")
case $row in *"| 10 of 10 |"*) ;; *) fail "judge_digits: $row" ;; esac
at_least "$(awk -F '|' '{ print $5 + 0 }' <<<"$row")" 92 || fail "judge_digits finds real digits unclear: $row"
at_least 0.01 "$(awk -F '|' '{ print $6 + 0 }' <<<"$row")" || fail "judge_digits finds real digits uneven: $row"

printf '%s\n' 'gan-network 1' 'input shape=28x28x1' 'flatten' 'dense units=10' >"$work/network"
said=$(train --network "$work/network" --epochs 1 --dtype float16 --out "$work/out") || fail "training failed: $said"
right=$(sed -n 's/.*read again: \([0-9.]*\) %.*/\1/p' <<<"$said")
at_least "$right" 80 || fail "a row of weights learned: $said"

refuses 'no such option' "$programs/train_classifier" --epoch 6
refuses 'whole number' "$programs/train_classifier" --epochs six
refuses 'needs a value' "$programs/train_classifier" --data
refuses '1 to' train --batch 0 --out "$work/out"
refuses 'wanted 1 to' train --batch 10001 --out "$work/out"
refuses '--dtype: wanted' train --dtype float15 --out "$work/out"
refuses 'network: Not a directory' train --out "$work/network"
refuses 'fetch-data.sh' "$programs/train_classifier" --data "$work"
refuses 'policy' train --augment policy=colors --out "$work/other"
refuses 'none is named' "$programs/judge_digits"
refuses 'no such file' "$programs/judge_digits" --judge "$judge" "$work/no such file"
refuses 'makes no pictures' "$programs/judge_digits" --judge "$judge" "$judge"
head -c 30730 /dev/zero >"$work/zeros.bin" # ten pictures of 32x32x3
"$programs/dcgan_cifar" --data "$work/zeros.bin" --steps 1 --batch 2 --width 2 --out "$work/zeros" >/dev/null || fail "dcgan_cifar failed"
refuses "zeros/generator.safetensors: its pictures are 32x32x3, the classifier's 28x28x1" \
  "$programs/judge_digits" --judge "$judge" "$work/zeros/generator.safetensors"
[ -z "$("$programs/judge_digits" --judge "$judge" "$work/zeros/generator.safetensors" 2>/dev/null)" ] || fail "a table's head without rows"
refuses 'a number' "$programs/judge_digits" --confidence high --images "$images"
refuses 'to 1, not "99"' "$programs/judge_digits" "$judge" --confidence 99 # options also come last
exit $bad
