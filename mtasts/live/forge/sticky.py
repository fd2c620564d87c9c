"""One comment on a pull, one issue for a matter: found again by a hidden mark, edited, never doubled.

Neither forge can create "only if there is none" or write "only if unchanged". So every writer looks again after it
wrote, until it sees exactly one: the oldest of ours, with what the latest run had to say; younger doubles are deleted
(issues: closed). All writers follow the same rule, so they agree, whoever comes last.

A mark counts only in what our own login wrote: anybody can write the mark, and could take it back under another text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mtasts.live.forge.contract import Comment, Forge, Issue, NotAllowed, Unavailable

_ROUNDS = 6
_MARK = re.compile(r"<!-- mtasts:(?P<key>[a-z0-9-]{1,40}) run=(?P<run>\d{1,18})\.(?P<attempt>\d{1,18}) -->\s*\Z")
KEY = re.compile(r"[a-z0-9-]{1,40}")

Run = tuple[int, int]


class Told(StrEnum):
    """What became of a text."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT = "left: a later run has said more"
    NOTHING = "nothing to say, and nothing said before"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Mark:
    """The hidden last line of what is ours: which of our texts this is, and which run wrote it."""

    key: str
    run: Run

    def __str__(self) -> str:
        return f"<!-- mtasts:{self.key} run={self.run[0]}.{self.run[1]} -->"

    def under(self, text: str) -> str:
        """The body: the text, then the mark."""
        return f"{text.rstrip()}\n\n{self}\n"


def mark_of(body: str) -> Mark | None:
    """The mark that a body ends with."""
    found = _MARK.search(body.replace("\r\n", "\n"))
    return Mark(found["key"], (int(found["run"]), int(found["attempt"]))) if found else None


def say(forge: Forge, pull: int, mark: Mark, text: str, *, create: bool = True) -> Told:
    """Make `text` our one comment with this mark's key on a pull. With `create` off, only an existing one is edited.

    Raises ForgeErrors. Outside CI the run is (0, 0), and then what we say counts as the latest.
    """
    body = forge.kept(mark.under(text))
    me = forge.me()
    told = Told.UNCHANGED
    created: Comment | None = None
    wrote = ""
    for _ in range(_ROUNDS):
        ours = _ours(forge, pull, mark.key, me, created)
        if not ours:
            if not create:
                return Told.NOTHING
            try:
                created = forge.create_comment(pull, body)
            except Unavailable as error:
                if not error.sent:
                    raise
                continue  # it may be there: look
            me, told, wrote = created.author or me, Told.CREATED, body
            continue  # another run may have done the same at the same time: look
        best = _latest(ours, mark.run, body)
        keeper, doubles = ours[0], ours[1:]
        # A forge that kept what we wrote in a form of its own would never be "the same".
        kept = wrote == best and mark_of(keeper.body) == mark_of(best)
        if not doubles and (kept or _same(keeper.body, best)):
            return Told.LEFT if best != body and told is Told.UNCHANGED else told
        if not _settle(forge, pull, keeper, doubles, best):
            created = None
            continue  # somebody deleted it meanwhile
        if told is not Told.CREATED:
            told = Told.UPDATED if best == body else Told.LEFT
        created, wrote = None, best
    return told


def _ours(forge: Forge, pull: int, key: str, me: str, created: Comment | None) -> list[Comment]:
    """Oldest first. What we have just created counts even if the list does not show it yet."""
    found = {one.id: one for one in forge.comments(pull) if _is_ours(one.body, one.author, key, me)}
    if created is not None:
        found.setdefault(created.id, created)
    return [found[number] for number in sorted(found)]


def _is_ours(body: str, author: str, key: str, me: str) -> bool:
    mark = mark_of(body)
    return mark is not None and mark.key == key and author == me


def _latest(ours: Sequence[Comment], run: Run, body: str) -> str:
    """The body to keep: ours, unless a later run's is there."""
    if run == (0, 0):
        return body
    best_run, best = run, body
    for one in ours:
        mark = mark_of(one.body)
        if mark and mark.run > best_run:
            best_run, best = mark.run, one.body
    return best


def _settle(forge: Forge, pull: int, keeper: Comment, doubles: Sequence[Comment], best: str) -> bool:
    """Write first, delete then: what a later run said must be in the keeper before its own comment goes."""
    if not _same(keeper.body, best):
        try:
            forge.update_comment(pull, keeper.id, best)
        except NotAllowed as error:
            if error.status != 404:
                raise
            return False
    for double in doubles:
        forge.delete_comment(pull, double.id)
    return True


def _same(one: str, other: str) -> bool:
    """Forges trim bodies and may turn line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def keep_issue(forge: Forge, label: str, mark: Mark, title: str, text: str | None) -> Told:
    """Have one open issue with this mark while there is a `text`, and none when there is not (None).

    The newest closed one is opened again rather than a new one made, so that a matter keeps its history.
    """
    me = forge.me()
    ours = _issues(forge, label, mark.key, me)
    if text is None:
        for one in ours:
            if one.open:
                forge.update_issue(one.number, closed=True)
        return Told.CLOSED if any(one.open for one in ours) else Told.NOTHING
    body = forge.kept(mark.under(text))
    if not ours:
        return _open(forge, label, mark, title, body)
    keeper = min((one for one in ours if one.open), key=lambda one: one.number, default=ours[0])
    _close_doubles(forge, ours, keeper)
    if keeper.open and keeper.title == title and _same(keeper.body, body):
        return Told.UNCHANGED
    forge.update_issue(keeper.number, title=title, body=body, closed=None if keeper.open else False)
    return Told.UPDATED


def _open(forge: Forge, label: str, mark: Mark, title: str, body: str) -> Told:
    try:
        made = forge.open_issue(title=title, body=body, labels=[label])
    except Unavailable as error:
        if not error.sent or not _issues(forge, label, mark.key, forge.me()):
            raise
        return Told.CREATED
    ours = [one for one in _issues(forge, label, mark.key, made.author or forge.me()) if one.open]
    _close_doubles(forge, ours, min(ours, key=lambda one: one.number, default=made))
    return Told.CREATED


def _close_doubles(forge: Forge, ours: Sequence[Issue], keeper: Issue) -> None:
    for one in ours:
        if one.open and one.number != keeper.number:
            forge.update_issue(one.number, closed=True)


def _issues(forge: Forge, label: str, key: str, me: str) -> list[Issue]:
    """Newest first, closed ones too."""
    found = (one for one in forge.find_issues(label, closed=True) if _is_ours(one.body, one.author, key, me))
    return sorted(found, key=lambda one: -one.number)
