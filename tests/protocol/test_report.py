"""TLS reports: every shape that reporters send, what is refused, and that nothing crashes the reader."""

import contextlib
import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.protocol.problem import Reading, Severity
from mtasts.protocol.report import (
    REPORT_BYTES_LIMIT,
    RESULT_TYPES,
    FailureDetail,
    PolicyResult,
    Report,
    read_report,
)
from mtasts.protocol.report_fields import oddities
from mtasts.protocol.report_tolerant import Refused, read_tolerant
from mtasts.protocol.report_wire import read_exact

CASES = Path(__file__).parents[1] / "cases" / "reports"
INDEX = json.loads((CASES / "INDEX.json").read_text())["cases"]
GOOD = [case for case in INDEX if "error" not in case]
BAD = [case for case in INDEX if "error" in case]


def _body(case: dict[str, Any]) -> bytes:
    return (CASES / case["file"]).read_bytes()


def test_every_case_file_is_in_the_index() -> None:
    """A case nobody reads proves nothing."""
    assert sorted(path.name for path in CASES.glob("*.json")) == sorted(
        ["INDEX.json", *(case["file"] for case in INDEX)]
    )


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["file"])
def test_known_shapes_are_read_as_expected(case: dict[str, Any]) -> None:
    """Each shape gives the totals, the warnings and the fields that its index entry expects, and no error."""
    reading = read_report(_body(case))
    assert reading.value is not None, reading.problems
    policies = reading.value.policies
    assert [[p.policy_type, p.policy_domain, p.successes, p.failures] for p in policies] == case["totals"]
    assert sorted({problem.code for problem in reading.problems}) == case["warnings"]
    assert {problem.severity for problem in reading.problems} <= {Severity.WARNING}
    details = [detail for policy in policies for detail in policy.details]
    seen = {
        "reason": details[0].failure_reason_code if details else "",
        "mx": details[0].receiving_mx_hostname if details else "",
        "information": details[0].additional_information if details else "",
        "start": reading.value.start.isoformat(),
        "day": reading.value.day.isoformat(),
        "lines": list(policies[0].policy_string),
    }
    for key in seen.keys() & case.keys():
        assert seen[key] == case[key], key


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["file"])
def test_what_cannot_be_counted_is_refused(case: dict[str, Any]) -> None:
    """One error with the expected code, and no value."""
    reading = read_report(_body(case))
    assert reading.value is None
    assert [problem.code for problem in reading.problems] == [case["error"]]
    assert reading.problems[0].severity is Severity.ERROR


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["file"])
def test_strict_refuses_exactly_the_deviations(case: dict[str, Any]) -> None:
    """Strict mode takes what RFC 8460 allows, oddities included, and nothing else."""
    allowed = {"unknown-result-type", "details-without-failures", "period-long"}
    reading = read_report(_body(case), strict=True)
    assert (reading.value is None) == bool(set(case["warnings"]) - allowed)
    errors = {problem.code for problem in reading.problems if problem.severity is Severity.ERROR}
    assert errors == set(case["warnings"]) - allowed


def test_appendix_b_to_the_last_field() -> None:
    """The RFC's own example, whole."""
    reading = read_report((CASES / "rfc8460-appendix-b.json").read_bytes())
    lines = ("version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400")
    link = "https://reports.company-x.example/report_info?id=5065427c-23d3#StarttlsNotSupported"
    assert reading.value == Report(
        "Company-X",
        "sts-reporting@company-x.example",
        "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
        datetime(2016, 4, 1, tzinfo=UTC),
        datetime(2016, 4, 1, 23, 59, 59, tzinfo=UTC),
        (
            PolicyResult(
                "sts",
                "company-y.example",
                lines,
                ("*.mail.company-y.example",),
                5326,
                303,
                (
                    FailureDetail("certificate-expired", 100, "2001:db8:abcd:0012::1", "mx1.mail.company-y.example"),
                    FailureDetail(
                        "starttls-not-supported",
                        200,
                        "2001:db8:abcd:0013::1",
                        "mx2.mail.company-y.example",
                        "",
                        "203.0.113.56",
                        link,
                    ),
                    FailureDetail(
                        "validation-failure",
                        3,
                        "198.51.100.62",
                        "mx-backup.mail.company-y.example",
                        "",
                        "203.0.113.58",
                        "",
                        "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
                    ),
                ),
            ),
        ),
    )
    assert reading.value.day == date(2016, 4, 1)


def test_values_are_frozen() -> None:
    """Nobody changes a report after it was read."""
    report = read_report((CASES / "google-success.json").read_bytes()).value
    assert report is not None
    with pytest.raises(AttributeError):
        report.report_id = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{" + b" " * REPORT_BYTES_LIMIT + b"}", "too-big"),
        (b"[" * 100_000 + b"]" * 100_000, "nested-too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested-too-deep"),
        (b'{"policies":[' + b"[]," * 700_000 + b"[]]}", "too-many-values"),
        (b'{"date-range":{"start-datetime":1' + b"0" * 5000 + b"}}", "not-json"),
    ],
)
def test_bombs_are_refused(body: bytes, code: str) -> None:
    """Size, nesting and number of values are bounded."""
    reading = read_report(body)
    assert reading.value is None
    assert reading.problems[0].code == code


def test_more_policies_or_details_than_allowed_are_refused() -> None:
    """Honest reports hold a handful."""
    document = json.loads((CASES / "google-failure.json").read_bytes())
    many = copy.deepcopy(document)
    many["policies"] *= 1001
    assert [p.code for p in read_report(json.dumps(many).encode()).problems] == ["too-many-policies"]
    document["policies"][0]["failure-details"] *= 50_001
    assert read_report(json.dumps(document).encode()).problems[0].code == "too-many-details"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01T23:59:60Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-01T24:00:00Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-01T24:00Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T00:00Z", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T02:00:00+0200", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02 00:00:00 UTC", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T00:00:00GMT", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-01T24:00:01Z", None),
        ("2026-02-29T23:59:60Z", None),
        ("2026-03-01T25:00Z", None),
        ("2026-03-01T00:00:00 CET", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T24:00:00Z", None),
    ],
)
def test_moments_that_need_no_guess_are_read(written: str, moment: datetime | None) -> None:
    """A whole day's report is not lost for the way in which its end is written."""
    document = json.loads((CASES / "rfc8460-appendix-b.json").read_text())
    document["date-range"] = {"start-datetime": "2026-03-01T00:00:00Z", "end-datetime": written}
    reading = read_report(json.dumps(document).encode())
    assert (reading.value and reading.value.end) == moment
    assert "date-form" in {problem.code for problem in reading.problems} or moment is None


@pytest.mark.parametrize("written", [" example.com ", "Example.COM..", "example.com.", "\texample.com"])
def test_a_domain_is_found_whatever_stands_around_it(written: str) -> None:
    """Filed under another name, the report would be in no answer about the domain."""
    document = json.loads((CASES / "rfc8460-appendix-b.json").read_text())
    document["policies"][0]["policy"]["policy-domain"] = written
    reading = read_report(json.dumps(document).encode())
    assert reading.value is not None
    assert reading.value.policies[0].policy_domain == "example.com"
    assert ("policy-domain-form" in {problem.code for problem in reading.problems}) == (written != "example.com.")


def test_long_text_is_cut_with_a_mark() -> None:
    """A field of a megabyte would swell every index."""
    document = json.loads((CASES / "google-success.json").read_bytes())
    document["organization-name"] = "x" * 100_000
    reading = read_report(json.dumps(document).encode())
    assert reading.value is not None
    assert reading.value.organization_name == "x" * 999 + "…"
    assert [problem.code for problem in reading.problems] == ["long-text"]


def test_a_lone_surrogate_can_be_written_again() -> None:
    """JSON can spell half a character; no file or terminal could take it."""
    document = json.loads((CASES / "google-success.json").read_bytes())
    document["organization-name"] = "half \ud800"
    reading = read_report(json.dumps(document).encode())
    assert reading.value is not None
    assert reading.value.organization_name.encode("utf-8") == b"half ?"


_text = st.text(max_size=12)
_host = st.sampled_from(["mx1.example.com", "MX1.example.com", "mx.example.net.", "", "büro.example", "a_b.example"])
_count = st.integers(0, 10**12)
_detail = st.fixed_dictionaries(
    {"result-type": st.sampled_from([*RESULT_TYPES, "other"]), "failed-session-count": _count},
    optional={
        "sending-mta-ip": _text,
        "receiving-mx-hostname": _host,
        "receiving-mx-helo": _text,
        "receiving-ip": _text,
        "additional-information": _text,
        "failure-reason-code": _text,
    },
)
_policy = st.fixed_dictionaries(
    {
        "policy-type": st.sampled_from(["sts", "tlsa", "no-policy-found", "other", ""]),
        "policy-domain": st.sampled_from(["example.com", "Example.Net.", "bücher.example", "a_b.example", "", "x y"]),
    },
    optional={"policy-string": st.lists(_text, max_size=3), "mx-host": st.lists(_host, max_size=3)},
)
_entry = st.fixed_dictionaries(
    {
        "policy": _policy,
        "summary": st.fixed_dictionaries(
            {"total-successful-session-count": _count, "total-failure-session-count": _count}
        ),
    },
    optional={"failure-details": st.lists(_detail, max_size=3)},
)
_moment = st.sampled_from(
    ["2026-03-01T00:00:00Z", "2026-03-01t23:59:59z", "2026-03-02T00:00:00+05:30", "2026-03-01T10:00:00.25Z"]
)
_report = st.fixed_dictionaries(
    {
        "organization-name": _text,
        "date-range": st.fixed_dictionaries({"start-datetime": _moment, "end-datetime": _moment}),
        "contact-info": _text,
        "report-id": _text,
        "policies": st.lists(_entry, min_size=1, max_size=3),
    }
)


@settings(max_examples=300)
@given(_report, st.booleans())
def test_both_readers_agree(document: dict[str, Any], ascii_only: bool) -> None:
    """What the fast reader takes, the tolerant one reads alike: same report, same problems, same order."""
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")
    exact = read_exact(body)
    report, problems = read_tolerant(body)
    problems += oddities(report)
    if exact is not None:
        assert exact == (report, problems)
    assert read_report(body) == Reading(report, tuple(problems))


def test_the_fast_reader_takes_the_common_shapes() -> None:
    """Without this the agreement above could be one of nothing."""
    for name in ("google-success", "google-no-policy", "google-failure", "microsoft-sts", "several-domains", "offset"):
        assert read_exact((CASES / f"{name}.json").read_bytes()) is not None, name


@settings(max_examples=200)
@given(_report, st.data())
def test_a_duplicate_key_is_never_taken_silently(document: dict[str, Any], data: st.DataObject) -> None:
    """Wherever a key comes twice, the fast reader leaves the report to the tolerant one, which warns."""
    body = json.dumps(document, ensure_ascii=False)
    key = data.draw(st.sampled_from(["report-id", "contact-info", "policy-type", "total-failure-session-count"]))
    value = json.dumps(document.get(key, "sts")) if key != "total-failure-session-count" else "0"
    doubled = body.replace(f'"{key}": ', f'"{key}": {value}, "{key}": ', 1).encode()
    assert read_exact(doubled) is None
    assert "duplicate-key" in {problem.code for problem in read_report(doubled).problems}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(_report, _json, st.data())
def test_any_value_in_any_place_is_read_or_refused(document: dict[str, Any], value: Any, data: st.DataObject) -> None:
    """Whatever JSON a reporter puts in place of a field: a report or one error, never an exception."""
    spot: Any = document
    while True:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(spot[key], (dict, list)) or not spot[key] or data.draw(st.booleans()):
            break
        spot = spot[key]
    spot[key] = value
    reading = read_report(json.dumps(document).encode("utf-8", "replace"))
    assert (reading.value is None) == any(p.severity is Severity.ERROR for p in reading.problems)


@settings(max_examples=300)
@given(st.sampled_from(INDEX), st.integers(0, 3000), st.binary(max_size=4), st.integers(0, 6))
def test_bytes_changed_anywhere_never_crash_the_reader(case: Any, place: int, put: bytes, cut: int) -> None:
    """A bad byte gives a report or an error, and the tolerant reader raises nothing but Refused."""
    body = _body(case)
    changed = body[:place] + put + body[place + cut :]
    read_report(changed)
    read_report(changed, strict=True)
    with contextlib.suppress(Refused):
        read_tolerant(changed)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_never_crash_the_reader(body: bytes) -> None:
    """Noise is refused."""
    assert read_report(body).value is None
