#!/usr/bin/env bash
# The node's first process: hides from this machine what the node's programs write outside their own folder, then waits
# (and, being the first, buries orphans).
set -euo pipefail
state=$2

mount --bind "$state/log/system" /var/log
mount --bind "$state/resolv.conf" /etc/resolv.conf
# Folders that no setting moves elsewhere.
for folder in /run/containerd /var/lib/cni /var/lib/kubelet; do
  mkdir -p "$folder"
  mount -t tmpfs none "$folder"
done
# kubelet insists on tuning the kernel, which is this machine's: it gets files to write into instead.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy=$state/kernel/$setting
  mkdir -p "$(dirname "$copy")"
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

touch "$state/node.ready"
while :; do
  sleep 3600 &
  wait
done
