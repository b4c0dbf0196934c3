#!/usr/bin/env bash
# Builds the images the tests run (all, or the named ones) and prints their references. A second run does nothing.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/builder.sh"
. "$images/bases.sh"

all=(localhost/pause:1 localhost/rabbitmq:dev localhost/httpbin:py38 localhost/httpbin:py311 localhost/httpbin:py312
  localhost/httpbin:py312-pythonpath localhost/httpbin:py313 localhost/httpbin:py314 localhost/pyca:dev)

make_image() { # reference
  case $1 in
    localhost/pause:1) build "$1" scratch "$images/pause" -- "$images/pause/context.sh" ;;
    localhost/rabbitmq:dev) make_rabbitmq "$1" ;;
    localhost/httpbin:*-pythonpath)
      make_image "${1%-pythonpath}"
      build "$1" "${1%-pythonpath}" "$images/app/pythonpath" -- cp -rT "$images/app/pythonpath"
      ;;
    localhost/httpbin:*)
      make_python_base "$(python_of "$1")"
      build "$1" "$(python_base "$(python_of "$1")")" "$images/app" -- "$images/app/context.sh" "$(python_of "$1")"
      ;;
    localhost/pyca:dev) make_pyca "$1" ;;
  esac
}

make_rabbitmq() { # reference
  if [ $builder = docker ]; then
    docker pull --quiet rabbitmq:4 >&2
    docker tag rabbitmq:4 "$1"
  else
    debian_base localhost/debian:rabbitmq trixie rabbitmq-server
    build "$1" localhost/debian:rabbitmq "$images/rabbitmq" -- cp -rT "$images/rabbitmq"
  fi
}

make_pyca() { # reference
  local node=$root/node_modules/node/bin/node pythons
  [ -x "$node" ] || fail "there is no $node: run npm ci first"
  "$root/agent/preload/env/build.sh" >&2
  mapfile -t pythons < <(preload_pythons)
  "$root/agent/preload/python/compile.sh" "$root/dist/preload/python" "${pythons[@]}" >&2
  "$node" "$root/image/bundle.ts" >&2
  make_slim_base
  build "$1" "$(slim_base)" "$root/image" "$root/dist/image" "$node" -- "$root/image/context.sh"
}

# Interpreters that compile the preload; 3.14 and 3.15 are there for machines without them too.
preload_pythons() {
  local version home
  for version in 3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15; do
    home=$(pyenv_home "$version" || true)
    if [ -n "$home" ]; then echo "$home/bin/python"
    elif [ ! -e "$root/test/preload/python-$version.sh" ] || command -v "python$version" >/dev/null; then echo "python$version"
    else echo "$root/test/preload/python-$version.sh"
    fi
  done
}

# The Python that an image's tag names (py312: 3.12).
python_of() { sed -nE 's/^localhost\/httpbin:py3([0-9]+).*/3.\1/p' <<<"$1"; }

[ $# -gt 0 ] || set -- "${all[@]}"
for reference in "$@"; do
  [[ " ${all[*]} " == *" $reference "* ]] || fail "there is no image $reference: ${all[*]}"
done
"$root/test/cluster/install-packages.sh" images
mkdir -p "$cache"
exec 8>"$cache/lock" # two builds at once would share dist/
flock 8
for reference in "$@"; do
  version=$(python_of "$reference")
  if [ -n "$version" ] && [ -z "$(python_source "$version")" ]; then
    say "skips $reference: neither pyenv nor Debian's packages have Python $version here"
    continue
  fi
  make_image "$reference"
  echo "$reference"
done
