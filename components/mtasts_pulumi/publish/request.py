"""The request to preview, publish or take down a stack: everything that somebody may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Operation = Literal["preview", "up", "destroy"]


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """`environ`: of the process. `project`: a folder in the project, None for the current one.

    `asking`: whether a person has to agree before anything is changed. `remove_early`: mail domains that are removed
    though senders may still hold a policy of them. `only`: the domains that may change, empty for all: `up` is not
    begun where others change too, or anything is removed. `place`: the options by which a command that is printed
    finds the same files and cloud. The others are as `engine.request.Request` has them.
    """

    operation: Operation
    environ: Mapping[str, str]
    project: Path | None = None
    stack: str | None = None
    policies: Path | None = None
    sandbox: bool = False
    strict: bool = False  # publish nothing while any file of the stack is wrong
    committed: bool = False  # refuse files that are not those of the commit that is checked out
    commit: str = ""  # with it: refuse, too, what later commits than this one change
    asking: bool = False
    create: bool = False
    refresh: bool = False
    diff: bool = False
    parallel: int | None = None
    checkpoints: bool | None = None
    remove_early: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    place: tuple[str, ...] = ()
    waiting: frozenset[str] = frozenset()  # domains whose host name another distribution still has
