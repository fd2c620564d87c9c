"""Reports as a store yields them: the report, how far it can be trusted, and where it came from."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mtasts.protocol.problem import Problem
from mtasts.protocol.report import PolicyResult, Report
from mtasts.reports.filing import file_under


class Trust(StrEnum):
    """How far a report can be believed to come from the reporter it names.

    Only `authenticated` and `local` may count as proof; the others are shown, and are a reason to look.
    """

    AUTHENTICATED = "authenticated"  # by mail, with a valid DKIM signature of the submitter (RFC 8460 s5.3)
    LOCAL = "local"  # a bare report file that the operator gave by hand or put into the bucket
    UNAUTHENTICATED = "unauthenticated"  # by mail, without such a signature
    POSTED = "posted"  # by HTTPS, where anybody can post anything (RFC 8460 s5.4)


# The copy of a report that is kept when several came: the most trusted one.
TRUST_RANK = {Trust.POSTED: 0, Trust.UNAUTHENTICATED: 1, Trust.LOCAL: 2, Trust.AUTHENTICATED: 3}


@dataclass(frozen=True, slots=True)
class StoredReport:
    """One report out of a store. It is yielded once per window, however many of its policies speak of the domain.

    A report may hold policies of several domains: `policies_of(domain)` picks those that speak of one.
    """

    key: str  # stable: the same report has the same key in every store and after every reindex
    report: Report
    trust: Trust
    submitter: str  # the reporter's domain (signing, header or contact-info domain), else the organization's name
    received: datetime  # UTC: the mail's Date or the time of import
    warnings: tuple[Problem, ...]
    source: str  # where it was read, such as "mail/inbox.mbox#12"
    hint: str = ""  # the mail domain that it is about by what lay around it, where the report itself does not say

    def policies_of(self, domain: str) -> tuple[PolicyResult, ...]:
        """The policies that speak of a domain, also `tlsa` ones that name its MX host; none if no policy does."""
        return file_under(self.report, self.hint).get(domain, ())


@dataclass(frozen=True, slots=True)
class DayRow:
    """Sessions of one domain, day, policy type and trust, over all reporters (fleet questions)."""

    domain: str
    day: date
    policy_type: str
    trust: Trust
    reports: int
    successes: int
    failures: int
    reporters: tuple[str, ...]  # submitters, sorted


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Failure details of one domain, day, result type and MX host (fleet questions).

    `sessions` is the sum of the details of that very kind: details overlap, so rows are never added to a total.
    """

    domain: str
    day: date
    policy_type: str
    trust: Trust
    result_type: str
    mx_host: str  # "" when the report does not say
    reports: int
    sessions: int
