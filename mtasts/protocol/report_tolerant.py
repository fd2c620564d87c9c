"""The tolerant reader: reports as real reporters send them, with a warning for every deviation from RFC 8460 s4.

It refuses only what would have to be guessed: no JSON object, no period, no policies, counts that are no counts.
"""

import json
from typing import Any, NoReturn

from mtasts.protocol.names import same_host
from mtasts.protocol.problem import Problem, Severity, quote
from mtasts.protocol.report_fields import (
    DETAILS_LIMIT,
    POLICIES_LIMIT,
    REPORT_SECTION,
    SEEN_YEARS,
    hosts,
    instant,
    missing_under_sts,
    policy_domain,
    warning,
)
from mtasts.protocol.report_model import COUNT_LIMIT, TEXT_LIMIT, FailureDetail, PolicyResult, Report

_BOM = b"\xef\xbb\xbf"
# Ours: a body of 10 MiB can hold five million empty lists, which take 50 times the memory. An honest value is longer.
_VALUES_LIMIT = 600_000
_WARNINGS_LIMIT = 200

_Members = dict[str, Any]


class Refused(Exception):  # noqa: N818 - named for what it tells the caller
    """Why this is no report that can be counted."""

    def __init__(self, code: str, message: str, section: str = REPORT_SECTION) -> None:
        super().__init__(message)
        self.problem = Problem(Severity.ERROR, code, message, section)


def read_tolerant(body: bytes) -> tuple[Report, list[Problem]]:
    """The report, and all that deviates. Raises Refused, and nothing else, whatever the bytes."""
    reader = _Reader()
    report = reader.report(reader.decode(body))
    return report, reader.problems


class _Reader:
    """Reads one report; keeps the warnings."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def warn(self, code: str, message: str, section: str = REPORT_SECTION) -> None:
        self._note(warning(code, message, section))

    def _note(self, found: Problem) -> None:
        if len(self.problems) < _WARNINGS_LIMIT and found not in self.problems:
            self.problems.append(found)

    def decode(self, body: bytes) -> _Members:
        """The JSON object (I-JSON, RFC 7493: UTF-8, no duplicate names)."""
        if body.startswith(_BOM):
            self.warn("byte-order-mark", "begins with a byte order mark", "RFC 7493 s2.1")
            body = body[len(_BOM) :]
        if body.count(b",") + body.count(b"[") + body.count(b"{") > _VALUES_LIMIT:
            raise Refused("too-many-values", f"holds more than {_VALUES_LIMIT} values")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            self.warn("not-utf-8", "is not UTF-8: the bytes that are not were replaced", "RFC 7493 s2.1")
            text = body.decode("utf-8", "replace")
        try:
            found = json.loads(text, object_pairs_hook=self._members, parse_constant=_no_constant)
        except RecursionError:
            raise Refused("nested-too-deep", "is nested too deep") from None
        except ValueError as error:
            raise Refused("not-json", f"is not JSON: {error}"[:300]) from None
        if not isinstance(found, dict):
            raise Refused("not-an-object", f"is a JSON {_kind(found)}, not an object")
        return found

    def _members(self, pairs: list[tuple[str, Any]]) -> _Members:
        members = dict(pairs)
        if len(members) < len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    message = f"the key {quote(name)} comes twice: the last one counts, as in most decoders"
                    self.warn("duplicate-key", message, "RFC 7493 s2.3")
                seen.add(name)
        return members

    def report(self, members: _Members) -> Report:
        span = members.get("date-range")
        if not isinstance(span, dict):
            raise Refused("no-period", f"date-range is {_shown(members, 'date-range')}", "RFC 8460 s4.1")
        start, end = self._instant(span, "start-datetime"), self._instant(span, "end-datetime")
        self._unknown(span, _RANGE_KEYS, "date-range")
        organization = self._text(members, "organization-name", "report")
        contact = self._text(members, "contact-info", "report")
        report_id = self._text(members, "report-id", "report")
        policies = tuple(self._entry(entry) for entry in self._entries(members))
        self._unknown(members, _REPORT_KEYS, "report")
        return Report(organization, contact, report_id, start, end, policies)

    def _instant(self, span: _Members, key: str) -> Any:
        value = span.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)[:20] if abs(value) < 10**20 else ""
        if not isinstance(value, str) or len(value) > TEXT_LIMIT:
            raise Refused("no-period", f"{key} is {_shown(span, key)}", "RFC 8460 s4.1")
        moment, odd = instant(value)
        if moment is None:
            years = f"{SEEN_YEARS.start} to {SEEN_YEARS.stop - 1}"
            raise Refused("no-period", f"{key} {quote(value)} is not a date and time of {years}", "RFC 8460 s4.1")
        if odd:
            self.warn(odd.code, f"{key} {odd.message}", "RFC 8460 s4.1")
        return moment

    def _entries(self, members: _Members) -> list[_Members]:
        found = members.get("policies")
        if isinstance(found, dict):
            self.warn("policies-form", "policies is one object, not an array")
            found = [found]
        if not isinstance(found, list) or not found:
            raise Refused("no-policies", f"policies is {_shown(members, 'policies')}")
        if len(found) > POLICIES_LIMIT:
            raise Refused("too-many-policies", f"holds {len(found)} policies, more than {POLICIES_LIMIT}")
        for entry in found:
            # Left out, its failures would be silent; so the whole report is refused.
            if not isinstance(entry, dict) or not isinstance(entry.get("policy"), dict):
                raise Refused("policy-form", "an entry of policies is not an object with a policy object")
        return found

    def _entry(self, entry: _Members) -> PolicyResult:
        policy = entry["policy"]
        kind = self._text(policy, "policy-type", "policy")
        domain = self._domain(policy, kind)
        lines = self._lines(policy, kind)
        patterns = self._patterns(policy, kind)
        details = self._details(entry)
        successes, failures = self._totals(entry, domain, details)
        self._unknown(policy, _POLICY_KEYS, "policy")
        self._unknown(entry, _ENTRY_KEYS, "policies")
        return PolicyResult(kind, domain, lines, patterns, successes, failures, details)

    def _domain(self, policy: _Members, kind: str) -> str:
        value = policy.get("policy-domain")
        if value is None or value == "":
            # Seen from Postfix with sys4's reporter under no-policy-found
            self.warn("policy-domain-missing", f"a {kind or 'nameless'} policy has no policy-domain")
            return ""
        if not isinstance(value, str):
            raise Refused("policy-domain-form", f"policy-domain is {_shown(policy, 'policy-domain')}")
        name, odd = policy_domain(self._cut(value, "policy-domain"))
        if odd:
            self.warn(odd.code, odd.message, odd.section)
        return name

    def _lines(self, policy: _Members, kind: str) -> tuple[str, ...]:
        value = policy.get("policy-string")
        if isinstance(value, str) and value.lstrip().startswith("["):
            # Seen from Microsoft under tlsa: an array, written once more as a string
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                inner = None
            if isinstance(inner, list):
                self.warn("policy-string-form", "policy-string is a string that holds an array")
                value = inner
        if isinstance(value, str):
            self.warn("policy-string-form", "policy-string is one string, not an array")
            value = [line for line in value.splitlines() if line]
        return self._texts(policy, "policy-string", value, kind)

    def _patterns(self, policy: _Members, kind: str) -> tuple[str, ...]:
        key = "mx-host"
        if key not in policy and "mx-host-pattern" in policy:
            # The name in the prose of RFC 8460 s4.4, not the key of its JSON
            self.warn("mx-host-form", "mx-host is called mx-host-pattern")
            key = "mx-host-pattern"
        value = policy.get(key)
        if isinstance(value, str) and value:
            # Erratum 6241: Appendix B shows one string
            self.warn("mx-host-form", "mx-host is one string, not an array")
            value = [value]
        return hosts(self._texts(policy, key, value, kind))

    def _texts(self, policy: _Members, key: str, value: Any, kind: str) -> tuple[str, ...]:
        """A list of strings; its absence deviates only where an sts policy was applied (RFC 8460 s4.4)."""
        if value is None or value in ("", []):
            if kind == "sts":
                self._note(missing_under_sts(key, _shown(policy, key)))
            return ()
        if not isinstance(value, list):
            self.warn("wrong-type", f"{key} is a JSON {_kind(value)}, not an array: left out")
            return ()
        if not all(isinstance(item, str) for item in value):
            self.warn("wrong-type", f"{key} holds more than strings: the others were left out")
        return tuple(self._cut(item, key) for item in value if isinstance(item, str))

    def _totals(self, entry: _Members, domain: str, details: tuple[FailureDetail, ...]) -> tuple[int, int]:
        summary = entry.get("summary")
        if summary is None:
            self.warn("missing-field", f"{domain}: summary is missing")
            summary = {}
        if not isinstance(summary, dict):
            raise Refused("bad-count", f"summary is a JSON {_kind(summary)}, not an object")
        successes = self._count(summary, "total-successful-session-count")
        failures = self._count(summary, "total-failure-session-count")
        self._unknown(summary, _SUMMARY_KEYS, "summary")
        if failures is None:
            # Never "no failures": at least as many as the greatest detail (details may overlap, so not their sum).
            failures = max((detail.failed_sessions for detail in details), default=0)
        return successes or 0, failures

    def _count(self, members: _Members, key: str) -> int | None:
        value = members.get(key)
        if value is None:
            self.warn("missing-count", f"{key} is {_shown(members, key)}")
            return None
        if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) <= 20:
            self.warn("count-form", f"{key} is a string")
            value = int(value)
        elif isinstance(value, float) and value.is_integer() and abs(value) <= COUNT_LIMIT:
            self.warn("count-form", f"{key} is written as a fraction")
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= COUNT_LIMIT:
            raise Refused("bad-count", f"{key} is {_shown(members, key)}, not a whole number within 0..{COUNT_LIMIT}")
        return value

    def _details(self, entry: _Members) -> tuple[FailureDetail, ...]:
        found = entry.get("failure-details")
        if found is None:
            if "failure-details" in entry:
                self.warn("wrong-type", "failure-details is null")
            return ()
        if isinstance(found, dict):
            self.warn("wrong-type", "failure-details is one object, not an array")
            found = [found]
        if not isinstance(found, list) or not all(isinstance(detail, dict) for detail in found):
            raise Refused("details-form", "failure-details is not an array of objects", "RFC 8460 s4.3")
        if len(found) > DETAILS_LIMIT:
            raise Refused("too-many-details", f"holds {len(found)} failure details, more than {DETAILS_LIMIT}")
        return tuple(map(self._detail, found))

    def _detail(self, members: _Members) -> FailureDetail:
        where = "failure-details"
        information = "additional-information"
        if information not in members and "additional-info-uri" in members:
            self.warn("unknown-key", "additional-information is called additional-info-uri", "RFC 8460 s4.3")
            information = "additional-info-uri"
        reason = "failure-reason-code"
        if reason not in members and "failure-error-code" in members:
            self.warn("unknown-key", "failure-reason-code is called failure-error-code", "RFC 8460 s4.3")
            reason = "failure-error-code"
        detail = FailureDetail(
            self._text(members, "result-type", where),
            self._count(members, "failed-session-count") or 0,
            self._text(members, "sending-mta-ip", where, optional=True),
            same_host(self._text(members, "receiving-mx-hostname", where, optional=True)),
            self._text(members, "receiving-mx-helo", where, optional=True),
            self._text(members, "receiving-ip", where, optional=True),
            self._text(members, information, where, optional=True),
            self._text(members, reason, where, optional=True),
        )
        self._unknown(members, _DETAIL_KEYS, where)
        return detail

    def _text(self, members: _Members, key: str, where: str, *, optional: bool = False) -> str:
        value = members.get(key)
        if value is None:
            if not optional or key in members:
                self.warn("missing-field", f"{key} is {_shown(members, key)}")
            return ""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.warn("wrong-type", f"{key} is a number: kept as text")
            value = json.dumps(value)
        if not isinstance(value, str):
            self.warn("wrong-type", f"{key} of {where} is a JSON {_kind(value)}, not a string: left out")
            return ""
        if not value and not optional:
            self.warn("missing-field", f"{key} is empty")
        return self._cut(value, key)

    def _cut(self, value: str, key: str) -> str:
        if not value.isprintable():
            # A lone surrogate is no character, and no file or terminal would take it (RFC 7493 s2.1).
            value = value.encode("utf-8", "replace").decode("utf-8")
        if len(value) <= TEXT_LIMIT:
            return value
        self.warn("long-text", f"{key} has {len(value)} characters: cut after {TEXT_LIMIT - 1}")
        return value[: TEXT_LIMIT - 1] + "…"

    def _unknown(self, members: _Members, known: frozenset[str], where: str) -> None:
        """Keys that RFC 8460 does not know are allowed to come one day: their text is kept in the warning."""
        if members.keys() <= known:
            return
        for key in sorted(members.keys() - known):
            value = members[key]
            shown = value if isinstance(value, str) else f"a JSON {_kind(value)}"
            self.warn("unknown-key", f"{where} has a key {quote(key)}: {quote(shown)}")


_REPORT_KEYS = frozenset({"organization-name", "date-range", "contact-info", "report-id", "policies"})
_RANGE_KEYS = frozenset({"start-datetime", "end-datetime"})
_ENTRY_KEYS = frozenset({"policy", "summary", "failure-details"})
_POLICY_KEYS = frozenset({"policy-type", "policy-string", "policy-domain", "mx-host", "mx-host-pattern"})
_SUMMARY_KEYS = frozenset({"total-successful-session-count", "total-failure-session-count"})
_DETAIL_KEYS = frozenset(
    {
        "result-type",
        "sending-mta-ip",
        "receiving-mx-hostname",
        "receiving-mx-helo",
        "receiving-ip",
        "failed-session-count",
        "additional-information",
        "additional-info-uri",
        "failure-reason-code",
        "failure-error-code",
    }
)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "value")


def _shown(members: _Members, key: str) -> str:
    if key not in members:
        return "missing"
    value = members[key]
    if value in ([], {}, ""):
        return "empty"
    if isinstance(value, str):
        return quote(value)
    # str(int) of thousands of digits is slow, and forbidden beyond 4300.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
        return "a number of more than 20 digits"
    return json.dumps(value) if isinstance(value, (bool, int, float)) or value is None else f"a JSON {_kind(value)}"
