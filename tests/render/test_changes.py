"""Diff, gate and preview as text, Markdown and JSON: what they show, and that nothing foreign has any effect."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace as changed

from mtasts.changes.diff import diff_stacks
from mtasts.changes.rules import ChangeFinding, Level
from mtasts.cli.dispatch import VERBS
from mtasts.gate.merge_gate import Look, judge_gate
from mtasts.policy.config import Loaded
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.settings import RolloutSettings, Waiver
from mtasts.protocol.mta_sts import render_policy
from mtasts.render.changes.markdown import domain_markdown
from mtasts.render.changes.rows import text_diff
from mtasts.render.changes.text import text
from mtasts.render.ci.change import details, parts
from mtasts.render.ci.comment import comment
from mtasts.render.ci.parts import PartState, from_json, to_json
from mtasts.render.ci.preview import invalid_part, preview_part
from mtasts.render.run.document import Before, Domain, ProblemRow, Run, StepRow
from mtasts.reports.stored import Trust
from tests.changes.steps import DAY, policy
from tests.render.hostile import HOSTILE
from tests.render.test_markdown import REFERENCES, rendered
from tests.verdict.fortnight import NOW, reports, verdict

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/diff-gate.schema.json").read_text(encoding="utf-8"))
COMMITS = {"base": "a" * 40, "head": "b" * 40, "merge_base": "a" * 40}
TEXTS = (
    *(text[:300] for text in HOSTILE),
    "@team closes #1, see https://evil.example and ![x](https://evil.example/x.png)",
    "::set-output name=passed::true",
    "##[set-output name=passed]true",
    "</details></td><script>",
    "```\n/approve\n/merge\n",
    "| a | b |\n|---|---|",
    "\x1b[2J\x1b]0;title\x07",
)
# All that the pages themselves are made of.
TAGS = {
    *("p", "ul", "li", "strong", "code", "pre", "sub", "table", "thead", "tbody", "tr", "th", "td", "details"),
    *("summary", "b", "br", "em"),
}


def result(foreign: str = "words", look: Look = Look.GATE):
    """A flip with every kind of text that somebody else may write, all of it `foreign`."""
    waiver = Waiver("", "mx2.example.com", "", foreign or "x", date(2026, 12, 31))
    old = replace(policy("testing", DAY), owner=foreign)
    new = replace(
        policy("enforce", DAY),
        owner=f"{foreign}2",
        host_group=foreign or "x",
        rollout=RolloutSettings(waivers=(waiver,)),
    )
    diffs = diff_stacks({"prod": Loaded((old,), ())}, {"prod": Loaded((new,), ())})
    finding = ChangeFinding("example.com", Level.BLOCK, "mx-uncovered", foreign, foreign, foreign, "RFC 8461 s5", NOW)
    judged = verdict(reports(by=(foreign or "x", "google.com", "microsoft.com"), trust=Trust.LOCAL))
    judged = replace(
        judged,
        notes=(foreign,),
        criteria=tuple(replace(c, missing=foreign, detail=(foreign,), met=False) for c in judged.criteria),
    )
    key = ("prod", "example.com")
    problem = InputProblem(Place("policies/prod/x.yaml", 1, 1), foreign, foreign)
    return judge_gate(diffs, {key: [finding]}, {key: judged}, look=look, troubles={key: [foreign]}, problems=[problem])


@pytest.mark.parametrize("foreign", TEXTS)
def test_markdown_is_inert(foreign):
    """No tag that is not ours, no attribute, nobody mentioned, nothing linked: domain by domain and as a comment."""
    made = result(foreign)
    for page in (
        *(domain_markdown(domain, Look.GATE) for domain in made.domains),
        comment(parts(made, ["prod"], "policies"), limit=1_000_000, rest="the run"),
    ):
        seen = rendered(page)
        assert {tag.partition(" ")[0] for tag in seen.tags} <= TAGS
        assert all(tag in TAGS or re.fullmatch(r"(details|code|pre|th|td|details) \[.*\]", tag) for tag in seen.tags)
        outside = seen.outside.replace("[!", "[")
        assert not REFERENCES.search(outside), REFERENCES.search(outside)
        assert not re.search(r"(?m)^\s*/[a-z]", page)


@pytest.mark.parametrize("foreign", TEXTS)
def test_text_is_inert(foreign):
    """Neither the terminal nor GitHub's runner obeys a line of it."""
    for line in text(result(foreign), explain=True).splitlines():
        assert line.isprintable()
        assert not line.strip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize("foreign", TEXTS)
def test_json_comes_back(foreign):
    """The document is ASCII, the parts are read again by what reads them in another step, and hold each domain."""
    made = result(foreign)
    document = to_json(parts(made, ["prod"], "policies"), details(made, COMMITS))
    assert document.isascii()
    (part,) = from_json(document.encode())
    assert [block.subject for block in part.blocks] == ["policies/prod/x.yaml", "example.com"]
    found = json.loads(document)["details"]
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["domains"][0]["findings"][0]["code"] == "mx-uncovered"


def test_text_shows_what_would_break_a_line():
    """Folding must not hide it."""
    assert "line\\x0abreak" in text(result("line\nbreak"))


def test_text_says_it_all():
    """As a person reads it."""
    shown = text(result())
    for words in (
        "The files are not valid. policies/prod/x.yaml:1:1: words: words",
        "BLOCK prod example.com  testing -> enforce  (policies/test/example.com.yaml)",
        "    text     -mode: testing\n    text     +mode: enforce\n",
        "    id       rotates\n",
        "    block    mx-uncovered: words\n             mail: words\n             do: words\n",
        "             when: 2026-03-30 12:00 UTC\n",
        "    verdict  ready, judged 2026-03-30 12:00 UTC by the thresholds of the base",
    ):
        assert words in shown
    assert "rule: RFC 8461 s5" not in shown
    assert "rule: RFC 8461 s5" in text(result(), explain=True)


def test_the_policy_diff_is_the_policy_file():
    """Whole where it begins or ends; without line numbers that tell nobody anything."""
    new = policy("testing", DAY)
    (begins,) = diff_stacks({}, {"prod": Loaded((new,), ())})
    assert list(text_diff(begins)) == [f"+{line}" for line in render_policy(new.policy).splitlines()]
    (ends,) = diff_stacks({"prod": Loaded((new,), ())}, {})
    assert list(text_diff(ends)) == [f"-{line}" for line in render_policy(new.policy).splitlines()]
    (same,) = diff_stacks({"prod": Loaded((new,), ())}, {"prod": Loaded((replace(new, ttl=600),), ())})
    assert text_diff(same) == ()


def test_a_policy_of_many_patterns_is_cut_visibly():
    """By the line."""
    many = replace(policy("testing", DAY), mx=tuple(f"mx{n}.example.com" for n in range(500)))
    (begins,) = diff_stacks({}, {"prod": Loaded((many,), ())})
    shown = text_diff(begins)
    assert (len(shown), shown[-1]) == (121, "  (383 more lines)")


def test_states_of_parts():
    """A stack without a change is quiet; blocked is not failed: somebody looked."""
    made = replace(result(), problems=())
    prod, staging = parts(made, ["prod", "staging"], "policies")
    assert (prod.state, staging.state) == (PartState.BLOCKED, PartState.NOTHING)
    assert (staging.headline, staging.next_step) == ("Nothing changes for mail.", "")


def test_problems_beside_the_stacks_have_a_part_of_their_own():
    """And a change of nothing at all has one part that says so."""
    stray = InputProblem(Place("policies/x.yaml", 1, 1), "file", "is read by nobody")
    beside = judge_gate([], {}, {}, problems=[stray])
    assert [(part.stack, part.state) for part in parts(beside, ["prod"], "policies")] == [
        ("prod", PartState.NOTHING),
        ("", PartState.BLOCKED),
    ]
    assert [part.state for part in parts(judge_gate([], {}, {}), [], "policies")] == [PartState.NOTHING]


def test_domains_that_differ_alike_by_the_defaults_are_one_block():
    """A threshold in the defaults of a thousand domains is one thing to read."""
    old = [
        replace(policy("testing"), domain=f"d{n}.example", source=f"policies/prod/d{n}.example.yaml") for n in range(9)
    ]
    new = [replace(one, rollout=RolloutSettings(reporters=1)) for one in old]
    diffs = diff_stacks(
        {"prod": Loaded(tuple(old), ())}, {"prod": Loaded(tuple(new), ())}, {"policies/prod/_defaults.yaml"}
    )
    result = judge_gate(diffs, {}, {})
    (part,) = parts(result, ["prod"], "policies")
    assert [block.subject for block in part.blocks] == ["9 domains, such as d0.example"]
    assert "ok    prod 9 domains, such as d0.example  settings" in text(result)
    few = judge_gate(diffs[:4], {}, {})
    assert len(parts(few, ["prod"], "policies")[0].blocks) == 4
    blocked = ChangeFinding("d3.example", Level.BLOCK, "held", "x", "x", "x", "x")
    (one,) = parts(judge_gate(diffs, {("prod", "d3.example"): [blocked]}, {}), ["prod"], "policies")
    assert [block.subject for block in one.blocks] == ["8 domains, such as d0.example", "d3.example"]


def flip() -> Run:
    """What `preview` finds of a flip."""
    step = StepRow("update", "policy file", "aws:s3", "example.com-policy", "urn:x")
    domain = Domain(
        domain="example.com", op="update", failed=False, mode=Before("testing", "enforce"), max_age=Before(DAY, DAY),
        id=Before("20260314101500c0b8f46936bb03aa", None), steps=(step,),
    )  # fmt: skip
    return Run(
        operation="preview", stack="org/mta-sts/prod", result="succeeded", seconds=1.0, changes={}, domains=(domain,),
        shared=(), problems=(), notes=(), outputs={},
    )  # fmt: skip


def test_a_preview_shows_domains_and_folds_resources():
    """What becomes of mode, max_age and id; the engine's steps below."""
    part = preview_part(flip())
    assert (part.kind, part.stack, part.state) == ("preview", "prod", PartState.PASSED)
    assert part.headline == "1 domain would change; 0 stay as they are."
    (block,) = part.blocks
    assert block.summary == "mode testing -> enforce; policy file updated"
    assert block.markdown == (
        "| | published | would be |\n|---|---|---|\n| mode | `testing` | `enforce` |\n| max_age | `1 day` | `1 day` |\n"
        "| id | `20260314101500c0b8f46936bb03aa` | new |\n\n"
        "<details>\n<summary>1 resource change, in this order</summary>\n\n"
        "- policy file updated (`example.com-policy`)\n\n</details>"
    )


def test_a_preview_without_changes_is_quiet():
    """Rows that stay the same are no news."""
    row = changed(flip().domains[0], steps=(), op="same")
    part = preview_part(changed(flip(), domains=(row,)))
    assert (part.state, part.headline, part.blocks) == (PartState.NOTHING, "Nothing to publish.", ())


@pytest.mark.parametrize("foreign", TEXTS)
def test_what_the_engine_says_is_inert(foreign):
    """A provider repeats whatever a cloud answered; a failed preview is blocked and says why."""
    row = flip().domains[0]
    step = changed(row.steps[0], what=foreign, name=foreign, op=foreign)
    failed = changed(row, steps=(step,), failed=True)
    problem = ProblemRow(message=foreign, hint=foreign, resource=foreign)
    part = preview_part(changed(flip(), result="failed", problems=(problem,), shared=(step,), domains=(failed,)))
    assert part.state is PartState.BLOCKED
    seen = rendered(comment([part], limit=1_000_000, rest="the run"))
    assert {tag.partition(" ")[0] for tag in seen.tags} <= TAGS
    assert not REFERENCES.search(seen.outside)


def test_a_stack_that_is_not_valid_was_not_previewed():
    """The problems take the place of the preview."""
    part = invalid_part("prod", [InputProblem(Place("policies/prod/x.yaml", 3, 7), "mode", "is wrong")])
    assert part.state is PartState.BLOCKED
    assert part.headline == "Not previewed. policies/prod/x.yaml:3:7: mode: is wrong"
    assert [(one.path, one.line) for one in part.blocks[0].annotations] == [("policies/prod/x.yaml", 3)]


def test_the_verbs_are_in_the_table():
    """So that `mtasts --help` shows them."""
    assert {"diff", "gate"} <= set(VERBS)
