"""The request for a run of the engine, and where the run reports its progress."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.live.project import Project
from mtasts_pulumi.engine.outcome import Watcher


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
    for_up: bool = False  # the preview with which `up` begins: it puts right what a killed run left, as `up` does

    place: tuple[str, ...] = ()  # options by which a command that is printed finds the same files and cloud

    @property
    def named(self) -> str:
        """The stack with `place`, as words of a command line."""
        return shlex.join([self.stack, *self.place])

    def __post_init__(self) -> None:
        if self.operation not in {"preview", "up", "destroy"}:
            raise ValueError(f"{self.operation!r} is not preview, up or destroy")
        if self.parallel is not None and self.parallel < 1:
            raise ValueError("at least one operation at a time")


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a run says what it does. All silent by default."""

    note: Callable[[str], None] = lambda _: None
    output: Callable[[str], None] | None = None  # the engine's own output, line by line
    watcher: Callable[[], Watcher] = Watcher
    interrupted: Callable[[], None] | None = None
