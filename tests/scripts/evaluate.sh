#!/usr/bin/env bash
# gan_evaluate: each kind of samples, each format, files of statistics and features, and what it refuses.
#   evaluate.sh FOLDER_OF_PROGRAMS EXAMPLE_DATA
set -u
programs=$(realpath "$1") data=$(realpath "$2") bad=0
images=$data/train-images-idx3-ubyte.gz judge=$data/digit_classifier.safetensors
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() { echo "evaluate.sh: $*"; bad=1; }
evaluate() { "$programs/gan_evaluate" --judge "$judge" "$@"; }
# refuses WORDS OPTION ...: it fails in one line, and says the words
refuses() {
  local words=$1 said
  shift
  if said=$(evaluate "$@" 2>&1 >/dev/null); then fail "not refused: $*"; fi
  [ "$(wc -l <<<"$said")" -eq 1 ] || fail "$* said: $said"
  case $said in *"$words"*) ;; *) fail "$*: no \"$words\" in: $said" ;; esac
}
# refuses_early: before any sample was judged, of which the output has lines
refuses_early() {
  local out
  refuses "$@"
  shift
  out=$(evaluate "$@" 2>/dev/null)
  [ -z "$out" ] || fail "$* went on for a while: $out"
}
# number NAME FILE: of a text
number() { awk -v name="$1" '/^  / && $1 == name { print $2; exit }' "$2"; }
# is NAME FILE CONDITION: an awk condition on x
is() {
  awk -v x="$(number "$1" "$2")" "BEGIN { exit !(x != \"\" && ($3)) }" || fail "$1 is \"$(number "$1" "$2")\", not $3, in $2"
}
# values FILE: the JSON's numbers alone
values() { grep -o '"values": *{[^}]*}' "$1"; }

all='inception_score splits=2; fid; kid subsets=5 subset_size=100; prdc; modes; nearest; diversity'

# A copy of the data: every measure says so.
evaluate --real "$images" --real-count 400 --count 400 --measures "$all" "$images" >copy.txt || fail "a copy: $(tail -n 1 copy.txt)"
grep -q "^judge name=digit_classifier" copy.txt || fail "whose scores: $(cat copy.txt)"
grep -q "(400), against .*(400)" copy.txt || fail "of how many samples: $(cat copy.txt)"
is fid copy.txt 'x == 0'
for name in precision recall coverage; do is $name copy.txt 'x == 1'; done
is copies copy.txt 'x == 1'
is nearest copy.txt 'x == 0'
is modes copy.txt 'x == 10'
is divergence copy.txt 'x == 0'
is diversity copy.txt 'x > 0.999 && x < 1.001'
for line in 'samples 400/400' 'measure 2/7  fid'; do grep -q "^$line" copy.txt || fail "no progress \"$line\": $(cat copy.txt)"; done
is inception_score copy.txt 'x > 8'

# One class of it; other digits.
evaluate --real "$images" --real-count 400 --class 3 --count 300 --measures "$all" "$images" >class.txt || fail "a class"
grep -q "(300), against" class.txt || fail "300 threes of 1,000: $(head -n 1 class.txt)"
is modes class.txt 'x <= 3'
is inception_score class.txt 'x < 1.5'
is diversity class.txt 'x < 0.8'
is recall class.txt 'x < 0.5'
is fid class.txt 'x > 1'
evaluate --real "$images" --real-count 400 --shuffle --count 400 --measures "$all" "$images" >other.txt || fail "drawn digits"
evaluate --real "$images" --real-count 400 --first 400 --count 400 --measures "$all" "$images" >next.txt || fail "the next digits"
is fid next.txt "x > 0 && x < $(number fid class.txt) / 5"
is copies next.txt 'x < 0.1'
"$programs/gan_evaluate" --first 9990 --measures modes "$images" | grep -q ' (10)' || fail "the last ten digits"
is fid other.txt "x > 0 && x < $(number fid class.txt) / 5"

# The same samples as a model, an array, a folder of PNG files: the same scores, at any number of threads.
"$programs/dcgan_mnist" --data "$data" --steps 2 --batch 4 --width 2 --out run >/dev/null || fail "dcgan_mnist"
for out in samples.npy samples/; do
  "$programs/gan_sample" run/generator.safetensors --count 200 --seed 5 --out $out >/dev/null || fail "gan_sample $out"
done
versus=(--real "$images" --real-count 400 --measures "fid; prdc; modes" --seed 5 --format json)
evaluate "${versus[@]}" --count 200 --threads 1 run/generator.safetensors >model.json || fail "a model"
evaluate "${versus[@]}" --count 200 --threads 3 run/generator.safetensors | cmp - model.json || fail "other threads, other bits"
for samples in samples.npy samples run; do
  evaluate "${versus[@]}" --count 200 $samples >other.json || fail "$samples"
  [ "$(values other.json)" = "$(values model.json)" ] || fail "$samples: $(values other.json), the model: $(values model.json)"
done
[ "$(grep -o '"metric"' model.json | wc -l)" -eq 3 ] || fail "three scores: $(cat model.json)"
grep -q 'measure [0-9]' model.json && fail "progress in JSON: $(cat model.json)"
[[ $(cat model.json) =~ ^\[.*\]$ ]] || fail "no array: $(cat model.json)"
grep -qE '"hash": *"[0-9a-f]{64}"' model.json || fail "no hash: $(cat model.json)"
grep -qE '"count": *200' model.json || fail "no count: $(cat model.json)"

# An untrained network by its text.
printf '%s\n' 'gan-network 1' 'input shape=8 noise=normal' 'dense units=784' 'reshape shape=28x28x1' 'tanh' >untrained.txt
evaluate --format table --measures "modes; inception_score" --count 100 untrained.txt run/generator.safetensors >table.md || fail "a table"
[ "$(wc -l <table.md)" -eq 4 ] || fail "a row for each: $(cat table.md)"
grep -q '^| samples | count | modes | modes_of |' table.md || fail "the table's head: $(head -n 1 table.md)"
grep -q '^| untrained.txt | 100 |' table.md || fail "the table's row: $(sed -n 3p table.md)"

# Statistics and features in files take the samples' place.
evaluate --real "$images" --real-count 400 --save statistics.npz >save.txt || fail "--save"
evaluate --real "$images" --real-count 400 --save rows.npz --rows >save.txt || fail "--save --rows"
evaluate --real "$images" --real-count 400 --measures fid --format json samples.npy >fid.json
for file in statistics.npz rows.npz; do
  evaluate --real $file --measures fid --format json samples.npy >file.json || fail "$file"
  [ "$(values file.json)" = "$(values fid.json)" ] || fail "$file: $(values file.json), not $(values fid.json)"
done
evaluate --real statistics.npz samples.npy >file.txt || fail "against statistics by default: $(tail -n 1 file.txt)"
[ "$(grep '^  ' file.txt)" = "$(printf '  %-26s %.6g' fid "$(number fid file.txt)")" ] || fail "against statistics fid alone: $(cat file.txt)"
evaluate --real rows.npz --measures "$all" rows.npz >file.txt || fail "features alone"
is copies file.txt 'x == 1'

# A folder as the real side; files that hold what is not finite, or of another judge.
evaluate --real samples --measures fid samples.npy >folder.txt || fail "a folder against which to judge"
is fid folder.txt 'x == 0'
for file in rows.npz statistics.npz; do # whichever side it is on
  refuses_early "of two judges can't be compared" --judge-options scale=2 --real $file --measures fid samples.npy
  refuses_early 'features a sample' --judge-options features=2 --real $file --measures fid samples.npy
  refuses_early "of two judges can't be compared" --judge-options scale=2 --real samples.npy --measures fid $file
done
refuses_early 'cannot read' --real samples.npy --measures fid samples.npy nowhere.npz
refuses 'at least 2 samples' --real rows.npz --measures fid --count 1 "$images"

# Stacked digits: three as one.
evaluate --stacked --real "$images" --real-count 500 --count 300 --measures modes "$images" >stacked.txt || fail "--stacked"
is modes stacked.txt 'x > 100'
is modes_of stacked.txt 'x > 200 && x <= 500'
"$programs/dcgan_mnist" --stacked --data "$data" --steps 2 --batch 4 --width 2 --evaluate 2 --evaluate-count 20 --measures modes \
  --out threes >threes.txt || fail "dcgan_mnist --stacked: $(tail -n 1 threes.txt)"
grep -q 'modes_of' threes.txt || fail "stacked digits are not judged in training: $(cat threes.txt)"
evaluate --stacked --count 50 --measures modes threes/generator.safetensors >stacked.txt || fail "a generator of stacked digits"
is modes stacked.txt 'x >= 1 && x <= 50'
is modes_of stacked.txt 'x == 1000'
evaluate --stacked --count 50 threes/generator.safetensors >stacked.txt || fail "stacked digits by default: $(tail -n 1 stacked.txt)"
is modes_of stacked.txt 'x == 1000'
refuses '[28, 28, 3]' --measures modes threes/generator.safetensors

# Each beside its nearest: of a copy, twice the same.
evaluate --real "$images" --real-count 200 --count 40 --measures modes --neighbours pairs.png "$images" >neighbours.txt || fail "--neighbours"
[ "$(head -c 4 pairs.png | tail -c 3)" = PNG ] || fail "no picture of neighbours"

refuses 'none are named'
refuses 'No such file' nowhere.npy
refuses 'No such file' --judge nowhere.safetensors samples.npy
refuses 'scripts/fetch-inception.sh' --judge nowhere/inception-v3.safetensors samples.npy
refuses 'inception' --measures inception samples.npy
refuses 'subset' --real "$images" --measures "kid subset=3" samples.npy
refuses '1000' --real "$images" --measures kid samples.npy
refuses 'fid' --measures fid samples.npy
refuses 'statistics.npz' --real statistics.npz --measures prdc samples.npy
refuses '--real: needed' --save other.npz
refuses 'no more samples' --first 10000 "$images"
refuses 'not together' --first 1 --shuffle "$images"
refuses 'no such class' --class 10 "$images"
refuses 'one of SAMPLES' --real "$images" --neighbours n.png samples.npy samples.npy
refuses 'wanted text|json|table' --format xml samples.npy
"$programs/gan_2d" --quiet --steps 2 --batch 4 --width 4 --out plane >/dev/null 2>&1
refuses 'GAN_E_SHAPE' plane/generator.safetensors
head -c 30730 /dev/zero >zeros.bin # ten pictures of 32x32x3
refuses '32, 32, 3' zeros.bin
head -c 500 statistics.npz >cut.npz
refuses 'cut.npz' --real cut.npz samples.npy
oracle=$data/../../tests/oracle/files/features
refuses 'the features of row 17 are not finite: nan at column 2' --real "$oracle/bad_row.npz" samples.npy
refuses '"sigma" is not symmetric' --real "$oracle/bad_symmetry.npz" samples.npy
[ -z "$(evaluate --format table zeros.bin 2>/dev/null)" ] || fail "a table's head without rows"
exit $bad
