"""Moves of what is published already: to another DNS zone, to another host group. What is allowed, and what to write.

A zone move has two steps, docs/decisions/moves.md: the YAML names both zones (`leaving`) and the records are in both;
when the delegation has led to the new one for as long as the old one may be cached, `leaving` is taken out. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mtasts.protocol.mta_sts import Mode
from mtasts.rollout.config import DnsZone, DomainPolicy
from mtasts.rollout.facts import DELEGATION_TTL, moment
from mtasts.rollout.inputs import InputProblem, Place

# A record that only says which of the two zones answers: `_mta-zone.<domain> TXT "zone=<id>"`, while a domain moves.
_MARK: Final = "zone="


def mark_name(domain: str) -> str:
    """Where the mark of the zone stands."""
    return f"_mta-zone.{domain}"


def mark_text(zone: str) -> str:
    """The mark that one zone has."""
    return f"{_MARK}{zone}"


def marked_zone(values: Iterable[str]) -> str:
    """The zone that the TXT values of the mark's name tell; "" where they tell none, or several."""
    found = {value.removeprefix(_MARK) for value in values if value.startswith(_MARK)}
    return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a published domain is, by the engine's state.

    `zones`: those that hold its `_mta-sts` record. `mode`: what was last published, "" if nobody knows. `arrived`: for
    a domain that moves, since when the delegation is known to lead to the new zone.
    """

    zones: frozenset[DnsZone]
    host_group: str = ""
    mode: str = ""
    arrived: datetime | None = None


def lines(dns: DnsZone, leaving: DnsZone | None = None) -> str:
    """A domain's `dns:` as one line of YAML."""
    more = f", leaving: {{provider: {leaving.provider}, zone: {leaving.zone}}}" if leaving else ""
    return f"dns: {{provider: {dns.provider}, zone: {dns.zone}{more}}}"


def named(zone: DnsZone) -> str:
    """A zone, for people."""
    return f"{zone.provider} zone {zone.zone}"


def unannounced(old: DnsZone, new: DomainPolicy) -> str:
    """What to do instead of changing the zone at one go."""
    return (
        f"write `{lines(new.dns, old)}` instead: the records are then made in the new zone as well, and taken out of"
        " the old one only when the delegation has moved (docs/rollout.md, Another DNS zone)"
    )


def stuck(group: str) -> str:
    """What to do instead of changing the host group of a living domain."""
    return (
        f"leave `host_group: {group}` in its file: CloudFront gives a name to one distribution at a time, so a move is"
        " an outage of the policy host; to move all the same, publish `mode: none` first and wait for its date"
        " (`mtasts retire DOMAIN`), then change the group"
    )


def not_yet(arrived: datetime | None, now: datetime, ttl: int) -> str:
    """Why `leaving` may not be taken out yet, "" if it may: `ttl` seconds after `arrived`."""
    if arrived is None:
        return (
            "the delegation is not known to lead to the new zone: change the NS records at the registrar, then run"
            " `mtasts up` with `leaving` still there, which notes the date"
        )
    until = arrived + timedelta(seconds=ttl)
    if now < until:
        return (
            f"the delegation leads to the new zone since {moment(arrived)}, and resolvers may keep the old one until"
            f" {moment(until)}; leave `leaving` there until then"
        )
    return ""


def move_problems(
    policies: Iterable[DomainPolicy],
    placed: Mapping[str, Placed],
    now: datetime,
    ttl: int = DELEGATION_TTL,
) -> tuple[InputProblem, ...]:
    """What would tear published domains out of where they are. `ttl`: seconds that the old delegation may be cached."""
    return tuple(
        InputProblem(Place(policy.source, 1, 1), key, message)
        for policy in policies
        if policy.domain in placed
        for key, message in _of_one(policy, placed[policy.domain], now, ttl)
    )


def _of_one(policy: DomainPolicy, placed: Placed, now: datetime, ttl: int) -> Iterator[tuple[str, str]]:
    if placed.host_group and placed.host_group != policy.host_group and placed.mode != Mode.NONE:
        was = f"{policy.domain} is published in host group {placed.host_group} (mode {placed.mode or 'unknown'})"
        yield "host_group", f"{was}: {stuck(placed.host_group)}"
    left = placed.zones - policy.zones
    if not left:
        return
    old = min(left, key=named)
    was = f"{policy.domain} is published in {named(old)}"
    if policy.dns not in placed.zones:
        if policy.leaving is not None:
            yield "dns.leaving", f"{was}, which is neither of the two: write `{lines(policy.dns, old)}`"
        else:
            yield "dns", f"{was}: {unannounced(old, policy)}"
    elif policy.leaving is not None:
        yield "dns.leaving", f"{was}, too: one move at a time; write `{lines(policy.dns, old)}`"
    else:
        why = not_yet(placed.arrived, now, ttl)
        if why:
            yield "dns", f"{was}, too: {why} (`{lines(policy.dns, old)}`)"


def next_step(policy: DomainPolicy, placed: Placed, now: datetime, ttl: int = DELEGATION_TTL) -> str:
    """What comes next for a domain whose records leave a zone, as one line; "" for any other. `ttl` as above."""
    old, new = policy.leaving, policy.dns
    if old is None:
        return ""
    if not {old, new} <= placed.zones:
        return f"{policy.domain}: the records are made in {named(new)} as well; those in {named(old)} stay as they are"
    if placed.arrived is None:
        return (
            f"{policy.domain}: the records are in both zones. Ask the name servers of {named(new)} for"
            f" _mta-sts.{policy.domain} TXT, have the NS records changed at the registrar, then run `mtasts up` again"
        )
    until = placed.arrived + timedelta(seconds=ttl)
    return (
        f"{policy.domain}: the delegation leads to {named(new)} since {moment(placed.arrived)}; from {moment(until)} on"
        f" take `leaving` out of its file (`{lines(new)}`)"
    )
