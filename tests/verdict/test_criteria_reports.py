"""Reporters for whom nobody vouches: what they cannot do to a verdict, whatever they send and however many they are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.policy.settings import RolloutSettings, Waiver
from mtasts.reports.plausible import OUTLIER
from mtasts.reports.stored import Trust
from mtasts.verdict.criterion import ReadyState
from tests.reports.making import detail, result, stored
from tests.verdict.fortnight import NOW, failed, march, policy, reports, text_of, verdict

EXPIRED = detail("certificate-expired", mx="mail.example.com")
LINES = tuple(text_of().splitlines())
MANY = 10**12

_names = st.one_of(
    st.integers(0, 30).map(lambda number: f"s{number}.example"),
    st.integers(0, 30).map(lambda number: f"mail{number}.one.example"),
    st.sampled_from(("shop.co.uk", "other.co.uk", "x.google.com", "gmail.com", "a.github.io", "b.github.io")),
)
_kinds = st.sampled_from((EXPIRED, detail("validation-failure", mx="other.example.net"), None))


@st.composite
def strangers(draw):
    """Any number of reports by strangers, good and bad, each signed by whom it names."""
    found = []
    for number in range(draw(st.integers(1, 25))):
        by, day = draw(_names), draw(st.integers(9, 30))
        ok, bad, what = draw(st.sampled_from((0, 1, 20, MANY))), draw(st.sampled_from((0, 0, 1, 900))), draw(_kinds)
        lines = draw(st.sampled_from((LINES, LINES, LINES, (), tuple(text_of(mx=("evil.example",)).splitlines()))))
        said = result(ok, bad, *([what] if what and bad else []), policy=lines)
        found.append(stored(day, said, by=by, name="Google Inc.", report_id=f"{number}"))
    return found


_few = st.builds(
    lambda by, first, last, ok: reports(first, last, ok=ok, by=by),
    st.sampled_from(((), ("google.com",), ("google.com", "microsoft.com"), ("google.com", "microsoft.com", "mail.ru"))),
    st.integers(16, 24),
    st.integers(22, 28),
    st.integers(0, 20),
)
_bad = st.sampled_from(([], [], [], [failed(20, EXPIRED)], [failed(25, EXPIRED, by="google.com", report_id="bad")]))


@given(few=_few, bad=_bad, more=strangers())
def test_strangers_open_nothing_and_shut_nothing(few, bad, more):
    """Wrong stays wrong; what passes goes on passing; too little is enough only where four fifths are vouched for."""
    before, after = verdict([*few, *bad]), verdict([*few, *bad, *more])

    if before.state is ReadyState.NOT_READY:
        assert after.state is ReadyState.NOT_READY
    if before.ready:
        assert after.state in (ReadyState.READY, ReadyState.LOOK)
    if before.state is ReadyState.NOT_ENOUGH and after.ready:
        have = {criterion.code: criterion.have for criterion in before.criteria}
        need = RolloutSettings()
        assert have["reporters"] * 5 >= need.reporters * 4
        assert have["days"] * 5 >= need.days * 4
        assert have["sessions"] * 5 >= need.sessions * 4
        assert next(criterion for criterion in before.criteria if criterion.code == "last-day").met


@given(more=strangers())
def test_strangers_alone_are_never_enough(more):
    """However many, for however long; also where a single reporter is all that is asked for."""
    always = reports(by=tuple(f"s{number}.example" for number in range(40)))
    for yaml in (policy(), policy(reporters=1, sessions=1, days=1)):
        found = verdict([*always, *more], yaml=yaml)
        assert found.state is ReadyState.NOT_ENOUGH
        assert found.evidence.successes == 0


def test_a_strangers_failure_asks_for_a_look_and_expires_with_nothing():
    """It is named with who tells of it, and the verdict passes for its usual day."""
    found = verdict([*reports(), failed(27, EXPIRED, by="evil.example")])

    assert (found.state, found.ready, found.reasons) == (ReadyState.LOOK, True, ())
    (asked,) = found.to_look
    assert asked.missing == "certificate-expired at mail.example.com, only evil.example says so; not blocking"
    assert found.expires_at == NOW + timedelta(hours=24)
    assert found.holds_at(NOW)


@pytest.mark.parametrize("details", [(EXPIRED,), ()])
def test_a_stranger_every_day_keeps_nothing_down(details):
    """Another domain each day, with a reason or without."""
    daily = [failed(day, *details, by=f"d{day}.example") for day in range(16, 30)]
    assert verdict([*reports(), *daily]).state is ReadyState.LOOK


def test_what_somebody_known_tells_of_too_blocks_and_names_both():
    """The same result type at the same host; another one stays a look."""
    both = verdict([*reports(), failed(26, EXPIRED), failed(27, EXPIRED, by="evil.example")])
    assert both.state is ReadyState.NOT_READY
    assert next(criterion for criterion in both.criteria if criterion.code == "failures").have == 2
    other = failed(27, detail("validation-failure"), by="evil.example")
    apart = verdict([*reports(), failed(26, EXPIRED), other])
    assert [criterion.code for criterion in apart.to_look] == ["strangers"]


def test_trust_makes_a_stranger_count():
    """With every name below it, good word and bad; not what lies beside it."""
    said = reports(by=("mail.friend.example", "google.com"))
    assert verdict(said).state is ReadyState.NOT_ENOUGH
    trusting = policy(trusted_reporters=("friend.example",))
    assert verdict(said, yaml=trusting).state is ReadyState.READY
    assert verdict(said, yaml=policy(trusted_reporters=("x.friend.example",))).state is ReadyState.NOT_ENOUGH
    assert verdict([*said, failed(27, EXPIRED, by="friend.example")], yaml=trusting).state is ReadyState.NOT_READY


def test_trust_is_not_for_what_nobody_signed():
    """Who is trusted is told by a signature; a file that the operator hands over needs none."""
    trusting = policy(trusted_reporters=("friend.example",), reporters=1)
    for trust, state in (
        (Trust.UNAUTHENTICATED, ReadyState.NOT_ENOUGH),
        (Trust.POSTED, ReadyState.NOT_ENOUGH),
        (Trust.LOCAL, ReadyState.READY),
    ):
        assert verdict(reports(by=("friend.example",), trust=trust), yaml=trusting).state is state


def test_what_was_handed_over_weighs_more_where_it_is_bad():
    """A file needs no signature: its failure blocks, whoever it names; its good word is that of the name it bears."""
    handed = {"trust": Trust.LOCAL}
    assert verdict([*reports(), failed(27, EXPIRED, by="small.example", **handed)]).state is ReadyState.NOT_READY
    assert verdict(reports(by=("a.example", "b.example"), **handed)).state is ReadyState.NOT_ENOUGH
    assert verdict(reports(**handed)).state is ReadyState.READY
    trusting = policy(trusted_reporters=("a.example", "b.example"))
    assert verdict(reports(by=("a.example", "b.example"), **handed), yaml=trusting).state is ReadyState.READY


def test_a_failure_that_was_handed_over_makes_a_strangers_stand():
    """Both tell of the same host."""
    found = verdict(
        [
            *reports(),
            failed(26, EXPIRED, by="small.example", trust=Trust.LOCAL),
            failed(27, EXPIRED, by="evil.example"),
        ]
    )
    assert next(criterion for criterion in found.criteria if criterion.code == "failures").have == 2


def test_the_verdict_says_whom_to_trust():
    """A domain of which only strangers report learns why it is not ready, and what it can do."""
    found = verdict(reports(by=("a.example", "b.example")))
    remedies = {criterion.code: criterion.remedy for criterion in found.criteria if not criterion.met}
    assert "trust those of the reporters that you know (`rollout.trusted_reporters`)" in remedies["reporters"]
    assert (
        "neither known nor trusted, so a fifth together at most, and nothing alone: a.example, b.example" in found.notes
    )
    assert found.evidence.strangers == ("a.example", "b.example")


def test_hosts_of_one_organization_are_one_reporter():
    """Also under a suffix of two labels; two customers of such a suffix are two."""
    trusting = policy(trusted_reporters=("one.co.uk", "two.co.uk"))
    same = verdict(reports(by=("a.one.co.uk", "b.one.co.uk")), yaml=trusting)
    assert (same.state, same.evidence.reporters) == (ReadyState.NOT_ENOUGH, ("one.co.uk",))
    assert verdict(reports(by=("a.one.co.uk", "b.two.co.uk")), yaml=trusting).state is ReadyState.READY


def test_an_absurd_count_is_capped_by_what_others_say():
    """One reporter's days count ten times the other's ordinary day at most, whoever it is."""
    said = [*reports(20, 26, ok=MANY, by=("google.com",)), *reports(28, 28, ok=1, by=("microsoft.com",))]
    found = verdict(said)
    assert found.evidence.successes == 7 * OUTLIER + 1
    assert (found.state, [one.code for one in found.in_the_way]) == (ReadyState.NOT_ENOUGH, ["sessions"])
    assert any("count as proof" in note for note in found.notes)


def test_a_waiver_covers_a_reporter_with_its_names_and_nobody_beside():
    """By registrable domain; a waiver for a public suffix covers nobody below it."""
    until = march(30).date()
    for named, told, covered in (
        ("example.net", "mail.example.net", True),
        ("mail.example.net", "example.net", True),
        ("example.net", "notexample.net", False),
        ("one.co.uk", "two.co.uk", False),
        ("co.uk", "two.co.uk", False),
        ("net", "example.net", False),
    ):
        assert Waiver("", "", named, "known", until).covers("certificate-expired", "mx", told) is covered
