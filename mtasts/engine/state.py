"""What the engine's state says before a run, read straight from a file backend: no process, no lock, no network.

Other backends are not read: asking them costs a run of the engine (`stack export`), which only a failure justifies.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mtasts.engine.outcome import DOMAIN_TYPE

_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class State:
    """The part of a stack's state that decisions are made from."""

    domains: frozenset[str]
    pending: tuple[Mapping[str, Any], ...]  # operations that were begun and whose end was not recorded
    published: Mapping[str, str]  # mode of each domain, by the stack's outputs


def read_state(deployment: Mapping[str, Any]) -> State:
    """From the `deployment` object of a checkpoint or of `stack export`. Tolerates anything that is missing."""
    resources = deployment.get("resources") or []
    pending = deployment.get("pending_operations") or []
    names = {
        str(resource.get("urn", "")).rsplit("::", 1)[-1]
        for resource in resources
        if resource.get("type") == DOMAIN_TYPE
    }
    outputs: Any = next((entry.get("outputs") for entry in resources if entry.get("type") == _STACK_TYPE), None)
    domains: Any = outputs.get("domains") if isinstance(outputs, Mapping) else None
    told = domains if isinstance(domains, Mapping) else {}
    modes = {
        str(name): str(entry["mode"]) for name, entry in told.items() if isinstance(entry, Mapping) and "mode" in entry
    }
    return State(frozenset(names), tuple(pending), modes)


def has_lock_files(project: str, stack: str, environ: Mapping[str, str]) -> bool:
    """Whether a run may be going on in a `file://` backend, so that pending operations may still end by themselves."""
    parts = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if parts.scheme != "file":
        return False
    locks = Path(unquote(parts.netloc + parts.path)).expanduser() / ".pulumi" / "locks"
    short = stack.rsplit("/", 1)[-1]
    folders = (locks / "organization" / project / short, locks / short)
    return any(folder.is_dir() and any(folder.glob("*.json")) for folder in folders)


def read_file_backend(project: str, stack: str, environ: Mapping[str, str]) -> State | None:
    """The state of a stack in a `file://` backend; None for another backend, no such stack, or an unreadable one."""
    parts = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if parts.scheme != "file":
        return None
    root = Path(unquote(parts.netloc + parts.path)).expanduser() / ".pulumi" / "stacks"
    short = stack.rsplit("/", 1)[-1]
    for path in (root / project / f"{short}.json", root / f"{short}.json"):
        for file in (path, path.with_name(path.name + ".gz")):
            try:
                raw = file.read_bytes()
                text = gzip.decompress(raw) if file.suffix == ".gz" else raw
                checkpoint = json.loads(text).get("checkpoint") or {}
                return read_state(checkpoint.get("latest") or {})
            except (OSError, ValueError, AttributeError, EOFError):
                continue
    return None
