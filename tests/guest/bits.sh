#!/usr/bin/env bash
# The same seed gives the same bits: trains the demo's networks in many ways and compares the SHA-256 of all weights and
# optimizer states. Sums are compared with each other, never with stored ones.
#   bits.sh TRAIN DCGAN_MNIST DATA BUILD [OTHER_TRAIN]    OTHER_TRAIN: TRAIN of another compiler's build
set -u
train=$1 demo=$2 data=$3 build=$4 other=${5:-}
bad=0

sum() { # program words...
  local out
  out=$(set -o pipefail; "$@" | sha256sum) || { echo "failed"; return; }
  printf '%s\n' "${out%% *}"
}
compare() { # label wanted found
  if [ "$2" = "$3" ] && [ "$2" != failed ]; then echo "same: $1"; else echo "DIFFERS: $1 ($3, wanted $2)"; bad=1; fi
}

big=("$data" steps=50 batch=32 width=64) # the demo's
small=("$data" steps=6 batch=16 width=8)
want=$(sum "$train" "${big[@]}" options=threads=2)
small_want=$(sum "$train" "${small[@]}" options=threads=2)
for threads in 1 3 7; do compare "$threads threads" "$want" "$(sum "$train" "${big[@]}" options=threads=$threads)"; done
for isa in avx2 avx512; do
  if [ $isa = avx512 ] && ! grep -q avx512f /proc/cpuinfo; then echo "skipped: isa=avx512, this CPU has none"; continue; fi
  compare "isa=$isa" "$want" "$(sum "$train" "${big[@]}" "options=threads=2 isa=$isa")"
done
compare "isa=portable, small networks" "$small_want" "$(sum "$train" "${small[@]}" "options=threads=2 isa=portable")"
compare "run twice" "$want" "$(sum "$train" "${big[@]}" options=threads=2)"
compare "sampling in between" "$want" "$(sum "$train" "${big[@]}" options=threads=2 sample=3)"
for float in ftz up unmasked; do
  compare "a host with float=$float" "$want" "$(sum "$train" "${big[@]}" options=threads=2 float=$float)"
  compare "a host with float=$float and its own threads, small networks" "$small_want" \
    "$(sum "$train" "${small[@]}" options=threads=3 float=$float host=1)"
done
if command -v localedef >/dev/null && mkdir -p "$build/locale" &&
   { [ -d "$build/locale/de_DE.UTF-8" ] || localedef -i de_DE -f UTF-8 "$build/locale/de_DE.UTF-8" >/dev/null 2>&1; }; then
  compare "a locale with decimal commas" "$want" \
    "$(LOCPATH=$build/locale sum "$train" "${big[@]}" options=threads=2 locale=de_DE.UTF-8)"
else
  echo "skipped: no locale with decimal commas (localedef or its sources are missing)"
fi
# BLIS's kernel sets with FMA: 0 skx (AVX-512), 3 haswell, 6 zen3, 7 zen2, 8 zen, 9 excavator.
for arch in 0 3 6 7 8 9; do
  if [ $arch = 0 ] && ! grep -q avx512f /proc/cpuinfo; then continue; fi
  if [ $arch = 9 ] && ! grep -q fma4 /proc/cpuinfo; then continue; fi
  compare "BLIS_ARCH_TYPE=$arch" "$want" "$(BLIS_ARCH_TYPE=$arch sum "$train" "${big[@]}" options=threads=2)"
done
fork=$("$train" "${small[@]}" options=threads=2 fork=1 | split -b "$(("$("$train" "${small[@]}" options=threads=2 | wc -c)"))" --filter=sha256sum - | sort -u)
compare "fork in the middle, parent and child" "$small_want" "$(printf '%s\n' "$fork" | sed 's/ .*//')"
two=$("$train" "${small[@]}" options=threads=2 contexts=2 | split -b "$(("$("$train" "${small[@]}" options=threads=2 | wc -c)"))" --filter=sha256sum - | sort -u)
compare "two contexts in two threads" "$small_want" "$(printf '%s\n' "$two" | sed 's/ .*//')"
if [ -n "$other" ]; then compare "the other compiler's build" "$want" "$(sum "$other" "${big[@]}" options=threads=2)"; fi
for threads in 1 3; do
  "$demo" --data "$data" --steps 50 --threads $threads --restart --out "$build/bits-$threads" >/dev/null || bad=1
done
compare "dcgan_mnist itself, 1 and 3 threads" "$(sum cat "$build/bits-1/generator.safetensors")" "$(sum cat "$build/bits-3/generator.safetensors")"
different=$(sum "$train" "${small[@]}" "options=threads=2 seed=1")
if [ "$different" = "$small_want" ]; then echo "DIFFERS NOT: another seed gives the same bits"; bad=1; fi
exit $bad
