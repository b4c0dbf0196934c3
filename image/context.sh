#!/usr/bin/env bash
# context.sh FOLDER: what image/Dockerfile needs: the bundle (image/bundle.ts makes it) and the Node that `npm ci` brought.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
node=$root/node_modules/node/bin/node
[ "$(uname -s)" = Linux ] || { echo "image: $node is for $(uname -s): build the image on Linux" >&2; exit 1; }
cp "$root/image/Dockerfile" "$1/"
cp -r "$root/dist/image" "$1/app"
cp "$node" "$1/node"
if command -v strip >/dev/null; then strip "$1/node"; fi
