"""Fields of a TLS report that both readers read the same way: dates, names, and what a whole report is held against."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mtasts.protocol.names import BadName, same_host, to_a_labels
from mtasts.protocol.problem import Problem, Severity, quote
from mtasts.protocol.report_model import PolicyResult, Report

REPORT_SECTION = "RFC 8460 s4"
POLICY_TYPES = ("sts", "tlsa", "no-policy-found")  # RFC 8460 s4.4
# RFC 8460 s4.3, the IANA registry "STARTTLS Validation Result Types"
RESULT_TYPES = (
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
)
KNOWN_TYPES = frozenset(POLICY_TYPES)
_RESULT_TYPES = frozenset(RESULT_TYPES)

POLICIES_LIMIT = 1000
DETAILS_LIMIT = 50_000
# RFC 8460 s4.1: one UTC day. Reports by hour or of a day and a few seconds are seen, more than this asks for a look.
_LONG = timedelta(hours=36)
# The first draft is of 2016; dates outside are a broken clock, and would fill no window.
SEEN_YEARS = range(2015, 2200)

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
# What ISO 8601 has besides: no seconds, a zone without colon, the end of a day as 24:00; and the zone as a word.
_ISO8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:\.\d{1,9})? ?([Zz]|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII
)
_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = re.compile(r"\d{9,11}", re.ASCII)


def warning(code: str, message: str, section: str = REPORT_SECTION) -> Problem:
    """A deviation that was read all the same."""
    return Problem(Severity.WARNING, code, message, section)


@lru_cache(maxsize=16)
def missing_under_sts(key: str, how: str) -> Problem:
    """The warning for an sts policy that does not show itself (RFC 8460 s4.4)."""
    return warning("missing-field", f"{key} is {how} under sts")


@lru_cache(maxsize=4096)
def instant(text: str) -> tuple[datetime | None, Problem | None]:
    """A date-time of a report in UTC (RFC 3339), and what deviates; None if it is no date-time at all.

    Read besides, as nothing about it has to be guessed: no zone (UTC), a blank for the `T`, a date alone, Unix seconds,
    the other forms of ISO 8601, and the leap second of RFC 3339 s5.7, as the moment that follows it.
    """
    plain = text.strip()
    if _RFC3339.fullmatch(plain):
        try:
            found = datetime.fromisoformat(plain.replace(" ", "T", 1).upper())
        except ValueError:
            return _other_form(text)
        if found.tzinfo is None:
            return _sane(found.replace(tzinfo=UTC)), warning(
                "date-without-zone", f"{quote(text)} has no zone: read as UTC"
            )
        deviates = warning("date-form", f"{quote(text)} is not as RFC 3339 writes it") if " " in text else None
        return _sane(found), deviates
    if _DATE_ONLY.fullmatch(plain):
        try:
            midnight = datetime.fromisoformat(plain).replace(tzinfo=UTC)
        except ValueError:
            return None, None
        return _sane(midnight), warning("date-form", f"{quote(text)} has no time: read as midnight UTC")
    if _EPOCH.fullmatch(plain):
        return _sane(datetime.fromtimestamp(int(plain), UTC)), warning(
            "date-form", f"{quote(text)} read as Unix seconds"
        )
    return _other_form(text)


def _other_form(text: str) -> tuple[datetime | None, Problem | None]:
    match = _ISO8601.fullmatch(text.strip())
    if match is None:
        return None, None
    day, clock, seconds, zone = match.groups()
    later = timedelta()
    if clock == "24:00" and seconds in (None, ":00"):
        clock, later = "00:00", timedelta(days=1)
    elif seconds == ":60":
        seconds, later = ":59", timedelta(seconds=1)
    named = "+00:00" if not zone or zone.upper() in ("Z", "UTC", "GMT") else zone
    try:
        found = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{named}") + later
    except (ValueError, OverflowError):
        return None, None
    return _sane(found), warning("date-form", f"{quote(text)} is read as {found:%Y-%m-%dT%H:%M:%S%z}")


def _sane(moment: datetime) -> datetime | None:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return None
    return utc if utc.year in SEEN_YEARS else None


@lru_cache(maxsize=65536)
def hosts(texts: tuple[str, ...]) -> tuple[str, ...]:
    """All of a list, as `same_host` says: the patterns of a policy come again with every report about it."""
    return tuple(map(same_host, texts))


@lru_cache(maxsize=65536)
def policy_domain(text: str) -> tuple[str, Problem | None]:
    """A policy domain in A-labels, and what deviates. What is no name is kept as text."""
    try:
        name = to_a_labels(text)
    except BadName as bad:
        if text != (plain := text.strip().rstrip(".")) and plain:
            # Kept with what stands around it, nobody who asks for the domain would find the report.
            name, odd = policy_domain(plain)
            return name, odd or warning("policy-domain-form", f"policy-domain {quote(text)} is read as {quote(name)}")
        return text.lower().removesuffix("."), warning("policy-domain-form", f"policy-domain {quote(text)} {bad}")
    if not text.isascii():
        # RFC 8460 s4.4: as A-labels
        return name, warning("policy-domain-form", f"policy-domain {quote(text)} is not in A-labels: read as {name}")
    return name, None


def oddities(report: Report) -> list[Problem]:
    """What is well-formed and yet odd in a report; the same for every reader."""
    found = odd_period(report.start, report.end) + odd_contact(report.contact_info)
    for policy in report.policies:
        found += odd_policy(policy)
    return found


def odd_period(start: datetime, end: datetime) -> list[Problem]:
    """RFC 8460 s4.1: one UTC day."""
    if end - start > _LONG:
        return [warning("period-long", f"the date range spans {end - start}, not one day", "RFC 8460 s4.1")]
    if end < start:
        return [warning("period-reversed", "the date range ends before it begins", "RFC 8460 s4.1")]
    return []


@lru_cache(maxsize=4096)
def exact_period(start: str, end: str) -> tuple[datetime, datetime, list[Problem]] | None:
    """Both ends of a date range and what is odd about it; None if either is not as RFC 3339 writes it.

    Most reports are about whole days, so that a few hundred pairs serve millions of them.
    """
    first, odd_first = instant(start)
    last, odd_last = instant(end)
    if first is None or last is None or odd_first or odd_last:
        return None
    return first, last, odd_period(first, last)


def odd_contact(text: str) -> list[Problem]:
    """RFC 8460 s4.4: an addr-spec; one that is missing was noted already."""
    if "@" in text or not text:
        return []
    return [warning("contact-info-form", f"contact-info {quote(text)} is not a mail address")]


def odd_policy(policy: PolicyResult) -> list[Problem]:
    """Types that nobody registered, and details that contradict the total."""
    found: list[Problem] = []
    if policy.policy_type not in KNOWN_TYPES:
        found.append(warning("unknown-policy-type", f"policy-type {quote(policy.policy_type)} kept as text"))
    if policy.details:
        if policy.failures == 0:
            message = f"{policy.policy_domain}: {len(policy.details)} failure details, yet a total of 0 failures"
            found.append(warning("details-without-failures", message, "RFC 8460 s4.3"))
        for kind in sorted({detail.result_type for detail in policy.details} - _RESULT_TYPES):
            if kind:
                found.append(warning("unknown-result-type", f"result-type {quote(kind)} kept as text", "RFC 8460 s4.3"))
    return found
