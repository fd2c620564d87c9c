"""Whose turn it is: names of branches, how a step stands, what becomes of open pull requests, caps and canaries."""

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from mtasts.changes.rules import ChangeFinding, Level
from mtasts.gate.waves import (
    SETTLE,
    Fate,
    Open,
    Room,
    Standing,
    WaveStep,
    branch_name,
    canary_waits,
    enforcing_since,
    fate,
    queue,
    settling,
    standing,
)
from mtasts.protocol.mta_sts import Mode
from mtasts.verdict.ready import ReadyState
from tests.changes.steps import DAY, WEEK, policy
from tests.verdict.fortnight import NOW, march, published, verdict
from tests.verdict.fortnight import policy as yaml


def step(domain="example.com", standing=Standing.HOLDS, *, flips=True, sessions=100, why="") -> WaveStep:
    return WaveStep(domain, f"mtasts/promote/prod/{domain}-enforce", flips, standing, why, sessions)


def room(at_most=5, open_=(), flipping=(), canaries=None) -> Room:
    return Room(at_most, frozenset(open_), frozenset(flipping), canaries or {})


def block(code="mx-uncovered", level=Level.BLOCK) -> ChangeFinding:
    return ChangeFinding("example.com", level, code, "mx2 is not covered", "m", "r", "s")


def test_one_step_one_branch():
    """The same step has the same name every time, the next one another, and another stack another."""
    testing, enforce = policy("testing", DAY), policy("enforce", DAY)

    assert branch_name("prod", testing, enforce) == "mtasts/promote/prod/example.com-enforce"
    assert branch_name("prod", enforce, policy("enforce", WEEK)) == "mtasts/promote/prod/example.com-max-age-1w"
    assert branch_name("a.b_c-1", testing, enforce) == "mtasts/promote/a.b_c-1/example.com-enforce"


@pytest.mark.parametrize("stack", ["", "-x", "a..b", "a.lock", "a.", "a b", "a/b", "a\n", "a~1", "@{"])
def test_stacks_that_no_branch_can_be_named_after(stack):
    """Refused before git sees it."""
    with pytest.raises(ValueError, match="stack"):
        branch_name(stack, policy("testing", DAY), policy("enforce", DAY))


@pytest.mark.parametrize("domain", ["example.lock", "xn--bcher-kva.example", ".".join(["a" * 61] * 4)])
def test_git_takes_the_name(domain):
    """Whatever the domain: names that end in .lock, and names as long as DNS allows."""
    name = branch_name("prod", replace(yaml(), domain=domain), replace(yaml(Mode.ENFORCE), domain=domain))

    assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0
    assert all(len(part) < 250 for part in name.split("/"))


def test_how_a_step_stands():
    """Ready and allowed holds; what is known to be wrong outweighs; what was not looked at is unknown."""
    good = verdict()
    assert standing(good, ()) == (Standing.HOLDS, "")
    assert standing(good, [block(level=Level.WARN)]) == (Standing.HOLDS, "")
    assert standing(good, [block()]) == (Standing.WRONG, "mx-uncovered: mx2 is not covered")
    assert standing(good, [block()], ["DNS did not answer"])[0] is Standing.UNKNOWN
    assert standing(None, ())[0] is Standing.UNKNOWN
    assert standing(None, [block("held")]) == (Standing.WRONG, "held: mx2 is not covered")

    silent = verdict([])
    assert silent.state is ReadyState.NOT_ENOUGH
    assert standing(silent, ())[0] is Standing.UNKNOWN
    held = verdict(yaml=yaml(hold="moving"))
    assert standing(held, ())[0] is Standing.WRONG
    assert "moving" in standing(held, ())[1]


def test_what_becomes_of_an_open_pull_request():
    """Renewed while it holds, taken back when it is wrong or another step's; the unknown waits for the expiry."""
    proposed = Open(7, step().branch, NOW)

    def told(one, now=NOW - timedelta(seconds=1)):
        return fate(proposed, {one.branch: one}, now)

    assert told(step()) == (Fate.RENEW, "")
    assert told(step(standing=Standing.WRONG, why="failures: 2")) == (Fate.WITHDRAW, "failures: 2")
    assert told(step("example.net")) == (Fate.WITHDRAW, "this is not the domain's next step any more")
    unknown = step(standing=Standing.UNKNOWN, why="probe: no answer")
    assert told(unknown) == (
        Fate.LEAVE,
        "not known now (probe: no answer); its verdict holds until 2026-03-30 12:00 UTC",
    )
    assert told(unknown, NOW) == (Fate.WITHDRAW, "probe: no answer")
    assert fate(replace(proposed, holds_until=None), {unknown.branch: unknown}, NOW)[0] is Fate.WITHDRAW


def test_the_order_of_turns():
    """Flips first, canaries before others in their order, then the fewest sessions; what may not go has no turn."""
    steps = [
        step("ladder.example", flips=False, sessions=1),
        step("large.example", sessions=9000),
        step("small.example", sessions=10),
        step("b-canary.example", sessions=500),
        step("a-canary.example", sessions=9999),
        step("open.example"),
        step("wrong.example", Standing.WRONG),
        step("unknown.example", Standing.UNKNOWN),
    ]

    turns = queue(steps, {step("open.example").branch}, ("a-canary.example", "b-canary.example"))

    assert [one.domain for one in turns] == [
        "a-canary.example",
        "b-canary.example",
        "small.example",
        "large.example",
        "ladder.example",
    ]


def test_at_most_so_many_at_once():
    """Open pull requests and domains just gone to enforce count, each domain once; a longer max_age minds only those
    that are open."""
    flip, climb = step("new.example"), step("old.example", flips=False)

    assert room(2, ["a.example"]).against(flip) == ""
    assert room(2, ["a.example"], ["a.example"]).against(flip) == ""
    told = room(2, ["a.example"], ["b.example"]).against(flip)
    assert told == "waits for its turn: 1 open and 1 just gone to enforce, at most 2 at once"
    assert room(2, ["a.example"], ["b.example"]).against(climb) == ""
    assert room(1, ["a.example"]).against(climb) == "waits for its turn: 1 open, at most 1 at once"
    assert room(1).taken("c.example").against(flip) != ""


def test_all_others_wait_for_the_canaries():
    """As long as one has a reason; longer max_ages do not, and no canary waits for another."""
    waiting = room(canaries={"fine.example": "", "slow.example": "it is in testing"})

    assert waiting.against(step("new.example")) == "waits for the canary slow.example: it is in testing"
    assert waiting.against(step("slow.example")) == ""
    assert waiting.against(step("old.example", flips=False)) == ""
    assert room(canaries={"fine.example": ""}).against(step("new.example")) == ""


def test_when_a_domain_went_to_enforce():
    """The begin of the present run of enforce, whatever its max_age; None when enforce is not what is served."""
    testing = published(march(1), march(10))
    day = published(march(10), march(20), mode=Mode.ENFORCE)
    week = published(march(20), mode=Mode.ENFORCE, max_age=WEEK)

    assert enforcing_since(()) is None
    assert enforcing_since((published(march(1)),)) is None
    assert enforcing_since((week, day, testing)) == march(10)
    assert enforcing_since((day, published(march(20)))) is None
    assert enforcing_since((day, published(march(20), march(21)), replace(week, since=march(21)))) == march(21)
    assert enforcing_since((testing, day)) is None, "it has ended, and nothing is known to have followed"


def test_a_flip_settles():
    """From the merge, published or not, until its days are over."""
    assert settling(None, SETTLE, march(10))
    assert settling(march(10), SETTLE, march(13) - timedelta(seconds=1))
    assert not settling(march(10), SETTLE, march(13))


def test_what_a_canary_keeps_the_others_waiting_for():
    """It must be in enforce, published, settled, and nothing known to be wrong; too little evidence is no wrong."""
    testing, enforce = yaml(), yaml(Mode.ENFORCE)

    def waits(policy, since, made=None):
        return canary_waits(policy, since, made, SETTLE, NOW)

    assert waits(testing, None, verdict()) == "it is in testing"
    assert waits(testing, None, verdict(yaml=yaml(hold="moving"))).startswith("it is in testing: ")
    assert waits(enforce, None) == "it is not yet published in enforce"
    assert waits(enforce, march(29)) == (
        "it is in enforce since 2026-03-29 00:00 UTC, and settles until 2026-04-01 00:00 UTC"
    )
    assert waits(enforce, march(20)) == ""
    assert waits(enforce, march(20), verdict([])) == ""
    assert "moving" in waits(enforce, march(20), verdict(yaml=yaml(hold="moving")))
