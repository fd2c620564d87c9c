"""What can be switched off in a history, one at a time: each must lead to a loss, or nobody needs it."""

from collections.abc import Mapping
from typing import Any, Final

from mtasts.changes.rules import RULES, Level
from tests.simulation.play import Played, play
from tests.simulation.publisher import Order

# Not a block, because DNS is not ours to change; but whoever moves an MX host by the rules waits for its date.
HEEDED: Final = frozenset({"mx-ahead-of-policy"})

ORDERS: Final[Mapping[str, Order]] = {
    "body before TXT": Order(txt_first=True),
    "read-back": Order(reads_back=False),
    "read-back of the media type": Order(reads_back_type=False),
    "time in the id": Order(content_id=True),
    "TTL in the ledger": Order(keeps_ttl=False),
}
PLAN: Final = "waiting in an MX plan"
# The world here has one zone and one policy host: tests/publishing/test_moves.py plays moves with the real engine.
# Nor has it a life before this project yet (tests/changes/test_change_adopted.py).
ELSEWHERE: Final = frozenset({"moved", "adopt-first", "adopted-live", "adopted-kept", "adopted-settling"})
CHANGE_RULES: Final = tuple(
    rule.code for rule in RULES if (rule.level is Level.BLOCK or rule.code in HEEDED) and rule.code not in ELSEWHERE
)
EVERY: Final = (*ORDERS, PLAN, *CHANGE_RULES)


def play_without(switch: str, seed: int) -> Played:
    """Play the history of `seed` without the rule, or the part of the publication order, of this name."""
    changed: dict[str, Any] = {}
    if switch in ORDERS:
        changed["order"] = ORDERS[switch]
    elif switch == PLAN:
        changed["patient"] = False
    else:
        changed["rules"] = [rule for rule in RULES if rule.code != switch]
        if len(changed["rules"]) == len(RULES):
            raise ValueError(f"{switch} is no rule")
    return play(seed, **changed)
