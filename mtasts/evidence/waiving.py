"""Failures that stand in the way, and those that do not, because they are waived by name or are not of MTA-STS.

Pure. Every detail of a failing entry is judged by itself, and what a total counts beyond its details too: a waiver for
one MX host must not hide another behind it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from mtasts.evidence.causes import Gate, cause_of
from mtasts.evidence.entries import Entry
from mtasts.rollout.settings import Waiver


@dataclass(frozen=True, slots=True)
class Weighed:
    """Entries of one failure each: `standing` block, `waived` by whom, `beside` are shown and block nothing."""

    standing: tuple[Entry, ...]
    waived: tuple[tuple[Waiver, tuple[Entry, ...]], ...]
    beside: tuple[Entry, ...]
    expired: tuple[Waiver, ...]
    """Waivers that would have covered a standing failure, had they not run out."""


def weigh_failures(failing: Iterable[Entry], waivers: Sequence[Waiver], today: date) -> Weighed:
    """Sort the failures of the counted entries by the waivers that hold on the UTC day `today`."""
    standing: list[Entry] = []
    beside: list[Entry] = []
    waived: dict[Waiver, list[Entry]] = {}
    expired: dict[Waiver, None] = {}
    valid = [waiver for waiver in waivers if not waiver.expired(today)]
    for one in (part for entry in failing for part in _parts(entry)):
        selectors = _selectors(one)
        waiver = next((waiver for waiver in valid if waiver.covers(*selectors)), None)
        if waiver is not None:
            waived.setdefault(waiver, []).append(one)
        elif _is_of_dane(one):
            beside.append(one)
        else:
            standing.append(one)
            expired.update((gone, None) for gone in waivers if gone.expired(today) and gone.covers(*selectors))
    return Weighed(
        tuple(standing),
        tuple((waiver, tuple(entries)) for waiver, entries in waived.items()),
        tuple(beside),
        tuple(expired),
    )


def _parts(entry: Entry) -> Iterator[Entry]:
    """One entry a detail, and one for failures that the total counts and no detail explains."""
    result = entry.result
    for detail in result.details:
        yield replace(entry, result=msgspec.structs.replace(result, failures=detail.failed_sessions, details=(detail,)))
    unnamed = result.failures - sum(detail.failed_sessions for detail in result.details)
    if unnamed > 0:
        yield replace(entry, result=msgspec.structs.replace(result, failures=unnamed, details=()))


def _selectors(one: Entry) -> tuple[str, str, str]:
    """Result type, MX host and reporter, as waivers name them; "" for what the report leaves open."""
    if not one.result.details:
        return "", "", one.reporter
    detail = one.result.details[0]
    return detail.result_type.strip(), detail.receiving_mx_hostname, one.reporter


def _is_of_dane(one: Entry) -> bool:
    """RFC 8461 s2: mail that DANE stops is not stopped by MTA-STS, so that going on loses none of it."""
    return any(cause_of(detail.result_type).gate is Gate.SHOW for detail in one.result.details)
