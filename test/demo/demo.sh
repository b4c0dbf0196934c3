#!/usr/bin/env bash
# PYCA in a minute, with no cluster and no broker: needs npm (for Node 24) and a Python, CPython 3.8 or later.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ ! -x node_modules/node/bin/node ]; then
  command -v npm >/dev/null || { echo "demo: npm is missing; install Node.js (apt-get install npm)" >&2; exit 1; }
  echo "demo: npm packages (once)" >&2
  npm ci --no-audit --no-fund --loglevel=error
fi
exec node_modules/node/bin/node --disable-warning=ExperimentalWarning test/demo/demo.ts
