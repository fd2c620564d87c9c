"""Plays one history: the operator's steps, and between them all that senders do."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mtasts.changes.rules import RULES, ChangeRule
from tests.simulation.check import Loss, Watch
from tests.simulation.elsewhere import Hand
from tests.simulation.histories import Operator
from tests.simulation.operator import Desk
from tests.simulation.publisher import Order, Publisher
from tests.simulation.senders import KINDS, Sender, mixed
from tests.simulation.world import DAY, HOUR, World

IDEAS = 16
# How often a sender looks in the very second before or after the operator changes something.
_SHARP = 0.35
# How often a sender has lost its cache when it has mail.
_FORGETS = 0.03
# How many of the domains had MTA-STS before.
_ADOPTED = 0.25


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one history."""

    losses: tuple[Loss, ...]
    days: float
    publications: int
    removals: int
    taken_over: bool
    """Whether the domain came from another tool."""


def play(
    seed: int,
    *,
    rules: Sequence[ChangeRule] = RULES,
    order: Order = Order(),  # noqa: B008 - frozen
    patient: bool = True,
    clock_ahead: int | None = None,
    ideas: int = IDEAS,
    adopts: bool | None = None,
    knows_adopted: bool = True,
    leaves_old_host: bool = True,
) -> Played:
    """Play the history of this seed: equal arguments, equal result.

    `clock_ahead`: by how many seconds the clock of who judges is wrong; it may be behind if nothing else is said.
    `adopts`: whether the domain lives under another tool first; a quarter of the histories if nothing is said.
    """
    random = Random(seed)
    world = World(mx_ttl=random.choice((300, HOUR, DAY)))
    if adopts is None:
        adopts = Random(f"{seed} elsewhere").random() < _ADOPTED
    hand = Hand(world, random) if adopts else None
    watch = Watch(world)
    senders = [Sender(kind, world, random, watch.refusal) for kind in (*KINDS, mixed(random), mixed(random))]
    publisher = Publisher(world, random, order)
    desk = Desk(
        world,
        publisher,
        random,
        rules,
        knows_history=random.random() < 0.8,
        knows_mx_ttl=random.random() < 0.8,
        knows_adopted=knows_adopted,
    )
    behind = random.choice((0, 0, 0, 0, -HOUR, -3 * DAY))
    desk.clock_ahead = behind if clock_ahead is None else clock_ahead
    mails = [random.randrange(DAY) for _ in senders]
    t = 0
    operator = Operator(desk, senders, watch, random, patient=patient, hand=hand, leaves_old_host=leaves_old_host)
    for t in operator.live(ideas):
        watch.asked(t)
        for number, sender in enumerate(senders):
            mails[number] = _live(sender, t, mails[number], watch, random)
    watch.end(publisher.ends)
    taken_over = hand is not None and publisher.moved_at is not None
    return Played(tuple(watch.losses), t / DAY, len(world.versions), len(world.ended), taken_over)


def _live(sender: Sender, t: int, mail: int, watch: Watch, random: Random) -> int:
    """All that one sender does up to the second `t`; the time of its next mail."""
    while True:
        fetch = sender.pending[0] if sender.pending is not None else mail
        due = min(fetch, mail, sender.next_refresh)
        if due > t:
            break
        if due == fetch and sender.pending is not None:
            sender.fetch(due)
        elif due == sender.next_refresh:
            sender.refresh(due)
        else:
            if random.random() < _FORGETS:
                sender.forget()
            sender.mail(due)
            mail = due + random.randrange(HOUR, 2 * DAY)
    if random.random() < _SHARP:
        sender.mail(t)
    watch.sender(sender, t)
    return mail
