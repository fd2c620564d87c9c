#!/bin/sh
# Makes .venv beside this file from requirements.txt, with the command `mtasts` in it. Needs Python >= 3.11 and nothing else; PYTHON
# names another one. Written by mtasts; `mtasts upgrade` replaces it whole.
set -eu
cd "$(dirname "$0")"
stop() {
    echo "install.sh: $1" >&2
    exit 2
}
for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 ""; do
    [ -n "$python" ] || stop "no Python >= 3.11 found; install one, or name it: PYTHON=... sh install.sh"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
done
"$python" -c 'import ensurepip' 2>/dev/null || stop "$python has no ensurepip; install python3-venv (Debian, Ubuntu)"
[ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
pip() {
    .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes "$@" ||
        stop "pip could not install what requirements.txt names (above); is the network or your index there? Then run it again"
}
pip --only-binary :all: -r requirements-build.txt
pip --no-build-isolation -r requirements.txt
# On every core, which pip does not, and without the hundred services of AWS that nothing here uses.
.venv/bin/python -m compileall -q -j 0 -x '/pulumi_aws/' .venv/lib >/dev/null 2>&1 || true
