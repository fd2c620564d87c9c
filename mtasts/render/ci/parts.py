"""Parts of one comment, as values and as JSON: `diff`, `gate` and `preview` write them, `mtasts comment` reads them.

The steps of a pipeline run apart, some on code that a stranger wrote, so the file between them is read like anything
from outside: a size, a count and a type for everything, and one clear error.

Two rules for who makes a part. `Block.markdown` is Markdown, already inert: whatever came from YAML, DNS or a report
has gone through an escaper, every fence and tag is closed, and it may be shown whole or not at all, never cut. All
other texts are plain: the comment escapes them.

These are msgspec Structs: as frozen and as comparable as dataclasses, but the decoder checks each field. A changed copy
comes from `msgspec.structs.replace`. Made in code they are not checked; `to_json` shortens what is too long.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from mtasts.policy.inputs import InputProblem
from mtasts.protocol.problem import Severity
from mtasts.render.escape import shorten
from mtasts.render.runner import dumps

SCHEMA = "mtasts-parts"
VERSION = 1

# All ours. A fleet of 5,000 domains with 4 KiB of Markdown each is 20 MiB.
DOCUMENT_BYTES_LIMIT = 64 * 1024 * 1024
PARTS_LIMIT = 200
BLOCKS_LIMIT = 10_000
ANNOTATIONS_LIMIT = 200
LINE_LIMIT = 2_000
MARKDOWN_LIMIT = 200_000
# SARIF and editors count lines in 31 bits.
NUMBER_LIMIT = 2**31 - 1

Line = Annotated[str, Meta(max_length=LINE_LIMIT)]
Number = Annotated[int, Meta(ge=0, le=NUMBER_LIMIT)]
MANY = Meta(max_length=1000)  # of what is listed in a domain
Kind = Literal["diff", "gate", "preview", "verify", "ready"]


class BadParts(ValueError):  # noqa: N818 - named for what it says, like BadName
    """The file is not a document of parts; the text says where and why, in one line."""


class PartState(StrEnum):
    """How a part, or one domain in it, came out.

    NOTHING: nothing to say, nothing changes. PASSED: changes, all as it should be. BLOCKED: looked, and it must not go
    on. FAILED: could not look.
    """

    NOTHING = "nothing"
    PASSED = "passed"
    BLOCKED = "blocked"
    FAILED = "failed"


class AnnotationLevel(StrEnum):
    """How an annotation weighs: the three words that SARIF has, too."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Annotation(Struct, frozen=True, forbid_unknown_fields=True):
    """One finding at a place in a file of the repository."""

    path: Line  # from the repository's root, with `/`
    line: Number  # from 1; 0 when the finding is about the whole file
    column: Number  # from 1; 0 when it is about the whole line
    level: AnnotationLevel
    code: Line  # kebab-case, stable
    message: Line  # plain text


_LEVELS = {Severity.ERROR: AnnotationLevel.ERROR, Severity.WARNING: AnnotationLevel.WARNING}


class Block(Struct, frozen=True, forbid_unknown_fields=True):
    """One mail domain in a part."""

    subject: Line  # the mail domain
    state: PartState
    summary: Line  # plain text, one line: what is seen while the block is folded
    markdown: Annotated[str, Meta(max_length=MARKDOWN_LIMIT)] = ""  # inert; what unfolding shows
    annotations: Annotated[tuple[Annotation, ...], Meta(max_length=ANNOTATIONS_LIMIT)] = ()


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What one check says about one stack."""

    kind: Kind
    stack: Line  # "" when the check is about no stack in particular
    title: Line
    state: PartState
    headline: Line  # the result in a sentence
    next_step: Line = ""  # what must happen next, and who may approve it; "" when there is nothing to do
    blocks: Annotated[tuple[Block, ...], Meta(max_length=BLOCKS_LIMIT)] = ()


_ANYTHING = msgspec.Raw(b"null")


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    version: int
    parts: Annotated[tuple[Part, ...], Meta(max_length=PARTS_LIMIT)]
    details: msgspec.Raw = _ANYTHING
    # What `preview` writes beside them (docs/reference/cli.md).
    operation: msgspec.Raw = _ANYTHING
    stack: msgspec.Raw = _ANYTHING
    result: msgspec.Raw = _ANYTHING
    seconds: msgspec.Raw = _ANYTHING
    changes: msgspec.Raw = _ANYTHING
    domains: msgspec.Raw = _ANYTHING
    shared: msgspec.Raw = _ANYTHING
    problems: msgspec.Raw = _ANYTHING
    notes: msgspec.Raw = _ANYTHING
    outputs: msgspec.Raw = _ANYTHING


def to_json(parts: Sequence[Part], details: Any = None, beside: Mapping[str, Any] | None = None) -> str:
    """The document, in ASCII, that `from_json` reads back.

    `details`: any JSON value for other readers, documented by the verb that writes it; `beside`: keys of an object for
    them, which stand beside the parts (`preview`). The comment ignores both. What is longer than the limits is
    shortened with a visible mark; of Markdown only a word is left that says so.
    """
    document: dict[str, Any] = {"schema": SCHEMA, "version": VERSION, **_readable(dict(beside or {}))}
    document["parts"] = [msgspec.to_builtins(_within_limits(part)) for part in parts[:PARTS_LIMIT]]
    if details is not None:
        document["details"] = _readable(details)
    return dumps(document, indent=1) + "\n"


def from_json(text: bytes) -> tuple[Part, ...]:
    """The parts of a document; raises BadParts, with one line, for whatever is not one."""
    if len(text) > DOCUMENT_BYTES_LIMIT:
        raise BadParts(f"{len(text)} bytes; at most {DOCUMENT_BYTES_LIMIT} are read")
    try:
        document = msgspec.json.decode(text, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from None
    if (document.schema, document.version) != (SCHEMA, VERSION):
        raise BadParts(f"not a document of schema {SCHEMA} version {VERSION}")
    return document.parts


def invalid(problem: InputProblem) -> Annotation:
    """The mark beside the place of a problem."""
    place, level = problem.place, _LEVELS[problem.severity]
    return Annotation(place.path, place.line, place.column, level, "invalid", f"{problem.key}: {problem.message}")


def annotations(parts: Iterable[Part]) -> list[Annotation]:
    """All annotations of all parts, each once, in order."""
    return list(dict.fromkeys(one for part in parts for block in part.blocks for one in block.annotations))


def worst(blocks: Iterable[Block]) -> PartState:
    """How a part with these blocks came out: what presses most."""
    states = {block.state for block in blocks}
    order = (PartState.BLOCKED, PartState.FAILED, PartState.PASSED)
    return next((state for state in order if state in states), PartState.NOTHING)


def schema() -> dict[str, Any]:
    """The JSON Schema of a document of parts, as docs/reference/parts.schema.json has it."""
    found = msgspec.json.schema(Part)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "version": {"const": VERSION},
            "parts": {"type": "array", "items": {"$ref": found["$ref"]}, "maxItems": PARTS_LIMIT},
            "details": {"description": "for other readers; depends on the verb that wrote it"},
            **{
                name: {"description": "for other readers, of `preview` only: cli.md"}
                for name in _Document.__struct_fields__
                if name not in {"schema", "version", "parts", "details"}
            },
        },
        "required": ["schema", "version", "parts"],
        "additionalProperties": False,
        "$defs": found["$defs"],
    }


def refusal(error: Exception) -> BadParts:
    """What the decoder found wrong. Its words can quote the document: one bounded, printable line of them."""
    words = shorten(" ".join(ascii(str(error))[1:-1].split()), 300)
    return BadParts(words or type(error).__name__)


def _within_limits(part: Part) -> Part:
    return replace(
        part,
        stack=_line(part.stack),
        title=_line(part.title),
        headline=_line(part.headline),
        next_step=_line(part.next_step),
        blocks=tuple(_block(block) for block in _bounded(part.blocks)),
    )


def _bounded(blocks: Sequence[Block]) -> Sequence[Block]:
    """As many as are read back; the last one then says how many more there are, and how the worst of them came out."""
    if len(blocks) <= BLOCKS_LIMIT:
        return blocks
    shown, rest = blocks[: BLOCKS_LIMIT - 1], blocks[BLOCKS_LIMIT - 1 :]
    worst = max((block.state for block in rest), key=list(PartState).index)
    return (*shown, Block(f"{len(rest)} more", worst, "not listed here"))


def _block(block: Block) -> Block:
    long = len(block.markdown) > MARKDOWN_LIMIT
    return replace(
        block,
        subject=_line(block.subject),
        summary=_line(block.summary),
        markdown="Too long to show here." if long else _text(block.markdown),
        annotations=tuple(_annotation(one) for one in _marked(block.annotations)),
    )


def _marked(every: Sequence[Annotation]) -> Sequence[Annotation]:
    if len(every) <= ANNOTATIONS_LIMIT:
        return every
    rest = every[ANNOTATIONS_LIMIT - 1 :]
    more = replace(rest[0], code="more", message=f"{len(rest)} more findings are not listed here")
    return (*every[: ANNOTATIONS_LIMIT - 1], more)


def _annotation(one: Annotation) -> Annotation:
    return replace(
        one,
        path=_line(one.path),
        line=_number(one.line),
        column=_number(one.column),
        code=_line(one.code),
        message=_line(one.message),
    )


def _line(text: str) -> str:
    return shorten(_text(text), LINE_LIMIT)


def _text(text: str) -> str:
    """Without lone surrogates, which JSON can write and nobody can read."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _readable(value: Any) -> Any:
    """A JSON value whose texts can all be read back."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _readable(item) for key, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list | tuple) else value


def _number(number: int) -> int:
    return min(max(number, 0), NUMBER_LIMIT)
