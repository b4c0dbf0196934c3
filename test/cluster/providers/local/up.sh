#!/usr/bin/env bash
# Brings up etcd, the control plane and one node; prints the kubeconfig's path.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$local_provider/node.sh"
only_one
"$local_provider/../../install-packages.sh" cluster
. "$local_provider/programs.sh"

if node_is_up && "$local_provider/status.sh" >/dev/null 2>&1; then
  say "is up already"
  echo "$kubeconfig"
  exit
fi
. "$local_provider/remains.sh"
. "$local_provider/certificates.sh"
remove_remains
"$local_provider/../../../images/build.sh" localhost/pause:1 >/dev/null

say "brings up etcd and the control plane"
started=$SECONDS
mkdir -p "$state/cni" "$store"
chmod 700 "$home"
make_certificates
make_node
wire_node
start_etcd
start_kube-apiserver
start_containerd
wait_for 60 "kube-apiserver" kubectl get --raw /readyz
start_kube-controller-manager
start_kube-scheduler
start_coredns
wait_for 30 "containerd" ctr version

say "brings up the node"
"$local_provider/load.sh" localhost/pause:1
start_kubelet
start_kube-proxy
wait_for 60 "the node" kubectl wait --for=condition=Ready "node/$node" --timeout=1s
wait_for 30 "DNS" dns_works
wait_for 30 "the default service account" kubectl get serviceaccount default
say "is up after $((SECONDS - started)) s: export KUBECONFIG=$kubeconfig"
echo "$kubeconfig"
