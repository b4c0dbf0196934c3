#!/usr/bin/env bash
set -euo pipefail
. "$(dirname "$0")/settings.sh"
exists || fail "is down"
echo "$kubeconfig"
