#!/usr/bin/env bash
# The program in the README is examples/hello_gan.c, to the letter, and has at most 60 lines.
#   readme.sh SOURCE
set -u
cd "$1" || exit 2
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' README.md | diff - examples/hello_gan.c || exit 1
[ "$(wc -l <examples/hello_gan.c)" -le 60 ] || { echo "hello_gan.c has more than 60 lines"; exit 1; }
