#!/bin/sh
# Downloads a data set that is too large to ship, from public mirrors.
#   fetch-data.sh mnist [FOLDER]           the four files of MNIST, gzip IDX, 12 MB, to FOLDER (data/mnist)
#   fetch-data.sh fashion-mnist [FOLDER]   those of Fashion-MNIST, 31 MB (data/fashion-mnist)
#   fetch-data.sh cifar10 [FOLDER]         cifar-10-binary.tar.gz, 170 MB (data/cifar10), which libgan reads as it is
# A file appears under its name whole and verified, or not at all: it is loaded as NAME.part, which the next run resumes,
# and renamed when its SHA-256 is right. MIRRORS="URL ..." overrides where it looks.
set -eu

say() { printf 'fetch-data.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# MNIST's sums are those of the unpacked files: its mirrors have packed them in different ways. The others' are of the files.
mnist='
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte.gz
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte.gz
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte.gz
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte.gz
'
mnist_mirrors='https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist'

fashion_mnist='
3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 train-images-idx3-ubyte.gz
a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 train-labels-idx1-ubyte.gz
346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 t10k-images-idx3-ubyte.gz
67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 t10k-labels-idx1-ubyte.gz
'
fashion_mnist_mirrors='https://fashion-mnist.s3.eu-central-1.amazonaws.com
https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion'

cifar10='c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd cifar-10-binary.tar.gz'
cifar10_mirrors='https://www.cs.toronto.edu/~kriz https://cave.cs.toronto.edu/kriz'

usage() { echo "usage: fetch-data.sh cifar10|mnist|fashion-mnist [FOLDER]" >&2; exit 2; }
unpacked=no
case ${1-} in
  mnist) files=$mnist mirrors=${MIRRORS-$mnist_mirrors} unpacked=yes ;;
  fashion-mnist) files=$fashion_mnist mirrors=${MIRRORS-$fashion_mnist_mirrors} ;;
  cifar10) files=$cifar10 mirrors=${MIRRORS-$cifar10_mirrors} ;;
  *) usage ;;
esac
[ $# -le 2 ] || usage
folder=${2-data/$1}

if command -v curl >/dev/null 2>&1; then loader=curl
elif command -v wget >/dev/null 2>&1; then loader=wget
else die "neither curl nor wget is installed"
fi
if command -v sha256sum >/dev/null 2>&1; then sha256() { sha256sum; }
elif command -v shasum >/dev/null 2>&1; then sha256() { shasum -a 256; }
else die "neither sha256sum nor shasum is installed"
fi
command -v gzip >/dev/null 2>&1 || die "gzip is not installed"

# load URL PART: the rest of PART, or all of it. 0: done; 1: broken off, PART can be resumed; 2: PART cannot be resumed.
load() {
  code=0
  if [ "$loader" = curl ]; then
    curl --fail --location --silent --show-error --connect-timeout 20 --speed-time 60 --speed-limit 1 \
      --continue-at - --output "$2" "$1" || code=$?
    case $code in
      0) return 0 ;;
      22 | 33 | 36) return 2 ;; # refused (a range past the end, too); no ranges here; bad resume
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

# The sum of a file, or of what it unpacks to; then another one for one that is cut off.
bytes_of() { if [ $unpacked = yes ]; then gzip -dc 2>/dev/null || echo "cut off"; else cat; fi; }
sum_of() { bytes_of <"$1" | sha256 | cut -d ' ' -f 1; }

# try_mirror URL PART SUM: whether PART is now the right file. What is wrong is said and, if of no use, removed.
try_mirror() {
  resumed=no result=0
  if [ -s "$2" ]; then resumed=yes; fi
  load "$1" "$2" || result=$?
  if [ $result -eq 0 ]; then
    found=$(sum_of "$2")
    [ "$found" = "$3" ] && return 0
    say "$1: wrong checksum: $found, wanted $3"
  elif [ $result -eq 1 ]; then
    say "$1: broken off"
    return 1
  fi
  rm -f "$2"
  [ $resumed = yes ] || return 1
  # What was there may have been of another packing, or of a server that cannot resume: once more from the beginning.
  say "$1: starting again from the beginning"
  try_mirror "$1" "$2" "$3"
}

# fetch NAME SUM
fetch() {
  target=$folder/$1
  if [ -f "$target" ]; then
    if [ "$(sum_of "$target")" = "$2" ]; then
      say "$target is there"
      return 0
    fi
    say "$target is there, but not what it should be; loading it again"
  fi
  done=no
  if [ -f "$target.part" ] && [ "$(sum_of "$target.part")" = "$2" ]; then done=yes; fi
  for mirror in $mirrors; do
    [ $done = no ] || break
    say "loading $1 from $mirror"
    if try_mirror "${mirror%/}/$1" "$target.part" "$2"; then done=yes; fi
  done
  if [ $done = no ]; then
    if [ -s "$target.part" ]; then say "$target.part stays, to be resumed by the next run"; else rm -f "$target.part"; fi
    return 1
  fi
  mv -f "$target.part" "$target"
  say "$target is loaded and verified"
}

mkdir -p "$folder" || die "cannot make the folder $folder"
missing=0
while read -r sum name; do
  [ -n "$sum" ] || continue
  fetch "$name" "$sum" </dev/null || missing=$((missing + 1))
done <<END
$files
END
[ $missing -eq 0 ] || die "$missing of the files could not be loaded"
