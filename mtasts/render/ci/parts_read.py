"""Any JSON of ours that says something about domains, as parts: the document of parts itself, `verify` and `ready`.

`verify --json` and `ready --json` are older and say more than a part holds; here is what a reviewer wants of them. They
are read as bounded and as strictly as parts, in the fields that are used.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mtasts.render.ci.parts import (
    BLOCKS_LIMIT,
    DOCUMENT_BYTES_LIMIT,
    LINE_LIMIT,
    BadParts,
    Block,
    Line,
    Part,
    PartState,
    from_json,
    refusal,
)
from mtasts.render.markdown import code, md
from mtasts.words.counted import number

Many = Meta(max_length=1000)
Words = Annotated[tuple[Line, ...], Many]


class _Head(Struct):
    schema: str = ""
    version: int = 0


class _Finding(Struct):
    check: Line
    level: Line
    state: Line
    subject: Line
    code: Line
    text: Line
    remedy: Line


class _Verified(Struct):
    domain: Line
    passed: bool
    would_deliver_in_enforce: Line
    reasons: Words
    findings: Annotated[tuple[_Finding, ...], Many]


class _Verify(Struct):
    domains: Annotated[tuple[_Verified, ...], Meta(max_length=BLOCKS_LIMIT)]


class _Criterion(Struct):
    code: Line
    have: int | Line
    need: int | Line
    met: bool
    missing: Line | None = None
    when: Line | None = None
    accepted: Line | None = None


class _Judged(Struct):
    domain: Line
    mode: Line
    state: Literal["ready", "look", "not ready", "not enough evidence"]
    reasons: Words
    criteria: Annotated[tuple[_Criterion, ...], Many]
    earliest: Line | None = None
    to_look: Words = ()


class _Ready(Struct):
    domains: Annotated[tuple[_Judged, ...], Meta(max_length=BLOCKS_LIMIT)]


def parts_of(text: bytes, stack: str = "") -> tuple[Part, ...]:
    """The parts that a file says; raises BadParts. `stack` is for the documents that do not name theirs."""
    if len(text) > DOCUMENT_BYTES_LIMIT:
        raise BadParts(f"{len(text)} bytes; at most {DOCUMENT_BYTES_LIMIT} are read")
    try:
        head = msgspec.json.decode(text, type=_Head)
        if (head.schema, head.version) == ("mtasts-verify", 1):
            return (_verify(msgspec.json.decode(text, type=_Verify), stack),)
        if (head.schema, head.version) == ("mtasts-ready", 1):
            return (_ready(msgspec.json.decode(text, type=_Ready), stack),)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from None
    return from_json(text)


def _verify(document: _Verify, stack: str) -> Part:
    blocks = tuple(_verified(domain) for domain in document.domains)
    bad = [block for block in blocks if block.state is not PartState.PASSED]
    where = f" of {stack}" if stack else ""
    if not bad:
        verb = "is" if len(blocks) == 1 else "are"
        headline = f"{number(len(blocks), 'domain')}{where} {verb} published as the YAML says."
        return Part("verify", stack, "verify", PartState.PASSED, headline, "", blocks)
    return Part(
        kind="verify",
        stack=stack,
        title="verify",
        state=_worst(blocks),
        headline=f"{len(bad)} of {len(blocks)} domains{where} are not as they should be, or could not be seen.",
        next_step="Fix what is named below, or change the YAML, and publish with `mtasts up --refresh`.",
        blocks=blocks,
    )


def _verified(domain: _Verified) -> Block:
    opened = [one for one in domain.findings if one.state in ("fail", "unknown") and one.level != "note"]
    if domain.passed:
        return Block(domain.domain, PartState.PASSED, "published as the YAML says")
    failed = any(one.state == "fail" for one in opened)
    rows = ["| finding | state | what to do |", "|---|---|---|"]
    for one in opened:
        said = f"{one.subject}: {one.text}" if one.subject else one.text
        rows.append(f"| {md(said)} {code(one.code or one.check)} | {md(one.state)} | {md(one.remedy)} |")
    return Block(
        subject=domain.domain,
        state=PartState.BLOCKED if failed else PartState.FAILED,
        summary=_line(domain.reasons) or f"would deliver in enforce: {domain.would_deliver_in_enforce}",
        markdown="\n".join(rows) if opened else "",
    )


def _ready(document: _Ready, stack: str) -> Part:
    blocks = tuple(_judged(domain) for domain in document.domains)
    ready = sum(block.state is PartState.PASSED for block in blocks)
    where = f" of {stack}" if stack else ""
    state = _worst(blocks) if blocks else PartState.NOTHING
    headline = f"{ready} of {len(blocks)} domains{where} are ready for their next step."
    return Part("ready", stack, "ready", state, headline, "", blocks)


def _judged(domain: _Judged) -> Block:
    rows = ["| criterion | have | need | missing | from |", "|---|---|---|---|---|"]
    for one in domain.criteria:
        missing = one.accepted or one.missing or ("" if one.met else "not met")
        cells = (code(one.code), md(str(one.have)), md(str(one.need)), md(missing), md(one.when or ""))
        rows.append(f"| {' | '.join(cells)} |")
    said = _line(domain.reasons or domain.to_look)
    return Block(
        subject=domain.domain,
        state=PartState.PASSED if domain.state in ("ready", "look") else PartState.BLOCKED,
        # The verdict's own word comes first: `mtasts notify` tells a change of it, not of the numbers behind it.
        summary=f"{domain.state}: {said}" if said else domain.state,
        markdown="\n".join(rows) if domain.criteria else "",
    )


def _worst(blocks: tuple[Block, ...]) -> PartState:
    states = {block.state for block in blocks}
    order = (PartState.BLOCKED, PartState.FAILED, PartState.PASSED)
    return next((state for state in order if state in states), PartState.NOTHING)


def _line(words: tuple[str, ...]) -> str:
    return "; ".join(words[:5])[:LINE_LIMIT] + (f"; {len(words) - 5} more" if len(words) > 5 else "")
