"""`mtasts diff` and `mtasts gate` for a person at a terminal, or in a job's log, which obeys nothing of it."""

from collections.abc import Iterator, Sequence

from mtasts.changes.rules import ChangeFinding
from mtasts.gate.merge_gate import GateDomain, GateResult, Look
from mtasts.gate.sentences import headline, next_step, step
from mtasts.render.changes.rows import (
    alike,
    criterion_row,
    finding_words,
    id_word,
    left_words,
    mail_words,
    record_rows,
    setting_words,
    subject,
    text_diff,
    verdict_words,
)
from mtasts.render.markdown import workflow_command_safe
from mtasts.render.verdict.text import evidence_lines
from mtasts.verdict.ready import Verdict
from mtasts.words.counted import bounded
from mtasts.words.names import with_u_labels

_PATHS = _DETAILS = 20
_SIGNS = {True: "ok   ", False: "BLOCK"}


def text(result: GateResult, *, explain: bool = False) -> str:
    """How it came out, what is next, then each domain. `explain` adds all criteria and where rules come from."""
    lines = [_line(words, "") for words in (headline(result), next_step(result)) if words]
    lines += [f"  {problem}" for problem in result.problems]
    lines += [_line(f"  code     {path}", "") for path in result.deciding[:_PATHS]]
    if len(result.deciding) > _PATHS:
        lines.append(f"  and {len(result.deciding) - _PATHS} more files that decide")
    for group in alike(result.domains):
        lines += ["", *_group(group, result.look, explain=explain)]
    return "".join(f"{workflow_command_safe(line)}\n" for line in lines)


def _group(group: Sequence[GateDomain], look: Look, *, explain: bool) -> Iterator[str]:
    domain = group[0]
    diff = domain.diff
    yield f"{_SIGNS[not domain.blocks]} {diff.stack} {with_u_labels(subject(group))}  {step(diff)}  ({diff.file})"
    for word in mail_words(diff):
        yield from _labelled("mail", word)
    if diff.published:
        yield from _labelled("id", id_word(diff))
        for name, becomes in record_rows(diff):
            yield from _labelled("dns", f"{name} {becomes}")
        yield from (f"    text     {line}" for line in text_diff(diff))
    for word in setting_words(diff):
        yield from _labelled("setting", word)
    for finding in domain.findings:
        yield from _finding(finding, explain=explain)
    if left := left_words(domain, look):
        yield from _labelled("left", left)
    for trouble in domain.troubles:
        yield from _labelled("unknown", trouble)
    if domain.verdict is not None:
        yield from _verdict(domain.verdict, explain=explain)


def _finding(finding: ChangeFinding, *, explain: bool) -> Iterator[str]:
    yield from _labelled(finding.level.value, f"{finding.code}: {finding.text}")
    for label, words in finding_words(finding):
        if explain or label != "rule":
            yield _line(f"{label}: {words}", " " * 13)


def _verdict(verdict: Verdict, *, explain: bool) -> Iterator[str]:
    yield from _labelled("verdict", verdict_words(verdict))
    for criterion in verdict.criteria if explain else (*verdict.in_the_way, *verdict.to_look):
        code, have, need, missing, when = criterion_row(criterion)
        open_ = "" if criterion.met else f"; {missing}" + (f" ({when})" if when else "")
        sign = "+" if criterion.met else "-"
        yield _line(f"{sign} {code}: have {have}, need {need}{open_}", " " * 13)
        if explain:
            yield from (_line(detail, " " * 17) for detail in bounded(criterion.detail, _DETAILS))
    for line in (*verdict.notes, *evidence_lines(verdict)) if explain else ():
        yield _line(line, " " * 13)


def _labelled(label: str, words: str) -> Iterator[str]:
    yield _line(words, f"    {label:<8} ")


def _line(words: str, begin: str) -> str:
    # A line is whole: where it is printed on a terminal, it is folded there.
    return begin + workflow_command_safe(words)
