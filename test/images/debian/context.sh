#!/usr/bin/env bash
# context.sh RELEASE PACKAGE... FOLDER: Debian's essential packages (no apt) and the named ones.
set -euo pipefail
release=$1 folder=${*: -1} packages=("${@:2:$#-2}")
cp "$(dirname "$0")/Dockerfile" "$folder/"
# A mirror may lag behind a release that changes daily.
mmdebstrap --quiet --mode=root --variant=essential --include="${packages[*]}" --aptopt='Acquire::Check-Valid-Until "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$release" "$folder/root.tar" >&2 || { echo "images: mmdebstrap failed: are Debian's mirrors reachable?" >&2; exit 1; }
