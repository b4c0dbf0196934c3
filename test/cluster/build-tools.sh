#!/usr/bin/env bash
# Builds the cluster's programs from the Go modules pinned under tools/, once: a folder named after the pins holds them.
# Prints that folder. Cold on 2 cores about 15 minutes; nothing to do when it is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
key=$(cat "$here"/tools/*/go.mod "$0" | sha256sum | cut -c1-16)
out=$cache/tools-$key
[ -e "$out/.complete" ] && { echo "$out"; exit; }
command -v go >/dev/null || { echo "build-tools: Go >= 1.24 is needed to build the cluster's programs (https://go.dev/dl, or apt-get install golang)" >&2; exit 1; }
mkdir -p "$out"

k8s=$(sed -n 's/^require k8s.io\/kubernetes v//p' "$here/tools/kubernetes/go.mod")
version="-X k8s.io/component-base/version.gitVersion=v$k8s -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$k8s")"
build() { # name module-folder package [linker flags]
  [ -e "$out/$1" ] && return
  echo "build-tools: $1" >&2
  (cd "$here/tools/$2" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w ${4:-}" -o "$out/.$1" "$3")
  mv "$out/.$1" "$out/$1"
}
for c in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
  build $c kubernetes k8s.io/kubernetes/cmd/$c "$version"
done
build etcd etcd go.etcd.io/etcd/server/v3
build helm helm helm.sh/helm/v3/cmd/helm
build coredns coredns github.com/coredns/coredns
touch "$out/.complete"
echo "$out"
