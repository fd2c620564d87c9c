"""What can be switched off in a history, one at a time: each must lead to a loss, or nobody needs it."""

from collections.abc import Mapping
from typing import Any, Final

from mtasts.changes.rules import RULES, Level
from tests.simulation.play import Played, play
from tests.simulation.publisher import Order

# Not a block, because DNS is not ours to change, or because nobody knows; but whoever moves an MX host by the rules
# waits for the date.
HEEDED: Final = frozenset({"mx-ahead-of-policy", "adopted-before"})

ORDERS: Final[Mapping[str, Order]] = {
    "body before TXT": Order(txt_first=True),
    "read-back": Order(reads_back=False),
    "read-back of the media type": Order(reads_back_type=False),
    "time in the id": Order(content_id=True),
    "TTL in the ledger": Order(keeps_ttl=False),
}
PLAN: Final = "waiting in an MX plan"
# What a take-over is made of, besides the rules: these histories begin under another tool.
TAKING_OVER: Final[Mapping[str, Mapping[str, Any]]] = {
    "adopted bytes": {"order": Order(adopts_bytes=False)},
    "new policy host before the name moves": {"order": Order(moves_last=False)},
    "adopted publication in the ledger": {"knows_adopted": False},
    "old policy host until no resolver leads there": {"leaves_old_host": False},
}
# `up` would refuse these changes, too, so that is switched off with the rule.
REFUSED_TWICE: Final = frozenset({"adopt-first", "adopted-live"})
# The world here has one zone and one policy host: tests/publishing/test_moves.py plays moves with the real engine. What
# `adopted-kept` blocks is refused by the first look of `up`, and loses nothing.
ELSEWHERE: Final = frozenset({"moved", "adopted-kept"})
CHANGE_RULES: Final = tuple(
    rule.code for rule in RULES if (rule.level is Level.BLOCK or rule.code in HEEDED) and rule.code not in ELSEWHERE
)
EVERY: Final = (*ORDERS, PLAN, *TAKING_OVER, *CHANGE_RULES)


def adopts(switch: str) -> bool | None:
    """Whether the histories for this switch begin under another tool; None: some do."""
    return True if switch in TAKING_OVER or switch.startswith("adopt") else None


def play_with(switch: str, seed: int) -> Played:
    """Play the history of `seed` that `play_without` plays, with nothing left out."""
    return play(seed, adopts=adopts(switch))


def play_without(switch: str, seed: int) -> Played:
    """Play the history of `seed` without the rule, or the part of the publication order, of this name."""
    changed: dict[str, Any] = dict(TAKING_OVER.get(switch, {}))
    if switch in ORDERS:
        changed["order"] = ORDERS[switch]
    elif switch == PLAN:
        changed["patient"] = False
    elif switch not in TAKING_OVER:
        changed["rules"] = [rule for rule in RULES if rule.code != switch]
        if len(changed["rules"]) == len(RULES):
            raise ValueError(f"{switch} is no rule")
    if switch in REFUSED_TWICE:
        changed["order"] = Order(adopts_as_it_is=False)
    return play(seed, adopts=adopts(switch), **changed)
