"""Moves of what is published already: to another DNS zone, to another host group. What is allowed, and what to write.

A zone move has two steps, docs/decisions/moves.md: the YAML names both zones (`leaving`) and the records are in both;
when the delegation has led to the new one for as long as the old one may be cached, `leaving` is taken out. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mtasts.changes.facts import DELEGATION_TTL
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.inputs import InputProblem, Place
from mtasts.protocol.mta_sts import policy_host
from mtasts.words.moments import not_before

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
class Arrival:
    """The delegation of a domain that moves leads to `zone`, the provider's id of it; first seen `at` this time."""

    zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a domain is, by the engine's state: one that is published, or one whose first publication was begun.

    `zones`: those that hold its `_mta-sts` record, none if that is not there yet. `host_group`: whose distribution has
    the name of its policy host, "" if none has. `mode`: what was last published, "" if nobody knows. `arrived`: for a
    domain that moves.
    """

    zones: frozenset[DnsZone]
    host_group: str = ""
    mode: str = ""
    arrived: Arrival | None = None

    def since(self, zone: DnsZone) -> datetime | None:
        """Since when the delegation is known to lead to `zone`. That it led to the other one before says nothing."""
        return self.arrived.at if self.arrived is not None and self.arrived.zone == zone.zone else None


def lines(dns: DnsZone, leaving: DnsZone | None = None) -> str:
    """A domain's `dns:` as one line of YAML."""
    more = f", leaving: {{{_keys(leaving)}}}" if leaving else ""
    return f"dns: {{{_keys(dns)}{more}}}"


def _keys(zone: DnsZone) -> str:
    account = f", account: {zone.account}" if zone.account else ""
    return f"provider: {zone.provider}, zone: {zone.zone}{account}"


def named(zone: DnsZone) -> str:
    """A zone, for people."""
    return f"{zone.provider} zone {zone.zone}"


def unannounced(old: DnsZone, new: DomainPolicy) -> str:
    """What to do instead of changing the zone at one go."""
    return (
        f"write `{lines(new.dns, old)}` instead: the records are then made in the new zone as well, and taken out of"
        " the old one only when the delegation has moved (docs/rollout.md, Another DNS zone)"
    )


def unfinished(zones: Iterable[DnsZone], new: DomainPolicy) -> str:
    """What to do instead of going to a third zone while a domain moves between two, `zones`."""
    # Who names one of the two means that one to be where the domain is.
    stays, *others = sorted(zones, key=lambda zone: (zone != new.leaving, named(zone)))
    return (
        f"one move at a time: finish or undo it with `{lines(stays, others[0])}` (or with the two swapped, if"
        " the other zone is to stay), and begin the next when `leaving` is out"
    )


def stuck(group: str) -> str:
    """What to do instead of changing the host group of a domain whose name is with a distribution."""
    return (
        f"leave `host_group: {group}` in its file: CloudFront gives a name to one distribution at a time, so a move is"
        " an outage of the policy host; to move all the same, end its publication first (`mtasts retire DOMAIN`, and"
        " when its date has come take its file away and run `mtasts up`), then publish it in the other group"
    )


def not_yet(arrived: datetime | None, now: datetime, ttl: int) -> str:
    """Why `leaving` may not be taken out yet, "" if it may: `ttl` seconds after `arrived`, at the zone that stays."""
    if arrived is None:
        return (
            "the delegation is not known to lead to the zone that stays: have the NS records at the registrar lead"
            " there, then run `mtasts up` with both zones in the file, which notes the date"
        )
    until = arrived + timedelta(seconds=ttl)
    if now < until:
        return (
            f"the delegation leads to the zone that stays since {not_before(arrived)}, but resolvers may keep the old"
            f" one until {not_before(until)}; leave `leaving` there until then"
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
    if placed.host_group and placed.host_group != policy.host_group:
        host = policy_host(policy.domain)
        was = f"the distribution of host group {placed.host_group} has the name {host}"
        yield "host_group", f"{was}: {stuck(placed.host_group)}"
    left = placed.zones - policy.zones
    if not left:
        return
    old = min(left, key=named)
    was = f"{policy.domain} is published in {named(old)}"
    if policy.dns not in placed.zones:
        if len(placed.zones) > 1:
            yield "dns", f"{was}, and moves: {unfinished(placed.zones, policy)}"
        elif policy.leaving is not None:
            yield "dns.leaving", f"{was}, which is neither of the two: write `{lines(policy.dns, old)}`"
        else:
            yield "dns", f"{was}: {unannounced(old, policy)}"
    elif policy.leaving is not None:
        yield "dns.leaving", f"{was}, too: one move at a time; write `{lines(policy.dns, old)}`"
    else:
        why = not_yet(placed.since(policy.dns), now, ttl)
        if why:
            yield "dns", f"{was}, too: {why} (`{lines(policy.dns, old)}`)"


def next_step(policy: DomainPolicy, placed: Placed, now: datetime, ttl: int = DELEGATION_TTL) -> str:
    """What comes next for a domain whose records leave a zone, as one line; "" for any other. `ttl` as above."""
    old, new = policy.leaving, policy.dns
    if old is None:
        return ""
    if not {old, new} <= placed.zones:
        return f"{policy.domain}: the records are made in {named(new)} as well; those in {named(old)} stay as they are"
    arrived = placed.since(new)
    if arrived is None:
        return (
            f"{policy.domain}: the records are in both zones. Ask the name servers of {named(new)} for"
            f" _mta-sts.{policy.domain} TXT, have the NS records changed at the registrar, then run `mtasts up` again"
        )
    until = arrived + timedelta(seconds=ttl)
    return (
        f"{policy.domain}: the delegation leads to {named(new)} since {not_before(arrived)}; from {not_before(until)}"
        f" on, take `leaving` out of its file (`{lines(new)}`)"
    )
