#!/usr/bin/env bash
# Brings images that test/images/build.sh made into the node's containerd; one that is there already costs nothing.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$local_provider/node.sh"
node_is_up || fail "is down: nothing to load into"
. "$local_provider/programs.sh"

for reference in "$@"; do
  archive=$("$local_provider/../../../images/archive.sh" "$reference")
  digest=$(tar --extract --to-stdout --file "$archive" index.json | grep -o 'sha256:[0-9a-f]*' | head -1)
  there=$(ctr images list "name==$reference" | awk 'NR == 2 { print $3 }')
  [ "$digest" != "$there" ] || continue
  say "loads $reference"
  ctr images import --no-unpack=false "$archive" >/dev/null
done
