# What the cluster is made of: each function starts the program of its name.
tools=$("$local_provider/../../build-tools.sh")
kubectl() { "$tools/kubectl" --kubeconfig "$kubeconfig" "$@"; }
program() { if [ -x "$tools/$1" ]; then echo "$tools/$1"; else command -v "$1"; fi; }

programs=(etcd kube-apiserver kube-controller-manager kube-scheduler containerd kubelet kube-proxy coredns)

# A template's @NAMES@ are settings.
render() { # template
  sed "s|@STATE@|$state|g; s|@STORE@|$store|g; s|@NODE@|$node|g; s|@NODE_IP@|$node_ip|g; s|@DOMAIN@|$domain|g;
    s|@POD_RANGE@|$pod_range|g; s|@CGROUP@|$cgroup|g" "$local_provider/templates/$1" >"$state/$1"
}

# Data that no run outlives needs no fsync.
start_etcd() {
  spawn on_host_network etcd --data-dir "$state/etcd" --unsafe-no-fsync --logger zap --log-level warn \
    --listen-client-urls "unix://$state/etcd.sock" --advertise-client-urls http://localhost:2379 \
    --listen-peer-urls "unix://$state/etcd-peer.sock" --initial-advertise-peer-urls http://localhost:2380
}

start_kube-apiserver() {
  local pki=$state/pki
  spawn on_host_network kube-apiserver --etcd-servers "unix://$state/etcd.sock" \
    --advertise-address "$host_ip" --secure-port "$apiserver_port" \
    --tls-cert-file "$pki/kube-apiserver.crt" --tls-private-key-file "$pki/kube-apiserver.key" --client-ca-file "$pki/ca.crt" \
    --kubelet-client-certificate "$pki/admin.crt" --kubelet-client-key "$pki/admin.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
    --service-account-key-file "$pki/service-accounts.pub" --service-account-signing-key-file "$pki/service-accounts.key" \
    --service-account-issuer "https://kubernetes.default.svc.$domain" --service-cluster-ip-range "$service_range" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
    --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- \
    --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key"
}

start_kube-controller-manager() {
  spawn on_host_network kube-controller-manager --secure-port 0 --leader-elect=false \
    --kubeconfig "$state/kube-controller-manager.kubeconfig" --use-service-account-credentials \
    --service-account-private-key-file "$state/pki/service-accounts.key" --root-ca-file "$state/pki/ca.crt" \
    --flex-volume-plugin-dir "$state/volume-plugins" \
    --cluster-signing-cert-file "$state/pki/ca.crt" --cluster-signing-key-file "$state/pki/ca.key"
}

start_kube-scheduler() {
  spawn on_host_network kube-scheduler --secure-port 0 --leader-elect=false --kubeconfig "$state/kube-scheduler.kubeconfig"
}

start_containerd() {
  render containerd.toml
  render cni/pods.conflist
  spawn on_node_network containerd --config "$state/containerd.toml"
}

start_kubelet() {
  render kubelet.yaml
  spawn on_node_network kubelet --config "$state/kubelet.yaml" --kubeconfig "$state/kubelet.kubeconfig" \
    --root-dir "$state/kubelet" --hostname-override "$node" --node-ip "$node_ip"
}

start_kube-proxy() {
  render kube-proxy.yaml
  spawn on_node_network kube-proxy --config "$state/kube-proxy.yaml"
}

start_coredns() {
  render Corefile
  spawn on_node_network coredns -conf "$state/Corefile"
}

# The ctr of the node's containerd.
ctr() { on_node_network ctr --address "$state/containerd.sock" --namespace k8s.io "$@"; }
dns_works() { on_node_network getent hosts "kubernetes.default.svc.$domain" >/dev/null; }
