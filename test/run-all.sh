#!/usr/bin/env bash
# Everything that `make test` promises: checks, then unit, preload, broker and cluster tests against a cluster of its own.
# The cluster goes down at the end unless it was up before, or KEEP_CLUSTER is set.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run --silent check
was_up=$(test/cluster/cluster status >/dev/null 2>&1 && echo yes || true)
[ -n "$was_up${KEEP_CLUSTER:-}" ] || trap 'test/cluster/cluster down' EXIT
KUBECONFIG=$(test/cluster/cluster up)
export KUBECONFIG
test/images/build.sh
vitest run
