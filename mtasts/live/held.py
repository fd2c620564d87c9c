"""Decisions of `mtasts preview` and `mtasts up` about wrong files, passed to the program in a file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook

VARIABLE = "MTASTS_HELD"


@dataclass(frozen=True, slots=True)
class Told:
    """`held`: domains to be named as they were published last. `left_out`: domains that the run does not touch.
    `wrong`: names of the files that are wrong; another one that the program finds is new. `there`: every domain that
    the engine's state held."""

    held: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()

    def write(self, path: Path) -> None:
        """For `from_environment`."""
        told = {name: sorted(getattr(self, name)) for name in ("held", "left_out", "wrong", "there")}
        path.write_text(json.dumps(told), encoding="utf-8")


def from_environment(environ: Mapping[str, str]) -> Told:
    """What the file says that $MTASTS_HELD names; nothing without one, as under plain `pulumi up`.

    Raises CannotLook when it cannot be read: a run that holds nothing must not follow.
    """
    path = environ.get(VARIABLE, "")
    if not path:
        return Told()
    try:
        told: Any = json.loads(Path(path).read_bytes())
        return Told(*(frozenset(told[name]) for name in ("held", "left_out", "wrong", "there")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotLook(
            f"${VARIABLE}: {path} cannot be read: {error}", "it is set by `mtasts up`; unset it"
        ) from error
