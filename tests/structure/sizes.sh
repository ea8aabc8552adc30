#!/usr/bin/env bash
# Files and functions that one can see whole: no source above 800 lines (the oracle's tables of numbers apart), no function of the library above 80.
set -u
cd "$1" || exit 2
bad=0
while read -r lines file; do
  [ "$file" = total ] && continue
  [ "$lines" -le 800 ] || { echo "$file has $lines lines"; bad=1; }
done < <(find libgan include examples tests bench \( -name '*.[ch]' -o -name '*.inc' \) ! -path 'tests/oracle/*' | xargs wc -l)
long=$(find libgan examples -name '*.c' -o -name '*.inc' | xargs awk '
  FNR == 1 { start = 0 } /^\{/ { start = FNR } /^\}/ { if (start && FNR - start > 80) print FILENAME ":" start ": a function of " FNR - start " lines"; start = 0 }')
[ -z "$long" ] || { echo "$long"; bad=1; }
exit $bad
