#!/usr/bin/env bash
# Drives scripts/fetch-data.sh over file:// mirrors: loading, resuming, wrong and missing files, mirrors in turn.
# The script under test is a copy whose sums are those of small files made here.
set -eu
script=$(realpath "$1")
command -v curl >/dev/null || { echo "skipped: no curl"; exit 77; }
curl --version | grep -q '\bfile\b' || { echo "skipped: curl without file://"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
names='train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz'

fail() { echo "FAILED: $*"; sed 's/^/    /' log; exit 1; }
run() { MIRRORS=$1 sh ./script mnist "$2" >log 2>&1; }
said() { grep -q -e "$1" log || fail "\"$1\" was not said"; }
whole() { for name in $names; do cmp -s "good/$name" "$1/$name" || fail "$1/$name is not the file"; done; }

mkdir good wrong
cp "$script" script
for name in $names; do
  # Sizes that differ, and bytes that do not pack to nothing.
  { echo "$name"; seq 1 $((2000 + ${#name} * 100)); } >plain
  gzip -9n <plain >"good/$name"
  echo "another file" | gzip -n >"wrong/$name"
  sed -i "s/^[0-9a-f]\{64\} $name\$/$(sha256sum <plain | cut -d ' ' -f 1) $name/" script
done
cmp -s script "$script" && fail "the sums were not found in $script"
url=file://$work

run "$url/good" fresh || fail "a plain run"
whole fresh
[ "$(find fresh -type f | wc -l)" -eq 4 ] || fail "more than the four files"
run "$url/nowhere" fresh || fail "a second run needs no mirror"
said "is there"

mkdir resumed
for name in $names; do head -c 1000 "good/$name" >"resumed/$name.part"; done
run "$url/good" resumed || fail "a resumed run"
whole resumed
! grep -q "from the beginning" log || fail "it did not resume"

mkdir spoiled
for name in $names; do head -c 1000 /dev/zero >"spoiled/$name.part"; done
run "$url/good" spoiled || fail "a run over a .part of something else"
said "wrong checksum"
said "from the beginning"
whole spoiled

mkdir complete
for name in $names; do cp "good/$name" "complete/$name.part"; done
run "$url/nowhere" complete || fail "a .part that is whole needs no mirror"
whole complete

run "$url/nowhere $url/wrong $url/good" turns || fail "the third mirror has it"
said "wrong checksum"
whole turns

if run "$url/wrong" none; then fail "wrong files are taken"; fi
said "wrong checksum"
said "4 of the files could not be loaded"
[ -z "$(ls none)" ] || fail "something is left of wrong files"

# Another packing of the same bytes is as good.
mkdir repacked
for name in $names; do gzip -dc "good/$name" | gzip -1n >"repacked/$name"; done
run "$url/repacked" other || fail "another packing"

# A file that is there and wrong is replaced, and stays until then.
cp -r wrong damaged
if run "$url/nowhere" damaged; then fail "a damaged file is taken"; fi
cmp -s wrong/t10k-labels-idx1-ubyte.gz damaged/t10k-labels-idx1-ubyte.gz || fail "the damaged file went"
run "$url/good" damaged || fail "a damaged file is not replaced"
whole damaged

# The other sets: the sums are the files' own.
set_sums() { # DATASET'S-NAMES: their files in good/ become those of the script, after the line that begins with $1
  local first=$1 name
  shift
  for name in "$@"; do
    sed -i "/^$first=/,\$ s/[0-9a-f]\{64\} $name/$(sha256sum <"good/$name" | cut -d ' ' -f 1) $name/" script
  done
}
cp "$script" script
# shellcheck disable=SC2086
set_sums fashion_mnist $names
run() { MIRRORS=$1 sh ./script "$3" "$2" >log 2>&1; }
run "$url/good" fashion fashion-mnist || fail "fashion-mnist"
whole fashion
run "$url/nowhere" fashion fashion-mnist || fail "a second run needs no mirror"
if run "$url/repacked" strict fashion-mnist; then fail "another packing where the file itself is meant"; fi
said "wrong checksum"
[ -z "$(ls strict)" ] || fail "something is left of wrong files"

archive=cifar-10-binary.tar.gz
head -c 300000 /dev/urandom >"good/$archive"
set_sums cifar10 "$archive"
mkdir cifar
head -c 123456 "good/$archive" >"cifar/$archive.part"
if run "$url/nowhere" cifar cifar10; then fail "half a file is taken"; fi
said "stays, to be resumed"
[ ! -e "cifar/$archive" ] || fail "half a file under the whole one's name"
run "$url/nowhere $url/good" cifar cifar10 || fail "cifar10, resumed"
cmp -s "good/$archive" "cifar/$archive" || fail "cifar10 is not the file"
[ "$(ls cifar)" = "$archive" ] || fail "more than the file"
! grep -q "from the beginning" log || fail "cifar10: it did not resume"

# The sums that are shipped: each file once, 64 digits.
[ "$(grep -cE "^('|.*=')?[0-9a-f]{64} [a-z0-9-]+(\.tar)?\.gz'?$" "$script")" -eq 9 ] || fail "not nine sums in the script"

for arguments in cifar "" "mnist a b"; do
  # shellcheck disable=SC2086
  if sh ./script $arguments >log 2>&1; then fail "the arguments \"$arguments\" are taken"; fi
  said "usage"
done
echo "passed"
