"""A proposed step as a pull request: what it says, what it cannot be made to do, and what a later run reads in it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtasts.changes.diff import diff_stacks
from mtasts.changes.rules import ChangeFinding, Level
from mtasts.gate.merge_gate import GateResult, judge_gate
from mtasts.policy.config import Loaded
from mtasts.protocol.mta_sts import Mode
from mtasts.render.verdict.promotion import Mark, body, mark_for, mark_of, message, title, withdrawn
from tests.verdict.fortnight import NOW, policy, verdict

LIMIT = 65_536


def proposed(findings=(), **bends) -> GateResult:
    """The flip of a domain that is ready."""
    old, new = policy(**bends), policy(Mode.ENFORCE, **bends)
    (diff,) = diff_stacks({"prod": Loaded((old,), ())}, {"prod": Loaded((new,), ())})
    return judge_gate([diff], {("prod", "example.com"): findings}, {("prod", "example.com"): verdict(yaml=old)})


def test_title_and_message():
    """The step; and in the commit what it rested on, in figures."""
    domain = proposed().domains[0]

    assert title(domain) == "example.com: testing -> enforce"
    assert message(domain).splitlines() == [
        "example.com: testing -> enforce",
        "",
        "Verdict: ready, made 2026-03-30 12:00 UTC.",
        "Reports: 26 of 2 reporters, 260 sessions passed, 0 failed.",
        f"Publication: {domain.verdict.evidence.publication}.",
    ]


@pytest.mark.parametrize("name", ["x\n\nSigned-off-by: you <you@example.com>", "closes #1", "@all", "a" * 33, ""])
def test_a_message_holds_nothing_foreign(name):
    """An id that is none is not repeated: forges obey the words of commit messages."""
    domain = proposed().domains[0]
    evidence = replace(domain.verdict.evidence, publication=name)

    told = message(replace(domain, verdict=replace(domain.verdict, evidence=evidence)))

    assert told.splitlines()[-1] == "Publication: none that can be named."
    assert len(told.splitlines()) == 5


def test_the_first_line_says_what_must_happen_and_who_may_approve():
    """Then the policy's diff, the verdict's table, how to decline, the mark."""
    told = body(proposed(), "policies", LIMIT)
    first = told.splitlines()[0]

    assert first.startswith("✅ **example.com, testing -&#62; enforce: the gate is open, on evidence that holds until ")
    assert "may approve it; merging publishes it." in first
    assert "-mode: testing\n+mode: enforce" in told
    assert "| ✅ | reporters | 2 | 2 |" in told
    assert "close the pull request" in told
    assert mark_of(told) == mark_for(proposed().domains[0])
    assert mark_of(told).holds_until == verdict().expires_at


def test_what_does_not_fit_is_folded_by_the_comments_rules():
    """Never longer than the forge takes, and the mark is always there."""
    long = [ChangeFinding("example.com", Level.WARN, "no-tls-rpt", "x " * 290, "m", "r", "s") for _ in range(60)]
    result = proposed(findings=long)
    assert len(body(result, "policies", LIMIT).encode()) > 30_000

    told = body(result, "policies", 30_000)

    assert len(told.encode()) <= 30_000
    assert "Too long for a comment" in told
    assert mark_of(told) == mark_for(result.domains[0])


def test_a_withdrawn_one_says_why():
    """The reason first, inert; the mark tells a later run that nobody declined the step."""
    told = withdrawn(body(proposed(), "policies", LIMIT), "failures: @all <img src=x> #1", NOW)

    assert told.startswith("➖ **Withdrawn 2026-03-30 12:00 UTC: failures: ")
    assert "@all" not in told
    assert "<img" not in told
    assert mark_of(told) == Mark(mark_for(proposed().domains[0]).policy, None, withdrawn=True)
    assert mark_of(withdrawn("somebody's own words", "x", NOW)).withdrawn


def test_another_policy_is_another_step():
    """Who declined a flip with two MX hosts has not declined the one with three."""
    one, other = (mark_for(proposed(**bend).domains[0]) for bend in ({}, {"mx": ("mail.example.com", "b.example.com")}))
    assert one.policy != other.policy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- mtasts-step policy=0123456789abcdef holds=2026-13-45T00:00:00Z -->",
        "<!-- mtasts-step policy=0123456789abcdef holds=- --> and more",
        "<!-- mtasts-step policy=0123 holds=- -->",
        "<!-- mtasts-step policy=0123456789abcdef -->",
    ],
)
def test_what_is_no_mark(text):
    """A body that somebody has taken in hand is theirs."""
    assert mark_of(text) is None


def test_a_mark_is_read_as_written():
    """With the line ends that a forge makes of it."""
    mark = Mark("0123456789abcdef", datetime(2026, 3, 31, 12, 0, 1, tzinfo=UTC))
    assert mark_of(f"words\r\n\r\n{mark}\r\n") == mark
