#!/bin/sh
# Hypothesis 6.170.15: `derandomize=True` draws other inputs when another module of the project is loaded.
#
# Guess: with derandomize=True a property gets the same inputs in each run, as long as its code and Hypothesis stay the same.
# Seen: Hypothesis collects the constants of all modules of the project that are loaded and draws some inputs from them. Each of
#       two runs alone is repeatable; one that has imported a module of the project, which the property does not use, gets others.
# Meaning for us: under pytest-xdist a worker has loaded what its earlier tests needed, so a steady suite was not steady. The tests
#       keep those constants out (tests/conftest.py, tests/test_conftest.py).
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "hypothesis==6.170.15"
python3 -c 'print("NUMBERS =", [8461 * n + 7 for n in range(1, 400)])' >unrelated.py
cat >property.py <<'PY'
import hashlib
import sys

from hypothesis import given, settings, strategies as st

if "also" in sys.argv:
    import unrelated  # noqa: F401

seen = []


@settings(derandomize=True, database=None, max_examples=300)
@given(st.lists(st.integers()))
def collect(values):
    seen.append(values)


collect()
print(hashlib.sha256(repr(seen).encode()).hexdigest()[:16])
PY
first=$(venv/bin/python property.py)
again=$(venv/bin/python property.py)
also=$(venv/bin/python property.py also)
also_again=$(venv/bin/python property.py also)
echo "inputs alone: $first, $again; with a module more: $also, $also_again"
[ "$first" = "$again" ] && [ "$also" = "$also_again" ] && [ "$first" != "$also" ]
