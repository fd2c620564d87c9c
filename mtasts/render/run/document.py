"""The document of a run of the engine, as `preview`, `up` and `destroy` print it with --json (docs/reference/cli.md).

The engine fills it, a preview's comment is made of it, and its keys are the names of the fields, in their order.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

VERSION = 1  # grows when a meaning changes


class StepRow(Struct, frozen=True, omit_defaults=True):
    """One change of one resource; `what` it is, for people, `name` the program's name for it.

    `detail`: what becomes of a record that is taken over, for people; left out where it stays as it is.
    """

    op: str
    what: str
    type: str
    name: str
    urn: str
    detail: str = ""


class Before(Struct, frozen=True):
    """A value before the run and after it; None where there is none."""

    before: str | int | None
    after: str | int | None


class Domain(Struct, frozen=True, kw_only=True):
    """One mail domain; the fields are those of `mtasts_pulumi.engine.outcome.DomainRow`."""

    domain: str
    op: str
    failed: bool
    because: tuple[str, ...] = ()
    held: str = ""
    mode: Before
    max_age: Before
    id: Before
    steps: tuple[StepRow, ...]


class ProblemRow(Struct, frozen=True):
    """One thing that went wrong, as one line; `resource` is "" for the whole run."""

    message: str
    hint: str
    resource: str


class Run(Struct, frozen=True, kw_only=True):
    """The whole run."""

    version: int = VERSION
    operation: str
    stack: str
    result: str  # succeeded | failed | interrupted
    seconds: float
    changes: Mapping[str, int]
    domains: tuple[Domain, ...]
    shared: tuple[StepRow, ...]
    problems: tuple[ProblemRow, ...]
    notes: tuple[str, ...]
    outputs: Mapping[str, Any]


def values(run: Run) -> dict[str, Any]:
    """The document as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(run)
    return found
