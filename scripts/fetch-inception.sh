#!/bin/sh
# Loads the weights of the FID's Inception-v3 (TensorFlow's of 2015-12-05 in PyTorch's form, 96 MB, from public releases)
# and makes a judge of them.
#   fetch-inception.sh [FOLDER]    FOLDER/inception-v3.safetensors (FOLDER: data/inception)
# The conversion needs Python with torch and numpy (PYTHON, or python3); libgan itself needs neither. A file appears under
# its name whole and verified, or not at all: the weights are loaded as NAME.part, which the next run resumes, and renamed
# when their SHA-256 is right. MIRRORS="URL ..." overrides where they are looked for; RESIZE=torch makes a judge that
# resizes as PyTorch does.
set -eu

say() { printf 'fetch-inception.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

sum=6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2
name=pt_inception-2015-12-05-6726825d.pth
mirrors=${MIRRORS-"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/$name
https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth"}

[ $# -le 1 ] || { echo "usage: fetch-inception.sh [FOLDER]" >&2; exit 2; }
folder=${1-data/inception}
here=$(dirname "$0")
python=${PYTHON-python3}
weights=$folder/$name judge=$folder/inception-v3.safetensors

if command -v curl >/dev/null 2>&1; then loader=curl
elif command -v wget >/dev/null 2>&1; then loader=wget
else die "neither curl nor wget is installed"
fi
if command -v sha256sum >/dev/null 2>&1; then sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null 2>&1; then sum_of() { shasum -a 256 <"$1" | cut -d ' ' -f 1; }
else die "neither sha256sum nor shasum is installed"
fi

# load URL PART: the rest of PART, or all of it. 0: done; 1: broken off, PART can be resumed; 2: PART cannot be resumed.
load() {
  code=0
  if [ "$loader" = curl ]; then
    curl --fail --location --silent --show-error --connect-timeout 20 --speed-time 60 --speed-limit 1 \
      --continue-at - --output "$2" "$1" || code=$?
    case $code in
      0) return 0 ;;
      22 | 33 | 36) return 2 ;;
      *) return 1 ;;
    esac
  fi
  wget --no-verbose --tries=2 --timeout=60 --continue --output-document="$2" "$1" || code=$?
  case $code in
    0) return 0 ;;
    1 | 8) return 2 ;;
    *) return 1 ;;
  esac
}

# try_mirror URL PART: whether PART is now the right file. What is wrong is said and, if of no use, removed.
try_mirror() {
  resumed=no result=0
  if [ -s "$2" ]; then resumed=yes; fi
  load "$1" "$2" || result=$?
  if [ $result -eq 0 ]; then
    found=$(sum_of "$2")
    [ "$found" = $sum ] && return 0
    say "$1: wrong checksum: $found, wanted $sum"
  elif [ $result -eq 1 ]; then
    say "$1: broken off"
    return 1
  fi
  rm -f "$2"
  [ $resumed = yes ] || return 1
  say "$1: starting again from the beginning"
  try_mirror "$1" "$2"
}

fetch() {
  if [ -f "$weights" ]; then
    if [ "$(sum_of "$weights")" = $sum ]; then
      say "$weights is there"
      return 0
    fi
    say "$weights is there, but not what it should be; loading it again"
  fi
  done=no
  if [ -f "$weights.part" ] && [ "$(sum_of "$weights.part")" = $sum ]; then done=yes; fi
  for mirror in $mirrors; do
    [ $done = no ] || break
    say "loading $mirror"
    if try_mirror "$mirror" "$weights.part"; then done=yes; fi
  done
  if [ $done = no ]; then
    if [ -s "$weights.part" ]; then say "$weights.part stays, to be resumed by the next run"; else rm -f "$weights.part"; fi
    die "the weights could not be loaded"
  fi
  mv -f "$weights.part" "$weights"
  say "$weights is loaded and verified"
}

mkdir -p "$folder" || die "cannot make the folder $folder"
fetch
"$python" -c 'import numpy, torch' 2>/dev/null ||
  die "$weights stays; to make a judge of it, Python with torch and numpy is needed (pip install torch numpy; PYTHON=...)"
"$python" "$here/convert-inception.py" --resize "${RESIZE-tf1}" "$weights" "$judge" || die "the weights could not be converted"
say "$judge is ready: gan_judge_load() takes it"
