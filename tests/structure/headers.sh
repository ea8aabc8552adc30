#!/usr/bin/env bash
# Each public header compiles alone, as C99, C11 and C++17, without a warning.
#   headers.sh SOURCE BINARY
set -u
bad=0 seen=0
list="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wcast-qual -Werror"
compile() { # compiler, standard, language
  printf '#include <gan/%s>\n' "$header" | "$1" -std="$2" -x "$3" $list -I"$source/include" -I"$binary/include" -fsyntax-only - ||
    { echo "gan/$header fails with $1 as $2"; bad=1; }
}
source=$1 binary=$2
for path in "$source"/include/gan/*.h "$binary"/include/gan/*.h; do
  header=$(basename "$path")
  seen=$((seen + 1))
  for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    compile $compiler c99 c
    compile $compiler c11 c
  done
  for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    compile $compiler c++17 c++
  done
done
[ "$seen" -ge 11 ] || { echo "only $seen headers seen"; bad=1; }
exit $bad
