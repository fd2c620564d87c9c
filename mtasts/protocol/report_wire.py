"""The fast reader: a report exactly as RFC 8460 s4 writes it, decoded straight into typed records.

It takes only what has nothing to warn of in its shape and returns None for everything else, which is then read by
`report_tolerant`. That both read such a report alike is held by a property test.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from mtasts.protocol.problem import Problem
from mtasts.protocol.report_fields import DETAILS_LIMIT, POLICIES_LIMIT, host, instant, missing_under_sts, policy_domain
from mtasts.protocol.report_model import Count, FailureDetail, PolicyResult, Report, Text


class _Range(Struct, forbid_unknown_fields=True, gc=False):
    start: Text = field(name="start-datetime")
    end: Text = field(name="end-datetime")


class _Policy(Struct, forbid_unknown_fields=True, gc=False):
    type: Text = field(name="policy-type")
    domain: Text = field(name="policy-domain")
    string: tuple[Text, ...] | UnsetType = field(name="policy-string", default=UNSET)
    mx: tuple[Text, ...] | UnsetType = field(name="mx-host", default=UNSET)


class _Summary(Struct, forbid_unknown_fields=True, gc=False):
    successes: Count = field(name="total-successful-session-count")
    failures: Count = field(name="total-failure-session-count")


class _Entry(Struct, forbid_unknown_fields=True, gc=False):
    policy: _Policy
    summary: _Summary
    details: Annotated[tuple[FailureDetail, ...], Meta(max_length=DETAILS_LIMIT)] | UnsetType = field(
        name="failure-details", default=UNSET
    )


class _Report(Struct, forbid_unknown_fields=True, gc=False):
    organization: Text = field(name="organization-name")
    range: _Range = field(name="date-range")
    contact: Text = field(name="contact-info")
    id: Text = field(name="report-id")
    policies: Annotated[tuple[_Entry, ...], Meta(min_length=1, max_length=POLICIES_LIMIT)]


_decode = msgspec.json.Decoder(_Report).decode
_encode = msgspec.json.Encoder().encode


def read_exact(body: bytes) -> tuple[Report, list[Problem]] | None:
    """The report and the problems of its values, or None if anything about its shape deviates.

    JSON decoders keep the last of two equal keys without a word, and I-JSON (RFC 7493 s2.3) forbids them. They are
    found by counting: where no backslash is, every quotation mark delimits a string, so a body that has as many as
    what was read from it has when written again has lost no key and no value. (Empty optional values are not written
    again, so reports with those go the long way too.)
    """
    if b"\\" in body:
        return None
    try:
        wire = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if body.count(b'"') != _encode(wire).count(b'"') or not (wire.organization and wire.contact and wire.id):
        return None
    start, odd_start = instant(wire.range.start)
    end, odd_end = instant(wire.range.end)
    if start is None or end is None or odd_start or odd_end:
        return None
    problems: list[Problem] = []
    policies: list[PolicyResult] = []
    for entry in wire.policies:
        if not _plain(entry):
            return None
        domain, odd_domain = policy_domain(entry.policy.domain)
        if odd_domain:
            problems.append(odd_domain)
        if entry.policy.type == "sts" and not (entry.policy.string and entry.policy.mx):
            problems += _missing(entry.policy)
        policies.append(_result(entry, domain))
    report = Report(wire.organization, wire.contact, wire.id, start, end, tuple(policies))
    return report, list(dict.fromkeys(problems)) if problems else problems


def _plain(entry: _Entry) -> bool:
    """Whether type and domain are there, and the host names are in the spelling that is compared."""
    if not entry.policy.domain or not entry.policy.type:
        return False
    if not entry.details:
        return True
    for detail in entry.details:
        name = detail.receiving_mx_hostname
        if not detail.result_type or host(name) != name:
            return False
    return True


def _missing(policy: _Policy) -> list[Problem]:
    """RFC 8460 s4.4: an sts policy shows its lines and patterns. Large reporters are known to leave patterns out."""
    found = []
    for key, value in (("policy-string", policy.string), ("mx-host", policy.mx)):
        if not value:
            found.append(missing_under_sts(key, "missing" if value is UNSET else "empty"))
    return found


def _result(entry: _Entry, domain: str) -> PolicyResult:
    policy, counts = entry.policy, entry.summary
    return PolicyResult(
        policy.type,
        domain,
        policy.string or (),
        tuple(map(host, policy.mx)) if policy.mx else (),
        counts.successes,
        counts.failures,
        entry.details or (),
    )
