#!/bin/sh
# Builds the hook for amd64 and arm64: build.sh [FOLDER], by default dist/preload/env of the checkout.
set -eu

source=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:-$source/../../../dist/preload/env}

# The compiler of the machine itself where it is of that architecture, else the cross compiler of that name.
compiler() {
    case $(gcc -dumpmachine 2>/dev/null) in
        "$1"-*linux*) echo gcc ;;
        *) echo "$1-linux-gnu-gcc" ;;
    esac
}

# No libc, no start files; -fno-tree-loop-distribute-patterns: no call of a memcpy or strlen that is not there either.
# The control-flow protection of a process ends where one object of it does not declare its own.
build() {
    architecture=$1 cc=$2 package=$3
    shift 3
    if ! command -v "$cc" >/dev/null; then
        echo "build.sh: no $cc for $architecture: apt-get install $package" >&2
        exit 1
    fi
    draft=$folder/.pyca-env.$architecture.$$
    "$cc" -std=c17 -Os -Wall -Wextra -Werror -shared -nostdlib -ffreestanding -fpic -fno-plt -fvisibility=hidden \
        -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
        -fno-ident -s -Wl,--hash-style=both,--build-id=none,--fatal-warnings \
        -Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code "$@" "$source/pyca-env.c" -o "$draft"
    mv "$draft" "$folder/pyca-env.$architecture.so"
}

mkdir -p "$folder"
build amd64 "$(compiler x86_64)" gcc-x86-64-linux-gnu -fcf-protection=full -Wl,-z,max-page-size=4096
build arm64 "$(compiler aarch64)" gcc-aarch64-linux-gnu -mbranch-protection=standard -Wl,-z,max-page-size=65536 \
    -Wl,-T,"$source/pyca-env.ld"
