#!/bin/sh
# Puts the Python part of the preload together: compile.sh FOLDER [PYTHON…], by default into dist/preload/python with every
# python3.8 to 3.15 on PATH and of pyenv. Beside the sources goes their bytecode, as applications can't write it
# there themselves: it saves each start of theirs 4 to 6 ms. A Python that is lacking here will compile what it runs.
set -eu

source=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:-$source/../../../dist/preload/python}
[ $# = 0 ] || shift
[ $# != 0 ] || set -- python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 python3.15 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.[89].*/bin/python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[0-5].*/bin/python

rm -rf "$folder"
mkdir -p "$folder"
cp "$source"/*.py "$folder"
for python; do
    # Checked by content: after an upgrade no bytecode of an older source is run. Named as it will lie in pods, so that
    # it is the same wherever it is made.
    "$python" -I -c 'import compileall, sys
sys.exit(not compileall.compile_dir(sys.argv[1], ddir="/pyca/preload/python", quiet=1, invalidation_mode=compileall.py_compile.PycInvalidationMode.CHECKED_HASH))
' "$folder" 2>/dev/null || true
done
missing=
for minor in 8 9 10 11 12 13 14 15; do
    [ -e "$folder/__pycache__/sitecustomize.cpython-3$minor.pyc" ] || missing="$missing 3.$minor"
done
[ -z "$missing" ] || echo "compile.sh: no bytecode for CPython$missing: not on this machine" >&2
