#!/usr/bin/env bash
set -euo pipefail
here=$(dirname "$0")
gcc -Wall -Wextra -Werror -Os -static -s -o "$1/pause" "$here/pause.c"
cp "$here/Dockerfile" "$1/"
