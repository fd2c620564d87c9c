"""History of a stack, as the engine knows it: the policy bucket, and when each update ended.

Read straight from a `file://` backend; any other one is asked by the engine itself (`pulumi stack output`, `history`).
"""

import contextlib
import gzip
import json
import os
import subprocess
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtasts.app.stack_state import NoState, Published
from mtasts.errors import CannotLook
from mtasts.live.project import Project
from mtasts_pulumi.engine.cache import installed
from mtasts_pulumi.engine.failures import REMOVE_EARLY
from mtasts_pulumi.engine.find import VERSION_SECONDS, chosen_engine
from mtasts_pulumi.engine.question import ask
from mtasts_pulumi.engine.state import history_files, read_file_backend, read_file_deployment

_SECONDS = 60.0
NO_STACK = "no stack named"


def published(project: Project, stack: str, environ: Mapping[str, str], seconds: float | None = None) -> Published:
    """What was published from a stack. An engine that has to be asked is given up on after `seconds`.

    Raises CannotLook when the backend, or the engine for it, does not answer; NoState when there is no state of the
    stack.
    """
    begun = time.monotonic()
    if _in_files(environ):
        state = read_file_backend(project.name, stack, environ)
        if state is None:
            raise NoState(stack, environ["PULUMI_BACKEND_URL"])
        bucket = state.bucket
    else:
        outputs = _ask(project, environ, seconds, "stack", "output", "--json", "--stack", stack)
        bucket = str(outputs.get("bucket") or "") if isinstance(outputs, Mapping) else ""
    left = None if seconds is None else max(0.0, begun + seconds - time.monotonic())
    return Published(bucket, past_updates(project, stack, environ, left) if bucket else ())


def past_updates(
    project: Project, stack: str, environ: Mapping[str, str], seconds: float | None = None
) -> tuple[datetime, ...]:
    """When the successful updates of a stack ended, oldest first; the one that is going on is none of them.

    `seconds` as for `published`. Raises CannotLook when the backend, or the engine for it, does not answer.
    """
    if _in_files(environ):
        return successful_updates([_read(path) for path in history_files(project.name, stack, environ)])
    history = _ask(project, environ, seconds, "stack", "history", "--json", "--stack", stack)
    return successful_updates(history if isinstance(history, list) else [])


def deployment(project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The whole state of a stack as the engine exports it; empty for a stack that is not there.

    Empty, too, when the backend does not answer: the run that follows asks it again, and says why.
    """
    with contextlib.suppress(CannotLook):
        return exported(project, stack, environ)
    return {}


def exported(project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The same; raises CannotLook when the backend, or the engine for it, does not answer or has no such stack."""
    if _in_files(environ):
        return read_file_deployment(project.name, stack, environ) or {}
    told = _ask(project, environ, None, "stack", "export", "--stack", stack)
    found = told.get("deployment") if isinstance(told, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def exported_or_new(project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The same; empty for a stack that is not there. Raises CannotLook when nobody can tell."""
    try:
        return exported(project, stack, environ)
    except CannotLook as error:
        if NO_STACK in error.message:
            return {}
        raise


def asked_early(environ: Mapping[str, str]) -> frozenset[str]:
    """The mail domains that the environment names to be removed before their date."""
    return frozenset(environ.get(REMOVE_EARLY, "").replace(",", " ").split())


def _in_files(environ: Mapping[str, str]) -> bool:
    return environ.get("PULUMI_BACKEND_URL", "").startswith("file://")


def successful_updates(records: list[Any]) -> tuple[datetime, ...]:
    """The ends of the updates that succeeded. `records` in either form the engine has: of a file, or of `history`."""
    ends = []
    for record in records:
        if isinstance(record, Mapping) and record.get("kind") == "update" and record.get("result") == "succeeded":
            with contextlib.suppress(TypeError, ValueError, OverflowError, OSError):
                end = record.get("endTime", "")
                moment = datetime.fromisoformat(end) if isinstance(end, str) else datetime.fromtimestamp(end, UTC)
                ends.append(moment.astimezone(UTC))
    return tuple(sorted(ends))


def _read(path: Path) -> Any:
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (OSError, ValueError, EOFError, zlib.error):
        return None  # half-written by a killed engine; an update that is not known only makes us more careful


def _ask(project: Project, environ: Mapping[str, str], seconds: float | None, *words: str) -> Any:
    limit, begun = _SECONDS if seconds is None else min(seconds, _SECONDS), time.monotonic()
    engine = chosen_engine(environ, VERSION_SECONDS if seconds is None else limit) or installed(environ)
    if engine is None:
        raise CannotLook("no Pulumi engine here to ask for the stack's bucket", "`mtasts engine` obtains it")
    left = _SECONDS if seconds is None else max(0.0, begun + limit - time.monotonic())
    known = {**os.environ, **environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = ask([str(engine), "--non-interactive", *words], left, known, project.root)
    except subprocess.TimeoutExpired:
        raise CannotLook(f"the engine does not answer in {limit:.0f} s", "--ledger names the bucket") from None
    except OSError as error:
        raise CannotLook(
            f"the engine gives no information about the stack: {error}", "--ledger names the bucket"
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CannotLook(
            f"the engine gives no information about the stack: {said[-1][:300] if said else done.returncode}",
            "--ledger s3://BUCKET or FILE works without it",
        )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise CannotLook(f"the engine's answer is not JSON: {error}", "--ledger names the bucket") from error
