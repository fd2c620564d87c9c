"""One mail domain of a diff or a gate as Markdown for a pull request: inert, and closed in itself."""

from collections.abc import Iterable, Iterator

from mtasts.changes.rules import ChangeFinding, Level
from mtasts.gate.merge_gate import GateDomain, Look
from mtasts.render.changes.rows import (
    criterion_row,
    finding_words,
    id_word,
    left_words,
    mail_words,
    record_rows,
    setting_words,
    text_diff,
    verdict_words,
)
from mtasts.render.escape import shorten
from mtasts.render.markdown import code, fence, md, prose
from mtasts.render.verdict.text import evidence_lines
from mtasts.verdict.ready import Verdict
from mtasts.words.counted import bounded

_LIMIT = 600  # characters of one foreign text
_ROWS = 40
_SIGNS = {Level.BLOCK: "⛔", Level.WARN: "⚠️", Level.NOTE: "ℹ️"}


def domain_markdown(domain: GateDomain, look: Look) -> str:
    """All that a reviewer needs of one domain."""
    return "\n\n".join(_sections(domain, look))


def _sections(domain: GateDomain, look: Look) -> Iterator[str]:
    diff = domain.diff
    yield _list(_short(word) for word in mail_words(diff))
    if diff.published:
        if lines := text_diff(diff):
            yield fence(lines, "diff")
        records = [f"{code(name)} {_short(becomes)}" for name, becomes in record_rows(diff)]
        yield _list([f"id {id_word(diff)}", *records])
    if settings := setting_words(diff):
        yield "**Settings**\n\n" + _list(map(_short, settings))
    if domain.findings:
        yield "**Rules**\n\n" + "\n".join(_finding(finding) for finding in domain.findings)
    if left := left_words(domain, look):
        yield _short(left)
    if domain.troubles:
        yield "**Not known**\n\n" + _list(map(_short, domain.troubles))
    if domain.verdict is not None:
        yield _verdict(domain.verdict)
    yield f"<sub>{code_in_html(diff.file)}</sub>"


def code_in_html(text: str) -> str:
    """A name as code where an HTML tag stands before it on the line."""
    return f"<code>{md(text)}</code>"


def _finding(finding: ChangeFinding) -> str:
    rows = [f"  - {label}: {_short(words)}" for label, words in finding_words(finding)]
    return "\n".join([f"- {_SIGNS[finding.level]} {code(finding.code)} {_short(finding.text)}", *rows])


def _verdict(verdict: Verdict) -> str:
    rows = ["| | criterion | have | need | missing | when |", "|---|---|---|---|---|---|"]
    for criterion in verdict.criteria:
        cells = (_short(cell) for cell in criterion_row(criterion))
        rows.append(f"| {'✅' if criterion.met else '❌'} | {' | '.join(cells)} |")
    texts = [f"**Evidence**: {_short(verdict_words(verdict))}", "\n".join(rows)]
    if verdict.notes:
        texts.append(_list(map(_short, bounded(verdict.notes, _ROWS))))
    return "\n\n".join([*texts, _list(map(_short, evidence_lines(verdict)))])


def _list(words: Iterable[str]) -> str:
    return "\n".join(f"- {word}" for word in words)


def _short(text: str) -> str:
    return prose(shorten(text, _LIMIT))
