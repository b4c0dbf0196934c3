#!/usr/bin/env bash
# Runs a free-threaded Python 3.13: `python-3.13t.sh ARGUMENT…` is `python3.13t ARGUMENT…`.
# Debian packages none. It is built once, of the source of Debian 13, and kept in the cache: some minutes of one processor.
set -euo pipefail
cache=${PYCA_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pyca}
root=$cache/python-3.13t

build() {
  command -v gcc make apt-get xz >/dev/null || { echo "gcc, make, apt-get and xz build it" >&2; return 1; }
  local work=$root.new
  rm -rf "$work"
  mkdir -p "$work"/{lists/partial,archives/partial,source}
  echo 'deb-src http://deb.debian.org/debian trixie main' >"$work/sources.list"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  local options=(-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
    -o Dir::Cache="$work" -o Dir::Etc::trusted="$keyring" -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=)
  cd "$work"
  apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only python3.13
  tar -xf python3.13_*.orig.tar.xz -C source --strip-components=1
  cd source
  nice ./configure --disable-gil --prefix="$root" --without-ensurepip && nice make -j2 && nice make DESTDIR="$work/installed" altinstall
  rm -rf "$work/installed$root/lib/python3.13t/test"
  mv "$work/installed$root" "$root"
  rm -rf "$work"
}

if [ ! -x "$root/bin/python3.13t" ]; then
  mkdir -p "$cache"
  exec 9>"$root.lock"
  flock 9
  # As a process of its own: where a function's result is asked for, bash doesn't stop at what fails in it.
  [ -x "$root/bin/python3.13t" ] || "$BASH" -euo pipefail -c "root=$(printf %q "$root"); $(declare -f build); build" \
    >"$root.log" 2>&1 || { echo "it could not be built: see $root.log" >&2; exit 1; }
  exec 9>&-
fi
exec "$root/bin/python3.13t" "$@"
