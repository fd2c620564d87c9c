"""What a TLS report says (RFC 8460 s4), as values. How it is read: `mtasts.protocol.report`.

Every text in here was written by somebody else and is hostile until a renderer has escaped it (RFC 8460 s7).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

# Ours: no reporter has more sessions with one domain in a day; more is nonsense or an attack on somebody's sums.
COUNT_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class FailureDetail:
    """One entry of `failure-details` (RFC 8460 s4.3). For diagnosis only: details may overlap or be incomplete, so they
    are never summed. What the report does not say is an empty string.
    """

    result_type: str  # as sent; the eleven registered ones are RESULT_TYPES, others are kept as they came
    failed_sessions: int
    sending_mta_ip: str
    receiving_mx_hostname: str  # the name in the MX record, lower case, no last dot
    receiving_mx_helo: str
    receiving_ip: str
    additional_information: str
    failure_reason_code: str

    def __post_init__(self) -> None:
        if not 0 <= self.failed_sessions <= COUNT_LIMIT:
            raise ValueError(f"failed_sessions: {self.failed_sessions} is not within 0..{COUNT_LIMIT}")


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One entry of `policies`: the sessions that one policy governed.

    `sts` and `tlsa` entries of one report may describe the same sessions: never add them (RFC 8460 s4.2.1).
    """

    policy_type: str  # "sts", "tlsa" or "no-policy-found"; others are kept as they came
    policy_domain: str  # A-labels, lower case, no last dot; "" when the report does not say. tlsa: often the MX host
    policy_string: tuple[str, ...]  # the policy's lines as the sender saw them
    mx_host: tuple[str, ...]  # the mx patterns
    successes: int  # sessions that complied with the policy (s4.2.1)
    failures: int  # sessions that did not, delivered or not (s4.2.2)
    details: tuple[FailureDetail, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= COUNT_LIMIT or not 0 <= self.failures <= COUNT_LIMIT:
            raise ValueError(f"counts: {self.successes} and {self.failures} are not within 0..{COUNT_LIMIT}")


@dataclass(frozen=True, slots=True)
class Report:
    """One TLS report: what one reporter saw in one span of time, normally a UTC day."""

    organization_name: str
    contact_info: str  # normally a mail address; "" when absent
    report_id: str  # "" when absent
    start: datetime  # UTC
    end: datetime  # UTC
    policies: tuple[PolicyResult, ...]

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            raise ValueError("start and end must be in UTC")

    @property
    def day(self) -> date:
        """The UTC day that the report is about: the day of the middle of its span.

        Arrival does not count (reports come hours to weeks later), and the middle holds for reporters whose days begin
        in their own time zone or that write the end as the next day's first second.
        """
        if self.end <= self.start:
            return self.start.date()
        return (self.start + (self.end - self.start) / 2).date()
