"""The domains that a run publishes while some files of a stack are wrong: one fault stays one domain's. Pure.

The engine takes away what the program does not name. So a published domain whose file is wrong is named as it was
published last, which the stack's outputs keep, and nothing of it changes (docs/decisions/one-domain.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from mtasts.policy.adopted import Adopted
from mtasts.policy.config import SUFFIX, DnsZone, DomainPolicy, Loaded
from mtasts.policy.desired import host_groups
from mtasts.policy.inputs import InputProblem
from mtasts.policy.quota_rules import newcomers
from mtasts.policy.quotas import DEFAULT_LIMITS, Limits
from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.names import BadName, to_a_labels

_FROM = "the stack's outputs"
_ENDINGS = (SUFFIX, ".yml")
_DEFAULTS = f"_defaults{SUFFIX}"
_DAY = len("2026-11-28")
# Beside what `kept` gives of a released domain: its records, as they were when the state forgot them.
LEFT = "left"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run publishes. `policies`: all that it names, by domain, those that are held among them.

    `held`: why, for each published domain that stays as it is. `left_out`: why, for each that was never published.
    `problems`: all that is wrong. `refusal`: why nothing can be published at all, "" if it can.
    """

    policies: tuple[DomainPolicy, ...]
    held: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[InputProblem, ...] = ()
    refusal: str = ""


def settle(
    loaded: Loaded,
    problems: Sequence[InputProblem],
    there: Mapping[str, DomainPolicy | None],
    limits: Limits = DEFAULT_LIMITS,
    settings: str = "the stack's settings",
) -> Settled:
    """Tell what is right from what is wrong.

    `problems`: of the files, and of what they ask for (moves); not of quotas, which are counted here. `there`: every
    domain that the engine's state holds, as it was published last, None where that is not known.
    """
    wrong = _by_domain(problems)
    found = sorted(problems)
    while True:
        right = [policy for policy in loaded.policies if policy.domain not in wrong]
        staying = [there[domain] for domain in sorted(there.keys() - {policy.domain for policy in right})]
        groups = host_groups([*right, *(policy for policy in staying if policy is not None)])
        places = {domain: policy.host_group for domain, policy in there.items() if policy is not None}
        crowd = {
            domain: problem
            for domain, problem in newcomers(groups, limits, settings, places).items()
            if domain not in wrong
        }
        if not crowd:
            break
        wrong |= crowd
        found += dict.fromkeys(crowd.values())
    return _settled(right, wrong, tuple(found), there) if found else Settled(loaded.policies)


def _settled(
    right: Sequence[DomainPolicy],
    wrong: Mapping[str, InputProblem],
    found: tuple[InputProblem, ...],
    there: Mapping[str, DomainPolicy | None],
) -> Settled:
    named = {policy.domain for policy in right}
    staying = sorted(there.keys() - named)
    refusal = _refusal(right, found, there, staying)
    if refusal:
        return Settled((), problems=found, refusal=refusal)
    held = {domain: _why(domain, wrong, found) for domain in staying}
    kept = [policy for domain in staying if (policy := there[domain]) is not None]
    return Settled(
        tuple(sorted([*right, *kept], key=lambda policy: policy.domain)),
        held,
        {domain: str(wrong[domain]) for domain in sorted(wrong.keys() - there.keys())},
        found,
    )


def _refusal(
    right: Sequence[DomainPolicy],
    found: Sequence[InputProblem],
    there: Mapping[str, DomainPolicy | None],
    staying: Sequence[str],
) -> str:
    if any(_file_name(problem.place.path) == _DEFAULTS for problem in found):
        return f"{_DEFAULTS} is wrong, and every domain depends on it"
    if not right:
        return "no file of the stack is right"
    if not there:
        return "nothing is known to be published from this stack, so that no domain waits for it"
    unknown = next((domain for domain in staying if there[domain] is None), "")
    if unknown:
        return (
            f"{unknown} cannot be held as it was published: the stack's outputs do not have it"
            " (this version keeps it from the first `mtasts up` on in which every file is right)"
        )
    return ""


def _why(domain: str, wrong: Mapping[str, InputProblem], found: Sequence[InputProblem]) -> str:
    if domain in wrong:
        return str(wrong[domain])
    return f"no right file names it, and nothing is removed while a file of the stack is wrong: {found[0]}"


def _by_domain(problems: Sequence[InputProblem]) -> dict[str, InputProblem]:
    """The first problem of each domain, by the file's name: it is the domain's, or the file is wrong for that alone.

    A name that says the same as a right file's (upper case, U-labels, `.yml`) makes that one wrong, too: nobody can
    tell which of the two is meant.
    """
    found: dict[str, InputProblem] = {}
    for problem in sorted(problems):
        domain = named_domain(problem.place.path)
        if domain:
            found.setdefault(domain, problem)
    return found


def named_domain(path: str) -> str:
    """The mail domain (A-labels) that a file's name says, "" where it says none."""
    name = _file_name(path)
    ending = next((ending for ending in _ENDINGS if name.lower().endswith(ending)), "")
    if not ending or name.startswith("_"):
        return ""
    try:
        return to_a_labels(name[: -len(ending)])
    except BadName:
        return ""


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def kept(policy: DomainPolicy) -> dict[str, Any]:
    """All of a domain that is published, or says where, for the stack's outputs. `policy_of` reads it."""
    old = policy.leaving
    return {
        "mode": policy.mode.value,
        "max_age": policy.max_age,
        "mx": list(policy.mx),
        "rua": list(policy.rua),
        "ttl": policy.ttl,
        **_kept_zone(policy.dns),
        **({"leaving": _kept_zone(old)} if old else {}),
        "host_group": policy.host_group,
        **({"released": policy.released.isoformat()} if policy.released else {}),
        **({"host_record": policy.host_record} if policy.host_record else {}),
        **({"adopted": _kept_adopted(policy.adopted)} if policy.adopted else {}),
    }


def _kept_zone(zone: DnsZone) -> dict[str, str]:
    account = {"account": zone.account} if zone.account else {}
    return {"provider": zone.provider, "zone": zone.zone, **account}


def _kept_adopted(adopted: Adopted) -> dict[str, Any]:
    served = {} if adopted.text is None else {"text": adopted.text}
    return {"id": adopted.id, "seen": adopted.seen.isoformat(), **served}


def released_in(desired: Mapping[str, Any]) -> dict[str, str]:
    """Since when the records of a domain are another tool's, for each that `kept` says so of: a day, or a moment.

    `desired`: what the stack's outputs keep, by domain. The moment of the release itself becomes a day with the next
    publication.
    """
    return {
        domain: str(told["released"])
        for domain, told in desired.items()
        if isinstance(told, Mapping) and told.get("released")
    }


def policy_of(domain: str, told: object) -> DomainPolicy | None:
    """The policy that `kept` wrote; None for what it cannot have written. Numbers may come back as floats."""
    try:
        return _read(domain, told) if isinstance(told, Mapping) else None
    except (KeyError, TypeError, ValueError):
        return None


def _read(domain: str, told: Mapping[str, Any]) -> DomainPolicy:
    old = told.get("leaving")
    return DomainPolicy(
        domain=domain,
        mode=Mode(told["mode"]),
        max_age=int(told["max_age"]),
        mx=_texts(told["mx"]),
        rua=_texts(told["rua"]),
        ttl=int(told["ttl"]),
        dns=_read_zone(told),
        host_group=str(told["host_group"]),
        owner="",
        notes="",
        source=_FROM,
        leaving=_read_zone(old) if old else None,
        released=date.fromisoformat(str(told["released"])[:_DAY]) if "released" in told else None,
        adopted=_read_adopted(told.get("adopted")),
        host_record=str(told.get("host_record", "")),
    )


def _read_zone(told: Mapping[str, Any]) -> DnsZone:
    return DnsZone(str(told["provider"]), str(told["zone"]), str(told.get("account", "")))


def _read_adopted(told: Mapping[str, Any] | None) -> Adopted | None:
    if told is None:
        return None
    text = str(told["text"]) if "text" in told else None
    return Adopted(str(told["id"]), datetime.fromisoformat(told["seen"]), text)


def _texts(told: object) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) for one in told):
        raise TypeError("not a list of texts")
    return tuple(told)
