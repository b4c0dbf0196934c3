#!/usr/bin/env bash
# Kills parts of the cluster and starts them again, as a crash would.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$local_provider/node.sh"
only_one
node_is_up || fail "is down"
. "$local_provider/programs.sh"
for name in "$@"; do
  case " ${programs[*]} " in *" $name "*) ;; *) fail "has no part named '$name': ${programs[*]}" ;; esac
  if runs "$name"; then on_host_network kill -KILL "$(cat "$state/$name.pid")"; fi
  "start_$name"
  say "restarted $name"
done
