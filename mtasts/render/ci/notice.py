"""The message about changed results. Pure: takes what was reported last; returns the changes and the new state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtasts.render.ci.comment import SIGNS, WORDS
from mtasts.render.ci.parts import Block, Part, PartState
from mtasts.render.escape import shorten, terminal
from mtasts.words.names import with_u_labels

# Slack: a message has at most 50 blocks, a section's text 3,000 characters. A channel wants fewer.
_LINES_LIMIT = 20
_LINE_LIMIT = 300
_WELL = {PartState.PASSED, PartState.NOTHING}

Told = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One domain of one check whose outcome is another than was told last. `before` is "" when it never was."""

    kind: str
    stack: str
    subject: str  # the mail domain; "" for the check as a whole
    state: PartState
    before: str
    now: str
    why: str

    @property
    def line(self) -> str:
        """One line of plain text."""
        where = " ".join(
            word
            for word in (with_u_labels(self.subject) or "the whole check", f"({self.stack})" * bool(self.stack))
            if word
        )
        words = f"{self.before} -> {self.now}" if self.before else self.now
        why = f": {self.why}" if self.why else ""
        return f"{SIGNS[self.state]} {self.kind} {where}: {words}{why}"


def changes(parts: Iterable[Part], told: Told) -> tuple[tuple[Change, ...], dict[str, str]]:
    """The changes, and what will have been told when they are.

    What is well and was never spoken of is not told: the first run would be a flood. A domain that is gone from a
    check is forgotten; a check that failed as a whole forgets nothing.
    """
    found: list[Change] = []
    after = dict(told)
    for part in parts:
        prefix = f"{part.kind}/{part.stack}/"
        if part.state is not PartState.FAILED or part.blocks:
            present = {prefix + block.subject for block in part.blocks} | {prefix}
            for key in [key for key in after if key.startswith(prefix) and key not in present]:
                del after[key]
        outcomes = [(block.subject, block.state, *_words(part, block)) for block in part.blocks]
        broken = part.state is PartState.FAILED and not part.blocks
        if broken or prefix in after:
            outcomes.append(("", part.state, WORDS[part.state], part.headline if broken else ""))
        for subject, state, now, why in outcomes:
            before = after.get(prefix + subject, "")
            after[prefix + subject] = now
            if now != before and (before or state not in _WELL):
                found.append(Change(part.kind, part.stack, subject, state, before, now, why))
    return tuple(found), after


def _words(part: Part, block: Block) -> tuple[str, str]:
    """(the outcome in a word, why). `ready` has three outcomes, and its summary begins with the word for it."""
    if part.kind == "ready":
        now, _, why = block.summary.partition(": ")
        return now, why
    return WORDS[block.state], block.summary


def message(found: Sequence[Change], link: str = "") -> dict[str, Any]:
    """The JSON that Slack's incoming webhooks take, and those of Mattermost, Rocket.Chat and others (`text` alone).

    Everything is plain text there: no link, no mention, no markup comes from a domain, a report or a YAML file.
    """
    title = f"MTA-STS: {len(found)} {'outcome has' if len(found) == 1 else 'outcomes have'} changed"
    lines = [shorten(terminal(one.line), _LINE_LIMIT) for one in found[:_LINES_LIMIT]]
    if len(found) > _LINES_LIMIT:
        lines.append(f"and {len(found) - _LINES_LIMIT} more")
    own = [link] if link else []
    texts = [{"type": "plain_text", "text": line, "emoji": False} for line in (title, *lines, *own)]
    return {
        "text": "\n".join([*(_fallback(line) for line in (title, *lines)), *own]),
        "blocks": [{"type": "section", "text": text} for text in texts],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _fallback(line: str) -> str:
    """For `text`, which has markup. Slack: the three signs as entities. Others read Markdown and @names from it: a
    space of no width takes the effect from the signs that begin something.
    """
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in ("@", "#", "*", "_", "~", "`", "[", "]", "!"):
        escaped = escaped.replace(sign, f"{sign}\u200b")
    return escaped.replace("://", ":\u200b//")
