"""A diff or a gate as parts of the pull request's comment, and in detail as JSON (docs/reference/diff-gate.md)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from mtasts.changes.rules import ChangeFinding, Level
from mtasts.gate.merge_gate import GateDomain, GateResult
from mtasts.gate.sentences import headline, next_step, step
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem
from mtasts.render.changes.markdown import domain_markdown
from mtasts.render.changes.rows import alike, subject
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState, invalid

_PATHS = 100
_FOR_OWNERS = "changes how policies are published: for the code owners"
_LEVELS = {Level.BLOCK: AnnotationLevel.ERROR, Level.WARN: AnnotationLevel.WARNING, Level.NOTE: AnnotationLevel.NOTE}


def parts(result: GateResult, stacks: Iterable[str], policies: str) -> tuple[Part, ...]:
    """One part for each stack of the folder `policies`, and one for what lies beside them."""
    own = {name: result.stack(name, policies) for name in stacks}
    found = [_part(one, name) for name, one in own.items()]
    if result.deciding:
        found.insert(0, _deciding_part(result))
    told = {problem for one in own.values() for problem in one.problems}
    beside = tuple(problem for problem in result.problems if problem not in told)
    if beside or not found:
        found.append(_part(GateResult(result.look, (), beside, result.rehearsed), ""))
    return tuple(found)


def details(result: GateResult, commits: dict[str, str]) -> dict[str, Any]:
    """The whole result; `commits` are those that were compared, by their role."""
    return {
        "version": 1,
        "look": result.look.value,
        "passed": result.passed,
        "headline": headline(result),
        "next_step": next_step(result),
        "holds_until": _time(result.holds_until),
        "rehearsed": _time(result.rehearsed),
        "commits": commits,
        "problems": [_problem(problem) for problem in result.problems],
        "deciding": {"count": len(result.deciding), "paths": list(result.deciding[:_PATHS])},
        "domains": [_domain(domain) for domain in result.domains],
    }


def _part(result: GateResult, stack: str) -> Part:
    blocks = [*_problem_blocks(result.problems), *(_block(group, result) for group in alike(result.domains))]
    state = PartState.BLOCKED if not result.passed else PartState.PASSED if result.domains else PartState.NOTHING
    return Part(result.look.value, stack, result.look.value, state, headline(result), next_step(result), tuple(blocks))


def _deciding_part(result: GateResult) -> Part:
    """What a change edits beside the policies: for people, so that it is never called nothing."""
    alone = GateResult(result.look, (), (), result.rehearsed, result.deciding)
    shown = result.deciding[:_PATHS]
    marks = tuple(Annotation(path, 0, 0, AnnotationLevel.WARNING, "code-changed", _FOR_OWNERS) for path in shown)
    more = f" (the first {_PATHS} are shown)" if len(result.deciding) > _PATHS else ""
    summary = f"{len(result.deciding)} {'file' if len(result.deciding) == 1 else 'files'} for the code owners{more}"
    # Without Markdown the comment lists the annotations.
    block = Block("how policies are published", PartState.PASSED, summary, "", marks)
    return Part(result.look.value, "", result.look.value, PartState.PASSED, headline(alone), next_step(alone), (block,))


def _block(group: Sequence[GateDomain], result: GateResult) -> Block:
    domain = group[0]
    diff = domain.diff
    state = PartState.BLOCKED if domain.blocks else PartState.PASSED
    said = f"; {domain.blocks[0].code}: {domain.blocks[0].text}" if domain.blocks else ""
    marks = tuple(_annotation(diff.file, finding) for finding in domain.findings if finding.level is not Level.NOTE)
    return Block(subject(group), state, f"{step(diff)}{said}", domain_markdown(domain, result.look), marks)


def _annotation(path: str, finding: ChangeFinding) -> Annotation:
    return Annotation(path, 0, 0, _LEVELS[finding.level], finding.code, f"{finding.domain}: {finding.text}")


def _problem_blocks(problems: Sequence[InputProblem]) -> Iterator[Block]:
    by_path: dict[str, list[InputProblem]] = {}
    for problem in problems:
        by_path.setdefault(problem.place.path, []).append(problem)
    for path, found in by_path.items():
        marks = tuple(map(invalid, found))
        # Without Markdown the comment lists the annotations.
        yield Block(path, PartState.BLOCKED, marks[0].message, "", marks)


def _domain(domain: GateDomain) -> dict[str, Any]:
    diff, verdict = domain.diff, domain.verdict
    return {
        "stack": diff.stack,
        "domain": diff.domain,
        "file": diff.file,
        "through": diff.through,
        "step": step(diff),
        "passed": not domain.blocks,
        "published": diff.published,
        "id_rotates": diff.id_rotates,
        "txt": diff.txt,
        "before": _policy(diff.old, diff.old_text, diff.tls_rpt_old),
        "after": _policy(diff.new, diff.new_text, diff.tls_rpt_new),
        "words": list(diff.words),
        "settings": [{"text": change.text, "lowers": change.lowers} for change in diff.settings],
        "findings": [_finding(finding) for finding in domain.findings],
        "left": list(domain.left),
        "troubles": list(domain.troubles),
        "verdict": None
        if verdict is None
        else {
            "state": verdict.state.value,
            "reasons": list(verdict.reasons),
            "made_at": _time(verdict.made_at),
            "expires_at": _time(verdict.expires_at),
            "earliest": _time(verdict.earliest),
            "publication": verdict.evidence.publication,
        },
    }


def _policy(policy: DomainPolicy | None, text: str | None, tls_rpt: str | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {
        "mode": policy.mode.value,
        "max_age": policy.max_age,
        "mx": list(policy.mx),
        "ttl": policy.ttl,
        "text": text,
        "tls_rpt": tls_rpt,
        "owner": policy.owner,
    }


def _finding(finding: ChangeFinding) -> dict[str, Any]:
    return {
        "level": finding.level.value,
        "code": finding.code,
        "text": finding.text,
        "mail": finding.mail,
        "remedy": finding.remedy,
        "source": finding.source,
        "earliest": _time(finding.earliest),
    }


def _problem(problem: InputProblem) -> dict[str, Any]:
    place = problem.place
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "key": problem.key,
        "message": problem.message,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
