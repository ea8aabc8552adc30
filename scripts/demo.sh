#!/bin/sh
# From a fresh machine to generated digits: installs what is missing, builds, and trains a DCGAN on the digits in
# examples/data for a fixed number of steps, about a minute and a half on two cores. The pictures are in out/demo.
#   demo.sh [options of examples/dcgan_mnist]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/scripts/install-packages.sh" build
mkdir -p "$root/build"
echo "Building libgan and the example in build/demo"
if ! { cmake -S "$root" -B "$root/build/demo" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGAN_BUILD_TESTS=OFF &&
       cmake --build "$root/build/demo" --target dcgan_mnist; } >"$root/build/demo.log" 2>&1; then
  tail -n 40 "$root/build/demo.log" >&2
  echo "demo.sh: the build failed; all of it is in build/demo.log" >&2
  exit 1
fi
case " $* " in
  *" --resume "*) earlier= ;;
  *) earlier=--restart ;; # each call is a demonstration from the beginning
esac
exec "$root/build/demo/examples/dcgan_mnist" --out "$root/out/demo" $earlier "$@"
