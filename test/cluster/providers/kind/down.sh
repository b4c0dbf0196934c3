#!/usr/bin/env bash
# Removes the node's container, which is all there is; --purge asks for no more.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
kind delete cluster --name "$cluster" --kubeconfig "$kubeconfig" >&2
rm -rf "$(dirname "$kubeconfig")"
say "is down"
