#!/usr/bin/env bash
# Prints the path of an image's archive (OCI layout in a tar).
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/builder.sh"
reference=${1:?usage: archive.sh IMAGE}
archive=$(archive_of "$reference")
if [ $builder = docker ]; then docker image save --output "$archive" "$reference" 2>/dev/null || rm -f "$archive"; fi
[ -e "$archive" ] || fail "there is no image $reference yet: test/images/build.sh $reference"
echo "$archive"
