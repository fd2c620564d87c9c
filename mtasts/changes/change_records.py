"""Change rules about what stands around the policy: reports, TTL, an unfinished update, a move to another home."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.changes.moves import lines, named, not_yet, stuck, unannounced, unfinished
from mtasts.changes.strength import strengthens
from mtasts.history.adopted import published_here
from mtasts.level import Level
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.words.durations import span
from mtasts.words.moments import not_before

# A roll-back waits for it; up to here it is short beside a sender's own retries (ours).
_TTL_ADVISED = 3600


def _no_tls_rpt(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if new is None or new.mode is Mode.NONE or new.rua:
        return
    taken_away = new.mode is Mode.ENFORCE and old is not None and bool(old.rua)
    # Enforce that has none already is not made worse by a step that leaves it so.
    blind = taken_away or strengthens(old, new)
    yield Said("no address takes reports", level=Level.BLOCK if blind else None)


def _in_the_way(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is not None or new is None:
        return
    for one in facts.in_the_way:
        mail = "mail to it is lost as soon as the first record exists" if one.loses_mail else ""
        yield Said(one.text, mail, one.remedy, Level.BLOCK if one.loses_mail else None)


def _roll_back_slow(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if new is None or new.mode is not Mode.ENFORCE or new.ttl <= _TTL_ADVISED:
        return
    if old is None or old.mode is not Mode.ENFORCE or old.ttl < new.ttl:
        yield Said(f"the TXT record has a TTL of {span(new.ttl)}")


def _ttl_lowered(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or new.ttl >= old.ttl:
        return
    until = facts.now + timedelta(seconds=old.ttl)
    yield Said(
        f"ttl goes from {span(old.ttl)} to {span(new.ttl)}",
        mail=f"resolvers keep the record with its old TTL until {not_before(until)}; from then on the new one counts",
        earliest=until,
    )


def _publication_unfinished(_: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    newest = facts.newest if published_here(facts.ledger) else None
    if new is not None and newest is not None and facts.txt_id is not None and facts.txt_id != newest.id:
        yield Said(f"the TXT record names {facts.txt_id}, while the text of {newest.id} is served")


def _moved(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None:
        return
    if old.host_group != new.host_group:
        yield Said(
            f"the policy host moves from host group {old.host_group} to {new.host_group}", remedy=stuck(old.host_group)
        )
    for zone in sorted(old.zones - new.zones, key=named):
        yield from _zone_left(zone, old, new, facts)


def _zone_left(zone: DnsZone, old: DomainPolicy, new: DomainPolicy, facts: Facts) -> Iterator[Said]:
    """The records of a zone go: only the end of a move whose delegation has arrived at the other may do that."""
    text = f"the records are taken out of {named(zone)}"
    if new.dns not in old.zones:
        yield Said(text, remedy=unannounced(zone, new) if old.leaving is None else unfinished(old.zones, new))
    elif new.leaving is not None:
        yield Said(text, remedy=f"one move at a time: write `{lines(new.dns, zone)}`")
    else:
        why = not_yet(facts.arrived if facts.answering == new.dns.zone else None, facts.now, facts.delegation_ttl)
        if why:
            until = facts.arrived and facts.arrived + timedelta(seconds=facts.delegation_ttl)
            yield Said(text, remedy=why, earliest=until)


RULES: Final = (
    ChangeRule(
        code="no-tls-rpt",
        level=Level.WARN,
        title="a policy comes with an address for reports (no step towards enforce, nor one in it, goes without: that"
        " blocks)",
        mail="you do not see what senders refuse or would refuse",
        remedy="set `tls_rpt.rua`, before the policy is published",
        source="RFC 8461 s6, RFC 8460 s3",
        run=_no_tls_rpt,
    ),
    ChangeRule(
        code="in-the-way",
        level=Level.WARN,
        title="nothing is in the way of a first publication (a wildcard that takes the domain's mail blocks)",
        mail="nothing: `mtasts up` refuses the domain",
        remedy="remove that record from the zone",
        source="RFC 8461 s3.1, RFC 4592 s2.2.1, RFC 8659 s4",
        run=_in_the_way,
    ),
    ChangeRule(
        code="publication-unfinished",
        level=Level.WARN,
        title="the TXT record names the text that is served",
        mail="senders that look get the new text under the old id; all dates wait until the record is renewed",
        remedy="finish it with `mtasts up --refresh`",
        source="RFC 8461 s3.1, s8.1",
        run=_publication_unfinished,
    ),
    ChangeRule(
        code="roll-back-slow",
        level=Level.NOTE,
        title="the TTL of the TXT record in enforce is at most an hour",
        mail="a roll-back reaches senders only after the TTL, also those that look again when a message fails",
        remedy="set `ttl` to 3600 or less",
        source="RFC 8461 s8.1",
        run=_roll_back_slow,
    ),
    ChangeRule(
        code="ttl-lowered",
        level=Level.NOTE,
        title="a lower TTL counts only when the old one has passed",
        mail="resolvers keep the record with its old TTL",
        remedy="lower the TTL in a change of its own and wait for the old one before the next",
        source="RFC 8461 s8.1; DNS caching is RFC 1035",
        run=_ttl_lowered,
    ),
    ChangeRule(
        code="moved",
        level=Level.BLOCK,
        title="a published domain leaves a zone only at the end of a move, and its host group never",
        mail="senders that look would find no record, or no policy host, and new ones would not be protected",
        remedy="move in two steps: docs/rollout.md, Another DNS zone",
        source="RFC 8461 s3.1, s8.1; ours: docs/decisions/moves.md",
        run=_moved,
    ),
)
