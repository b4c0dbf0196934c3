# The images that others are built on: with docker the official ones; without it the like of them, from Debian's packages
# (no registry is needed) and this machine's pyenv. Sourced after builder.sh.

# debian_base NAME RELEASE PACKAGE...: Debian without apt, and the packages.
debian_base() {
  build "$1" scratch "${@:2}" "$images/debian" -- "$images/debian/context.sh" "${@:2}"
}

slim_base() { if [ $builder = docker ]; then echo debian:trixie-slim; else echo localhost/debian:trixie; fi; }
make_slim_base() {
  [ $builder = docker ] || debian_base localhost/debian:trixie trixie libgcc-s1 libstdc++6
}

# Where a Python comes from: the official image; pyenv (compiled on this machine, for this machine's Debian); a release of
# Debian that has it; or nowhere (prints nothing).
python_source() { # version
  local system
  system=$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")
  if [ $builder = docker ]; then echo official
  elif [[ $system == debian:* ]] && [ -n "$(pyenv_home "$1")" ]; then echo "pyenv ${system#debian:}"
  elif [ "$1" = 3.13 ]; then echo "debian trixie"
  elif [ "$1" = 3.14 ]; then echo "debian forky"
  fi
}

pyenv_home() { # version
  find "${PYENV_ROOT:-$HOME/.pyenv}/versions" -maxdepth 1 -name "$1.[0-9]*" 2>/dev/null | sort -V | tail -1
}

python_base() { if [ $builder = docker ]; then echo "python:$1-slim"; else echo "localhost/python:$1"; fi; }
make_python_base() { # version
  local source release home
  read -r source release <<<"$(python_source "$1")"
  case $source in
    pyenv)
      home=$(pyenv_home "$1")
      debian_base localhost/debian:python "$release" ca-certificates libbz2-1.0 libffi8 liblzma5 libncursesw6 \
        libreadline8 libsqlite3-0 libssl3 libuuid1 zlib1g
      build "$(python_base "$1")" localhost/debian:python "$home/bin/python$1" "$images/python/pyenv" -- \
        "$images/python/pyenv/context.sh" "$home" "$1"
      ;;
    debian)
      debian_base "localhost/debian:python$1" "$release" ca-certificates "python$1"
      build "$(python_base "$1")" "localhost/debian:python$1" "$images/python/debian" -- cp -rT "$images/python/debian"
      ;;
  esac
}
