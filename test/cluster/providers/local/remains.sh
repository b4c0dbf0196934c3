# Removes whatever a run left, also one that died halfway: finds it by what it is, trusting no note of ours.
. "$local_provider/node.sh"

remove_remains() {
  end_processes
  # The node's network takes the wire with it, though the kernel may take its time.
  ! ip link show "$wire" >/dev/null 2>&1 || ip link delete "$wire" 2>/dev/null || true
  mounts | sort -r | while read -r mount; do umount -l "$(printf %b "$mount")"; done
  for _ in $(seq 50); do
    remove_cgroups
    [ -n "$(remains)" ] || break
    sleep 0.1
  done
  [ -z "$(remains)" ] || fail "these will not go: $(echo $(remains))"
  rm -rf "$state"
}

# Mounts, the device and the cgroups that are there still; processes are in the cgroups.
remains() {
  mounts
  ! ip link show "$wire" >/dev/null 2>&1 || echo "$wire"
  cgroup_folders
}

mounts() { awk -v under="$state/" 'index($2, under) == 1 { print $2 }' /proc/mounts; }
