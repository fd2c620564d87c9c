"""The stack `foundation`: its program on the engine, its state in the bucket that it takes over."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pulumi.automation import (
    EngineEvent,
    ProjectBackend,
    ProjectRuntimeInfo,
    ProjectSettings,
    Stack,
    StackSettings,
    fully_qualified_stack_name,
)
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import CommandError

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.attempt import QuickStack, Workspace
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.failures import cannot_look
from mtasts_pulumi.foundation import FoundationArgs, program

NAME = "foundation"
_PULUMI = "pulumi:"  # types of the engine's own


@dataclass(frozen=True, slots=True)
class Change:
    """One resource and what becomes of it: create, import, update, replace, delete, same."""

    kind: str
    name: str
    op: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: every resource, the engine's errors (none: it ended well)."""

    changes: tuple[Change, ...]
    errors: tuple[str, ...]


class FoundationStack:
    """The stack in one backend, run by one engine. One at a time: the program sees this process's environment."""

    def __init__(
        self,
        project: str,
        backend: str,
        environ: Mapping[str, str],
        engine: Path,
        settings: Mapping[str, str],
        *,
        begun: bool,
    ) -> None:
        """`backend`: its URL. `settings`: the provider's, `aws:region` among them. `begun`: the stack is there."""
        self._begun = begun
        self._project, self._backend, self._engine, self._settings = project, backend, engine, settings
        self._environ = {**environ, "PULUMI_BACKEND_URL": backend, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        # It has no secrets; the engine wants a passphrase all the same, which may be empty.
        if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & environ.keys():
            self._environ["PULUMI_CONFIG_PASSPHRASE"] = ""

    def preview(self, args: FoundationArgs) -> Ran:
        """What `up` would do. Raises CannotLook when the engine cannot begin."""
        with self._stack(program(args)) as stack:
            return self._run(lambda watch: stack.preview(on_event=watch))

    def up(self, args: FoundationArgs) -> Ran:
        """Make it so; what an engine that was killed left of its lock is taken away."""
        with self._stack(program(args)) as stack:
            return self._run(lambda watch: stack.up(on_event=watch))

    def destroy(self) -> Ran:
        """Delete what it made; what it took over is forgotten and stays."""
        with self._stack(lambda: None) as stack:
            return self._run(lambda watch: stack.destroy(on_event=watch))

    def make(self, name: str) -> None:
        """Make another stack of the project, with nothing in it, so that a pipeline can publish it."""
        with self._stack(lambda: None, name, begun=False):
            pass

    def remove(self, name: str = NAME) -> None:
        """Forget a stack of the project, which has nothing any more."""
        with self._stack(lambda: None, name, begun=True) as stack:
            stack.workspace.remove_stack(stack.name)

    @contextlib.contextmanager
    def _stack(self, make: Callable[[], Any], called: str = NAME, *, begun: bool | None = None) -> Iterator[Stack]:
        """`begun`: it is there."""
        settings = ProjectSettings(
            name=self._project, runtime=ProjectRuntimeInfo("python"), backend=ProjectBackend(self._backend)
        )
        mode = StackInitMode.SELECT if (self._begun if begun is None else begun) else StackInitMode.CREATE
        with tempfile.TemporaryDirectory() as folder, _environment(self._environ):
            workspace = Workspace(
                work_dir=folder, program=make, project_settings=settings, pulumi_command=Engine(self._engine)
            )
            # Written, not set: that would be one more run of the engine.
            workspace.save_stack_settings(called, StackSettings(config=dict(self._settings)))
            try:
                stack = QuickStack(fully_qualified_stack_name("organization", self._project, called), workspace, mode)
            except CommandError as error:
                raise self._cannot_look(error) from None
            yield stack

    def _run(self, run: Callable[[Callable[[EngineEvent], None]], Any]) -> Ran:
        changes: dict[str, Change] = {}
        errors: list[str] = []

        def watch(event: EngineEvent) -> None:
            if (before := event.resource_pre_event) is not None:
                told = before.metadata
                if not told.type.startswith(_PULUMI):
                    name = told.urn.rpartition("::")[2]
                    changes[told.urn] = Change(told.type, name, _OPS.get(str(told.op.value), str(told.op.value)))
            if (said := event.diagnostic_event) is not None and said.severity == "error":
                errors.append(" ".join(said.message.split()))

        try:
            run(watch)
        except CommandError as error:
            if not errors:
                raise self._cannot_look(error) from None
        return Ran(tuple(changes.values()), tuple(errors))

    def _cannot_look(self, error: CommandError) -> CannotLook:
        known = cannot_look(str(error), self._backend)
        said = [line for line in str(error).splitlines() if "error:" in line]
        return known or CannotLook(f"the engine: {said[-1][:300] if said else str(error)[:300]}", "see its words above")


_OPS = {"import-replacement": "replace", "create-replacement": "replace", "delete-replaced": "replace"}


def backend_url(bucket: str, region: str) -> str:
    """The engine's state in a bucket."""
    return f"s3://{bucket}?{urlencode({'region': region})}"


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The program runs in this process, so it must see the environment that the engine sees."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
