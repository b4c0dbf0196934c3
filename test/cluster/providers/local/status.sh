#!/usr/bin/env bash
# Says what runs. Exit 0: the cluster is ready; 1: it is broken; 3: there is none.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$local_provider/node.sh"
node_is_up || { say "is down"; exit 3; }
. "$local_provider/programs.sh"
broken=0
for name in "${programs[@]}"; do
  if runs "$name"; then say "$name runs"; else say "$name does not run"; broken=1; fi
done
kubectl wait --for=condition=Ready "node/$node" --timeout=2s >&2 || broken=1
dns_works || { say "DNS does not answer"; broken=1; }
exit $broken
