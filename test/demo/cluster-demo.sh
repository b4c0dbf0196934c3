#!/usr/bin/env bash
# The whole main job on a real cluster, which is left up to play with (make cluster-down takes it away).
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/cluster/enter.sh
node test/demo/cluster-demo.ts
cat <<TEXT

The cluster is still up:
  export KUBECONFIG=$KUBECONFIG PATH=$tools:\$PATH
  kubectl get coverageagents -A
  make cluster-down
TEXT
