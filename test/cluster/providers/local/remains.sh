# Removes whatever a run left, also one that died halfway: finds it by what it is, trusting no note of ours.
. "$local_provider/node.sh"

remove_remains() {
  end_processes
  # The node's network takes the wire with it, though the kernel may take its time.
  ! ip link show "$wire" >/dev/null 2>&1 || ip link delete "$wire" 2>/dev/null || true
  awk -v under="$state/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    umount -l "$(printf %b "$mount")"
  done
  remove_cgroups
  rm -rf "$state"
}
