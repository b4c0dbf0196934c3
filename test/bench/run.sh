#!/usr/bin/env bash
# Reruns the figures of docs/benchmarks.md on a real cluster: test/bench/run.sh [NAME...] (default: all of them)
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/cluster/enter.sh
node test/bench/bench.ts "$@"
