#!/usr/bin/env bash
# The table of docs/evaluation.md: what each measure says of samples whose faults are known, by the classifier of digits in
# examples/data. Builds, trains a DCGAN for 4,000 steps if none is named, and prints the table. Needs MNIST's 60,000 digits.
#   evaluation-digits.sh [--data FOLDER] [--generator FILE] [--count N] [--out FOLDER] [--programs FOLDER]
#     --data        MNIST's four files (data/mnist; scripts/fetch-data.sh mnist)
#     --generator   a trained generator, in place of the one that is trained here
#     --count       samples of each, generated and real (10000)
#     --programs    where dcgan_mnist and gan_evaluate of another build are
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
data=$root/data/mnist generator='' count=10000 out=$root/out/evaluation programs=''
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || set -- --help # every option has a value
  case $1 in
    --data) data=$2 ;;
    --generator) generator=$2 ;;
    --count) count=$2 ;;
    --out) out=$2 ;;
    --programs) programs=$2 ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
  shift 2
done
mkdir -p "$out"
if [ -z "$programs" ]; then
  programs=$root/build/evaluation/examples
  mkdir -p "$root/build"
  { cmake -S "$root" -B "$root/build/evaluation" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGAN_BUILD_TESTS=OFF &&
    cmake --build "$root/build/evaluation" --target dcgan_mnist gan_evaluate; } >"$root/build/evaluation.log" || exit
fi
if [ -z "$generator" ]; then
  generator=$out/dcgan/generator.safetensors
  [ -e "$generator" ] || "$programs/dcgan_mnist" --data "$data" --steps 4000 --out "$out/dcgan" --resume >"$out/dcgan.log"
fi
printf '%s\n' 'gan-network 1' 'input shape=100 noise=normal' 'dense units=6272 bias=false' 'reshape shape=7x7x128' 'batch_norm' 'relu' \
  'conv_transpose2d filters=64 kernel=4 stride=2 padding=1 bias=false' 'batch_norm' 'relu' \
  'conv_transpose2d filters=1 kernel=4 stride=2 padding=1' 'tanh' >"$out/untrained.txt"

# The real digits are judged once: the first of the training set.
judge=$root/examples/data/digit_classifier.safetensors
"$programs/gan_evaluate" --judge "$judge" --real "$data" --real-count "$count" --rows --save "$out/real.npz" --format table

# row NAME OPTION ...: the measures' names and numbers of a table's row, each on a line.
measures='inception_score; fid; kid; prdc; modes confidence=0.99 share=0.01; nearest; diversity'
row() {
  local name=$1
  shift
  "$programs/gan_evaluate" --judge "$judge" --real "$out/real.npz" --count "$count" --measures "$measures" --format table "$@" \
    >"$out/row.md"
  awk -F ' *[|] *' -v name="$name" '
    NR == 1 { for (i = 3; i < NF; i++) names[i] = $i }
    NR == 3 { for (i = 3; i < NF; i++) printf "%s|%s|%s\n", name, names[i], $i }' "$out/row.md"
}
{
  row 'other real digits' --first "$count" "$data"
  row 'DCGAN' "$generator"
  row 'untrained' "$out/untrained.txt"
  row 'one class' --first "$count" --class 1 "$data"
  row 'a copy' "$data"
} >"$out/numbers.txt"

# A column for each set of samples, a row for each number.
awk -F '|' '
  !($1 in column) { column[$1] = ++columns; title[columns] = $1 }
  !($2 in line) { line[$2] = ++lines; name[lines] = $2 }
  { cell[$2, $1] = $3 }
  END {
    printf "| |"
    for (c = 1; c <= columns; c++) printf " %s |", title[c]
    printf "\n|---|"
    for (c = 1; c <= columns; c++) printf "---|"
    for (l = 1; l <= lines; l++) {
      printf "\n| %s |", name[l]
      for (c = 1; c <= columns; c++) {
        x = cell[name[l], title[c]]
        printf (x == int(x) ? " %d |" : x < 0.0995 && x > -0.0995 ? " %.5f |" : " %.3f |"), x
      }
    }
    printf "\n"
  }' "$out/numbers.txt"
