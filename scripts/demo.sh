#!/bin/sh
# From a fresh machine to generated digits: installs what is missing, builds, and trains a DCGAN on the digits in
# examples/data for a fixed number of steps, about a minute and a half on two cores. The pictures are in out/demo.
#   demo.sh [options of examples/dcgan_mnist]
set -eu
cd "$(dirname "$0")/.."

scripts/install-packages.sh build
if ! { cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DGAN_BUILD_TESTS=OFF &&
       cmake --build build/demo --target dcgan_mnist; } >build-demo.log 2>&1; then
  cat build-demo.log >&2
  echo "demo.sh: the build failed" >&2
  exit 1
fi
rm -f build-demo.log
exec build/demo/examples/dcgan_mnist --out out/demo "$@"
