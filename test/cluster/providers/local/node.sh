# The node: a set of Linux namespaces (processes, mounts, network), as a container of kind would be. When its first
# process ends, however it ends, the kernel takes everything else with it: containers, mounts, devices, iptables rules.
# The control plane shares its processes and mounts but stays on this machine's network, where the tests reach it.
. "$(dirname "${BASH_SOURCE[0]}")/cgroups.sh"

node_pid() { cat "$state/node.pid" 2>/dev/null; }
node_is_up() { [ -n "$(node_pid)" ] && grep -qa "pyca-node $state" "/proc/$(node_pid)/cmdline" 2>/dev/null; }

on_host_network() { nsenter --target "$(node_pid)" --pid --mount -- "$@"; }
on_node_network() { nsenter --target "$(node_pid)" --pid --mount --net -- "$@"; }

make_node() {
  make_cgroups
  mkdir -p "$state/log/system"
  echo "nameserver $node_ip" >"$state/resolv.conf"
  (
    join_cgroups
    exec 9>&-
    setsid unshare --pid --fork --mount --mount-proc --net --propagation private \
      bash "$local_provider/node-init.sh" "pyca-node $state" "$state" >"$state/log/node.log" 2>&1 </dev/null &
  )
  wait_for 10 "the node" test -e "$state/node.ready"
  local pid
  for pid in $(cgroup_processes); do
    ! grep -qa "^NSpid:.*[[:space:]]1$" "/proc/$pid/status" 2>/dev/null || echo "$pid" >"$state/node.pid"
  done
  node_is_up || fail "the node ended at once; its log is $state/log/node.log"
}

wire_node() {
  ip link add "$wire" type veth peer name eth0 netns "$(node_pid)"
  ip address add "$host_ip/30" dev "$wire"
  ip link set "$wire" up
  on_node_network ip link set lo up
  on_node_network ip address add "$node_ip/30" dev eth0
  on_node_network ip link set eth0 up
  on_node_network ip route add default via "$host_ip"
  on_node_network sysctl -qw net.ipv4.ip_forward=1
  # The API server calls webhooks by their Services' addresses.
  ip route add "$service_range" via "$node_ip"
  ip route add "$pod_range" via "$node_ip"
}

# A program's process id is the one it has inside the node.
spawn() { # on_host_network|on_node_network program arguments...
  local network=$1 name=$2
  shift 2
  (
    join_cgroups
    exec 9>&-
    "$network" bash -c 'setsid "${@:3}" >>"$1" 2>&1 </dev/null & echo $! >"$2"' \
      spawn "$state/log/$name.log" "$state/$name.pid" "$(program "$name")" "$@"
  )
}

runs() { # program
  [ -e "$state/$1.pid" ] && on_host_network kill -0 "$(cat "$state/$1.pid")" 2>/dev/null
}
