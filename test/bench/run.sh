#!/usr/bin/env bash
# Reruns the figures of docs/benchmarks.md: test/bench/run.sh [NAME...] (default: all of them), on a real cluster where they need one.
# BENCH_PYTHONS=3.12,3.13 BENCH_ROUNDS=3 BENCH_SCRIPTS=nbody,go make those of the collectors shorter.
set -euo pipefail
cd "$(dirname "$0")/../.."

needs_cluster() {
  [ $# -gt 0 ] || return 0
  for name; do
    case $name in
      start-up | install | web | cpu | imports | literal) ;;
      *) return 0 ;;
    esac
  done
  return 1
}

if needs_cluster "$@"; then . test/cluster/enter.sh; fi
node test/bench/bench.ts "$@"
