"""Proposes host groups for many domains: few distributions within the quotas, and none that moves later. Pure.

A domain that has a group keeps it, for ever: moving it would lead its policy host elsewhere. So a proposal made again
with more domains gives the ones that were written the same groups, and the new ones what is free there or new groups.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final


@dataclass(frozen=True, slots=True)
class Member:
    """A domain (A-labels) to be grouped.

    `provider` and `apex`: who serves its zone, and the zone's name. `enforcing`: its mode is enforce. `group`: the one
    that its file names already, "" for a new domain; a domain alone in a group of its own name counts as new to nobody.
    """

    domain: str
    provider: str = ""
    apex: str = ""
    enforcing: bool = False
    group: str = ""


# What keeps domains apart, from the most to the least: each is tried until it costs no group more.
_Apart = Callable[[Member], tuple[str, ...]]
_LEVELS: Final[tuple[_Apart, ...]] = (
    lambda one: ("enforce" if one.enforcing else "testing", one.provider),
    lambda one: ("enforce" if one.enforcing else "testing",),
    lambda one: (one.provider,),
    lambda one: (),
)
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9.-]+")
SHARED: Final = "shared"


def propose(members: Iterable[Member], capacity: int) -> Mapping[str, str]:
    """The host group of each domain that has none, by domain. `capacity`: names that one certificate may hold.

    Domains of one provider, and enforce and the other modes, are apart where that needs no distribution more. Those of
    one zone stay together where they fit. A single new domain gets no group (""): it is one by itself.
    """
    every = sorted(members, key=lambda one: one.domain)
    taken = Counter(one.group for one in every if one.group)
    new = [one for one in every if not one.group]
    if len(new) == 1 and not taken:
        return {new[0].domain: ""}
    proposed: dict[str, str] = {}
    room = _room(every, taken, capacity)
    left = [one for one in new if not _fill(one, room, proposed)]
    used = set(taken)
    for key, part in _parts(left, capacity):
        for bin_ in _bins(part, capacity):
            name = _named(key, bin_, used)
            used.add(name)
            proposed |= {one.domain: name for one in bin_}
    return proposed


def groups_needed(domains: int, capacity: int) -> int:
    """The fewest groups that hold so many domains."""
    return ceil(domains / capacity)


@dataclass(slots=True)
class _Room:
    """A group that is there and has places left: who is in it decides who may join."""

    name: str
    places: int
    kind: tuple[str, ...]


def _room(every: Sequence[Member], taken: Mapping[str, int], capacity: int) -> list[_Room]:
    """The groups with places, except those that are one domain by itself: nobody asked to join it."""
    kinds: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for one in every:
        if one.group and one.group != one.domain:
            kinds[one.group].add(_LEVELS[0](one))
    return [
        _Room(name, capacity - taken[name], next(iter(found)))
        for name, found in sorted(kinds.items())
        if taken[name] < capacity and len(found) == 1
    ]


def _fill(one: Member, room: Sequence[_Room], proposed: dict[str, str]) -> bool:
    """Put a new domain into a group of its kind that has a place. Mixed groups are not joined."""
    for group in room:
        if group.places and group.kind == _LEVELS[0](one):
            group.places -= 1
            proposed[one.domain] = group.name
            return True
    return False


def _parts(new: Sequence[Member], capacity: int) -> list[tuple[tuple[str, ...], list[Member]]]:
    """The new domains, apart as far as that costs no group; each part with what its members share."""
    least = groups_needed(len(new), capacity)
    for level in _LEVELS:
        parts: dict[tuple[str, ...], list[Member]] = defaultdict(list)
        for one in new:
            parts[level(one)].append(one)
        if sum(groups_needed(len(part), capacity) for part in parts.values()) == least:
            # What all have in common says nothing in a name.
            return [(key if len(parts) > 1 else (), part) for key, part in sorted(parts.items())]
    return []


def _bins(part: Sequence[Member], capacity: int) -> list[list[Member]]:
    """As few bins as hold the part. A zone is not cut where it fits into one bin and that costs none."""
    zones: dict[str, list[Member]] = defaultdict(list)
    for one in part:
        zones[one.apex or one.domain].append(one)
    whole: list[list[Member]] = []
    # First fit, the largest first; equal ones by name, so that the answer is always the same.
    for _, zone in sorted(zones.items(), key=lambda item: (-len(item[1]), item[0])):
        for start in range(0, len(zone), capacity):
            block = zone[start : start + capacity]
            fitting = next((bin_ for bin_ in whole if len(bin_) + len(block) <= capacity), None)
            if fitting is None:
                whole.append(list(block))
            else:
                fitting += block
    if len(whole) > groups_needed(len(part), capacity):
        ordered = [one for _, zone in sorted(zones.items()) for one in zone]
        whole = [ordered[start : start + capacity] for start in range(0, len(ordered), capacity)]
    return whole


def _named(key: tuple[str, ...], bin_: Sequence[Member], used: set[str]) -> str:
    """A name that says what its members share: their zone, or the mode and the provider by which they are apart."""
    apexes = {one.apex for one in bin_}
    apex = next(iter(apexes)) if len(apexes) == 1 else ""
    words = apex if apex else "-".join(filter(None, key))
    stem = _NOT_IN_A_NAME.sub("-", words.lower()).strip(".-")[:200] or SHARED
    return next(name for number in range(1, len(used) + 2) if (name := f"{stem}-{number}") not in used)
