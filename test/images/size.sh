#!/usr/bin/env bash
# Prints an image's size in bytes: compressed as a registry keeps it (gzip), and uncompressed.
set -euo pipefail
layers=$(mktemp -d)
trap 'rm -rf "$layers"' EXIT
archive=$("$(dirname "$0")/archive.sh" "${1:?usage: size.sh IMAGE}")
tar --extract --file "$archive" --directory "$layers"
cd "$layers/blobs/sha256"
compressed=0 plain=0
for blob in *; do
  case $(head -c 4 "$blob" | od -An -tx1 | tr -d ' \n') in
    28b52ffd) unpack=(zstd --decompress --stdout) ;;
    1f8b*) unpack=(gzip --decompress --stdout) ;;
    7b*) continue ;; # JSON
    *) unpack=(cat) ;;
  esac
  compressed=$((compressed + $("${unpack[@]}" "$blob" | gzip --stdout | wc --bytes)))
  plain=$((plain + $("${unpack[@]}" "$blob" | wc --bytes)))
done
echo "$compressed $plain"
