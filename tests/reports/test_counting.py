"""What counts as evidence for enforce, one test a trap."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mtasts.history.eras import Publication
from mtasts.reports.counting import Aside, echo_reporters, weigh
from mtasts.reports.entries import entries
from mtasts.reports.stored import Trust
from mtasts.reports.tally import Sessions
from mtasts.verdict.minima import Minima, lacking, needs
from tests.reports.making import ENFORCE, TESTING, TODAY, WINDOW, detail, result, stored

PUBLISHED = Publication("id1", "\n".join(TESTING), datetime(2026, 3, 5, 10, tzinfo=UTC), None, timedelta(hours=1))


def read(*reports):
    return list(entries("example.com", WINDOW, reports))


def judge(*reports, publications=(PUBLISHED,)):
    return weigh(read(*reports), publications)


def test_a_good_report_counts():
    """Signed, sts, the policy published now, after its publication."""
    found = judge(stored(8, result(20, 0)), stored(9, result(5, 0), by="microsoft.com"))
    assert found.sessions == Sessions(25, 0)
    assert found.reporters == ("google.com", "microsoft.com")
    assert found.days == (date(2026, 3, 8), date(2026, 3, 9))
    assert len(found.report_keys) == 2
    assert (found.failing, found.look, found.aside) == ((), (), ())
    assert not found.assumed


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (stored(8, result(20, 0), trust=Trust.POSTED), Aside.UNTRUSTED),
        (stored(8, result(20, 0), trust=Trust.UNAUTHENTICATED), Aside.UNTRUSTED),
        (stored(8, result(20, 0, kind="no-policy-found", policy=())), Aside.NO_POLICY),
        (stored(8, result(20, 0, kind="tlsa", policy=("3 1 1 abc",))), Aside.TLSA),
        (stored(8, result(20, 0, kind="future-type")), Aside.OTHER_TYPE),
        (stored(8, result(20, 0, policy=ENFORCE)), Aside.OTHER_POLICY),
        (stored(8, result(20, 0, policy=(*TESTING[:2], "mx: *.example.com"))), Aside.OTHER_POLICY),
        (stored(8, result(20, 0, policy=())), Aside.NO_TEXT),
        (stored(5, result(20, 0)), Aside.TOO_EARLY),
    ],
)
def test_what_is_no_success(report, why):
    """Each of these is counted as success by somebody's tool; none of them proves anything."""
    found = judge(report)
    assert (found.sessions, found.days, found.reporters) == (Sessions(0, 0), (), ())
    assert found.aside == ((why, 1, 0),)


def test_silence_is_no_success():
    """No reports: nothing is met, nothing is claimed."""
    found = judge()
    assert found.sessions == Sessions(0, 0)
    assert [need.name for need in lacking(needs(found, Minima(), TODAY))] == [
        "days",
        "reporters",
        "sessions",
        "recency",
    ]


def test_a_report_of_zeros_is_silence():
    """Zero sessions cover no day and make nobody a reporter."""
    found = judge(stored(8, result(0, 0)))
    assert (found.days, found.reporters, found.sessions) == ((), (), Sessions(0, 0))


def test_a_failure_counts_even_when_delivered():
    """In testing mode a failed session was delivered all the same: it is a failure (RFC 8460 s4.2.1)."""
    found = judge(stored(8, result(20, 1, detail())))
    assert found.sessions == Sessions(20, 1)
    assert len(found.failing) == 1
    assert needs(found, Minima(), TODAY)[0].lack == "1 report tells of failures, last on 2026-03-08"


def test_details_beside_zero_are_failures():
    """A total of 0 with details blocks like any failure."""
    assert len(judge(stored(8, result(20, 0, detail()))).failing) == 1


def test_a_failed_fetch_counts_although_it_shows_no_policy():
    """Microsoft shows no policy when it could not be fetched: that is a failure of now."""
    found = judge(stored(8, result(0, 2, detail("sts-policy-fetch-error", 2, mx=""), policy=())))
    assert (found.sessions, len(found.failing)) == (Sessions(0, 2), 1)


def test_a_failure_under_an_earlier_policy_is_history():
    """Neither proof nor a reason to look, but counted as left out."""
    found = judge(stored(8, result(0, 5, detail(), policy=ENFORCE)))
    assert (found.failing, found.look) == ((), ())
    assert found.aside == ((Aside.OTHER_POLICY, 1, 1),)


_IN_PART = {
    "no mode": ("version: STSv1", *TESTING[2:]),
    "no mx": TESTING[:2],
    "all in one line": (" ".join(TESTING),),
    "a mode that is none": (TESTING[0], "mode: test", *TESTING[2:]),
    "the version alone": TESTING[:1],
}


@pytest.mark.parametrize("policy", _IN_PART.values(), ids=_IN_PART)
def test_a_policy_that_is_shown_in_part_is_not_another_one(policy):
    """What is shown contradicts nothing: failures are of now, and what passed proves nothing."""
    found = judge(stored(8, result(7, 2, detail(), policy=policy)), stored(9, result(5, 0, policy=policy)))
    assert (len(found.failing), found.sessions, found.days) == (1, Sessions(0, 2), ())
    assert found.aside == ((Aside.NO_TEXT, 1, 0),)
    other = judge(stored(8, result(7, 2, detail(), policy=ENFORCE[:2])))
    assert (other.failing, other.aside) == ((), ((Aside.OTHER_POLICY, 1, 1),))


def test_a_failure_that_is_told_elsewhere_is_not_said_to_be_left_out():
    """Of before the publication under the same text: it stands among the failures."""
    found = judge(stored(3, result(7, 2, detail())))
    assert (len(found.failing), found.aside) == (1, ((Aside.TOO_EARLY, 1, 0),))


def test_a_reporter_spells_the_policy_in_its_own_way():
    """U-labels, case and a last dot make no other policy: its failures do not vanish, its sessions count."""
    served = ("version: STSv1", "mode: testing", "mx: mx.xn--mller-kva.example", "max_age: 86400")
    shown = ("Version: STSv1", "Mode: Testing", "MX: MX.M\u00fcller.example.", "Max_age: 86400")
    published = Publication("id1", "\n".join(served), datetime(2026, 3, 5, 10, tzinfo=UTC), None, timedelta(hours=1))
    found = judge(stored(8, result(7, 2, detail(), policy=shown)), publications=(published,))
    assert (found.sessions, len(found.failing), found.aside) == (Sessions(7, 2), 1, ())


@pytest.mark.parametrize("trust", [Trust.POSTED, Trust.UNAUTHENTICATED])
def test_an_unauthenticated_failure_is_a_reason_to_look_not_proof(trust):
    """One poisoned report neither blocks for ever nor passes alone."""
    found = judge(stored(8, result(0, 5, detail()), trust=trust, report_id="post"), stored(8, result(10, 0)))
    assert found.failing == ()
    assert len(found.look) == 1
    assert needs(found, Minima(), TODAY)[0].met


def test_a_late_report_counts_on_its_day():
    """What comes weeks later is evidence about its own day, not about today."""
    found = judge(stored(6, result(10, 0)))
    assert found.days == (date(2026, 3, 6),)
    recency = needs(found, Minima(), TODAY)[-1]
    assert (recency.name, recency.met, recency.have) == ("recency", False, 24)


def test_another_domain_does_not_block_this_one():
    """One report about two domains: the other's failure is not ours."""
    found = judge(stored(8, result(20, 0), result(0, 9, detail(), domain="example.net")))
    assert (found.sessions, found.failing) == (Sessions(20, 0), ())


def test_duplicates_count_once():
    """The same report by mail and by post is twenty sessions, not forty."""
    mail = stored(8, result(20, 0), report_id="x")
    assert judge(mail, mail, stored(8, result(20, 0), report_id="x", trust=Trust.POSTED)).sessions == Sessions(20, 0)


def test_a_reporter_of_one_session_a_day_is_an_echo():
    """Some senders report about the mail that carried our report to them, for ever: no mail traffic."""
    echo = [stored(d, result(1, 0), by="stalwart.example.net") for d in range(8, 20)]
    found = judge(*echo, stored(9, result(3, 0)))
    assert found.reporters == ("google.com",)
    assert found.sessions == Sessions(3, 0)
    assert found.aside == ((Aside.ECHO, 12, 0),)


def test_what_is_more_than_one_session_a_day_is_no_echo():
    """Two sessions on one day, a failure, or too few days to tell: the reporter counts."""
    twice = [stored(d, result(1 + (d == 10), 0)) for d in range(8, 20)]
    failed = [stored(d, result(1, int(d == 10))) for d in range(8, 20)]
    few = [stored(d, result(1, 0)) for d in range(8, 12)]
    for reports in (twice, failed, few):
        assert echo_reporters(read(*reports)) == frozenset()


@pytest.mark.parametrize("posted", [result(900, 0), result(1, 1, detail())], ids=["successes", "a failure"])
def test_a_post_in_its_name_makes_no_proof_of_an_echo(posted):
    """Anybody can post; what counts stays what it was without the post."""
    echo = [stored(d, result(1, 0)) for d in range(8, 20)]
    found = judge(*echo, stored(9, posted, trust=Trust.POSTED))
    assert (found.sessions, found.reporters) == (Sessions(0, 0), ())
    assert (Aside.ECHO, 12, 0) in found.aside


def test_an_echo_that_fails_is_a_failure():
    """What would be too little to prove anything is enough to show a fault."""
    echo = [stored(d, result(1, 0), by="stalwart.example.net") for d in range(8, 20)]
    found = judge(*echo, stored(20, result(0, 1, detail()), by="stalwart.example.net"))
    assert len(found.failing) == 1


def test_without_publications_the_newest_policy_seen_is_assumed():
    """Nobody said what is published: the last day's policy is taken, and the evidence says so."""
    found = judge(
        stored(8, result(20, 0)),
        stored(9, result(7, 0, policy=ENFORCE)),
        stored(9, result(1, 0), by="microsoft.com"),
        publications=(),
    )
    assert found.assumed
    assert (found.policy.mode, found.sessions) == ("enforce", Sessions(7, 0))


def test_without_publications_no_failure_is_history():
    """A guess about what is published must not make a failure go away; knowing it does."""
    reports = (stored(8, result(9, 1, detail())), stored(9, result(7, 0, policy=ENFORCE)))
    guessed = judge(*reports, publications=())
    assert (guessed.sessions, len(guessed.failing)) == (Sessions(7, 0), 1)
    ledger = Publication("id2", "\n".join(ENFORCE), datetime(2026, 3, 8, 20, tzinfo=UTC), None)
    assert judge(*reports, publications=(ledger,)).failing == ()


def test_untrusted_reports_do_not_say_what_is_published():
    """A post cannot move the assumed policy."""
    found = judge(
        stored(8, result(20, 0)), stored(20, result(7, 0, policy=ENFORCE), trust=Trust.POSTED), publications=()
    )
    assert found.policy.mode == "testing"


def test_the_day_of_publication_is_too_early_and_the_edge_counts():
    """A range counts if it begins when every sender that looks gets the policy, to the second."""
    edge = Publication("id1", "\n".join(TESTING), datetime(2026, 3, 7, 23, tzinfo=UTC), None, timedelta(hours=1))
    assert judge(stored(8, result(20, 0)), publications=(edge,)).sessions == Sessions(20, 0)
    late = Publication("id1", "\n".join(TESTING), datetime(2026, 3, 7, 23, 0, 1, tzinfo=UTC), None, timedelta(hours=1))
    assert judge(stored(8, result(20, 0)), publications=(late,)).sessions == Sessions(0, 0)


@pytest.mark.parametrize(("days", "met"), [(6, False), (7, True), (8, True)])
def test_the_edge_of_enough(days, met):
    """Exactly the minimum is enough, one less is not."""
    reports = [stored(TODAY - timedelta(days=2 + n), result(20, 0)) for n in range(days)]
    found = {need.name: need for need in needs(judge(*reports, publications=()), Minima(), TODAY)}
    assert found["days"].met is met
    assert found["days"].lack == ("" if met else "1 more day to go")
    assert found["recency"].met


@pytest.mark.parametrize(("day", "met"), [(26, False), (27, True), (28, True)])
def test_the_edge_of_recent(day, met):
    """Three days ago is recent enough, four are not."""
    recency = needs(judge(stored(day, result(10, 0)), publications=()), Minima(), TODAY)[-1]
    assert (recency.have, recency.met) == (30 - day, met)


def test_minima_cannot_be_nothing():
    """A minimum of 0 would turn silence into a pass."""
    with pytest.raises(ValueError, match="at least 1"):
        Minima(days=0)


CHANGED = datetime(2026, 3, 20, 15, tzinfo=UTC)


def after_change(*reports, publications=(PUBLISHED,)):
    return weigh(read(*reports), publications, CHANGED)


def test_what_begins_before_the_last_change_proves_nothing():
    """MX hosts or certificates were others then, at least for a part of the range."""
    found = after_change(*(stored(d, result(10, 0)) for d in (19, 20, 21)))
    assert (found.days, found.sessions) == ((date(2026, 3, 21),), Sessions(10, 0))
    assert found.aside == ((Aside.TOO_EARLY, 2, 0),)


@pytest.mark.parametrize("publications", [(PUBLISHED,), ()])
def test_a_failure_before_the_change_is_history_and_one_of_its_day_is_to_be_looked_at(publications):
    """Its cause may be gone with what was changed; the day after tells."""
    before, on, later = (stored(d, result(9, 1, detail())) for d in (19, 20, 21))
    assert (after_change(before, publications=publications).failing, after_change(before).look) == ((), ())
    assert [entry.day.day for entry in after_change(on, publications=publications).look] == [20]
    assert [entry.day.day for entry in after_change(later, publications=publications).failing] == [21]


def test_a_failure_of_the_day_of_publication_is_of_now_if_nobody_asked_that_before():
    """The sender had applied this very policy. After a roll-back it may be of the first time."""
    failure = stored(5, result(9, 1, detail()))
    assert len(judge(failure).failing) == 1
    again = Publication("id0", "\n".join(TESTING), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 9, tzinfo=UTC))
    found = judge(failure, publications=(again, PUBLISHED))
    assert (len(found.failing), len(found.look)) == (0, 1)


def test_only_good_sessions_make_a_day_and_a_reporter():
    """A failure that is waived must not stand in for what was never seen to work."""
    found = judge(stored(8, result(0, 4, detail())), stored(9, result(3, 0), by="microsoft.com"))
    assert (found.days, found.reporters) == ((date(2026, 3, 9),), ("microsoft.com",))
    assert {need.name: need.have for need in needs(found, Minima(), TODAY)}["sessions"] == 3


def test_failures_of_dane_do_not_stand_in_the_way():
    """Going on to enforce loses none of that mail (RFC 8461 s2)."""
    assert needs(judge(stored(8, result(9, 1, detail("tlsa-invalid")))), Minima(), TODAY)[0].met
