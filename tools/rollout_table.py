"""Write what each kind of sender holds after each act of a domain's life into docs/rollout.md, between its markers.

    python -m tools.rollout_table

The senders are those of tests/simulation, the publication order is that of the components. Many senders of each kind
play the whole story, each with its own hours; a cell names all that any of them holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.protocol.mta_sts import Policy
from tests.simulation.publisher import Publisher
from tests.simulation.senders import KINDS, Habits, Refusal, Sender
from tests.simulation.world import World
from tools.rollout_story import DAY, MX_TTL, STORY, TTL, WEEK, Act

PAGE = Path(__file__).parent.parent / "docs" / "rollout.md"
BEGIN, END = "<!-- written by `python -m tools.rollout_table` -->\n", "<!-- end of what is written by a tool -->\n"
HOUR = 3600
AFTER = ((HOUR, "1 hour"), (DAY + HOUR, "1 day"), (2 * DAY + HOUR, "2 days"), (WEEK + HOUR, "1 week"))
_END = (STORY[-1].day + 8) * DAY
_SENDERS = 24  # of each kind
_MAIL_EVERY = 4 * HOUR
_SEED = 8461
# The simulation's clock begins an hour before the story.
_LEAD = HOUR

# For each whole hour the numbers of the acts whose policies some sender of a kind holds.
Held = Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Played:
    """The story as it went: what each kind held, and every MX host that a sender refused."""

    held: Mapping[str, Held]
    refusals: tuple[Refusal, ...]


def play() -> Played:
    """Carry the story out and let senders of every kind live through it."""
    world, acts = _world()
    refusals: list[Refusal] = []
    return Played({kind.name: _held(kind, world, acts, refusals) for kind in KINDS}, tuple(refusals))


def tables(played: Played) -> str:
    """One table an act, as Markdown; kinds that hold the same share a row."""
    return "\n".join(
        _table(number, following, played.held) for number, following in pairwise([*range(len(STORY)), len(STORY)])
    )


def _world() -> tuple[World, dict[int, int]]:
    """What could be seen of the domain and when, and which act each version of the policy file is of."""
    world = World(mx_ttl=MX_TTL)
    publisher = Publisher(world, Random(_SEED))
    acts: dict[int, int] = {}
    for number, act in enumerate(STORY):
        if act.mx is not None:
            world.mx.set(_second(act), act.mx)
        if act.policy is not None or act.removed:
            for _ in publisher.up(_second(act), _desired(act.policy)):
                pass
        if act.policy is not None:
            acts[len(world.versions)] = number
    return world, acts


def _desired(policy: Policy | None) -> DomainPolicy | None:
    if policy is None:
        return None
    return DomainPolicy(
        domain="example.com",
        mode=policy.mode,
        max_age=policy.max_age,
        mx=policy.mx,
        rua=("mailto:tls-reports@example.com",),
        ttl=TTL,
        dns=DnsZone("route53", "Z0123456789EXAMPLECOM"),
        host_group="example.com",
        owner="",
        notes="",
        source="example.com.yaml",
    )


def _held(kind: Habits, world: World, acts: Mapping[int, int], refusals: list[Refusal]) -> Held:
    found: dict[int, set[int]] = {t: set() for t in range(0, _END, HOUR)}
    for number in range(_SENDERS):
        random = Random(f"{_SEED} {kind.name} {number}")
        sender = Sender(kind, world, random, refusals.append)
        for t, is_mail in _hours(random):
            if not is_mail:
                entry = sender.held(t)
                found[t] |= set() if entry is None else {acts[entry.body.number]}
                continue
            sender.mail(t)
            if t >= sender.next_refresh:
                sender.refresh(t)
    return {t: frozenset(numbers) for t, numbers in found.items()}


def _hours(random: Random) -> Iterator[tuple[int, bool]]:
    """The seconds at which a sender has mail (True), and those at which it is looked at, in order."""
    mails = []
    t = random.randrange(_MAIL_EVERY)
    while t < _END:
        mails.append((t, True))
        t += random.randrange(HOUR, 2 * _MAIL_EVERY)
    yield from sorted([*mails, *((t, False) for t in range(0, _END, HOUR))])


def _table(number: int, following: int, held: Mapping[str, Held]) -> str:
    """Only moments before the next act: what comes after that is the next table's."""
    act = STORY[number]
    end = _second(STORY[following]) if following < len(STORY) else _END
    shown = [(_second(act) + after, title) for after, title in AFTER if _second(act) + after < end]
    rows: dict[tuple[str, ...], list[str]] = {}
    for kind, hours in held.items():
        cells = (*(_names(hours[t]) for t, _ in shown), _gone(number, hours))
        rows.setdefault(cells, []).append(kind)
    return "\n".join(
        [
            f"**Day {act.day}, {act.at.day} {act.at:%B}: {act.title}.**\n",
            "| sender | " + " | ".join(f"holds after {title}" for _, title in shown) + " | holds nothing older after |",
            "|---" * (len(shown) + 2) + "|",
            *(f"| {_kinds(names)} | " + " | ".join(cells) + " |" for cells, names in rows.items()),
            "",
        ]
    )


def _kinds(names: Sequence[str]) -> str:
    return "every kind" if len(names) == len(KINDS) else "; ".join(names)


def _names(numbers: frozenset[int]) -> str:
    return " or ".join(STORY[number].name for number in sorted(numbers)) or "nothing"


def _gone(number: int, hours: Held) -> str:
    """How long after the act the last sender of the kind let go of what was published before it."""
    act = STORY[number]
    if number == 0 or not (act.policy or act.removed):
        return "–"
    held_older = (t for t, numbers in hours.items() if any(older < number for older in numbers))
    # Looked at each full hour: at the one after the last it is gone.
    last = max(held_older, default=_second(act) - HOUR)
    days, rest = divmod(max(0, last + HOUR - _second(act)) // HOUR, 24)
    return " ".join([*([f"{days} d"] if days else []), *([f"{rest} h"] if rest or not days else [])])


def _second(act: Act) -> int:
    return act.day * DAY + _LEAD


def page(own: str) -> str:
    """The page with what is between the markers made anew. Raises SystemExit if any sender refused mail."""
    played = play()
    if played.refusals:
        raise SystemExit(f"a sender refused mail: {played.refusals[0]}")
    head, _, rest = own.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{tables(played)}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
