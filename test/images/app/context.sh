#!/usr/bin/env bash
# context.sh PYTHON-VERSION FOLDER: httpbin's source and the packages it needs, for that Python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=$1 folder=$2
cp "$here/Dockerfile" "$here/gunicorn.conf.py" "$folder/"
mkdir "$folder/packages" "$folder/app"
requirements=$here/requirements-$version.txt
[ -e "$requirements" ] || requirements=$here/requirements.txt
cp "$requirements" "$folder/packages/requirements.txt"

pip() { python3 -m pip --disable-pip-version-check --quiet "$@" >&2; }
architecture=$(uname -m)
pip download --dest "$folder/packages" --only-binary :all: --implementation cp --python-version "$version" \
  --abi "cp${version/./}" --abi abi3 --abi none --platform "manylinux_2_28_$architecture" \
  --platform "manylinux_2_24_$architecture" --platform "manylinux_2_17_$architecture" --platform "manylinux2014_$architecture" \
  --requirement "$requirements" pip
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
pip download --dest "$source" --no-deps --no-binary :all: --requirement "$here/application.txt"
tar --extract --file "$source"/*.tar.gz --directory "$folder/app" --strip-components 1
