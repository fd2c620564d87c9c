"""The engine's state before a run, read straight from a file backend: no process, no lock, no network.

Other backends are not read: asking them costs a run of the engine (`stack export`), which only a failure justifies.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mtasts.policy.published_names import DOMAIN_TYPE, STACK_TYPE

_OURS = ".mtasts"  # our own folder, beside the engine's


@dataclass(frozen=True, slots=True)
class State:
    """The part of a stack's state that decisions are made from."""

    domains: frozenset[str]
    pending: tuple[Mapping[str, Any], ...]  # operations that were begun and whose end was not recorded
    published: Mapping[str, str]  # mode of each domain, by the stack's outputs
    bucket: str = ""  # the policy bucket, by the same; "" before anything was published
    desired: Mapping[str, Any] = field(default_factory=dict)  # each domain as it was published last, by the same


def read_state(deployment: Mapping[str, Any]) -> State:
    """From the `deployment` object of a checkpoint or of `stack export`. Tolerates anything that is missing."""
    resources = deployment.get("resources") or []
    pending = deployment.get("pending_operations") or []
    names = {
        str(resource.get("urn", "")).rsplit("::", 1)[-1]
        for resource in resources
        if resource.get("type") == DOMAIN_TYPE
    }
    outputs: Any = next((entry.get("outputs") for entry in resources if entry.get("type") == STACK_TYPE), None)
    domains: Any = outputs.get("domains") if isinstance(outputs, Mapping) else None
    told = domains if isinstance(domains, Mapping) else {}
    modes = {
        str(name): str(entry["mode"]) for name, entry in told.items() if isinstance(entry, Mapping) and "mode" in entry
    }
    bucket = outputs.get("bucket") if isinstance(outputs, Mapping) else None
    desired = outputs.get("desired") if isinstance(outputs, Mapping) else None
    return State(
        frozenset(names),
        tuple(pending),
        modes,
        bucket if isinstance(bucket, str) else "",
        desired if isinstance(desired, Mapping) else {},
    )


def has_lock_files(project: str, stack: str, environ: Mapping[str, str]) -> bool:
    """Whether a run may be going on in a `file://` backend, so that pending operations may still end by themselves."""
    return bool(lock_files(project, stack, environ))


def read_file_backend(project: str, stack: str, environ: Mapping[str, str]) -> State | None:
    """The state of a stack in a `file://` backend; None for another backend, no such stack, or an unreadable one."""
    deployment = read_file_deployment(project, stack, environ)
    return None if deployment is None else read_state(deployment)


def read_file_deployment(project: str, stack: str, environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The same, as the whole `deployment` object."""
    root = backend_root(environ)
    for path in state_files(root, project, stack) if root else ():
        for file in (path, path.with_name(path.name + ".gz")):
            try:
                raw = file.read_bytes()
                text = gzip.decompress(raw) if file.suffix == ".gz" else raw
                checkpoint = json.loads(text).get("checkpoint") or {}
                latest: Mapping[str, Any] = checkpoint.get("latest") or {}
            except (OSError, ValueError, AttributeError, EOFError, zlib.error):
                continue
            return latest
    return None


def ours(environ: Mapping[str, str], what: str, project: str, stack: str) -> Path | None:
    """Where we keep something of our own about a stack beside a `file://` backend; None for another backend.

    `what`: "running" (components/mtasts_pulumi/engine/holders.py), "states" or "damaged" (engine/checkpoints.py).
    """
    root = backend_root(environ)
    return root.with_name(_OURS) / what / project / stack.rsplit("/", 1)[-1] if root else None


def lock_files(project: str, stack: str, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The engine's locks on a stack of a `file://` backend; none for another backend."""
    root = backend_root(environ)
    folders = _lock_folders(root, project, stack) if root else ()
    return tuple(file for folder in folders for file in sorted(folder.glob("*.json")))


def history_files(project: str, stack: str, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of a `file://` backend that tell of past updates, oldest first; none for another backend."""
    root = backend_root(environ)
    short = stack.rsplit("/", 1)[-1]
    folders = (root / "history" / project / short, root / "history" / short) if root else ()
    return tuple(
        sorted(path for folder in folders for path in folder.glob("*.history.json*") if path.suffix != ".attrs")
    )


def drop_broken_attributes(project: str, stack: str, environ: Mapping[str, str]) -> int:
    """Remove attribute files that a killed engine left half-written beside state and locks; gives how many.

    The engine's file backend replaces the files themselves atomically, but not their `.attrs`: an empty one makes it
    say "failed to load checkpoint: EOF" for ever, while a missing one is as good as a whole one.
    """
    root = backend_root(environ)
    if root is None:
        return 0
    files = [path.with_name(f"{path.name}{more}") for path in state_files(root, project, stack) for more in _BESIDE]
    files += [root / "meta.yaml.attrs"]
    files += [file for folder in _lock_folders(root, project, stack) for file in folder.glob("*.attrs")]
    broken = [file for file in files if _is_broken(file)]
    for file in broken:
        file.unlink(missing_ok=True)
    return len(broken)


_BESIDE = (".attrs", ".bak.attrs", ".gz.attrs", ".gz.bak.attrs")


def _is_broken(file: Path) -> bool:
    try:
        return not isinstance(json.loads(file.read_bytes()), dict)
    except OSError:
        return False
    except ValueError:
        return True


def backend_root(environ: Mapping[str, str]) -> Path | None:
    """The engine's folder in a `file://` backend; None for another one."""
    parts = urlsplit(environ.get("PULUMI_BACKEND_URL", ""))
    if parts.scheme != "file":
        return None
    return Path(unquote(parts.netloc + parts.path)).expanduser() / ".pulumi"


def state_files(root: Path, project: str, stack: str) -> tuple[Path, Path]:
    """Where a stack's state may lie: by project, or as engines before 3.61 had it."""
    short = stack.rsplit("/", 1)[-1]
    return root / "stacks" / project / f"{short}.json", root / "stacks" / f"{short}.json"


def _lock_folders(root: Path, project: str, stack: str) -> tuple[Path, Path]:
    short = stack.rsplit("/", 1)[-1]
    return root / "locks" / "organization" / project / short, root / "locks" / short
