"""What some tests need of the machine beyond Python: servers that nobody here wrote, a browser, a network of their own.

A test says so with a marker, `@pytest.mark.needs("knotd", "namespaces")`. Where one of them is not there the test is
left out and the run's end says which, why, and the command that brings it. With MTASTS_TEST_EVERYTHING=1, as CI sets
it, each absence is a failure: nothing is left out there.
"""

import functools
import os
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from tools import language_hosts

EVERYTHING = "MTASTS_TEST_EVERYTHING"
INSTALL = "sh tools/install-debian.sh"
# A user's PATH on Debian has no folder of these, and the servers lie in them.
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
# The program that shows a need is met, and the Debian package that has it.
PACKAGES: Mapping[str, str] = {
    "chromium": "chromium",
    "dovecot": "dovecot-imapd",
    "fish": "fish",
    "ip": "iproute2",
    "knotd": "knot",
    "mandoc": "mandoc",
    "nginx": "nginx-light",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "postfix": "postfix",
    "postmap": "postfix",
    "unbound": "unbound",
    "unshare": "util-linux",
    "zsh": "zsh",
}
_REASON = "needs "


def search_sbin(environ: dict[str, str] | os._Environ[str]) -> None:
    """Let programs in the sbin folders be found, as root finds them."""
    known = environ.get("PATH", "").split(os.pathsep)
    environ["PATH"] = os.pathsep.join([*known, *(folder for folder in SBIN if folder not in known)])


@functools.cache
def absent(need: str) -> str:
    """Why this need is not met here, or "". Raises KeyError for a need that nobody described."""
    special = {
        "namespaces": _no_namespaces,
        "ipv6": _no_ipv6,
        "root": _not_root,
        "yaml-host": lambda: _not_obtained(language_hosts.yaml_host),
        "sdk-generator": lambda: _not_obtained(language_hosts.generator),
        "typescript": lambda: _not_obtained(language_hosts.node_modules),
    }
    if need in special:
        return special[need]()
    return "" if shutil.which(need) else f"no {need} (Debian: {PACKAGES[need]})"


def missing(needs: Iterable[str]) -> str:
    """Why a test with these needs cannot run here, as the reason of its skip, or ""."""
    reasons = list(dict.fromkeys(reason for need in needs if (reason := absent(need))))
    return _REASON + "; ".join(reasons) if reasons else ""


def closing_block(reasons: Sequence[str]) -> list[str]:
    """What to tell at the end of a run of which these tests were left out, by their reasons."""
    counted = Counter(reason for reason in reasons if reason.startswith(_REASON))
    if not counted:
        return []
    lines = [f"{sum(counted.values())} tests were left out, since this machine lacks what they need:"]
    lines += [f"  {count:4}  {reason.removeprefix(_REASON)}" for reason, count in counted.most_common()]
    if any("Debian" in reason for reason in counted):
        lines.append(f"the programs, on Debian and Ubuntu, as root:  {INSTALL}")
    if any("namespace" in reason or "root" in reason for reason in counted):
        lines.append("all of them, as CI does: run `make test` as root on a machine that allows network namespaces")
    return lines


def _no_namespaces() -> str:
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"no {program} (Debian: {PACKAGES[program]})"
    mapping = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *mapping, "--net", "--mount", "ip", "link", "set", "lo", "up"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    return f"no network namespace to be made ({said[-1] if said else done.returncode})" if done.returncode else ""


def _not_obtained(obtain: Callable[[Mapping[str, str]], Path]) -> str:
    """What tools/language_hosts.py builds or fetches the first time."""
    try:
        obtain(os.environ)
    except CannotLook as error:
        return error.message
    return ""


def _no_ipv6() -> str:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        return f"no IPv6 on loopback ({error.strerror})"
    return ""


def _not_root() -> str:
    return "" if os.geteuid() == 0 else "not root: servers that change to users of their own"
