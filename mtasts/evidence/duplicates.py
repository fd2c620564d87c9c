"""Which of several copies of a report count. Pure: the answer depends on the set of copies, not on their order."""

from collections.abc import Iterable
from dataclasses import dataclass

from mtasts.evidence.stored import TRUST_RANK, Trust


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a report, as far as duplicates are concerned."""

    key: str  # of its content and submitter
    trust: Trust
    submitter: str  # as in StoredReport
    organization: str
    report_id: str
    subjects: frozenset[tuple[str, str]]  # (policy type, mail domain)


def duplicates(one: Copy, other: Copy) -> bool:
    """Whether two copies are of the same report: same reporter, same report-id, about the same (RFC 8460 s5.6).

    The same reporter: the same submitter; or, where a copy has none but the organization's name (a bare file without
    contact-info), the same organization. Two that name different submitters are different: anybody can write another's
    organization into a report. About the same: some reporters split one report-id over several reports, a policy or a
    domain each; the parts are no duplicates. A report without a report-id equals only itself.
    """
    if one.key == other.key:
        return True
    if not one.report_id or one.report_id != other.report_id or one.subjects.isdisjoint(other.subjects):
        return False
    if one.submitter == other.submitter:
        return True
    same_organization = one.organization.casefold() == other.organization.casefold() and one.organization != ""
    return same_organization and (_nameless(one) or _nameless(other))


def _nameless(copy: Copy) -> bool:
    return copy.submitter == copy.organization


def that_count(copies: Iterable[Copy]) -> set[str]:
    """The keys of the copies that count: of each report the most trusted copy, by key where trust is equal."""
    chosen: list[Copy] = []
    for copy in sorted(copies, key=lambda copy: (-TRUST_RANK[copy.trust], copy.key)):
        if not any(duplicates(copy, better) for better in chosen):
            chosen.append(copy)
    return {copy.key for copy in chosen}
