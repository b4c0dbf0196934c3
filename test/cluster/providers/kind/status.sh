#!/usr/bin/env bash
# Says what runs. Exit 0: the cluster is ready; 1: it is broken; 3: there is none.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
exists || { say "is down"; exit 3; }
kubectl wait --for=condition=Ready node --all --timeout=5s >&2 || exit 1
