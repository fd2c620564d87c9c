#!/bin/sh
# pulumi-aws 7.51.1 with pulumi 3.259.0 on Python 3.11: importing a module by its full name first empties its package.
#
# Guess: `import pulumi_aws.acm.certificate` and then `pulumi_aws.acm.Certificate` is the usual Python; the order of imports is a
#        matter of taste.
# Seen: the package is loaded lazily (importlib.util.LazyLoader), and the import of a module in it ends the laziness before the
#       package's own code has run: its classes are missing for the rest of the process, AttributeError far away from the cause.
#       After any use of `pulumi_aws.acm` the same import does no harm.
# Meaning for us: the tests that look into the SDK use each package before they import a module of it.
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pulumi==3.259.0" "pulumi-aws==7.51.1"
cat >seen.py <<'PY'
import importlib
import sys
import warnings

warnings.simplefilter("ignore")
import pulumi_aws

if sys.argv[1] == "package first":
    pulumi_aws.acm.Certificate  # noqa: B018
importlib.import_module("pulumi_aws.acm.certificate")
print(f"{sys.argv[1]}: pulumi_aws.acm has Certificate: {hasattr(pulumi_aws.acm, 'Certificate')}")
PY
for order in "package first" "module first"; do
    venv/bin/python seen.py "$order"
done | tee seen.txt
[ "$(grep -c 'True$' seen.txt)" = 1 ] && grep -q '^module first.*False$' seen.txt
