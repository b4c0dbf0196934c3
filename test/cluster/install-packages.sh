#!/usr/bin/env bash
# Installs the Debian (or Ubuntu) packages that the tests need and this machine lacks. Names what for: cluster (the local
# provider), images (building them without docker), hook (compiling the C hook); all of them when none is named.
set -euo pipefail
cluster=(containerd runc containernetworking-plugins iptables conntrack iproute2 util-linux procps openssl)
images=(buildah mmdebstrap debian-archive-keyring gcc libc6-dev zstd)
hook=(gcc libc6-dev gcc-aarch64-linux-gnu musl-tools qemu-user-static)

check=
[ "${1:-}" != --check ] || { check=1; shift; }
wanted=()
for what in "${@:-all}"; do
  case $what in
    cluster) wanted+=("${cluster[@]}") ;;
    images) wanted+=("${images[@]}") ;;
    hook) wanted+=("${hook[@]}") ;;
    all) wanted+=("${cluster[@]}" "${images[@]}" "${hook[@]}") ;;
    *) echo "usage: install-packages.sh [--check] [cluster] [images] [hook]" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "install-packages: not a Debian: see to it that these are there by your own means: ${wanted[*]}" >&2
  exit
fi
missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ -n "$check" ] || [ "$(id -u)" != 0 ]; then
  echo "install-packages: missing: run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "install-packages: installs ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
# A package's daemon must not start here: the cluster runs its own.
policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; trap 'rm -f $policy' EXIT; }
apt-get install -qq -y --no-install-recommends "${missing[@]}" >&2
