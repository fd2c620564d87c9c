"""The facts that a change of one mail domain is judged by, gathered: ledger, DNS, what was seen before, verdict."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mtasts.app.ledger import Ledger
from mtasts.changes.facts import Facts, InTheWay
from mtasts.history.sightings import Sighting, watched_since
from mtasts.live.network import Network
from mtasts.live.records import look_at_records
from mtasts.live.standing import Names
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import Criterion, Verdict
from mtasts.verify.standing import EVERYTHING, Refusal, refusals
from mtasts.words.moments import not_before


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts, and what could not be learned, each as one line for people."""

    facts: Facts
    troubles: tuple[str, ...]


def gather(
    policy: DomainPolicy,
    ledger: Ledger,
    now: datetime,
    network: Network,
    timeout: float,
    *,
    sightings: Sequence[Sighting] = (),
    verdict: Verdict | None = None,
    first: bool = False,
) -> Gathered:
    """Look at DNS, `timeout` seconds a question, and put everything together.

    `first`: the domain is to be published for the first time, so that what stands at its names matters.

    In a rehearsal, where `now` was handed in, what DNS says now stands for what it would say then.
    """
    records = asyncio.run(look_at_records(policy.domain, network, timeout))
    troubles = [f"DNS did not answer: {records.trouble}"] if records.trouble else []
    troubles += filter(None, [ledger.trouble])
    refused = asyncio.run(_refusals(policy.domain, network, timeout)) if first else ()
    troubles += [refusal.text for refusal in refused if refusal.unknown]
    facts = Facts(
        now=now,
        ledger=ledger.of(policy.domain),
        ledger_read=ledger.read,
        mx_hosts=records.mx_hosts,
        mx_ttl=records.mx_ttl,
        mx_last_seen=gone_hosts(sightings, records.mx_hosts, now),
        mx_watched_since=watched_since(sightings),
        txt_id=records.txt_id,
        txt_unanswered=records.txt_unanswered,
        ready=None if verdict is None else verdict.holds_at(now),
        ready_reasons=() if verdict is None else tuple(map(_reason, verdict.in_the_way)),
        in_the_way=tuple(
            InTheWay(one.text, one.remedy, one.code == "domain-from-wildcard") for one in refused if not one.unknown
        ),
        ready_remedy="" if verdict is None else verdict.remedy,
        ready_looks=() if verdict is None else tuple(map(_reason, verdict.to_look)),
    )
    return Gathered(facts, tuple(troubles))


async def _refusals(domain: str, network: Network, seconds: float) -> tuple[Refusal, ...]:
    names = Names(network, min(3.0, seconds))
    try:
        return refusals(domain, await names.look(domain), EVERYTHING)
    finally:
        names.close()


def _reason(criterion: Criterion) -> str:
    """A criterion that stands in the way, with the date at which it will be met at the present rate."""
    when = criterion.when
    likely = "" if when is None else f" (likely {not_before(when) if isinstance(when, datetime) else when})"
    return f"{criterion.code}: {criterion.missing}{likely}"


def gone_hosts(sightings: Sequence[Sighting], live: Sequence[str] | None, now: datetime) -> Mapping[str, datetime]:
    """For each MX host that is not in DNS any more the time of the first look that missed it, which may be this one.

    Pure. `live` None: DNS did not answer, so that this look misses nothing.
    """
    ordered = sorted(sightings, key=lambda sighting: sighting.at)
    looks = [(sighting.at, {host.name for host in sighting.hosts}) for sighting in ordered]
    if live is not None:
        looks.append((now, set(live)))
    gone: dict[str, datetime] = {}
    last: set[str] = set()
    for at, names in looks:
        gone |= dict.fromkeys(last - names, at)
        gone = {name: missed for name, missed in gone.items() if name not in names}
        last = names
    return gone
