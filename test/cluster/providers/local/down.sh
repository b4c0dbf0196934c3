#!/usr/bin/env bash
# Takes the cluster down: every process, mount, device and cgroup of it, and its data. Images stay for the next run.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$local_provider/remains.sh"
only_one
remove_remains
if [ "${1:-}" = --purge ]; then rm -rf "$home"; fi
say "is down"
