#!/usr/bin/env bash
# Installs the Debian (or Ubuntu) packages that the tests need and this machine lacks. Names what for: cluster (the local
# provider), images (building them), hook (compiling the C hook and running it elsewhere), tests (running them, a broker among them);
# all when none is named. --check only says what is missing.
set -euo pipefail

# package:what it is there for, a command or a file
cluster=(containerd:containerd runc:runc containernetworking-plugins:/usr/lib/cni/ptp iptables:iptables conntrack:conntrack
  iproute2:ip util-linux:nsenter procps:sysctl openssl:openssl golang-go:go)
buildah=(buildah:buildah mmdebstrap:mmdebstrap debian-archive-keyring:/usr/share/keyrings/debian-archive-keyring.gpg zstd:zstd)
images=(gcc:gcc binutils:strip libc6-dev:/usr/include/stdio.h)
hook=(gcc:gcc libc6-dev:/usr/include/stdio.h gcc-aarch64-linux-gnu:aarch64-linux-gnu-gcc musl-tools:musl-gcc
  qemu-user-static:qemu-aarch64-static libc6-dev-arm64-cross:/usr/aarch64-linux-gnu/lib/libc.so.6)
tests=(rabbitmq-server:/usr/sbin/rabbitmq-server npm:npm python3:python3 git:git lcov:lcov chromium:chromium)

check=
[ "${1:-}" != --check ] || { check=1; shift; }
[ $# -gt 0 ] || set -- cluster images hook tests
# Where docker runs it does the work of both, and Debian's containerd would displace it.
docker=
! docker info >/dev/null 2>&1 || docker=1

wanted=()
for purpose in "$@"; do
  case $purpose in
    cluster) [ -n "$docker" ] || wanted+=("${cluster[@]}") ;;
    images)
      wanted+=("${images[@]}")
      [ -n "$docker" ] || wanted+=("${buildah[@]}")
      python3 -m pip --version >/dev/null 2>&1 || wanted+=(python3-pip:)
      ;;
    hook) wanted+=("${hook[@]}") ;;
    tests)
      wanted+=("${tests[@]}")
      python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv:)
      ;;
    *) echo "usage: install-packages.sh [--check] [cluster] [images] [hook] [tests]" >&2; exit 2 ;;
  esac
done

PATH=$PATH:/usr/sbin:/sbin
missing=()
for entry in "${wanted[@]}"; do
  need=${entry#*:}
  if [ -z "$need" ] || { [ ! -e "$need" ] && ! command -v "$need" >/dev/null; }; then missing+=("${entry%%:*}"); fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install --yes --no-install-recommends --no-remove "${missing[@]}")
if [ -n "$check" ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "install-packages: missing: ${missing[*]}" >&2
  echo "install-packages: on Debian or Ubuntu, run as root: ${install[*]}; elsewhere install what these hold" >&2
  exit 1
fi
echo "install-packages: installs ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
# A package's daemon must not start: the cluster runs its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  trap 'rm -f $policy' EXIT
fi
"${install[@]}" -qq >&2
# Nor at the next boot; the broker tests start their own.
case " ${missing[*]} " in *" rabbitmq-server "*) systemctl disable rabbitmq-server >/dev/null 2>&1 || true ;; esac
