#!/usr/bin/env bash
# Builds the cluster's programs from the Go modules pinned under tools/, once: a folder named after the pins holds them.
# Prints that folder. Names programs to build only those (kind is built only then). Cold on 2 cores about 15 minutes;
# nothing to do when they are there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
kubernetes=$(sed -nE 's/^(require)?[[:space:]]+k8s.io\/kubernetes v([0-9.]+).*/\2/p' "$here/tools/kubernetes/go.mod")
version=k8s.io/component-base/version
flags="-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=${kubernetes%%.*} -X $version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"
key=$({ cat "$here"/tools/*/go.mod; echo "$flags"; } | sha256sum | cut -c1-16)
out=$cache/tools-$key

build() { # name
  local module package
  case $1 in
    kube*) module=kubernetes package=k8s.io/kubernetes/cmd/$1 ;;
    etcd) module=etcd package=go.etcd.io/etcd/server/v3 ;;
    helm) module=helm package=helm.sh/helm/v3/cmd/helm ;;
    coredns) module=coredns package=github.com/coredns/coredns ;;
    kind) module=kind package=sigs.k8s.io/kind ;;
    *) echo "build-tools: there is no program $1" >&2; exit 2 ;;
  esac
  [ ! -e "$out/$1" ] || return 0
  local minor
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  # From 1.21 on Go fetches the version that a module asks for.
  [ "${minor:-0}" -ge 21 ] || {
    echo "build-tools: Go >= 1.21 is needed to build the cluster's programs (https://go.dev/dl)" >&2
    exit 1
  }
  echo "build-tools: $1" >&2
  mkdir -p "$out"
  (cd "$here/tools/$module" && CGO_ENABLED=0 go build -trimpath -ldflags "$flags" -o "$out/.$1" "$package")
  mv "$out/.$1" "$out/$1"
}

[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl etcd helm coredns
for name in "$@"; do build "$name"; done
echo "$out"
