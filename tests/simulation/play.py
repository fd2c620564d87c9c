"""Plays one history: the operator's steps, and between them all that senders do."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mtasts.rollout.changes import RULES, ChangeRule
from tests.simulation.check import Loss, Watch
from tests.simulation.histories import Operator
from tests.simulation.operator import Desk
from tests.simulation.publisher import Order, Publisher
from tests.simulation.senders import KINDS, Sender, mixed
from tests.simulation.world import DAY, HOUR, World

IDEAS = 14
# How often a sender looks in the very second before or after the operator changes something.
_SHARP = 0.35


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one history."""

    losses: tuple[Loss, ...]
    days: float
    publications: int
    removals: int


def play(
    seed: int,
    *,
    rules: Sequence[ChangeRule] = RULES,
    order: Order = Order(),  # noqa: B008 - frozen
    patient: bool = True,
    ideas: int = IDEAS,
) -> Played:
    """Play the history of this seed: equal arguments, equal result."""
    random = Random(seed)
    world = World(mx_ttl=random.choice((300, HOUR, DAY)))
    watch = Watch(world)
    senders = [Sender(kind, world, random, watch.refusal) for kind in (*KINDS, mixed(random), mixed(random))]
    publisher = Publisher(world, random, order)
    desk = Desk(
        world, publisher, random, rules, knows_history=random.random() < 0.8, knows_mx_ttl=random.random() < 0.8
    )
    mails = [random.randrange(DAY) for _ in senders]
    t = 0
    for t in Operator(desk, senders, watch, random, patient=patient).live(ideas):
        for number, sender in enumerate(senders):
            mails[number] = _live(sender, t, mails[number], watch, random)
    ttl = max((yaml.ttl for yaml in (desk.yaml,) if yaml is not None), default=0)
    watch.end(publisher.ends, max(ttl, DAY))
    return Played(tuple(watch.losses), t / DAY, len(world.versions), len(world.ended))


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
            sender.mail(due)
            mail = due + random.randrange(HOUR, 2 * DAY)
    if random.random() < _SHARP:
        sender.mail(t)
    watch.sender(sender, t)
    return mail
