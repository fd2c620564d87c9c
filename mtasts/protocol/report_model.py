"""A TLS report (RFC 8460 s4), as values. `mtasts.protocol.report` reads it.

Every text in here was written by somebody else and is hostile until a renderer has escaped it (RFC 8460 s7).

These are msgspec Structs, not dataclasses: the decoder makes them straight from the JSON, ten times as fast. They are
as frozen and as comparable; a changed copy comes from `msgspec.structs.replace`, a dict from `msgspec.structs.asdict`.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, Struct, field

# Ours: no reporter has more sessions with one domain in a day; more is nonsense or an attack on somebody's sums.
COUNT_LIMIT = 10**12
# Ours: one field of honest text is shorter; more would only swell indexes and tables. Cut with a visible mark.
TEXT_LIMIT = 1000

Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]
Count = Annotated[int, Meta(ge=0, le=COUNT_LIMIT)]


class FailureDetail(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One entry of `failure-details` (RFC 8460 s4.3). For diagnosis only: details may overlap or be incomplete, so they
    are never summed. What the report does not say is an empty string.
    """

    # As sent; the eleven registered ones are RESULT_TYPES, others are kept as they came.
    result_type: Text = field(name="result-type")
    failed_sessions: Count = field(name="failed-session-count")
    sending_mta_ip: Text = field(name="sending-mta-ip", default="")
    # The name in the MX record, lower case, no last dot.
    receiving_mx_hostname: Text = field(name="receiving-mx-hostname", default="")
    receiving_mx_helo: Text = field(name="receiving-mx-helo", default="")
    receiving_ip: Text = field(name="receiving-ip", default="")
    additional_information: Text = field(name="additional-information", default="")
    failure_reason_code: Text = field(name="failure-reason-code", default="")


class PolicyResult(Struct, frozen=True, gc=False):
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


class Report(Struct, frozen=True, gc=False):
    """One TLS report: what one reporter saw in one span of time, normally a UTC day."""

    organization_name: str
    contact_info: str  # normally a mail address; "" when absent
    report_id: str  # "" when absent
    start: datetime  # UTC
    end: datetime  # UTC
    policies: tuple[PolicyResult, ...]

    @property
    def day(self) -> date:
        """The UTC day that the report is about: the day of the middle of its span.

        Arrival does not count (reports come hours to weeks later), and the middle holds for reporters whose days begin
        in their own time zone or that write the end as the next day's first second.
        """
        if self.end <= self.start:
            return self.start.astimezone(UTC).date()
        return (self.start + (self.end - self.start) / 2).astimezone(UTC).date()
