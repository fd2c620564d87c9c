"""The whole summary of a domain: sums, days, gaps, eras, trust and what must be said beside them."""

import random
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.history.eras import Publication
from mtasts.protocol.problem import Problem, Severity
from mtasts.reports.stored import Trust
from mtasts.reports.summary import summarise
from mtasts.reports.tally import Sessions
from mtasts.reports.window import Gap, Window
from tests.reports.making import ENFORCE, TESTING, WINDOW, detail, result, stored


def codes(summary):
    return [note.code for note in summary.notes]


def every_day(*, until=28, **given_as):
    return [stored(d, result(10, 0), **given_as) for d in range(1, until + 1)]


def test_a_quiet_good_month():
    """28 closed days known, today and yesterday open: nothing to say."""
    summary = summarise("Example.COM.", WINDOW, every_day())
    assert summary.domain == "example.com"
    assert summary.counts.sts == Sessions(280, 0)
    assert (len(summary.covered), summary.gaps, summary.failures, summary.notes) == (28, (), (), ())
    assert summary.trust == ((Trust.AUTHENTICATED, 28),)
    assert summary.name_of("google.com") == "Google Inc."


def test_silence_is_said():
    """A domain without any report is neither good nor bad, and the summary says so."""
    summary = summarise("example.com", WINDOW, [])
    assert codes(summary) == ["no-reports"]
    assert summary.gaps == (Gap(date(2026, 3, 1), date(2026, 3, 28)),)


def test_opportunistic_tls_covers_no_day():
    """no-policy-found and tlsa are sessions of their own, and days with only these are not covered."""
    summary = summarise(
        "example.com",
        WINDOW,
        [stored(3, result(9, 0, kind="no-policy-found", policy=())), stored(4, result(9, 0, kind="tlsa", policy=()))],
    )
    assert (summary.counts.no_policy, summary.counts.tlsa) == (Sessions(9, 0), Sessions(9, 0))
    assert (summary.counts.sts, summary.covered) == (Sessions(0, 0), ())
    assert codes(summary) == ["nothing-validated"]


def test_an_end_of_silence_is_said():
    """Reports that stop mean that the pipe is broken, not that all is well."""
    summary = summarise("example.com", WINDOW, every_day(until=20))
    assert codes(summary) == ["silent-end"]
    assert summary.gaps == (Gap(date(2026, 3, 21), date(2026, 3, 28)),)
    assert codes(summarise("example.com", WINDOW, every_day(until=28))) == []


def test_untrusted_reports_are_shown_apart():
    """Posted and unsigned reports are in no sum but their own."""
    summary = summarise(
        "example.com",
        WINDOW,
        [
            *every_day(),
            stored(3, result(1000, 7, detail()), by="evil.example", trust=Trust.POSTED),
            stored(3, result(0, 1), by="unsigned.example", trust=Trust.UNAUTHENTICATED),
        ],
    )
    assert summary.counts.sts == Sessions(280, 0)
    assert summary.failures == ()
    assert summary.untrusted.counts.sts == Sessions(1000, 8)
    assert summary.untrusted.reporters == ("evil.example", "unsigned.example")
    assert len(summary.untrusted.failures) == 2
    assert codes(summary) == ["not-counted", "not-counted"]
    assert [line.key for line in summary.reporters] == ["google.com"]


def test_contradictions_and_oddities_are_said():
    """Each kind of doubtful report has its own note."""
    tolerance = Problem(Severity.WARNING, "count-as-text", "a count is a string", "RFC 8460 s4.4")
    summary = summarise(
        "example.com",
        WINDOW,
        [
            *every_day(),
            stored(3, result(5, 0, detail()), by="zero.example"),
            stored(4, result(5, 9, detail(sessions=2)), by="short.example"),
            stored(5, result(5, 0), by="week.example", hours=7 * 24),
            stored(6, result(5, 0), by="odd.example", warnings=(tolerance,)),
            stored(7, result(5, 0, kind="sts-ng"), by="new.example"),
            *[stored(d, result(1, 0), by="echo.example") for d in range(1, 8)],
        ],
    )
    assert codes(summary) == [
        "failures-beside-zero",
        "details-short",
        "long-range",
        "echo",
        "unknown-policy-type",
        "read-with-tolerance",
    ]


def test_a_report_from_the_future_is_said():
    """A day that has not come yet cannot be known."""
    window = Window(date(2026, 3, 1), date(2026, 4, 10), date(2026, 3, 30))
    assert "future" in codes(summarise("example.com", window, [*every_day(), stored(date(2026, 4, 2), result(5, 0))]))


def test_eras_by_text_and_by_publication():
    """Without a ledger policies are told apart by their text; with one, a returning text has its own id."""
    reports = [
        stored(3, result(10, 0)),
        stored(12, result(5, 1, detail(), policy=ENFORCE)),
        stored(22, result(7, 0)),
    ]
    by_text = summarise("example.com", WINDOW, reports)
    assert [(e.policy.mode, e.line.counts.sts) for e in by_text.policies] == [
        ("testing", Sessions(17, 0)),
        ("enforce", Sessions(5, 1)),
    ]
    moments = [datetime(2026, 3, d, tzinfo=UTC) for d in (1, 10, 20)]
    ledger = (
        Publication("id1", "\n".join(TESTING), moments[0], moments[1]),
        Publication("id2", "\n".join(ENFORCE), moments[1], moments[2]),
        Publication("id3", "\n".join(TESTING), moments[2], None),
    )
    by_id = summarise("example.com", WINDOW, reports, ledger)
    assert [(e.publication.id, e.line.counts.sts) for e in by_id.policies] == [
        ("id1", Sessions(10, 0)),
        ("id2", Sessions(5, 1)),
        ("id3", Sessions(7, 0)),
    ]
    assert by_id.evidence.sessions == Sessions(7, 0)


_POOL = [
    stored(d, result(n, f, *([detail(sessions=f)] if f else []), kind=kind), by=by, trust=trust, report_id=str(i))
    for i, (d, n, f, kind, by, trust) in enumerate(
        (d, d * 3 % 7, d % 3, kind, by, trust)
        for d in (1, 2, 9, 28, 30)
        for kind in ("sts", "tlsa", "no-policy-found")
        for by in ("google.com", "microsoft.com")
        for trust in (Trust.AUTHENTICATED, Trust.POSTED)
    )
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(range(len(_POOL))), max_size=60), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(picked, chance: random.Random):
    """Whatever the order and however often each report comes, the summary is the same to the last field."""
    reports = [_POOL[i] for i in picked]
    straight = summarise("example.com", WINDOW, reports)
    again = reports + chance.sample(reports, len(reports) // 2)
    chance.shuffle(again)
    assert summarise("example.com", WINDOW, again) == straight
