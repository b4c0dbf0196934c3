# Where the local cluster lives and which addresses it uses. Sourced by the scripts beside it.
local_provider=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
home=$cache/cluster/local
store=$home/containerd # images, kept from run to run
state=$home/run        # all else, of one run only
kubeconfig=$state/admin.kubeconfig

node=node1
apiserver_port=6443
host_ip=10.200.0.1 # this machine's end of the wire to the node
node_ip=10.200.0.2
service_range=10.96.0.0/16
service_ip=10.96.0.1 # the first of the range is the API server's
pod_range=10.244.0.0/24
domain=cluster.local
wire=pyca0
cgroup=pyca-cluster

say() { echo "cluster: $*" >&2; }
fail() { say "$*"; exit 1; }

# Two engineers, or two tests, may call at once: one waits for the other.
only_one() {
  [ "$(id -u)" = 0 ] || fail "the local provider makes network devices and cgroups: run it as root (or use --provider kind)"
  mkdir -p "$home"
  exec 9>"$home/lock"
  flock 9
}

wait_for() { # seconds what command...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what did not come up; its log is in $state/log"
    sleep 0.1
  done
}
