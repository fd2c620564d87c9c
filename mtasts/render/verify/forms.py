"""The forms of `mtasts verify`, and how a run over many mail domains is written in one of them, domain by domain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # `verify --help` reads the names of the forms, and should wait neither for rich nor for the checks: 0.1 s.
    from rich.console import RenderableType

    from mtasts.verify.findings import Findings

# Name -> where its record is. Each loads when it is asked for.
FORMS = {
    "text": "mtasts.render.verify.text:FORM",
    "json": "mtasts.render.verify.document:FORM",
    "junit": "mtasts.render.ci.verify:JUNIT",
    "github": "mtasts.render.ci.verify:GITHUB",
}


@dataclass(frozen=True, slots=True)
class Run:
    """How far a run is: of `asked` domains `done` are written, of which `passed`, after `seconds`.

    `now` is the moment of the writing, aware. `full`: each domain in full is asked for, not only what is open.
    """

    asked: int
    full: bool
    now: datetime
    seconds: float = 0.0
    done: int = 0
    passed: int = 0


def _nothing(_: Run) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Form:
    """What opens a run, what is written of a domain, and what closes it.

    A text is written as it is, its line ends included; another renderable is for a person, at the width of the screen.
    """

    domain: "Callable[[Findings, Run], RenderableType]"
    opening: Callable[[Run], str] = _nothing
    closing: "Callable[[Run], RenderableType]" = _nothing


def form(name: str) -> Form:
    """The form of that name. Raises KeyError for another one."""
    module, _, record = FORMS[name].partition(":")
    found: Form = getattr(import_module(module), record)
    return found
