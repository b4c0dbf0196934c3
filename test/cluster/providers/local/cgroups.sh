# Every process of the cluster is in one cgroup of each hierarchy, so that none can be lost sight of, however its
# parents died. cgroup v1 has a hierarchy for each controller, v2 has one.
hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

make_cgroups() {
  local hierarchy folder
  while read -r hierarchy; do
    folder=$hierarchy/$cgroup
    mkdir -p "$folder"
    # A cpuset of v1 is born empty and takes nobody in before it has its processors.
    if [ -e "$folder/cpuset.mems" ] && [ -e "$hierarchy/cgroup.clone_children" ]; then
      cat "$hierarchy/cpuset.cpus" >"$folder/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$folder/cpuset.mems"
      echo 1 >"$folder/cgroup.clone_children"
    fi
    # v2 lets no cgroup hold both processes and cgroups: ours sit in a leaf.
    mkdir -p "$folder/system"
  done < <(hierarchies)
}

join_cgroups() {
  local hierarchy
  while read -r hierarchy; do echo "$BASHPID" >"$hierarchy/$cgroup/system/cgroup.procs"; done < <(hierarchies)
}

cgroup_folders() {
  local hierarchy
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$cgroup" ] || find "$hierarchy/$cgroup" -depth -type d
  done < <(hierarchies)
}

cgroup_processes() {
  local folder
  while read -r folder; do cat "$folder/cgroup.procs" 2>/dev/null || true; done < <(cgroup_folders) | sort -un
}

end_processes() {
  local pids
  for _ in $(seq 100); do
    pids=$(cgroup_processes)
    [ -n "$pids" ] || return 0
    kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
  fail "these processes will not end: $(echo $pids)"
}

remove_cgroups() {
  local folder
  while read -r folder; do rmdir "$folder" 2>/dev/null || true; done < <(cgroup_folders)
}
