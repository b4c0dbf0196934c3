#!/usr/bin/env bash
# Runs Debian's Python 3.14, for machines that have none: `python-3.14.sh ARGUMENT…` is `python3.14 ARGUMENT…`.
# It lives in a chroot, built once and kept in the cache; the checkout, /tmp, $HOME's cache and /proc are there too.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
root=$cache/python-3.14

if [ ! -x "$root/usr/bin/python3.14" ]; then
  [ "$(id -u)" = 0 ] || { echo "a chroot needs root" >&2; exit 1; }
  command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing" >&2; exit 1; }
  mkdir -p "$cache"
  exec 9>"$root.lock"
  flock 9
  if [ ! -x "$root/usr/bin/python3.14" ]; then
    rm -rf "$root.new"
    # A mirror that was last synchronised two weeks ago will do.
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' --include=python3.14 sid "$root.new" >&2
    rm -rf "$root"
    mv "$root.new" "$root"
  fi
  exec 9>&-
fi

# shellcheck disable=SC2016
exec unshare --mount -- bash -c '
  root=$1 directory=$PWD
  for path in "$2" "$3" /tmp /proc /dev; do
    mkdir -p "$root$path"
    mount --rbind "$path" "$root$path"
  done
  shift 3
  exec chroot "$root" /bin/bash -c "cd \"\$0\" && exec python3.14 \"\$@\"" "$directory" "$@"
' bash "$root" "$checkout" "$cache" "$@"
