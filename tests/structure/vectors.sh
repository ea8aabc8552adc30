#!/usr/bin/env bash
# Only the objects meant for it hold AVX instructions: any other would run on a CPU that has none.
#   vectors.sh OBJECT ...
set -u
bad=0 seen=0 wide=0
for object in "$@"; do
  seen=$((seen + 1))
  uses=$(objdump -d --no-show-raw-insn "$object" | grep -cE '%[yz]mm|\bv[a-z0-9]+ .*%xmm')
  case "$object" in
    *vector_avx512* | *vector_avx2*)
      wide=$((wide + 1))
      [ "$uses" -gt 0 ] || { echo "$object: no wide instruction, though it is meant for them"; bad=1; } ;;
    *) [ "$uses" -eq 0 ] || { echo "$object: $uses AVX instructions"; bad=1; } ;;
  esac
done
[ "$seen" -ge 20 ] || { echo "only $seen objects seen"; bad=1; }
[ "$wide" -ge 2 ] || { echo "only $wide vector objects seen"; bad=1; }
exit $bad
