"""The effect of a change of one domain's YAML on mail, in words for who has to approve it. Pure.

The words say what the change means by itself; dates, evidence and what may go wrong are the change rules' business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from mtasts.changes.moves import named
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import Mode
from mtasts.words.durations import span

_BEGINS: Final = {
    Mode.TESTING: "begins in testing: validating senders report what fails, and still deliver",
    Mode.ENFORCE: "begins in enforce: validating senders refuse MX hosts that are unlisted or lack a valid certificate",
    Mode.NONE: "begins in mode none: nothing is asked of senders",
}
_BECOMES: Final = {
    Mode.TESTING: "senders still deliver when something fails, and report it",
    Mode.ENFORCE: "senders refuse MX hosts that are unlisted or lack a valid certificate, instead of only reporting it",
    Mode.NONE: "senders stop looking at the MX hosts' certificates once they learn of it",
}


def words_of(old: DomainPolicy | None, new: DomainPolicy | None) -> Iterator[str]:
    """A line for each thing that becomes different outside; none when only settings, owner or notes do.

    May hold report addresses, zone ids and group names from the YAML, which the printer escapes.
    """
    if _released(old, new):
        yield from _of_released(old, new)
        return
    if new is None:
        yield "is removed: policy, records and report address are removed; senders keep what they hold until it expires"
        return
    if old is None:
        if new.adopted is not None:
            yield from _taken_over(new, new.adopted)
            return
        yield f"{_BEGINS[new.mode]} (max_age {span(new.max_age)}, {len(new.mx)} mx)"
        if not new.rua:
            yield "no address gets reports"
        return
    if old.mode is not new.mode:
        yield f"mode {old.mode} -> {new.mode}: {_BECOMES[new.mode]}"
    if old.max_age != new.max_age:
        yield f"max_age {span(old.max_age)} -> {span(new.max_age)}: senders that fetch the new policy keep it that long"
    yield from _mx(old.mx, new.mx, new.mode)
    yield from _around(old, new)


def _taken_over(new: DomainPolicy, adopted: Adopted) -> Iterator[str]:
    said = f"mode {new.mode}, max_age {span(new.max_age)}, {len(new.mx)} mx"
    if adopted.still_meant(new.policy):
        yield f"is taken over as it is served under id {adopted.id}: {said}; nothing changes for senders"
    elif adopted.text is None:
        yield f"{_BEGINS[new.mode]} ({said}); its record is taken over, whose id {adopted.id} has no usable policy"
    else:
        yield f"is taken over ({said}), and this is not what is served under id {adopted.id}"


def _released(old: DomainPolicy | None, new: DomainPolicy | None) -> bool:
    return any(policy is not None and policy.released is not None for policy in (old, new))


def _of_released(old: DomainPolicy | None, new: DomainPolicy | None) -> Iterator[str]:
    """Of a domain whose records are another tool's, before the change or after it."""
    if new is None:
        yield "its name leaves the policy host here: its records were released before, and stay as they are"
    elif new.released is None:
        yield "its records are taken back from another tool: senders see nothing of it"
        if old is not None:
            yield from words_of(replace(old, released=None), new)
    elif old is None or old.released is None:
        yield (
            f"its records are released to another tool ({new.released}): they stay in DNS as they are, nothing is"
            " published from here any more, and senders see nothing of it"
        )
    elif old.host_group != new.host_group:
        yield f"the policy host moves from host group {old.host_group} to {new.host_group}"


def _mx(old: Sequence[str], new: Sequence[str], mode: Mode) -> Iterator[str]:
    added, removed = [name for name in new if name not in old], [name for name in old if name not in new]
    if added:
        yield f"mx + {', '.join(added)}: accepted by senders that hold the new policy"
    if removed:
        fate = {Mode.ENFORCE: "refused", Mode.TESTING: "reported", Mode.NONE: "not looked at"}[mode]
        yield f"mx - {', '.join(removed)}: {fate} by senders that hold the new policy"
    if not added and not removed and tuple(old) != tuple(new):
        yield "the mx are in another order: the text and the id change, and nothing changes for mail"


def _around(old: DomainPolicy, new: DomainPolicy) -> Iterator[str]:
    if old.rua != new.rua:
        yield f"reports go to {', '.join(new.rua) or 'no address'} instead of {', '.join(old.rua) or 'no address'}"
    if old.policy == new.policy and desired_state(old).text != desired_state(new).text:
        yield "the policy is written in another form: the text and the id change, and nothing changes for mail"
    if old.ttl != new.ttl:
        yield f"TTL of the records {span(old.ttl)} -> {span(new.ttl)}"
    if new.leaving != old.leaving or new.dns != old.dns:
        yield from _moves(old, new)
    elif old.accounts != new.accounts:
        yield f"the records are written through {_through(new)} instead of {_through(old)}; they stay where they are"
    if old.host_record != new.host_record:
        yield f"the policy host is led by {_led(new)} instead of {_led(old)}"
    if old.host_group != new.host_group:
        yield f"the policy host moves from host group {old.host_group} to {new.host_group}"


def _through(policy: DomainPolicy) -> str:
    return " and ".join(f"account {name}" if name else "the stack's own account" for name in policy.accounts)


def _led(policy: DomainPolicy) -> str:
    return "a CNAME" if policy.host_record else "the provider's default records"


def _moves(old: DomainPolicy, new: DomainPolicy) -> Iterator[str]:
    before, after = old.zones, new.zones
    if not before & after:
        yield f"the records move from {_all(before)} to {_all(after)}"
        return
    for zone in sorted(after - before, key=named):
        yield f"the records are made in {named(zone)}" + (", and stay where they are" if before <= after else "")
    for zone in sorted(before - after, key=named):
        yield f"the records are taken out of {named(zone)}"
    if before == after and new.dns != old.dns:
        yield f"the records are to stay in {named(new.dns)}"


def _all(zones: frozenset[DnsZone]) -> str:
    return " and ".join(sorted(map(named, zones)))
