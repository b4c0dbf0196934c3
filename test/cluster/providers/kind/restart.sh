#!/usr/bin/env bash
# Kills parts of the cluster; systemd (kubelet, containerd) or kubelet (the rest) starts them again.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
exists || fail "is down"
for name in "$@"; do
  docker exec "$cluster-control-plane" pkill -KILL --exact "${name:0:15}" || fail "no part named '$name' runs"
  say "restarted $name"
done
