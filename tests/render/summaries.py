"""Summaries for tests of renderers: an ordinary month, and one in which every foreign text is hostile."""

from datetime import UTC, date, datetime

from mtasts.history.eras import Publication
from mtasts.protocol.problem import Problem, Severity
from mtasts.reports.stored import Trust
from mtasts.reports.summary import summarise
from tests.reports.making import ENFORCE, TESTING, TODAY, WINDOW, detail, result, stored

PUBLICATIONS = (
    Publication(
        "20260201080000a1b2c3d4",
        "\r\n".join(TESTING),
        datetime(2026, 2, 1, 8, tzinfo=UTC),
        datetime(2026, 3, 10, 9, tzinfo=UTC),
    ),
    Publication("20260310090000e5f6a7b8", "\r\n".join(ENFORCE), datetime(2026, 3, 10, 9, tzinfo=UTC), None),
)
MADE = datetime(2026, 3, 30, 9, 12, tzinfo=UTC)


def month(publications=PUBLICATIONS):
    """Two reporters, a gap, failures before and after the switch, DANE beside, and one post."""
    reports = []
    for day in range(1, 30):
        if day in (15, 16):
            continue
        policy = TESTING if day < 10 else ENFORCE
        failed = [detail("starttls-not-supported", 3, "mx2.example.com", "", "192.0.2.25")] if day in (4, 20) else []
        reports.append(stored(day, result(400 + day, 3 * len(failed), *failed, policy=policy)))
        if day < 29:
            other = [result(150, 0, policy=policy), result(150, 0, kind="tlsa", policy=())]
            reports.append(stored(day, *other, by="microsoft.com", name="Microsoft Corporation"))
    bad = result(5, 4, detail("certificate-expired", 4), policy=ENFORCE)
    reports.append(stored(12, bad, by="posted.example", name="Nobody", trust=Trust.POSTED))
    return summarise("example.com", WINDOW, reports, publications)


def silent():
    """No report at all."""
    return summarise("silent.example.com", WINDOW, [])


def hostile(text, domain="example.com"):
    """Every field that a reporter may fill holds `text`."""
    bad = detail(text, 3, text, text, text)
    tolerance = Problem(Severity.WARNING, text, text, "RFC 8460 s4.4")
    policy = ("version: STSv1", f"mode: {text}", f"mx: {text}", "max_age: 86400")
    entries = [
        result(5, 3, bad, domain=domain, policy=policy, mx_host=(text,)),
        result(5, 3, bad, domain=domain, kind=text, policy=policy),
    ]
    return summarise(
        domain,
        WINDOW,
        [
            stored(12, *entries, by=text, name=text, report_id=text, warnings=(tolerance,), hint=domain),
            stored(13, *entries, by=text + "2", name=text, report_id=text, trust=Trust.POSTED, hint=domain),
        ],
        (Publication(text, "\n".join(policy), datetime(2026, 3, 2, tzinfo=UTC), None),),
    )


assert date(2026, 3, 30) == TODAY
