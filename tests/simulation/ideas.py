"""What an operator may propose: good and bad changes of one domain's YAML, as pure functions of chance."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from mtasts.changes.ladder import RUNGS, first_rung, next_rung
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.settings import WINDOW_LEAST, RolloutSettings
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, Mode
from tests.simulation.world import DAY, HOUR

HOSTS: Final = ("mx1.example.net", "mx2.example.net", "mx3.example.net", "mx.example.org")
PATTERNS: Final = (*HOSTS, "*.example.net")
TTLS: Final = (300, 300, HOUR, DAY)

FIRST = DomainPolicy(
    domain="example.com",
    mode=Mode.TESTING,
    max_age=DAY,
    mx=HOSTS[:1],
    rua=("mailto:tls-reports@example.com",),
    ttl=300,
    dns=DnsZone("route53", "Z0123456789"),
    host_group="example.com",
    owner="",
    notes="",
    source="policies/prod/example.com.yaml",
)

# What is proposed in which mode, and how often.
_ALWAYS: Final = {
    "add": 2,
    "drop": 2,
    "swap": 2,
    "move": 3,
    "plan": 3,
    "age": 1,
    "ttl": 1,
    "back": 1,
    "hold": 1,
    "wait": 1,
}
IDEAS: Final[dict[Mode | None, dict[str, int]]] = {
    None: {"first": 10, "move": 2},
    Mode.TESTING: {**_ALWAYS, "promote": 20, "none": 1, "remove": 1},
    Mode.ENFORCE: {**_ALWAYS, "climb": 24, "testing": 1, "none": 4, "remove": 1},
    Mode.NONE: {"remove": 16, "testing": 2, "promote": 1, "back": 1, "move": 2, "wait": 1},
}


# What an operator of one mind thinks of, besides publishing and promoting.
GOALS: Final = (
    frozenset({"climb"}),
    frozenset({"none", "remove", "ttl", "climb"}),
    frozenset({"add", "drop", "swap", "move", "plan"}),
)


def taste(random: Random) -> dict[str, float]:
    """How much an operator likes each idea: no two are alike, and some have only one thing in mind."""
    every = {idea for ideas in IDEAS.values() for idea in ideas}
    goal = random.choice((None, None, *GOALS))
    if goal is None:
        return {idea: random.choice((0.1, 1, 1, 5)) for idea in sorted(every)}
    return {idea: 1 if idea in goal | {"first", "promote"} else 0.02 for idea in sorted(every)}


def first(random: Random, hosts: tuple[str, ...], hold: str) -> DomainPolicy:
    """A first policy; `hosts` are those in DNS, `hold` a reason for going no further, or ""."""
    mode = random.choice((Mode.TESTING, Mode.TESTING, Mode.TESTING, Mode.ENFORCE))
    mx = hosts if random.random() < 0.8 else in_order(*random.sample(PATTERNS, 2))
    age = random.choice((DAY, DAY, DAY, RUNGS[1], RUNGS[3], MAX_AGE_LIMIT))
    ttl = random.choice(TTLS)
    rollout = RolloutSettings(window_days=WINDOW_LEAST, hold=hold)
    return replace(FIRST, mode=mode, max_age=age, mx=mx, ttl=ttl, rollout=rollout)


def proposal(idea: str, old: DomainPolicy, before: Sequence[DomainPolicy], random: Random) -> DomainPolicy | None:
    """What becomes of `old` by this idea, None for its end; `before` are the policies that the domain had."""
    pick = random.choice
    match idea:
        case "remove":
            return None
        case "promote":
            age = pick(RUNGS[:4]) if random.random() < 0.2 else pick((old.max_age, first_rung(old)))
            return replace(old, mode=Mode.ENFORCE, max_age=age)
        case "climb":
            age = next_rung(old.max_age) if random.random() < 0.6 else None
            return replace(old, max_age=min(age or pick(RUNGS[1:4]), RUNGS[4]))
        case "age":
            return replace(old, max_age=pick(RUNGS[:4]))
        case "testing" | "none":
            ttl = TTLS[0] if random.random() < 0.3 else old.ttl
            return replace(old, mode=Mode(idea), max_age=pick((DAY, old.max_age)), ttl=ttl)
        case "add":
            return replace(old, mx=in_order(*old.mx, pick(PATTERNS)))
        case "drop":
            return replace(old, mx=tuple(mx for mx in old.mx if mx != pick(old.mx)) or old.mx)
        case "swap":
            kept = [mx for mx in old.mx if mx != pick(old.mx)]
            return replace(old, mx=in_order(*kept, pick(PATTERNS)))
        case "ttl":
            return replace(old, ttl=pick(TTLS))
        case _:
            return replace(pick(before), rollout=old.rollout) if before else old


def without(names: Sequence[str], gone: Sequence[str]) -> tuple[str, ...]:
    """The names that stay."""
    return tuple(name for name in names if name not in gone)


def in_order(*patterns: str) -> tuple[str, ...]:
    """Each pattern once, always in the same order."""
    return tuple(sorted(set(patterns)))
