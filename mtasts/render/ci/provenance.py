"""The origin of each part of a pull request's comment: whose words it holds. Pure.

A change's own code runs in the jobs beside the gate, so the files that they leave may say anything, "the gate is open"
too. A verdict is taken only from the file of which the gate's job has handed over the digest; what other files say is
said as theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from mtasts.render.ci.parts import Block, Part, PartState

GATE = "gate"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a check left: its name, the SHA-256 of its bytes, and what it says.

    `read`: the parts are the file's words; else it is missing or unreadable, and they are ours, saying so.
    """

    name: str
    digest: str
    parts: tuple[Part, ...]
    read: bool


def attributed(sources: Sequence[Source], gate: str) -> tuple[Part, ...]:
    """All parts, the verdicts only of the file whose digest is `gate` ("": the gate's job handed over none)."""
    found = [part for source in sources for part in _of(source, gate)]
    if any(part.kind == GATE for part in found):
        return tuple(found)
    return (_missing(), *found)


def unvouched(sources: Sequence[Source]) -> str:
    """The name of the first file with a verdict, "" if none has one: nobody vouches for it."""
    return next((source.name for source in sources if _judges(source)), "")


def theirs(sources: Sequence[Source]) -> tuple[Part, ...]:
    """All parts as the words of their files, where no file holds a verdict."""
    return tuple(_said(part, source) for source in sources for part in source.parts)


def _judges(source: Source) -> bool:
    return source.read and any(part.kind == GATE for part in source.parts)


def _of(source: Source, gate: str) -> tuple[Part, ...]:
    if gate and source.digest == gate:
        return source.parts
    if _judges(source):
        return (_foreign(source, gate),)
    return tuple(_said(part, source) for part in source.parts)


def _said(part: Part, source: Source) -> Part:
    if not source.read:
        return part
    stem = source.name.removesuffix(".json")
    blocks = tuple(_block(block, stem) for block in part.blocks)
    return replace(part, title=stem, headline=f"{source.name} says: {part.headline}", next_step="", blocks=blocks)


def _block(block: Block, stem: str) -> Block:
    return replace(block, summary=f"{stem}: {block.summary}") if block.summary else block


def _foreign(source: Source, gate: str) -> Part:
    made = f"its SHA-256 is {source.digest[:12]}, not {gate[:12]}" if gate else "that job handed over none"
    return _failed(source.name, f"{source.name} is not the file that the gate's job made ({made}).")


def _missing() -> Part:
    return _failed(GATE, "The gate left no result.")


def _failed(title: str, why: str) -> Part:
    return Part(
        kind="gate",
        stack="",
        title=title.removesuffix(".json"),
        state=PartState.FAILED,
        headline=f"Nobody knows whether this may be merged. {why}",
        next_step="Look at the log of the gate's job and run the checks again; do not go by the other files.",
    )
