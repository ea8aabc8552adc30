#!/usr/bin/env bash
# Drives scripts/fetch-inception.sh over file:// mirrors: loading, resuming, a wrong file, no Python with torch. The script
# under test is a copy whose sum is that of a small file made here; the conversion is a stand-in.
set -eu
script=$(realpath "$1")
command -v curl >/dev/null || { echo "skipped: no curl"; exit 77; }
curl --version | grep -q '\bfile\b' || { echo "skipped: curl without file://"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $*"; sed 's/^/    /' log; exit 1; }
said() { grep -q -e "$1" log || fail "\"$1\" was not said"; }
name=pt_inception-2015-12-05-6726825d.pth

seq 1 20000 >good
echo wrong >wrong
sed "s/^sum=.*/sum=$(sha256sum <good | cut -d ' ' -f 1)/" "$script" >script
cmp -s script "$script" && fail "the sum was not found in $script"
# Python: `-c` looks for torch, else it converts (--resize WAY WEIGHTS JUDGE).
printf '#!/bin/sh\n[ "$1" = -c ] && exit "${MISSING-0}"\necho "$3" >"$5"\n' >python
chmod +x python
run() { MIRRORS=$1 PYTHON=$work/python sh ./script "$2" >log 2>&1; }

run "file://$work/nowhere file://$work/wrong file://$work/good" fresh || fail "the third mirror has it"
said "wrong checksum"
cmp -s good "fresh/$name" || fail "not the file"
[ "$(cat fresh/inception-v3.safetensors)" = tf1 ] || fail "not converted"
[ "$(find fresh -type f | wc -l)" -eq 2 ] || fail "more than two files"
RESIZE=torch run "file://$work/nowhere" fresh || fail "a second run needs no mirror"
said "is there"
[ "$(cat fresh/inception-v3.safetensors)" = torch ] || fail "RESIZE was not heard"

mkdir resumed
head -c 1000 good >"resumed/$name.part"
run "file://$work/good" resumed || fail "a resumed run"
cmp -s good "resumed/$name" || fail "not the file after resuming"

if run "file://$work/wrong" none; then fail "a wrong file is taken"; fi
said "could not be loaded"
[ -z "$(ls none)" ] || fail "something is left of a wrong file"

if MISSING=1 run "file://$work/good" half; then fail "no torch, and no failure"; fi
said "torch and numpy is needed"
cmp -s good "half/$name" || fail "the weights did not stay"
[ ! -e half/inception-v3.safetensors ] || fail "a judge without a conversion"
echo "fetch-inception.sh: all well"
