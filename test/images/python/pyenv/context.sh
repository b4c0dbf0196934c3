#!/usr/bin/env bash
# context.sh HOME VERSION FOLDER: a Python of pyenv as it lies in the official image, without its tests and packages.
set -euo pipefail
home=$1 version=$2 folder=$3
cp "$(dirname "$0")/Dockerfile" "$folder/"
mkdir -p "$folder/python/lib/python$version/site-packages"
tar --create --directory "$home" --exclude=__pycache__ --exclude='*.a' --exclude="lib/python$version/idlelib" \
  --exclude="lib/python$version/site-packages" --exclude="lib/python$version/test" bin/python3 "bin/python$version" lib |
  tar --extract --directory "$folder/python"
