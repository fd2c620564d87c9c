"""The SDK loads a package of classes when it is first touched, and that is not safe for threads: it is done beforehand.

A second thread that touches it meanwhile finds a package without classes: `module 'pulumi_aws.cloudfront'
has no attribute 'Distribution'`.
"""

import subprocess
import sys

import pytest

from tests.engine.stage import ROOT
from tests.patience import PATIENCE

PROGRAM = """
import sys, threading, warnings
warnings.simplefilter("ignore")

def lazy():
    return sorted(
        name for name, module in list(sys.modules.items())
        if 'Lazy' in type(module).__name__ and name in WANTED
    )

WANTED = {f"pulumi_aws.{name}" for name in ("acm", "cloudfront", "route53", "s3")}
"""
AFTER_IMPORT = """
import mtasts_pulumi
from mtasts_pulumi.dns import adapter
adapter("route53"), adapter("cloudflare")
assert WANTED <= set(sys.modules), sorted(WANTED - set(sys.modules))
assert not lazy(), lazy()
"""
# The loading of each package is held in the midst until every thread has asked for it, so that luck has no part in it.
AT_ONCE = """
begun, go = threading.Event(), threading.Event()
from importlib.machinery import SourceFileLoader
load = SourceFileLoader.exec_module

def slow(self, module):
    if module.__name__ == "pulumi_aws.route53":
        begun.set()
        go.wait()
    load(self, module)

SourceFileLoader.exec_module = slow
import mtasts_pulumi.dns
failed, waiting = [], threading.Barrier(5)

def use():
    waiting.wait()
    try:
        assert mtasts_pulumi.dns.adapter("route53").Record
    except BaseException as error:
        failed.append(repr(error))

threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads:
    thread.start()
waiting.wait()
begun.wait()
threading.Timer(0.2, go.set).start()
for thread in threads:
    thread.join()
assert not failed, failed
"""


@pytest.mark.parametrize("what", [AFTER_IMPORT, AT_ONCE], ids=["after the import", "in threads at once"])
def test_no_package_of_the_sdk_is_left_to_be_loaded_by_threads(what: str) -> None:
    """In a process of its own, since others may have loaded them."""
    command = [sys.executable, "-c", PROGRAM + what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
