#!/usr/bin/env bash
# Reruns the figures of docs/benchmarks.md on a real cluster: test/bench/run.sh [NAME...] (default: all of them)
set -euo pipefail
cd "$(dirname "$0")/../.."
KUBECONFIG=$(test/cluster/cluster up)
tools=$(test/cluster/build-tools.sh)
export KUBECONFIG PATH="$tools:$PATH"
test/images/build.sh | xargs test/cluster/cluster load
node test/bench/bench.ts "$@"
