#!/bin/sh
# Makes .venv from requirements.lock, with the command `mtasts` in it; does nothing when it is up to date.
# Needs Python >= 3.11, and nothing else: uv where it is there, venv and pip otherwise. PYTHON names another Python.
set -eu
cd "$(dirname "$0")/.."
for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" tools/bootstrap.py "$@"
    fi
done
echo "bootstrap: no Python >= 3.11 found (python3 is $(python3 --version 2>&1 || true)); install one, or name it: make PYTHON=..." >&2
exit 2
