#!/usr/bin/env bash
# Brings images from docker into the node.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
exists || fail "is down: nothing to load into"
kind load docker-image --name "$cluster" "$@" >&2
