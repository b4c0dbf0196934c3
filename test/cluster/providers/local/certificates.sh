# The cluster's own certificate authority, and one key pair for each part of it.
make_certificates() {
  mkdir -p "$state/pki"
  (
    cd "$state/pki"
    key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
    pair() { # name subject [alternative names]
      key "$1"
      openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
      openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -days 30 -out "$1.crt" 2>/dev/null \
        -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\n%s\n' "${3:+subjectAltName=$3}")
    }
    umask 077
    key ca
    openssl req -x509 -new -key ca.key -days 30 -subj /CN=pyca-test-cluster -out ca.crt
    key service-accounts
    openssl pkey -in service-accounts.key -pubout -out service-accounts.pub
    pair kube-apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.$domain,DNS:localhost,IP:127.0.0.1,IP:$service_ip,IP:$host_ip"
    pair admin /O=system:masters/CN=admin
    pair kube-controller-manager /CN=system:kube-controller-manager
    pair kube-scheduler /CN=system:kube-scheduler
    pair kubelet "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$node_ip"
    pair kube-proxy /CN=system:kube-proxy
    pair coredns /O=system:masters/CN=coredns
    pair front-proxy /CN=front-proxy
    for name in admin kube-controller-manager kube-scheduler; do make_kubeconfig $name 127.0.0.1; done
    for name in kubelet kube-proxy coredns; do make_kubeconfig $name "$host_ip"; done
  )
}

make_kubeconfig() { # name server-address
  cat >"$state/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: pyca-test
contexts: [{name: pyca-test, context: {cluster: pyca-test, user: $1}}]
clusters:
  - name: pyca-test
    cluster: {server: "https://$2:$apiserver_port", certificate-authority-data: $(base64 -w0 ca.crt)}
users:
  - name: $1
    user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}
YAML
}
