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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pulumi.automation import LocalWorkspace, OutputMap, Stack, StackNotFoundError, UpdateSummary
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from mtasts.engine.command import Engine
from mtasts.engine.failures import cannot_look, problems
from mtasts.engine.locks import read_locks, stale
from mtasts.engine.outcome import Outcome, Problem, Watcher
from mtasts.engine.project import Project, work_folder
from mtasts.engine.state import State, read_file_backend
from mtasts.errors import CannotLook

# Below this many domains the state is small, and writing it after every step costs less than a second in all.
_LARGE = 50


@dataclass(frozen=True, slots=True)
class Request:
    """One run. `environment` is laid over the process's own (the sandbox's, usually)."""

    operation: str  # preview | up | destroy
    project: Project
    stack: str
    engine: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()  # what the stack's policies name; used to choose checkpointing
    create: bool = False  # make the stack where it does not exist
    refresh: bool = False
    diff: bool = False
    parallel: int | None = None
    checkpoints: bool | None = None  # None: decide from the state


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a run says what it does. All silent by default."""

    note: Callable[[str], None] = lambda _: None
    output: Callable[[str], None] | None = None  # the engine's own output, line by line
    watcher: Callable[[], Watcher] = Watcher
    interrupted: Callable[[], None] | None = None


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
        state = read_file_backend(request.project.name, request.stack, os.environ)
        engine = Engine(request.engine, talk.interrupted)
        workspace = _Workspace(
            work_dir=str(folder),
            program=_program(request.project),
            pulumi_command=engine,
            env_vars=_engine_environment(request, state),
        )
        attempt = _Attempt(request, talk, workspace, engine)
        with contextlib.redirect_stdout(sys.stderr):  # what the program prints is talk, not our result
            watcher, result = attempt.until_settled()
    return _outcome(request, watcher, result, attempt.notes, time.monotonic() - started)


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


def _program(project: Project) -> Callable[[], None]:
    def program() -> None:
        root = str(project.root)
        if root not in sys.path:  # as Python itself does for a script's folder
            sys.path.insert(0, root)
        runpy.run_path(str(project.program), run_name="__main__")

    return program


class _Workspace(LocalWorkspace):
    """Does not select: each command names its stack, and selecting costs a run of the engine."""

    def select_stack(self, stack_name: str) -> None:
        return


class _Stack(Stack):
    """Asks nothing after a run: what it would ask has been told by the run's events."""

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        return cast(UpdateSummary, _NOT_ASKED)


_NOT_ASKED = object()


@dataclass
class _Attempt:
    request: Request
    talk: Talk
    workspace: LocalWorkspace
    engine: Engine
    notes: list[str] = field(default_factory=list)

    def until_settled(self) -> tuple[Watcher, str]:
        """Run; make the stack, or clear a stale lock, at most once each, and run again."""
        tried: set[str] = set()
        while True:
            watcher = self.talk.watcher()
            try:
                self._once(watcher)
            except StackNotFoundError as error:
                self._once_only(tried, "stack", error)
                self._make_stack(error)
            except ConcurrentUpdateError as error:
                self._once_only(tried, "lock", error)
                self._clear_lock(error)
            except CommandError as error:
                if self.engine.interrupted:
                    return watcher, "interrupted"
                if not watcher.errors:
                    raise self._explained(error) from error
                return watcher, "failed"
            except RuntimeError as error:
                # The Automation API's own complaint when a preview ends without a summary, which an interrupt does.
                if self.engine.interrupted:
                    return watcher, "interrupted"
                raise CannotLook(f"the engine ended without a result: {error}", "--debug shows its output") from error
            else:
                return watcher, "interrupted" if self.engine.interrupted else "succeeded"

    def _once(self, watcher: Watcher) -> None:
        stack = _Stack.create_or_select(self.request.stack, self.workspace)
        options: dict[str, Any] = {
            "on_event": watcher.on_event,
            "on_output": self.talk.output,
            "on_error": self.talk.output,
            "parallel": self.request.parallel,
            "refresh": self.request.refresh or None,
            "color": "always" if self.request.diff and sys.stdout.isatty() else "never",
        }
        if self.request.operation == "preview":
            stack.preview(diff=self.request.diff or None, **options)
        elif self.request.operation == "up":
            stack.up(diff=self.request.diff or None, continue_on_error=True, **options)
        else:
            stack.destroy(run_program=True, **options)

    def _once_only(self, tried: set[str], what: str, error: CommandError) -> None:
        if what in tried or self.engine.interrupted:
            raise self._explained(error) from error
        tried.add(what)

    def _make_stack(self, error: CommandError) -> None:
        stack = self.request.stack
        if not self.request.create:
            names = [summary.name for summary in self.workspace.list_stacks()]
            listing = ", ".join(names) if names else "none"
            raise CannotLook(
                f"no such stack in the state backend: {stack} (there: {listing})",
                f"`mtasts up --stack {stack} --create` makes it; or see PULUMI_BACKEND_URL",
            ) from error
        try:
            self.workspace.create_stack(stack)
        except CommandError as refusal:
            raise self._explained(refusal) from refusal
        self._note(f"stack {stack} is new")

    def _clear_lock(self, error: CommandError) -> None:
        locks = read_locks(str(error))
        held = [lock for lock in locks if not stale(lock, os.environ)]
        if held or not locks:
            holder = " and ".join(lock.holder for lock in held) or "another run"
            raise CannotLook(
                f"stack {self.request.stack} is locked by {holder}",
                f"wait for it; if it is certainly gone: pulumi cancel --stack {self.request.stack}",
            ) from error
        for lock in locks:
            if lock.file:
                # This one only: `pulumi cancel` would take a newcomer's as well. Attributes lie in a file beside it.
                lock.file.unlink(missing_ok=True)
                lock.file.with_name(lock.file.name + ".attrs").unlink(missing_ok=True)
        if any(lock.file is None for lock in locks):
            _Stack.select(self.request.stack, self.workspace).cancel()
        self._note(f"cleared the lock of {locks[0].holder}: that process is gone")

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self.talk.note(text)

    def _explained(self, error: CommandError) -> CannotLook:
        text = str(error)
        known = cannot_look(text, os.environ.get("PULUMI_BACKEND_URL") or "(the one of `pulumi login`)")
        if known:
            return known
        said = [line.strip() for line in text.splitlines() if line.strip().lower().startswith("error:")]
        stderr = text.partition("stderr:")[2].strip().splitlines()
        last = said[-1] if said else stderr[-1] if stderr else "it said nothing"
        return CannotLook(f"the engine: {last[:500]}", "--debug shows its whole output")


def _outcome(request: Request, watcher: Watcher, result: str, notes: list[str], seconds: float) -> Outcome:
    rows, shared = watcher.rows(planned=request.operation == "preview")
    found = problems(watcher.errors, watcher.published())
    if result == "failed" and not found:
        found = (Problem("the engine failed without a reason", "--debug shows its whole output"),)
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
    )
