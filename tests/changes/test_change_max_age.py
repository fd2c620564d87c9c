"""Rules about max_age in enforce: each by itself, at its borders."""

from datetime import timedelta

import pytest

from mtasts.level import Level
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from tests.changes.steps import DAY, NOW, SECOND, TTL, WEEK, at, facts, findings, policy, published

SHORT = policy("enforce", DAY)
LONG = policy("enforce", WEEK)


@pytest.mark.parametrize(
    ("before", "after", "blocked"),
    [
        (DAY, WEEK, False),
        (DAY, 2 * DAY, False),
        (DAY, WEEK + 1, True),
        (WEEK, 2 * WEEK, False),
        (WEEK, 2 * WEEK + 1, True),
        (WEEK, DAY, False),
        (WEEK, WEEK, False),
        (60, DAY, False),
        (60, DAY + 1, True),
        (224 * DAY, MAX_AGE_LIMIT, False),
    ],
)
def test_one_rung_a_step(before, after, blocked):
    """At most to the next rung, from wherever one stands."""
    found = findings(policy("enforce", before), policy("enforce", after), facts(), "ladder-skipped")
    assert [one.level for one in found] == [Level.BLOCK] * blocked


@pytest.mark.parametrize("code", ["ladder-skipped", "ladder-too-soon", "max-age-shortened"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (policy("testing", DAY), policy("testing", 52 * WEEK)),
        (policy("testing", 52 * WEEK), policy("testing", DAY)),
        (policy("testing", DAY), policy("enforce", 52 * WEEK)),
        (policy("enforce", DAY), policy("testing", 52 * WEEK)),
        (policy("enforce", WEEK), policy("none", DAY)),
        (None, LONG),
        (policy("none", DAY), None),
    ],
)
def test_the_ladder_is_for_enforce_alone(code, old, new):
    """Testing refuses nothing; entering and leaving enforce have other rules."""
    assert findings(old, new, facts(), code) == []


STOOD = timedelta(seconds=TTL + DAY)


@pytest.mark.parametrize(("now", "blocked"), [(at(10) + STOOD - SECOND, True), (at(10) + STOOD, False)])
def test_the_present_max_age_stands_its_whole_time(now, blocked):
    """From the moment every sender that looks gets it (TTL), to the second."""
    found = findings(SHORT, LONG, facts(published(SHORT, at(10)), now=now), "ladder-too-soon")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, at(10) + STOOD)] * blocked


def test_a_new_text_with_the_same_max_age_begins_anew():
    """Another MX list is another policy; the larger of the TTLs counts."""
    ledger = (published(SHORT, at(1), at(20)), published(policy("enforce", DAY, ("mx1.example.com",)), at(20), ttl=DAY))
    (found,) = findings(SHORT, LONG, facts(*ledger, now=at(21)), "ladder-too-soon")
    assert found.earliest == at(22)
    assert found.text == (
        "max_age 1 day is published since 2026-03-22 00:00 UTC, so its whole time is over at 2026-03-23 00:00 UTC"
    )


@pytest.mark.parametrize(
    ("before_named_until", "txt_since", "stood"),
    [
        (at(12), at(13), at(12)),
        (at(13), at(12), at(12)),
        (None, at(13), at(13)),
        (at(12), None, at(12)),
        (None, None, at(10)),
        (at(9), None, at(10)),
    ],
)
def test_it_stands_since_the_txt_record_names_it(before_named_until, txt_since, stood):
    """An update that died between body and TXT and was healed days later; the body alone is not enough."""
    before = published(policy("testing", DAY), at(0), at(10), named_until=before_named_until)
    known = facts(before, published(SHORT, at(10)), txt_since=txt_since, now=at(10))
    assert findings(SHORT, LONG, known, "ladder-too-soon")[0].earliest == stood + STOOD


@pytest.mark.parametrize(("txt_id", "blocked"), [("other", True), (None, False), ("newest", False)])
def test_a_text_that_the_txt_record_does_not_name_does_not_stand(txt_id, blocked):
    """However long the body has been served."""
    newest = published(SHORT, at(1))
    known = facts(newest, txt_id=newest.id if txt_id == "newest" else txt_id)
    found = findings(SHORT, LONG, known, "ladder-too-soon")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, None)] * blocked


@pytest.mark.parametrize(
    "ledger",
    [
        (),
        (published(policy("testing", DAY), at(1)),),
        (published(policy("enforce", DAY - 1), at(1)),),
        (published(policy("enforce", WEEK), at(1)),),
        (published(SHORT, at(1), at(2)),),
        (published("nonsense", at(1)),),
    ],
)
def test_what_is_not_known_to_be_published_has_not_stood(ledger):
    """No ledger, another mode or max_age, over already, or not readable: no date, since no time alone will do it."""
    (found,) = findings(SHORT, LONG, facts(*ledger), "ladder-too-soon")
    assert (found.level, found.earliest) == (Level.BLOCK, None)
    assert found.text == "it is not known that enforce with max_age 1 day is published"


@pytest.mark.parametrize(
    ("old", "max_age", "line"),
    [
        (policy("testing", MAX_AGE_LIMIT), WEEK, ""),
        (policy("testing", MAX_AGE_LIMIT), WEEK + 1, "max_age: 1w"),
        (policy("testing", MAX_AGE_LIMIT), MAX_AGE_LIMIT, "max_age: 1w"),
        (policy("testing", DAY), MAX_AGE_LIMIT, ""),
        (policy("testing", MAX_AGE_LIMIT, first_max_age=4 * WEEK), 4 * WEEK, ""),
        (policy("testing", MAX_AGE_LIMIT, first_max_age=4 * WEEK), 4 * WEEK + 1, "max_age: 4w"),
        (policy("testing", MAX_AGE_LIMIT, first_max_age=DAY), WEEK, "max_age: 1d"),
        (policy("testing", 2 * WEEK), 4 * WEEK, ""),
        (SHORT, MAX_AGE_LIMIT, ""),
        (None, MAX_AGE_LIMIT, ""),
    ],
)
def test_enforce_begins_short(old, max_age, line):
    """However long testing was published: a week, or what the base says; the remedy is the line to write."""
    found = findings(old, policy("enforce", max_age), facts(), "enforce-long-start")
    assert [one.level for one in found] == [Level.BLOCK] * bool(line)
    assert all(f"write `{line}`;" in one.remedy for one in found)


def test_the_change_itself_cannot_allow_a_longer_start():
    """Judged by the base: what the same change sets counts for the next one."""
    new = policy("enforce", 4 * WEEK, first_max_age=4 * WEEK)
    assert len(findings(policy("testing", 4 * WEEK), new, facts(), "enforce-long-start")) == 1


def test_a_shorter_max_age_does_not_shorten_what_is_held():
    """The date is the end of the last enforce policy that lives longer than the new one would."""
    ledger = (published(LONG, at(0), at(29)), published(policy("enforce", 2 * DAY), at(29)))
    (found,) = findings(policy("enforce", 2 * DAY), SHORT, facts(*ledger), "max-age-shortened")
    assert found.level is Level.NOTE
    assert found.earliest == at(29) + timedelta(seconds=TTL + WEEK)
    assert found.mail == "senders that keep a policy until it expires hold a longer one until 2026-04-06 00:05 UTC"
    (unknown,) = findings(LONG, SHORT, facts(ledger_read=False), "max-age-shortened")
    assert unknown.earliest is None
    (current,) = findings(LONG, SHORT, facts(published(LONG, at(1))), "max-age-shortened")
    assert current.earliest == NOW + timedelta(seconds=TTL + WEEK)


@pytest.mark.parametrize(
    ("newest", "until"),
    [
        (SHORT, at(24) + timedelta(seconds=TTL + WEEK)),
        (policy("testing", 52 * WEEK), at(24) + timedelta(seconds=TTL + WEEK)),
        ("nonsense", NOW + timedelta(seconds=TTL + MAX_AGE_LIMIT)),
    ],
)
def test_only_what_enforces_for_longer_counts(newest, until):
    """Not one of the new length that ends later, not testing; but what cannot be read."""
    ledger = (published(LONG, at(0), at(24)), published(newest, at(24)))
    (found,) = findings(policy("enforce", 2 * DAY), SHORT, facts(*ledger), "max-age-shortened")
    assert found.earliest == until
