"""The SDK loads a package of classes when it is first touched, and that is not safe for threads: it is done beforehand.

A second thread that touches it meanwhile finds a package without classes: `module 'pulumi_aws.cloudfront'
has no attribute 'Distribution'`.
"""

import subprocess
import sys

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT

PROGRAM = """
import sys, warnings
warnings.simplefilter("ignore")

def lazy():
    return sorted(
        name for name, module in list(sys.modules.items())
        if 'Lazy' in type(module).__name__ and name in WANTED
    )

WANTED = {f"pulumi_aws.{name}" for name in ("acm", "cloudfront", "s3")}
"""
AFTER_IMPORT = """
import mtasts_pulumi.program
assert WANTED <= set(sys.modules), sorted(WANTED - set(sys.modules))
assert not lazy(), lazy()
"""


def test_no_package_of_the_sdk_is_left_to_be_loaded_by_threads() -> None:
    """In a process of its own, since others may have loaded them."""
    command = [sys.executable, "-c", PROGRAM + AFTER_IMPORT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
