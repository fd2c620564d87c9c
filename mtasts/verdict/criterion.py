"""A criterion of the verdict `ready`, and how several criteria make one state. Codes and kinds are public."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a criterion rests on."""

    PUBLICATION = "publication"  # the ledger and the YAML
    EVIDENCE = "evidence"  # how much reports say
    FAILURE = "failure"  # what reports say failed
    PROBE = "probe"  # what was looked at now
    HOLD = "hold"  # a person's word


class ReadyState(StrEnum):
    """Whether the next step towards enforce may be taken; the value is what people and programs read."""

    READY = "ready"
    LOOK = "look"
    NOT_READY = "not ready"
    NOT_ENOUGH = "not enough evidence"

    @property
    def passes(self) -> bool:
        """Whether the step may be taken; before it is, `LOOK` asks a person to look at something."""
        return self in (ReadyState.READY, ReadyState.LOOK)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must hold. `have` and `need` are numbers where they can be counted, else a few words.

    `met` is False as long as it does not hold; then `missing` says in one line what it takes, and `when` from when on
    it will hold at the present rate, None where nobody can tell. `blocks`: unmet it makes "not ready", because
    something is known to be wrong; otherwise "not enough evidence". `look`: unmet it asks a person to look, and stands
    in nobody's way. `accepted` is the recorded reason for going on
    though it is unmet, "" for none. `remedy` says what to do about it, as an order; "" where only time helps.
    `detail` is for those who look closer. All three texts may hold foreign text.
    """

    code: str
    kind: Kind
    have: int | str
    need: int | str
    met: bool
    missing: str = ""
    when: datetime | date | None = None
    detail: tuple[str, ...] = ()
    blocks: bool = False
    look: bool = False
    accepted: str = ""
    remedy: str = ""

    @property
    def stands_in_the_way(self) -> bool:
        """Unmet, and nobody has accepted that."""
        return not self.met and not self.accepted and not self.look


def state_of(criteria: Iterable[Criterion]) -> ReadyState:
    """What is known to be wrong outweighs what is not known; only nothing in the way is ready, or asks for a look."""
    criteria = tuple(criteria)
    open_ones = [criterion for criterion in criteria if criterion.stands_in_the_way]
    if any(criterion.blocks for criterion in open_ones):
        return ReadyState.NOT_READY
    if open_ones:
        return ReadyState.NOT_ENOUGH
    return ReadyState.LOOK if any(one.look and not one.met for one in criteria) else ReadyState.READY
