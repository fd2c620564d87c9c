"""The first look of `mtasts up`, passed to the program in a file: an environment is too small for many domains."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook

VARIABLE = "MTASTS_FIRST_LOOK"


@dataclass(frozen=True, slots=True)
class Told:
    """`leave_out`: domains that the run does not touch. `refused`: for a domain of which something is published
    already, why nothing of it may be changed. `own`: names of records that are replaced, so that those that stand
    there are ours. `existing`: for the resource of a record that is taken over, the provider's id of what stands
    there. `waiting`: domains whose host name another distribution still serves, so that nothing leads to ours yet."""

    leave_out: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    existing: Mapping[str, str] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()

    def write(self, path: Path) -> None:
        """For `from_environment`."""
        told = {
            "leave_out": sorted(self.leave_out),
            "refused": dict(self.refused),
            "own": sorted(self.own),
            "existing": dict(self.existing),
            "waiting": sorted(self.waiting),
        }
        path.write_text(json.dumps(told), encoding="utf-8")


def from_environment(environ: Mapping[str, str]) -> Told:
    """What the file says that $MTASTS_FIRST_LOOK names; nothing without one, as under plain `pulumi up`.

    Raises CannotLook when it cannot be read: a run that leaves nothing out must not follow.
    """
    path = environ.get(VARIABLE, "")
    if not path:
        return Told()
    try:
        told: Any = json.loads(Path(path).read_bytes())
        return Told(
            leave_out=frozenset(told["leave_out"]),
            refused=dict(told["refused"]),
            own=frozenset(told["own"]),
            existing=dict(told["existing"]),
            waiting=frozenset(told["waiting"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotLook(
            f"${VARIABLE}: {path} cannot be read: {error}", "it is set by `mtasts up`; unset it"
        ) from error
