#!/usr/bin/env bash
# Brings up a node that is a docker container; prints the kubeconfig's path.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
if exists; then
  kind export kubeconfig --name "$cluster" --kubeconfig "$kubeconfig" >&2
  say "is up already"
else
  mkdir -p "$(dirname "$kubeconfig")"
  kind create cluster --config "$kind_provider/config.yaml" --kubeconfig "$kubeconfig" --wait 120s >&2
fi
kubectl --namespace kube-system rollout status deployment/coredns --timeout 120s >&2
echo "$kubeconfig"
