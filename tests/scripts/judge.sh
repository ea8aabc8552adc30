#!/usr/bin/env bash
# The judges in examples/data are what their page says, as far as the digits beside them can tell; and train_classifier works,
# makes judges and refuses.
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

said=$("$programs/gan_evaluate" --judge "$judge" --count 2000 --measures "modes confidence=0.99 share=0.01" --format table "$images") ||
  fail "gan_evaluate failed"
row=$(tail -n 1 <<<"$said")
case $row in *"| 2000 | 10 | 10 |"*) ;; *) fail "gan_evaluate: $row" ;; esac
at_least "$(awk -F '|' '{ print $8 + 0 }' <<<"$row")" 0.92 || fail "real digits are unclear: $row"
at_least 0.01 "$(awk -F '|' '{ print $6 + 0 }' <<<"$row")" || fail "real digits are uneven: $row"

# Made a judge again, on the digits that are here: the same weights; the scale is near that of all digits.
said=$(train --judge "$judge" --dtype float16 --out "$work/judge") || fail "--judge failed"
[ "$(stat -c %s "$work/judge/classifier.safetensors")" -lt 1500000 ] || fail "--judge: a large file"
same() { tail -c 940000 "$1" | sha256sum | cut -c 1-64; }
[ "$(same "$judge")" = "$(same "$work/judge/classifier.safetensors")" ] || fail "--judge changes weights"
scale_of() { "$programs/gan_info" "$1" | sed -n 's/.*scale=\([0-9.e+-]*\).*/\1/p' | head -n 1; }
awk -v a="$(scale_of "$judge")" -v b="$(scale_of "$work/judge/classifier.safetensors")" \
  'BEGIN { exit !(a > 0 && b > 0.98 * a && b < 1.02 * a) }' || fail "another scale: $(scale_of "$judge"), $said"

printf '%s\n' 'gan-network 1' 'input shape=28x28x1' 'flatten' 'dense units=10' >"$work/network"
said=$(train --network "$work/network" --epochs 1 --dtype float16 --out "$work/out") || fail "training failed: $said"
right=$(sed -n 's/.*read again: \([0-9.]*\) %.*/\1/p' <<<"$said")
at_least "$right" 80 || fail "a row of weights learned: $said"
said=$(train --network "$work/network" --epochs 1 --batch 100 --limit 300 --restart --out "$work/few") || fail "--limit: $said"
limited=$work/few/classifier.safetensors
grep -q 'read again: .* of 10000 test' <<<"$said" || fail "--limit is for tests, too: $said"
cp "$limited" "$work/limited"
head -c $((16 + 300 * 784)) <(gzip -dc "$images") | { printf '\0\0\10\3\0\0\1\54\0\0\0\34\0\0\0\34'; tail -c +17; } >"$work/few-images"
head -c $((8 + 300)) <(gzip -dc "$labels") | { printf '\0\0\10\1\0\0\1\54'; tail -c +9; } >"$work/few-labels"
train --images "$work/few-images" --labels "$work/few-labels" --network "$work/network" --epochs 1 --batch 100 --restart --out "$work/few" >/dev/null ||
  fail "300 digits"
cmp "$limited" "$work/limited" || fail "--limit 300 learns of others than the first 300"
said=$("$programs/gan_evaluate" --judge "$work/out/classifier.safetensors" --real "$images" --count 300 --measures "modes" "$images") ||
  fail "what was trained is no judge: $said"
grep -q '^judge name=digit_classifier' <<<"$said" || fail "the judge's name: $said"

# In colour: pictures made of digits' bytes in CIFAR's layout, flipped and shifted, by a ResNet, for a few steps.
mkdir "$work/cifar"
gzip -dc "$images" >"$work/digits"
for batch in 1 2 3 4 5; do
  for picture in 0 1 2 3; do
    printf "\\x0$(((picture * 3 + batch) % 10))"
    tail -c +$((17 + (batch * 10 + picture) * 3072)) "$work/digits" | head -c 3072
  done >"$work/cifar/data_batch_$batch.bin"
done
cp "$work/cifar/data_batch_1.bin" "$work/cifar/test_batch.bin"
colours() { "$programs/train_classifier" --set cifar10 --data "$work/cifar" --batch 8 "$@"; }
said=$(colours --epochs 1 --name colours --dtype float16 --out "$work/colours") || fail "colours: $said"
grep -q 'is a judge, colours' <<<"$said" || fail "colours: $said"
[ "$(stat -c %s "$work/colours/classifier.safetensors")" -lt 1992294 ] || fail "the judge of colours has more than 1.9 MiB"
said=$("$programs/gan_evaluate" --judge "$work/colours/classifier.safetensors" --measures modes "$work/cifar") || fail "colours judge nothing"
grep -q '^judge name=colours ' <<<"$said" || fail "the judge's name: $said"
colours --epochs 1 --changes none --network "$work/network" --out "$work/plain" >/dev/null 2>&1 && fail "a network of another shape"

refuses 'no such option' "$programs/train_classifier" --epoch 6
refuses 'whole number' "$programs/train_classifier" --epochs six
refuses 'needs a value' "$programs/train_classifier" --data
refuses '1 to' train --batch 0 --out "$work/out"
refuses 'wanted 1 to' train --batch 10001 --out "$work/out"
refuses '--dtype: wanted' train --dtype float15 --out "$work/out"
refuses 'network: Not a directory' train --out "$work/network"
refuses 'fetch-data.sh' "$programs/train_classifier" --data "$work"
refuses 'policy' train --augment policy=colors --out "$work/other"
refuses 'no such file' train --judge "$work/no such file" --out "$work/other"
refuses '--test-data: needed' "$programs/train_classifier" --set folder --data "$work"
refuses 'crop_paddin' colours --changes crop_paddin=4 --out "$work/other"
exit $bad
