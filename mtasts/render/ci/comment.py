"""One comment for all stacks and checks: what must happen next in its first line, then a fold for each mail domain.

Pure: parts in, Markdown out, never longer than it may be. Sizes are bytes of UTF-8, which is never less than what a
forge counts. What does not fit is left out by the domain, never cut within one: first the details of the least pressing
domains, then their lines, and the last line says how many and where they are.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mtasts.render.ci.contained import contained
from mtasts.render.ci.parts import Block, Part, PartState
from mtasts.render.escape import shorten
from mtasts.render.markdown import code, prose
from mtasts.words.counted import few
from mtasts.words.names import with_u_labels

SIGNS = {PartState.BLOCKED: "⛔", PartState.FAILED: "⚠️", PartState.PASSED: "✅", PartState.NOTHING: "➖"}
WORDS = {
    PartState.BLOCKED: "blocked",
    PartState.FAILED: "could not be judged",
    PartState.PASSED: "passed",
    PartState.NOTHING: "nothing changes",
}
# What presses most comes first: a rule that blocks, then what nobody could look at.
_RANK = {PartState.BLOCKED: 0, PartState.FAILED: 1, PartState.PASSED: 2, PartState.NOTHING: 3}
_KINDS = {kind: rank for rank, kind in enumerate(("gate", "verify", "ready", "diff", "preview"))}

# Bytes. GitHub cuts a step's summary at 1 MiB.
SUMMARY_LIMIT = 1_000_000
# The head stays far below the smallest body, whatever is in it.
_SENTENCE = 2000
_CELL = 400
_ROWS = 30
_FOOTER = 600
# More open folds than this are a wall of text.
_OPEN_LIMIT = 3
_LOOKED = _ANNOTATIONS = 20  # that are named

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_RUN_URL = re.compile(r"https://[A-Za-z0-9.:-]{1,200}/[A-Za-z0-9._/-]{1,400}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a comment comes from: what is not of the expected form is left out."""

    url: str = ""  # of the run, for people
    commit: str = ""  # that was judged

    def line(self) -> str:
        """A closing line in small print; "" when nothing is known."""
        words = []
        if _COMMIT.fullmatch(self.commit):
            words.append(f"For commit `{self.commit[:12]}`")
        if _RUN_URL.fullmatch(self.url):
            words.append(f"[the run]({self.url})")
        return f"<sub>{', '.join(words)}</sub>" if words else ""


@dataclass(frozen=True, slots=True)
class _Domain:
    """All that the checks of one stack say about one domain."""

    stack: str
    subject: str
    blocks: tuple[tuple[Part, Block], ...]  # what presses most first

    @property
    def state(self) -> PartState:
        return self.blocks[0][1].state

    @property
    def least_size(self) -> int:
        """Bytes that the fold has at the least."""
        return sum(len(text) for text in {block.markdown.strip() for _, block in self.blocks})

    def line(self) -> str:
        said = next((block.summary for _, block in self.blocks if block.summary), "")
        where = f" ({_short(self.stack, 100)})" if self.stack else ""
        subject = _short(with_u_labels(self.subject), 300)
        return f"{SIGNS[self.state]} <b>{subject}</b>{where}: {_short(said or WORDS[self.state], _CELL)}"

    def fold(self, *, unfolded: bool) -> str:
        """A `details` element. The empty lines make Markdown of what is in it."""
        texts: dict[str, str] = {}  # each once: diff and gate may say the same
        for part, block in self.blocks:
            if text := _details(block):
                texts.setdefault(text, part.title)
        several = len(texts) > 1
        inner = "\n\n".join(
            (f"**{_short(title, 100)}**\n\n" if several else "") + text for text, title in texts.items()
        )
        head = "<details open>" if unfolded else "<details>"
        return f"{head}\n<summary>{self.line()}</summary>\n\n{inner}\n\n</details>" if inner else f"- {self.line()}"


def nothing_changes(parts: Iterable[Part]) -> bool:
    """True when there is nothing a reviewer needs to read."""
    return all(part.state is PartState.NOTHING for part in parts)


def comment(parts: Sequence[Part], *, limit: int, rest: str, origin: Origin | None = None) -> str:
    """The body, at most `limit` bytes (at least 30,000). `rest` says where a reader finds what did not fit."""
    if nothing_changes(parts):
        return _quiet(parts)
    head = [_first_line(parts)]
    if len(parts) > 1:
        head.append(_table(parts))
    foot = origin.line() if origin else ""
    room = limit - sum(_size(text) + 2 for text in head) - _size(foot) - _FOOTER
    return "\n\n".join([*head, *_bodies(_domains(parts), room, rest), *([foot] if foot else [])]) + "\n"


def _quiet(parts: Sequence[Part]) -> str:
    titles = dict.fromkeys(part.title for part in parts)
    stacks = dict.fromkeys(part.stack for part in parts if part.stack)
    looked = "; ".join(few([_short(word, 100) for word in words], _LOOKED) for words in (titles, stacks) if words)
    return f"{SIGNS[PartState.NOTHING]} Nothing changes for mail ({looked}).\n"


def _first_line(parts: Sequence[Part]) -> str:
    """The most pressing part in its own words: what is, what must happen next, who may approve."""
    lead = _lead(parts)
    others = sum(part is not lead and _RANK[part.state] <= _RANK[PartState.FAILED] for part in parts)
    words = [f"{SIGNS[lead.state]} **{_short(with_u_labels(lead.headline) or WORDS[lead.state], _SENTENCE)}**"]
    if lead.next_step:
        words.append(_short(lead.next_step, _SENTENCE))
    if others:
        words.append(f"({others} more {'check needs' if others == 1 else 'checks need'} a look below.)")
    return " ".join(words)


def _lead(parts: Sequence[Part]) -> Part:
    """The part that the first line is about."""
    return min(parts, key=lambda part: (_RANK[part.state], _KINDS[part.kind]))


def _table(parts: Sequence[Part]) -> str:
    lead = _lead(parts)
    ordered = sorted(parts, key=lambda part: _RANK[part.state])
    rows = ["| | check | stack | result |", "|---|---|---|---|"]
    for part in ordered[:_ROWS]:
        own = _short(with_u_labels(part.headline) or WORDS[part.state], _CELL)
        said = f"{WORDS[part.state]}, as above" if part is lead else own
        rows.append(f"| {SIGNS[part.state]} | {_short(part.title, 100)} | {_short(part.stack, 100)} | {said} |")
    if len(ordered) > _ROWS:
        rows.append(f"| | {len(ordered) - _ROWS} more | | |")
    return "\n".join(rows)


def _domains(parts: Iterable[Part]) -> list[_Domain]:
    """By what presses most, then as given; without the domains that have nothing to say."""
    found: dict[tuple[str, str], list[tuple[Part, Block]]] = {}
    for part in parts:
        for block in part.blocks:
            if block.state is not PartState.NOTHING:
                found.setdefault((part.stack, block.subject), []).append((part, block))
    domains = [
        _Domain(stack, subject, tuple(sorted(blocks, key=lambda pair: (_RANK[pair[1].state], _KINDS[pair[0].kind]))))
        for (stack, subject), blocks in found.items()
    ]
    return sorted(domains, key=lambda domain: _RANK[domain.state])


def _bodies(domains: Sequence[_Domain], room: int, rest: str) -> list[str]:
    """Folds, then bare lines, then a word about the others, in at most `room` bytes."""
    lines: list[str] = []
    for domain in domains:
        line = f"- {domain.line()}\n"
        if room < _size(line):
            break
        room -= _size(line)
        lines.append(line)
    pressing = sum(_RANK[domain.state] <= _RANK[PartState.FAILED] for domain in domains)
    folds: list[str] = []
    bare: list[str] = []
    for domain, line in zip(domains, lines, strict=False):
        if domain.least_size > room:  # spares the work for what cannot fit
            bare.append(line.rstrip())
            continue
        unfolded = pressing <= _OPEN_LIMIT and _RANK[domain.state] <= _RANK[PartState.FAILED]
        fold = domain.fold(unfolded=unfolded)
        more = _size(fold) + 2 - _size(line)
        if more <= room:
            room -= more
            folds.append(fold)
        else:
            bare.append(line.rstrip())
    texts = list(folds)
    if bare:
        texts.append("\n".join(bare))
    if bare or len(domains) > len(lines):
        texts.append(_rest(len(bare), len(domains) - len(lines), rest))
    return texts


def _rest(bare: int, missing: int, rest: str) -> str:
    words = []
    if missing:
        words.append(f"{missing} more {'domain' if missing == 1 else 'domains'}")
    if bare:
        words.append(f"the details of {bare}")
    return f"Too long for a comment: {' and '.join(words)}, in {rest}."


def _details(block: Block) -> str:
    if block.markdown.strip():
        return contained(block.markdown.strip("\n"))
    lines = [
        f"- {code(f'{one.path}:{one.line}')}: {_short(one.message, _CELL)}" for one in block.annotations[:_ANNOTATIONS]
    ]
    more = len(block.annotations) - _ANNOTATIONS
    return "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])])


def _short(text: str, limit: int) -> str:
    """Inert, at most `limit` bytes: what is escaped grows, so less of it is shown."""
    length = limit
    while _size(shown := prose(shorten(text, length))) > limit:
        length //= 2
    return shown


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
