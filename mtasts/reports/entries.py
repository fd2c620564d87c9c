"""From stored reports to the entries that speak about one mail domain, each report once.

Pure. A report may hold several policies and several domains (RFC 8460 s4.4): what it says about others is not read here
and can neither help nor harm this domain.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from mtasts.history.eras import PolicyText, applied_policy
from mtasts.protocol.names import same_name
from mtasts.protocol.registrable import registrable
from mtasts.protocol.report import PolicyResult
from mtasts.reports.duplicates import Copy, content_of, kinds_of, that_count
from mtasts.reports.filing import file_under
from mtasts.reports.repute import Repute, repute_of
from mtasts.reports.stored import TRUST_RANK, StoredReport, Trust
from mtasts.reports.window import Window

STS = "sts"
TLSA = "tlsa"
NO_POLICY = "no-policy-found"

# Whom to believe: RFC 8460 s5.3, a report by mail without a valid DKIM signature MUST be ignored; s5.4 and s7, anybody
# can post. `local` reports were handed over by the operator.
TRUSTED = frozenset({Trust.AUTHENTICATED, Trust.LOCAL})


@dataclass(frozen=True, slots=True)
class Entry:
    """One policy of one report, about the domain that was asked for.

    `reporter` is the registrable domain of the submitter, so that the hosts of one organization are one reporter.
    """

    stored: StoredReport
    result: PolicyResult
    day: date
    policy: PolicyText
    reporter: str
    repute: Repute

    @property
    def kind(self) -> str:
        """The policy type: `sts`, `tlsa`, `no-policy-found`, or the reporter's own word."""
        return self.result.policy_type


def entries(
    domain: str, window: Window, reports: Iterable[StoredReport], trusted: Collection[str] = ()
) -> Iterator[Entry]:
    """What the reports say about `domain` within the window; each report once, whatever the order they come in.

    `trusted` are the domains whose reports the operator believes.
    """
    wanted = same_name(domain)
    for stored in distinct(wanted, reports):
        day = stored.report.day
        if not window.holds(day):
            continue
        submitter = same_name(stored.submitter)
        reporter, repute = registrable(submitter), repute_of(stored, submitter, trusted)
        for result in about(wanted, stored):
            yield Entry(stored, result, day, applied_policy(result), reporter, repute)


def distinct(domain: str, reports: Iterable[StoredReport]) -> list[StoredReport]:
    """Each report once, in the order of their keys: one may come by mail, by post and from a file (RFC 8460 s3).

    Told apart as the store does it (`duplicates.that_count`), under this one domain: the best trusted copy counts, so
    that a post cannot stand in the way of the signed mail. Reports that share a report-id and differ all count.
    """
    by_key: dict[str, StoredReport] = {}
    for stored in reports:
        known = by_key.get(stored.key)
        if known is None or TRUST_RANK[stored.trust] > TRUST_RANK[known.trust]:
            by_key[stored.key] = stored
    by_id: dict[str, list[StoredReport]] = {}
    for stored in by_key.values():
        by_id.setdefault(stored.report.report_id, []).append(stored)
    chosen: list[StoredReport] = []
    for report_id, alike in by_id.items():
        if report_id and len(alike) > 1:
            keys = that_count(copy_of(domain, stored) for stored in alike)
            chosen += (stored for stored in alike if stored.key in keys)
        else:
            chosen += alike
    return sorted(chosen, key=lambda stored: stored.key)


def about(domain: str, stored: StoredReport) -> tuple[PolicyResult, ...]:
    """The entries of a report that speak about the mail domain; `domain` as `same_name` gives it.

    The same rule that the store files by.
    """
    filed = file_under(stored.report, stored.hint)
    return tuple(result for name, results in filed.items() if same_name(name) == domain for result in results)


def is_trusted(stored: StoredReport) -> bool:
    """Whether a report counts as evidence: signed by its sender, or handed over by the operator."""
    return stored.trust in TRUSTED


def copy_of(domain: str, stored: StoredReport) -> Copy:
    """What tells a report from its copies under one domain; `domain` as `same_name` gives it."""
    report, said = stored.report, about(domain, stored)
    return Copy(
        key=stored.key,
        trust=stored.trust,
        submitter=stored.submitter,
        organization=report.organization_name,
        report_id=report.report_id,
        content=content_of(report, said),
        kinds=kinds_of(said),
        nameless=stored.submitter == report.organization_name,
    )
