#!/usr/bin/env bash
# Everything that `make test` promises: checks, then every project of vitest.config.ts, against a cluster of its own.
# The cluster goes down at the end unless it was up before, or KEEP_CLUSTER is set.
set -euo pipefail
cd "$(dirname "$0")/.."
# Quietly: the last line said is the count of tests.
down() { test/cluster/cluster down 2>/dev/null || echo "run-all: the cluster did not go down: test/cluster/cluster down" >&2; }

npm run --silent check
[ -n "${KEEP_CLUSTER:-}" ] || test/cluster/cluster status >/dev/null 2>&1 || trap down EXIT
. test/cluster/enter.sh
vitest run
