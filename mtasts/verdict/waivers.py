"""Failures that stand in the way, and those that do not, because they are waived by name or are not of MTA-STS.

Pure. Every detail of a failing entry is judged by itself, and what a total counts beyond its details too: a waiver for
one MX host must not hide another behind it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from mtasts.policy.settings import Waiver
from mtasts.protocol.names import same_name
from mtasts.reports.causes import Effect, cause_of
from mtasts.reports.entries import Entry


@dataclass(frozen=True, slots=True)
class Weighed:
    """Entries of one failure each: `standing` block, `waived` by whom, `beside` are shown and block nothing.

    `strangers` are of reports that a stranger signed, and nobody else tells of the same: they ask for a look.
    """

    standing: tuple[Entry, ...]
    waived: tuple[tuple[Waiver, tuple[Entry, ...]], ...]
    beside: tuple[Entry, ...]
    strangers: tuple[Entry, ...]
    expired: tuple[Waiver, ...]
    """Waivers that would have covered a standing failure, had they not run out."""


def weigh_failures(failing: Iterable[Entry], waivers: Sequence[Waiver], today: date) -> Weighed:
    """Sort the failures of the counted entries by the waivers that hold on the UTC day `today`.

    What a stranger signed stands only beside the same failure of a report that is believed (`Repute.believed`).
    """
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
    agreed = {_kind(one) for one in standing if one.repute.believed}
    return Weighed(
        tuple(one for one in standing if _kind(one) in agreed),
        tuple((waiver, tuple(entries)) for waiver, entries in waived.items()),
        tuple(beside),
        tuple(one for one in standing if _kind(one) not in agreed),
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


def _kind(one: Entry) -> tuple[str, str]:
    """What makes two failures the same, whoever tells of them."""
    result_type, mx, _ = _selectors(one)
    return result_type.lower(), same_name(mx)


def _is_of_dane(one: Entry) -> bool:
    """RFC 8461 s2: mail that DANE stops is not stopped by MTA-STS, so that going on loses none of it."""
    return any(cause_of(detail.result_type).effect is Effect.SHOW for detail in one.result.details)
