# To be sourced: brings the cluster up with every image in it, and kubectl, helm and its kubeconfig into the environment.
KUBECONFIG=$(test/cluster/cluster up)
tools=$(test/cluster/build-tools.sh)
export KUBECONFIG PATH="$tools:$PATH"
test/images/build.sh | xargs test/cluster/cluster load
