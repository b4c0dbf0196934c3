# The kind cluster's name, and the programs that handle it. Sourced by the scripts beside it.
kind_provider=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cluster=pyca-test # as config.yaml says
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
kubeconfig=$cache/cluster/kind/kubeconfig

say() { echo "cluster: $*" >&2; }
fail() { say "$*"; exit 1; }

docker info >/dev/null 2>&1 || fail "docker does not run here: use --provider local"
tools=$("$kind_provider/../../build-tools.sh" kind kubectl)
kind() { "$tools/kind" "$@"; }
kubectl() { "$tools/kubectl" --kubeconfig "$kubeconfig" "$@"; }
exists() { kind get clusters 2>/dev/null | grep -qx "$cluster"; }
