"""Rules about a domain that another tool published before: each by itself, at its borders."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.changes.change_adopted import unknown_until
from mtasts.changes.rules import allowed, judge_change
from mtasts.history.adopted import earlier_until, with_adopted
from mtasts.history.eras import Publication
from mtasts.history.ledger import with_history
from mtasts.level import Level
from mtasts.policy.adopted import Adopted
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import Mode, render_policy
from mtasts.words.moments import not_before
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, codes, facts, findings, policy, published

THIRD = "mx3.example.com"
TTL_SPAN = timedelta(seconds=TTL)
# As a hand wrote it: the same policy, in other bytes than ours.
BY_HAND = render_policy(policy().policy).replace("\r\n", "\n")
ADOPTED = Adopted("1", at(28), BY_HAND)
TESTING_BEFORE = Adopted("1", at(28), BY_HAND.replace("enforce", "testing"))
FILE = policy(before=ADOPTED, adopted="served so since 2021")
TESTING = policy("testing", before=TESTING_BEFORE)
LIVE = {"txt_id": "1", "live_text": BY_HAND, "live_policy": policy().policy}


def ledger(file=FILE, *, put=None, ends=(), then=()):
    """What the ledger says of the domain when the bucket got the text at `put`, and updates ended well at `ends`."""
    adopted = file.adopted
    first = [Publication(adopted.id, adopted.text, put, then[0].since if then else None, TTL_SPAN)] if put else []
    return with_history(with_adopted((*first, *then), adopted, TTL_SPAN), ends)


WAITING = facts(*ledger(), **LIVE)
TAKEN = facts(*ledger(put=at(29), ends=[at(29, seconds=600)]), **LIVE)
UNREAD = facts(**LIVE, ledger_read=False)


@pytest.mark.parametrize("file", [FILE, TESTING])
def test_what_is_served_is_taken_over(file):
    """In either mode: what stands in the file is what DNS names and the host serves."""
    known = facts(*ledger(file), txt_id="1", live_text=file.adopted.text, live_policy=file.policy)

    assert allowed(judge_change(None, file, known))
    assert allowed(judge_change(None, file, replace(known, ledger=(), ledger_read=False))), "a stack without a state"


def test_to_take_enforce_over_is_no_step_towards_it():
    """A reason to wait keeps nobody from taking over what is enforced already; the next step waits."""
    held = policy(before=ADOPTED, adopted="served so since 2021", hold="A host is moving.")

    assert allowed(judge_change(None, held, WAITING))
    assert len(findings(None, replace(held, adopted=None), WAITING, "held")) == 1
    assert len(findings(held, replace(held, max_age=2 * WEEK), TAKEN, "held")) == 1


@pytest.mark.parametrize("other", [policy(max_age=2 * WEEK), policy(mx=MX[::-1]), policy("testing"), policy("none")])
def test_take_over_first_then_change(other):
    """A file that tells of one policy and asks for another: as a first file, in the block's change, and before it is
    taken over; not afterwards."""
    wish = replace(other, adopted=ADOPTED)
    without = replace(FILE, adopted=None)

    assert [one.level for one in findings(None, wish, WAITING, "adopt-first")] == [Level.BLOCK]
    assert [one.level for one in findings(without, wish, WAITING, "adopt-first")] == [Level.BLOCK]
    assert [one.level for one in findings(FILE, wish, WAITING, "adopt-first")] == [Level.BLOCK]
    assert findings(FILE, wish, TAKEN, "adopt-first") == []
    assert findings(wish, replace(wish, notes="new"), WAITING, "adopt-first") == []
    assert findings(FILE, replace(FILE, notes="new"), WAITING, "adopt-first") == []


def test_without_a_ledger_only_what_strengthens_waits():
    """The files alone do not know whether it was taken over; the way back is not held up for that."""
    longer, weaker = replace(FILE, max_age=2 * WEEK), replace(FILE, mode=Mode.TESTING)

    [one] = findings(FILE, longer, UNREAD, "adopt-first")
    assert (one.level, one.needs_facts) == (Level.BLOCK, True)
    [one] = findings(FILE, weaker, UNREAD, "adopt-first")
    assert (one.level, one.needs_facts) == (Level.WARN, True)
    [one] = findings(None, replace(FILE, max_age=2 * WEEK), UNREAD, "adopt-first")
    assert (one.level, one.needs_facts) == (Level.BLOCK, False)


def test_a_record_without_a_policy_may_begin_with_any_testing_policy():
    """Nothing usable was served, so nothing has to stay the same."""
    begun = policy("testing", DAY, before=Adopted("1", at(28)))

    assert findings(None, begun, facts(txt_id="1"), "adopt-first") == []
    assert allowed(judge_change(None, begun, facts(txt_id="1")))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"txt_id": "2"}, "has the id 1, but DNS names 2"),
        ({"txt_id": None}, "has the id 1, but the id in DNS is not known"),
        ({"live_text": BY_HAND + "x: y\n"}, "but another one is served"),
        ({"live_text": None}, "but what the policy host serves is not known"),
    ],
)
@pytest.mark.parametrize("old", [None, replace(FILE, adopted=None), replace(FILE, adopted=replace(ADOPTED, id="2"))])
def test_adopted_is_held_against_dns_and_the_policy_host(seen, words, old):
    """Bytes and id, when the block comes or changes; nothing more is asked when it is taken over."""
    known = facts(*ledger(), **{**LIVE, **seen})
    [one] = findings(old, FILE, known, "adopted-live")

    assert one.level is Level.BLOCK
    assert one.needs_facts
    assert words in one.text
    assert findings(old, FILE, WAITING, "adopted-live") == []
    assert findings(FILE, replace(FILE, notes="new"), known, "adopted-live") == []
    assert findings(old, FILE, facts(*ledger(put=at(29)), **{**LIVE, **seen}), "adopted-live") == []


def test_the_block_stays_until_it_is_taken_over():
    """Then it may go; what is not known to be taken over is not."""
    gone = replace(FILE, adopted=None)

    assert [one.level for one in findings(FILE, gone, WAITING, "adopted-kept")] == [Level.BLOCK]
    [one] = findings(FILE, gone, UNREAD, "adopted-kept")
    assert (one.level, one.needs_facts) == (Level.BLOCK, True)
    [one] = findings(FILE, gone, TAKEN, "adopted-kept")
    assert one.level is Level.NOTE
    assert one.text.endswith("the same policy is published once more, in our spelling and under a new id")
    ours = Adopted("1", at(28), render_policy(policy().policy))
    [one] = findings(replace(FILE, adopted=ours), gone, TAKEN, "adopted-kept")
    until = earlier_until(at(28), TTL_SPAN)
    assert one.text == f"`adopted` is removed, but until {not_before(until)} a policy from before it may be held"
    assert one.earliest == until
    [one] = findings(replace(FILE, adopted=ours), gone, replace(TAKEN, now=until), "adopted-kept")
    assert (one.text, one.earliest) == ("`adopted` is removed", None)


def test_a_change_of_the_block_is_of_no_effect_once_it_is_taken_over():
    """Except that no more reports may count by it than did before."""
    for later in (replace(ADOPTED, id="2"), replace(ADOPTED, seen=at(29)), replace(ADOPTED, text=None)):
        [one] = findings(FILE, replace(FILE, adopted=later), TAKEN, "adopted-kept")
        assert one.level is Level.NOTE
    [one] = findings(FILE, replace(FILE, adopted=replace(ADOPTED, seen=at(28) - SECOND)), TAKEN, "adopted-kept")
    assert one.level is Level.BLOCK
    assert "`adopted.seen` goes back" in one.text


@pytest.mark.parametrize(
    ("ends", "until"),
    [([at(29, seconds=600)], at(30, seconds=600)), ([], at(29 + 7)), ([at(28)], at(29 + 7))],
)
def test_the_text_stays_until_no_resolver_leads_to_the_old_host(ends, until):
    """A day after the update that moved it, to the second; a week after the bucket got it when that is not known."""
    longer, weaker = replace(FILE, max_age=2 * WEEK), replace(FILE, mode=Mode.TESTING)
    known = facts(*ledger(put=at(29), ends=ends), **LIVE, now=until - SECOND)

    [one] = findings(FILE, longer, known, "adopted-settling")
    assert (one.level, one.earliest) == (Level.BLOCK, until)
    [one] = findings(FILE, weaker, known, "adopted-settling")
    assert (one.level, one.earliest) == (Level.WARN, until)
    assert one.remedy.startswith("switch the old policy host off first")
    assert findings(FILE, replace(FILE, notes="new"), known, "adopted-settling") == []
    assert findings(FILE, longer, replace(known, now=until), "adopted-settling") == []
    [one] = findings(FILE, replace(FILE, adopted=None), known, "adopted-settling")
    assert (one.level, one.earliest) == (Level.BLOCK, until)


def test_what_came_after_the_adopted_text_settles_nothing():
    """The second change is an ordinary one."""
    changed = replace(FILE, mode=Mode.TESTING)
    then = published(changed, at(29, seconds=1200))

    known = facts(*ledger(put=at(29), then=[then]), now=at(29, seconds=1800))

    assert findings(changed, replace(changed, max_age=DAY), known, "adopted-settling") == []


@pytest.mark.parametrize("new", [None, policy("none"), policy(mx=(*MX, THIRD))])
def test_what_came_before_the_adopted_policy_is_told(new):
    """For as long as it could matter, where it could: the end, and an MX host that comes. It blocks nothing."""
    until = earlier_until(at(28), TTL_SPAN)
    assert unknown_until(FILE, until - SECOND) == until
    assert unknown_until(FILE, until) is None
    assert unknown_until(replace(FILE, adopted=None), NOW) is None

    [one] = findings(FILE, new and replace(new, adopted=ADOPTED), TAKEN, "adopted-before")
    assert (one.level, one.earliest) == (Level.NOTE, until)
    assert findings(FILE, new, replace(TAKEN, now=until), "adopted-before") == []
    for harmless in (replace(FILE, mx=MX[:1]), replace(FILE, mode=Mode.TESTING), replace(FILE, max_age=2 * WEEK)):
        assert findings(FILE, harmless, TAKEN, "adopted-before") == []


@pytest.mark.parametrize("file", [FILE, TESTING, replace(FILE, adopted=Adopted("1", at(28)))])
def test_who_has_taken_nothing_over_drops_the_file(file):
    """Nothing was published from here, so nothing ends; the other tool goes on. Not when that is not known."""
    known = facts(*with_adopted((), file.adopted, TTL_SPAN), **LIVE)

    assert codes(file, None, known) == []
    assert "block removal-mode" in codes(file, None, UNREAD)
    assert "block removal-mode" in codes(file, None, facts(*ledger(FILE, put=at(29)), **LIVE))


@given(
    st.sampled_from(["testing", "none"]),
    st.sampled_from([60, DAY, 52 * WEEK]),
    st.sampled_from([MX, MX[:1], (*MX, THIRD)]),
    st.sampled_from([(), (at(29, seconds=600),), (at(30),)]),
    st.booleans(),
)
def test_the_way_back_is_open_as_soon_as_it_is_taken_over(mode, max_age, mx, ends, keeps):
    """Also while resolvers may lead to the old host, and whatever becomes of the block."""
    known = facts(*ledger(put=at(29), ends=ends), **LIVE)

    assert allowed(judge_change(FILE, policy(mode, max_age, mx, before=ADOPTED if keeps else None), known))


def test_the_text_that_is_judged_is_the_one_that_is_published():
    """The rules speak of bytes: these are the adopted ones as long as the file means them."""
    assert desired_state(FILE).text == BY_HAND
    assert desired_state(replace(FILE, adopted=None)).text != BY_HAND
