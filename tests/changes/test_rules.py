"""The change rules together: whole journeys, and what holds of every change."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.changes import rules, stack_rules
from mtasts.changes.facts import Facts
from mtasts.changes.rules import RULES, Level, allowed, judge_change
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.words.moments import not_before
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, codes, facts, policy, published

THIRD = "mx3.example.com"
ENFORCE, TESTING, NONE = policy(), policy("testing", DAY), policy("none", DAY)
SWAPPED = policy(mx=(MX[0], THIRD))


def test_codes_are_stable_words_used_once():
    """They are public: `--json` carries them, the docs list them."""
    names = [rule.code for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz-") for name in names)
    assert all(rule.source.startswith(("ours: ", "RFC ")) for rule in RULES)


def test_the_gravest_comes_first():
    """Blocks, then warnings, then notes."""
    new = policy("enforce", WEEK, (*MX, THIRD), rua=())
    levels = [one.level for one in judge_change(TESTING, new, facts(published(TESTING, at(0)), ready=False))]
    assert levels == sorted(levels, key=list(Level).index)
    assert set(levels) == set(Level)


def test_a_rule_can_be_left_out():
    """The simulation shows so what each rule is for."""
    known = facts(published(TESTING, at(0)), ready=False)
    new = policy("enforce", DAY)
    assert not allowed(judge_change(TESTING, new, known))
    assert allowed(judge_change(TESTING, new, known, [rule for rule in RULES if rule.code != "enforce-unproven"]))


def test_a_change_is_of_one_domain():
    """Two domains, or none, are a slip of the caller."""
    with pytest.raises(ValueError, match="one mail domain"):
        judge_change(None, None, facts())
    with pytest.raises(ValueError, match="one mail domain"):
        judge_change(ENFORCE, dataclasses.replace(ENFORCE, domain="example.net"), facts())


@pytest.mark.parametrize(
    ("old", "new", "known", "expected"),
    [
        (None, TESTING, facts(), []),
        (TESTING, policy("enforce", DAY), facts(published(TESTING, at(0))), []),
        (TESTING, ENFORCE, facts(published(TESTING, at(0))), ["block enforce-max-age"]),
        (policy(max_age=DAY), ENFORCE, facts(published(policy(max_age=DAY), at(0))), []),
        (policy(max_age=DAY), ENFORCE, facts(published(policy(max_age=DAY), at(30))), ["block ladder-too-soon"]),
        (ENFORCE, ENFORCE, facts(published(ENFORCE, at(0))), []),
        (ENFORCE, policy(mx=(*MX, THIRD)), facts(published(ENFORCE, at(0))), ["note mx-added"]),
        (ENFORCE, SWAPPED, facts(published(ENFORCE, at(0))), ["block mx-removed-too-early", "note mx-added"]),
        (ENFORCE, TESTING, facts(published(ENFORCE, at(0))), ["note rollback"]),
        (ENFORCE, NONE, facts(published(ENFORCE, at(0))), ["note rollback"]),
        (ENFORCE, None, facts(published(ENFORCE, at(0))), ["block removal-mode"]),
        (NONE, None, facts(published(ENFORCE, at(0), at(29)), published(NONE, at(29))), ["block removal-too-early"]),
        (NONE, None, facts(published(ENFORCE, at(0), at(2)), published(NONE, at(2))), []),
    ],
)  # fmt: skip
def test_a_life_step_by_step(old, new, known, expected):
    """What is said of the ordinary steps, and nothing else is."""
    assert codes(old, new, known) == expected


POLICIES = st.builds(
    policy,
    st.sampled_from(["testing", "enforce", "none"]),
    st.sampled_from([60, DAY, WEEK, 2 * WEEK, 52 * WEEK]),
    st.sampled_from([MX, MX[:1], (*MX, THIRD), ("*.example.com",), (THIRD,)]),
    ttl=st.sampled_from([60, TTL, DAY]),
    hold=st.sampled_from(["", "a reason"]),
    adopted=st.sampled_from(["", "a reason"]),
)


@st.composite
def known_facts(draw: st.DrawFn) -> Facts:
    """Anything that can be known or not."""
    days = sorted(draw(st.lists(st.integers(0, 30), max_size=4, unique=True)))
    ledger = []
    for day, following in zip(days, [*days[1:], None], strict=False):
        end = None if following is None else at(following)
        ledger.append(published(draw(POLICIES), at(day), end, named_until=draw(st.sampled_from([None, end]))))
    return facts(
        *ledger,
        ledger_read=draw(st.booleans()),
        mx_hosts=draw(st.sampled_from([None, (), MX, MX[:1], (*MX, THIRD)])),
        mx_last_seen=draw(st.sampled_from([{}, {THIRD: NOW - SECOND}, {MX[1]: at(3)}])),
        mx_watched_since=draw(st.sampled_from([None, at(0), NOW])),
        txt_id=draw(st.sampled_from([None, "other", *[one.id for one in ledger]])),
        txt_since=draw(st.sampled_from([None, at(30)])),
        live_policy=draw(st.sampled_from([None, Policy(Mode.ENFORCE, WEEK, MX)])),
        ready=draw(st.sampled_from([None, False, True])),
    )


@given(st.none() | POLICIES, POLICIES, known_facts())
def test_a_step_that_does_not_enforce_is_always_allowed(old, new, known):
    """A roll-back must work at any time, with whatever is known or not."""
    if new.mode is not Mode.ENFORCE:
        assert allowed(judge_change(old, new, known))


@given(POLICIES, known_facts())
def test_a_change_that_senders_do_not_see_is_never_blocked(same, known):
    """New notes, the same policy: nothing gets worse."""
    assert allowed(judge_change(same, dataclasses.replace(same, notes="new"), known))


@given(POLICIES, st.none() | POLICIES, known_facts())
def test_a_date_is_a_promise(old, new, known):
    """At the latest of the dates given, with nothing else changed, no dated finding of what blocks is left.

    What moves on with the clock promises nothing: publications that still go on or of which the end is not known.
    """
    blocking = [one for one in judge_change(old, new, known) if one.level is Level.BLOCK]
    dates = [one.earliest for one in blocking if one.earliest is not None]
    moving = known.mx_watched_since is None or known.mx_hosts is None
    moving |= any(one.named_until is None for one in known.ledger)
    if not dates or moving:
        return
    assert min(dates) > known.now
    later = dataclasses.replace(known, now=max(dates))
    left = [one for one in judge_change(old, new, later) if one.level is Level.BLOCK]
    assert {one.code for one in left} <= {one.code for one in blocking if one.earliest is None}


def test_facts_have_times_with_a_zone():
    """A naive time would be compared with the wrong clock."""
    with pytest.raises(ValueError, match="need a zone"):
        Facts(NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="need a zone"):
        Facts(NOW, mx_last_seen={THIRD: NOW.replace(tzinfo=None)})


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (NOW, "2026-03-31 12:00 UTC"),
        (NOW + SECOND, "2026-03-31 12:01 UTC"),
        (NOW + timedelta(microseconds=1), "2026-03-31 12:01 UTC"),
        (NOW + timedelta(seconds=60), "2026-03-31 12:01 UTC"),
    ],
)
def test_a_date_is_never_told_too_early(time, words):
    """Rounded up to the minute."""
    assert not_before(time) == words


def test_a_code_is_known_to_its_module_alone():
    """Who asks for a property of rules goes by a field of them, so that a new one needs no other file.

    A code of one word cannot be told from that word. The rules for any stack have codes of their own, of which some are
    the same words for the same thing.
    """
    package = Path(rules.__file__).parent.parent
    modules = [path for path in package.rglob("*.py") if path != Path(stack_rules.__file__)]
    texts = {path: path.read_text(encoding="utf-8") for path in modules}
    for code in (rule.code for rule in RULES if "-" in rule.code):
        assert len([path for path, text in texts.items() if f'"{code}"' in text]) == 1, code
