#!/usr/bin/env bash
# Runs Debian sid's Python, for machines that lack it: `python-3.14.sh ARGUMENT…`, a link to this file, is `python3.14 ARGUMENT…`.
# It lives in a chroot, built once and kept in the cache; the checkout, /tmp, $HOME's cache and /proc are there too.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
name=$(basename "$0" .sh)
python=python${name#python-}
root=$cache/debian-$python

if [ ! -x "$root/usr/bin/$python" ]; then
  [ "$(id -u)" = 0 ] || { echo "a chroot needs root" >&2; exit 1; }
  command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing" >&2; exit 1; }
  mkdir -p "$cache"
  exec 9>"$root.lock"
  flock 9
  if [ ! -x "$root/usr/bin/$python" ]; then
    rm -rf "$root.new"
    # A mirror that was last synchronised two weeks ago will do.
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
      --include="$python,$python-venv" sid "$root.new" >&2 ||
      { rm -rf "$root.new"; echo "Debian's $python cannot be had" >&2; exit 1; }
    mv "$root.new" "$root"
  fi
  exec 9>&-
fi

# shellcheck disable=SC2016
exec unshare --mount -- bash -c '
  root=$1 python=$2 directory=$PWD
  for path in "$3" "$4" /tmp /proc /dev; do
    mkdir -p "$root$path"
    mount --rbind "$path" "$root$path"
  done
  shift 4
  exec chroot "$root" /bin/bash -c "cd \"\$0\" && exec \"\$@\"" "$directory" "$python" "$@"
' bash "$root" "$python" "$checkout" "$cache" "$@"
