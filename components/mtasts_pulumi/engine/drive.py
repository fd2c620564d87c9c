"""Run the project's own `__main__.py` on the engine through the Automation API: preview, up, destroy.

One verb is one run of the `pulumi` binary, no more: the program runs in this process (so the binary alone is enough),
and what the Automation API would ask afterwards (outputs, history) is read from the events of the run itself.
Not for two runs at a time in one process: the program sees this process's environment.
"""

import contextlib
import os
import runpy
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping

from mtasts.errors import CannotLook
from mtasts.live.project import stack_settings, work_folder
from mtasts_pulumi.engine.attempt import Attempt, Workspace
from mtasts_pulumi.engine.checkpoints import damage, keep
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.failures import problems
from mtasts_pulumi.engine.outcome import Outcome, RunProblem, Watcher
from mtasts_pulumi.engine.quiet import WithoutLibraryTracebacks
from mtasts_pulumi.engine.removal import ledger_dates, taking_down
from mtasts_pulumi.engine.request import Request, Talk
from mtasts_pulumi.engine.running import forget_the_gone
from mtasts_pulumi.engine.state import State, drop_broken_attributes, ours, read_file_backend

# Below this many domains the state is small, and writing it after every step costs less than a second in all.
_LARGE = 50


def run(request: Request, talk: Talk | None = None) -> Outcome:
    """Do it and tell what happened; a failed update is an Outcome too, with its problems.

    Raises CannotLook when the engine could not begin: no such stack, no backend, a lock that is held, no passphrase.
    """
    talk = talk or Talk()
    started = time.monotonic()
    with _environment(request.environment):
        folder, left_out = work_folder(request.project, request.stack, os.environ)
        if left_out:
            talk.note(f"sandbox: encrypted settings are left out: {', '.join(left_out)}")
        if drop_broken_attributes(request.project.name, request.stack, os.environ):
            talk.note("an earlier run was killed while it wrote the state; the state itself is whole")
        place = request.project.name, request.stack, os.environ
        damaged = _damaged(request)
        if damaged:
            raise CannotLook(damaged.message, damaged.hint)
        forget_the_gone(*place)
        if request.operation != "preview" or request.for_up:
            keep(*place)
        state = read_file_backend(request.project.name, request.stack, os.environ)
        holders = ours(os.environ, "running", *place[:2])
        engine = Engine(request.engine, talk.interrupted, holders)
        workspace = Workspace(
            work_dir=str(folder),
            program=_program(request),
            pulumi_command=engine,
            env_vars=_engine_environment(request, state),
        )
        attempt = Attempt(request, talk, workspace, engine, pending=bool(state and state.pending))
        if request.operation != "up":  # whose plan has said it, before the question
            attempt.say_what_was_asked()
        with _streams():
            watcher, result = attempt.until_settled()
            if request.operation == "preview":  # of `up` as well, whose policies say the same again at the end
                for line in dict.fromkeys(watcher.advised):
                    attempt.note(line)
            if request.operation == "up" and result != "interrupted":
                result = attempt.renew_ids(watcher) or result
        forget_the_gone(*place)
        damaged = _damaged(request) if result == "failed" else None
    known = state.published if state else {}
    return _outcome(request, watcher, result, attempt.notes, time.monotonic() - started, known, damaged)


def _damaged(request: Request) -> RunProblem | None:
    """A state that cannot be read: the engine would say that there is none, or take the stack for a new one."""
    wrong = damage(request.project.name, request.stack, os.environ)
    if not wrong:
        return None
    hint = f"see that its disk has room; `mtasts state repair --stack {request.named}` puts the last good state back"
    return RunProblem(f"the state of stack {request.stack} is damaged: {wrong}", hint)


@contextlib.contextmanager
def _environment(extra: Mapping[str, str]) -> Iterator[None]:
    """The program runs in this process, so it must see the environment that the engine sees."""
    before = dict(os.environ)
    os.environ.update(extra)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _streams() -> Iterator[None]:
    # Said by the Automation API, from a thread and late, when the engine dies; that is told in a better way.
    warnings.filterwarnings("ignore", message="Error in event stream")
    quiet = WithoutLibraryTracebacks(sys.stderr)
    # What the program prints is talk, not our result.
    with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):
        yield


def _engine_environment(request: Request, state: State | None) -> dict[str, str]:
    environment = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    if not _checkpoint(request, state):
        environment["PULUMI_SKIP_CHECKPOINTS"] = "true"
    return environment


def _checkpoint(request: Request, state: State | None) -> bool:
    """Whether the state is written after every step (docs/decisions/engine-checkpoints.md has the reasoning)."""
    if request.checkpoints is not None:
        return request.checkpoints
    if request.operation != "up" or state is None or len(request.domains) < _LARGE:
        return True
    creates_nothing = request.domains <= state.domains and not state.pending
    return not creates_nothing


def _program(request: Request) -> Callable[[], None]:
    project = request.project
    if request.operation == "destroy":
        # What is taken down need not be valid any more: the project's own program may have nothing left to publish.
        config = stack_settings(project, request.stack).get("config")
        return taking_down(ledger_dates(project, request.stack, config if isinstance(config, dict) else {}))

    def program() -> None:
        root = str(project.root)
        if root not in sys.path:  # as Python itself does for a script's folder
            sys.path.insert(0, root)
        runpy.run_path(str(project.program), run_name="__main__")

    return program


def _outcome(
    request: Request,
    watcher: Watcher,
    result: str,
    notes: list[str],
    seconds: float,
    known: Mapping[str, str],
    damaged: RunProblem | None,
) -> Outcome:
    rows, shared = watcher.rows(planned=request.operation == "preview")
    found = problems(watcher.errors, watcher.published(known), destroying=request.operation == "destroy")
    found += (damaged,) if damaged else ()
    if result == "failed" and not found:
        found = (RunProblem("the engine failed without a reason", "--debug shows its whole output"),)
    return Outcome(
        operation=request.operation,
        stack=request.stack,
        result=result,
        domains=rows,
        shared=shared,
        problems=found,
        notes=tuple(notes),
        changes=watcher.changes,
        seconds=seconds,
        outputs=watcher.outputs,
        owned=watcher.owned,
    )


__all__ = ["Request", "Talk", "run"]
