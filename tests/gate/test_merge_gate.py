"""Whether a change may be merged: what blocks, what is left to the gate, and the two sentences that are read first."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mtasts.changes.diff import DomainDiff, diff_stacks
from mtasts.changes.rules import RULES, ChangeFinding, Facts, Level, allowed, judge_change
from mtasts.gate.merge_gate import GateResult, Look, judge_gate, own_findings
from mtasts.gate.sentences import approvers, headline, next_step, step
from mtasts.policy.config import Loaded
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.settings import RolloutSettings
from mtasts.protocol.mta_sts import Mode
from mtasts.verdict.ready import Verdict
from tests.changes.steps import DAY, MX, WEEK, policy
from tests.verdict.fortnight import NOW, verdict

ROOT = Path(__file__).resolve().parents[2]
KEY = ("prod", "example.com")
TESTING, ENFORCE = policy("testing", DAY), policy("enforce", DAY)


def diff_of(old, new, stack="prod") -> DomainDiff:
    """The diff of one domain."""
    before, after = (Loaded((one,) if one else (), ()) for one in (old, new))
    (found,) = diff_stacks({stack: before}, {stack: after})
    return found


def blocking(code="enforce-unproven", earliest=None, **more) -> ChangeFinding:
    values = {"text": "no", "mail": "refused", "remedy": "wait", "source": "ours", "level": Level.BLOCK, **more}
    return ChangeFinding("example.com", code=code, earliest=earliest, **values)


def ready() -> Verdict:
    """A verdict after a good fortnight."""
    made = verdict()
    assert made.ready
    return made


def gate(old, new, findings=(), *, look=Look.GATE, **more) -> GateResult:
    diffs = [diff_of(old, new)] if old != new else []
    return judge_gate(diffs, {KEY: findings}, {}, look=look, **more)


def test_no_change_passes_in_one_sentence():
    """Nothing to do, nobody to ask."""
    result = gate(TESTING, TESTING)
    assert (result.passed, headline(result), next_step(result)) == (True, "Nothing changes for mail.", "")


def test_a_block_closes_the_gate_and_says_what_comes_next():
    """The first sentence names domain, step and reason; the second what to do, when, and that no approval helps."""
    result = gate(TESTING, ENFORCE, [blocking(earliest=NOW)])
    assert not result.passed
    assert headline(result) == "example.com, testing -> enforce: not now. enforce-unproven: no"
    assert next_step(result) == (
        "Next: wait. By time alone it passes from 2026-03-30 12:00 UTC on. An approval does not lift this block; "
        "an exception needs its own change in the YAML, with a reason, for the owner (mail team) to approve."
    )


def test_several_blocked_domains_are_counted():
    """The first is told in full."""
    other = replace(TESTING, domain="example.net", source="policies/test/example.net.yaml")
    diffs = [diff_of(TESTING, ENFORCE), diff_of(other, replace(other, mode=Mode.ENFORCE))]
    found = {("prod", name): [blocking(), blocking("held")] for name in ("example.com", "example.net")}
    assert headline(judge_gate(diffs, found, {})) == (
        "2 of 2 domains may not change like this. example.com, testing -> enforce: not now. enforce-unproven: no (+1)"
    )


def test_an_open_gate_says_until_when_and_who_approves():
    """It rests on a verdict, which expires."""
    result = judge_gate([diff_of(TESTING, ENFORCE)], {}, {KEY: ready()})
    assert result.holds_until == NOW + timedelta(hours=24)
    assert headline(result) == (
        "example.com, testing -> enforce: the gate is open, on evidence that holds until 2026-03-31 12:00 UTC."
    )
    assert next_step(result) == (
        "Next: the owner (mail team) may approve it; merging publishes it. Judge it again when that time is over."
    )


def test_a_closed_gate_holds_until_nothing():
    """An expiry would be read as a promise."""
    result = judge_gate([diff_of(TESTING, ENFORCE)], {KEY: [blocking()]}, {KEY: ready()})
    assert result.holds_until is None


def test_problems_of_the_files_close_everything():
    """What is not valid is published by nobody."""
    problem = InputProblem(Place("policies/prod/example.com.yaml", 3, 7), "mode", "is wrong")
    result = gate(TESTING, ENFORCE, problems=[problem])
    assert not result.passed
    assert headline(result) == "The files are not valid. policies/prod/example.com.yaml:3:7: mode: is wrong"
    assert next_step(result) == "Next: fix the files as each problem says; nothing is judged until then."


def test_a_diff_leaves_to_the_gate_what_files_cannot_tell():
    """Evidence is missing to everybody who has none; that is no reason to call a change wrong."""
    findings = judge_change(TESTING, ENFORCE, Facts(now=NOW))
    assert not allowed(findings)
    result = gate(TESTING, ENFORCE, findings, look=Look.DIFF)
    assert result.passed
    assert result.domains[0].left == ("enforce-unproven", "mx-uncovered")
    assert headline(result) == (
        "example.com, testing -> enforce. example.com: whether the evidence holds is for the gate to say."
    )
    assert next_step(result) == "Next: the gate must pass, then the owner (mail team) may approve it."


def test_a_diff_blocks_what_no_evidence_could_allow():
    """A hold, a first enforce, a skipped rung, a longer first max_age, a removal that skips mode none."""
    cases = {
        "held": (policy("testing", DAY, hold="audit"), ENFORCE),
        "first-mode": (None, ENFORCE),
        "ladder-skipped": (ENFORCE, policy("enforce", 28 * DAY)),
        "enforce-max-age": (TESTING, policy("enforce", WEEK)),
        "removal-mode": (TESTING, None),
    }
    for code, (old, new) in cases.items():
        result = gate(old, new, judge_change(old, new, Facts(now=NOW)), look=Look.DIFF)
        assert [finding.code for finding in result.domains[0].blocks] == [code]


def test_adopting_is_left_to_the_gate():
    """Whether the domain had this policy before, only its policy host can tell."""
    new = policy("enforce", DAY, adopted="had it elsewhere")
    result = gate(None, new, judge_change(None, new, Facts(now=NOW)), look=Look.DIFF)
    assert "first-mode" in result.domains[0].left
    assert result.passed


def test_the_rules_that_need_facts_block():
    """A diff leaves them to the gate because they would block every change; a warning it can show itself."""
    assert {rule.level for rule in RULES if rule.needs_facts} == {Level.BLOCK}


def test_the_gate_leaves_nothing():
    """What could not be learned blocks there."""
    result = gate(TESTING, ENFORCE, judge_change(TESTING, ENFORCE, Facts(now=NOW)))
    assert result.domains[0].left == ()
    assert [finding.code for finding in result.domains[0].blocks] == ["enforce-unproven", "mx-uncovered"]


def test_a_change_that_lowers_its_own_bar_is_told_so():
    """A warning with each thing that gets less; what gets more is none."""
    lower = replace(ENFORCE, rollout=RolloutSettings(reporters=1, sessions=500))
    (warned,) = own_findings(diff_of(TESTING, lower))
    assert (warned.code, warned.level) == ("bar-lowered", Level.WARN)
    assert warned.text == "asks less of the domain than the base does: reporters 2 -> 1"
    assert own_findings(diff_of(TESTING, replace(ENFORCE, rollout=RolloutSettings(sessions=500)))) == ()


def test_lowering_the_bar_alone_passes_and_is_named():
    """It is the owner's to approve, in a change of its own."""
    result = gate(TESTING, replace(TESTING, rollout=RolloutSettings(reporters=1)))
    assert result.passed
    assert headline(result) == "Nothing changes for mail, but the bar gets lower for example.com."
    assert next_step(result) == "Next: the owner (mail team) may approve it; merging it changes nothing for mail."


def test_a_base_that_cannot_be_read_blocks():
    """Nobody can tell which policy senders hold."""
    diff = replace(diff_of(None, TESTING), doubt="the base has a problem")
    assert [finding.code for finding in judge_gate([diff], {}, {}).domains[0].blocks] == ["base-invalid"]


def test_approvers_are_those_of_the_base():
    """A change cannot name its own; without an owner it is a code owner."""
    taken = replace(ENFORCE, owner="me")
    domains = judge_gate([diff_of(TESTING, taken)], {}, {}).domains
    assert approvers(domains) == "the owner (mail team)"
    nobody = replace(TESTING, owner="")
    assert approvers(judge_gate([diff_of(nobody, taken)], {}, {}).domains) == "a code owner of the files"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (TESTING, ENFORCE, "testing -> enforce"),
        (None, TESTING, "first policy, mode testing"),
        (TESTING, None, "removal"),
        (policy(max_age=DAY), policy(max_age=WEEK), "max_age 1 day -> 1 week"),
        (policy(mx=("a.example",)), policy(mx=("b.example",)), "mx + b.example, mx - a.example"),
        (policy(mx=MX), policy(mx=MX[::-1]), "order of mx"),
        (policy(ttl=300), policy(ttl=600), "records"),
        (policy(), replace(policy(), notes="x"), "settings"),
    ],
)
def test_a_step_in_a_few_words(old, new, words):
    """As it stands in a headline."""
    assert step(diff_of(old, new)) == words


def test_the_earliest_is_that_of_the_last_block():
    """One without a date makes it unknown: no time alone will do."""
    later = NOW + timedelta(days=3)
    assert gate(TESTING, ENFORCE, [blocking(earliest=NOW), blocking(earliest=later)]).domains[0].earliest == later
    assert gate(TESTING, ENFORCE, [blocking(earliest=NOW), blocking()]).domains[0].earliest is None


def test_a_rehearsal_says_so_first():
    """Nobody shall merge on it."""
    assert headline(gate(TESTING, ENFORCE, rehearsed=NOW)).startswith("Rehearsal as of 2026-03-30 12:00 UTC: ")


def test_a_stack_has_its_own_domains_and_problems():
    """Also where the policies lie at the root of the repository, and where one stack's name begins another's."""
    problems = [InputProblem(Place(f"policies/{name}/x.yaml", 1, 1), "file", "wrong") for name in ("prod", "prod-eu")]
    result = judge_gate([diff_of(TESTING, ENFORCE)], {}, {}, problems=problems)
    part = result.stack("prod", "policies")
    assert ([one.diff.stack for one in part.domains], len(part.problems)) == (["prod"], 1)
    other = result.stack("prod-eu", "policies")
    assert (other.domains, len(other.problems)) == ((), 1)
    at_root = judge_gate([], {}, {}, problems=[InputProblem(Place("prod/x.yaml", 1, 1), "file", "wrong")])
    assert len(at_root.stack("prod", ".").problems) == 1


def test_the_page_knows_every_code():
    """What the gate adds to the change rules, and what a diff leaves to it; its links lead somewhere."""
    page = ROOT / "docs" / "reference" / "diff-gate.md"
    text = page.read_text(encoding="utf-8")
    needing = {rule.code for rule in RULES if rule.needs_facts}
    for code in needing | {"base-invalid", "bar-lowered", "first-mode"}:
        assert f"`{code}`" in text
    for place in (page, ROOT / "docs" / "decisions" / "gate.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", place.read_text(encoding="utf-8")):
            assert (place.parent / target).exists(), target
