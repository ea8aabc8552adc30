#!/bin/sh
# Install the packages of packages.txt that are missing.
#   install-packages.sh build    what demo.sh needs
#   install-packages.sh          all of them, which check.sh needs
set -eu
cd "$(dirname "$0")"

[ $# -gt 0 ] || set -- build check
wanted=
for group in "$@"; do
  names=$(sed -n "s/^$group  *//p" packages.txt)
  [ -n "$names" ] || { echo "install-packages.sh: packages.txt has no group \"$group\"" >&2; exit 2; }
  wanted="$wanted $names"
done

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
  if command -v cmake >/dev/null 2>&1 && [ -n "${GAN_PACKAGES_INSTALLED:-}" ]; then exit 0; fi
  echo "This system has no apt. Install what these Debian packages hold with your own package manager:" >&2
  for name in $wanted; do echo "  $name" >&2; done
  echo "Then run this again with GAN_PACKAGES_INSTALLED=1 in the environment." >&2
  exit 1
fi

missing=
for name in $wanted; do
  case $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null || true) in
    *" installed") ;;
    *) missing="$missing $name" ;;
  esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "These packages are missing; install them as root:" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  fi
  sudo=sudo
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of names
if ! $sudo apt-get install -y --no-install-recommends $missing >/dev/null 2>&1; then
  $sudo apt-get update -q
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi
