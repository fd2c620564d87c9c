"""The forge and the repository that a git remote names: what a job would have in its environment, on a workstation."""

import re
from pathlib import Path

from mtasts.live.forge import FORGES
from mtasts.live.forge.environment import kind
from mtasts.live.git_process import git

_URL = re.compile(r"(?:https|ssh)://(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+)(?::\d+)?/(?P<path>[^\s?#]+?)(?:\.git)?/?")
_SCP = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^\s/?#][^\s?#]*?)(?:\.git)?/?")


def remote_place(folder: Path, remote: str) -> tuple[str, str] | None:
    """Host and path of the remote of the clone that the folder is in; None where there is none, or none on a server."""
    out = git(folder, ("config", "--get", f"remote.{remote}.url"), 8192, may_fail=True)
    url = out.decode("utf-8", "replace").strip()
    found = _URL.fullmatch(url) or _SCP.fullmatch(url)
    return (found["host"].lower(), found["path"].lstrip("/")) if found else None


def forge_of_host(host: str) -> str | None:
    """The forge whose public server this is; None for a host that may be anybody's."""
    return next((name for name in FORGES if host in kind(name).hosts), None)
