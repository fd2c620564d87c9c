"""The dated plan by which MX hosts come and go without a refusal: union policy, wait, DNS, wait, clean-up.

Pure, and computed from the present alone: run it again at any time, and it shows what is done, what is next, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mtasts.changes.facts import Facts
from mtasts.history.ledger import allows, refused_until
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.words.durations import span
from mtasts.words.moments import not_before

Who = Literal["policy", "dns", "wait", "check"]

PROBE: Final = "probe-host"
ADD: Final = "add-to-policy"
PUBLISH_ADDED: Final = "publish-added"
WAIT_FOR_SENDERS: Final = "wait-for-senders"
ADD_TO_DNS: Final = "add-to-dns"
REMOVE_FROM_DNS: Final = "remove-from-dns"
WAIT_FOR_DNS: Final = "wait-for-dns"
REMOVE: Final = "remove-from-policy"
PUBLISH_REMOVED: Final = "publish-removed"


@dataclass(frozen=True, slots=True)
class MxStep:
    """One step. `action` is one of the words above; `who` has to act, or is waited for.

    `not_before`: the earliest time at which it may be done, or is over; None when it may be done as soon as the steps
    before it are, or when its date is not known yet, as the text says.
    """

    number: int
    action: str
    who: Who
    text: str
    not_before: datetime | None
    done: bool


def plan(policy: DomainPolicy, facts: Facts, add: Sequence[str] = (), remove: Sequence[str] = ()) -> tuple[MxStep, ...]:
    """The steps that bring the patterns of `add` (hosts or mx patterns, A-labels) in and those of `remove` out.

    Both together are a swap: all of `add` is in DNS before anything of `remove` leaves it. `policy` is what the YAML
    says now. Raises ValueError when nothing is asked, or the same in both.
    """
    if not add and not remove:
        raise ValueError("a plan adds or removes at least one pattern")
    if set(add) & set(remove):
        raise ValueError("a pattern cannot be added and removed in one plan")
    steps = _coming(policy, facts, tuple(add)) if add else []
    if remove:
        steps += _going(policy, facts, tuple(remove), swap=bool(add))
    return tuple(
        MxStep(number, action, who, text, not_before, done)
        for number, (action, who, text, not_before, done) in enumerate(steps, 1)
    )


def next_step(steps: Sequence[MxStep]) -> MxStep | None:
    """The first step that is not done; None when all are."""
    return next((step for step in steps if not step.done), None)


_Draft = tuple[str, Who, str, datetime | None, bool]


def _coming(policy: DomainPolicy, facts: Facts, add: tuple[str, ...]) -> list[_Draft]:
    names = ", ".join(add)
    wanted = all(allows(policy.mx, pattern) for pattern in add)
    served = _published(facts)
    published = served is not None and all(allows(served.mx, pattern) for pattern in add)
    in_dns = all(_live(facts, pattern) for pattern in add)
    sure = max((until for pattern in add if (until := _refused_until(policy, facts, pattern))), default=None)
    waited = published and sure is None
    return [
        (PROBE, "check", f"see that {names} offers STARTTLS and a certificate for its name", None, wanted or in_dns),
        (ADD, "policy", f"add {names} to mx", None, wanted),
        (PUBLISH_ADDED, "policy", "publish it (`mtasts up`)", None, published and wanted),
        (WAIT_FOR_SENDERS, "wait", _waiting(names, sure, published=published), sure, waited),
        (ADD_TO_DNS, "dns", f"add {names} to the MX records of {policy.domain}", sure, in_dns),
    ]


def _going(policy: DomainPolicy, facts: Facts, remove: tuple[str, ...], *, swap: bool) -> list[_Draft]:
    names = ", ".join(remove)
    gone = facts.mx_hosts is not None and not any(_live(facts, pattern) for pattern in remove)
    since = _left_dns(facts, remove) if gone else None
    over = None if since is None else since + facts.kept_mx
    waited = over is not None and over <= facts.now
    unwanted = not any(pattern in policy.mx for pattern in remove)
    served = _published(facts)
    published = served is not None and not any(pattern in served.mx for pattern in remove)
    keep = "; leave the host running: senders with the old MX set still come"
    dns = f"take {names} out of the MX records of {policy.domain}{keep}"
    wait = (
        f"since {not_before(since)} no host of {names} is seen in DNS; senders may try it until {not_before(over)}"
        if since is not None and over is not None
        else f"wait {span(int(facts.kept_mx.total_seconds()))} until no sender has the old MX set"
    )
    return [
        (REMOVE_FROM_DNS, "dns", dns + (" when the new host takes mail" if swap else ""), None, gone),
        (WAIT_FOR_DNS, "wait", wait, over, waited),
        (REMOVE, "policy", f"take {names} out of mx", over, unwanted),
        (PUBLISH_REMOVED, "policy", "publish it (`mtasts up`)", over, published and unwanted),
    ]


def _published(facts: Facts) -> Policy | None:
    """The policy that is served and, as far as is known, named by the TXT record."""
    newest = facts.newest
    if newest is None or facts.txt_id not in (None, newest.id):
        return None
    return facts.held()[-1].policy


def _live(facts: Facts, pattern: str) -> bool:
    return any(allows((pattern,), host) for host in facts.mx_hosts or ())


def _refused_until(policy: DomainPolicy, facts: Facts, pattern: str) -> datetime | None:
    if facts.ledger or facts.ledger_read or policy.mode is not Mode.ENFORCE:
        return refused_until(facts.unexpired(policy.ttl), pattern)
    return None


def _waiting(names: str, sure: datetime | None, *, published: bool) -> str:
    if published and sure is None:
        return f"no sender holds an enforce policy without {names}"
    if sure is None:
        return f"wait while senders may hold a policy without {names}: the date is known once that is published"
    return f"wait until no sender holds an enforce policy without {names}" + (
        "" if published else " (the date counts from the publication)"
    )


def _left_dns(facts: Facts, patterns: tuple[str, ...]) -> datetime | None:
    """The latest moment at which a host of these patterns may have been in DNS; None when that is not known."""
    times = [at for host, at in facts.mx_last_seen.items() if any(allows((pattern,), host) for pattern in patterns)]
    if any(pattern not in facts.mx_last_seen for pattern in patterns):
        # A host of which nobody saw anything may have been there until the looks began.
        if facts.mx_watched_since is None:
            return None
        times.append(facts.mx_watched_since)
    return max(times)
