#!/usr/bin/env bash
set -euo pipefail
. "$(dirname "$0")/settings.sh"
[ -e "$kubeconfig" ] || fail "is down"
echo "$kubeconfig"
