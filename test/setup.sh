#!/usr/bin/env bash
# Installs what is missing, quick when nothing is: Debian packages, Node 24 with the npm packages, ruff. Says what it can't.
set -euo pipefail
cd "$(dirname "$0")/.."
test/cluster/install-packages.sh

command -v npm >/dev/null || { echo "setup: npm is missing; install Node.js (apt-get install npm, or https://nodejs.org)" >&2; exit 1; }
stamp=node_modules/.setup-$(sha256sum package-lock.json | cut -c1-16)
if [ ! -e "$stamp" ]; then
  echo "setup: npm packages" >&2
  npm ci --no-audit --no-fund --loglevel=error
  [ "$(node_modules/node/bin/node -p 'process.versions.node.split(".")[0]')" -ge 24 ] || {
    echo "setup: the npm package \"node\" did not install its binary; allow its install script (npm config set ignore-scripts false)" >&2
    exit 1
  }
  touch "$stamp"
fi

ruff=0.17.6
if [ "$(.venv/bin/ruff --version 2>/dev/null)" != "ruff $ruff" ]; then
  echo "setup: ruff $ruff" >&2
  python3 -m venv .venv 2>/dev/null || { echo "setup: Python's venv is missing; apt-get install python3-venv" >&2; exit 1; }
  .venv/bin/pip install --quiet --disable-pip-version-check "ruff==$ruff"
fi
