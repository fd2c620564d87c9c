"""The contract of a forge, in one set of words: *pull* is GitHub's pull request and GitLab's merge request.

Every method may raise one of the errors below. They are `CannotLook`s: whoever does not catch them ends with one clear
line and exit code 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mtasts.errors import CannotLook


class ForgeError(CannotLook):
    """The forge did not do what it was asked for."""


class NotAllowed(ForgeError):  # noqa: N818 - named like CannotLook, for what happened
    """401, 403 or 404: the token may not, or may not see it. What a pull request from a fork always meets."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class Refused(ForgeError):  # noqa: N818
    """Any other 4xx: the forge understood and will not (body too long, branch missing, exists already)."""


class RateLimited(ForgeError):  # noqa: N818
    """Too many requests, and the forge wants us to stay away longer than we are ready to wait."""

    def __init__(self, message: str, hint: str, retry_after: float) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after  # seconds from now


class Unavailable(ForgeError):  # noqa: N818
    """5xx, no connection, no whole answer in time. `sent`: the forge may have done it all the same."""

    def __init__(self, message: str, hint: str, *, sent: bool) -> None:
        super().__init__(message, hint)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull. Ids grow with time."""

    id: int
    author: str  # login name
    body: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request."""

    number: int
    title: str
    body: str
    branch: str  # the one that is to be merged
    base: str  # the one it is to be merged into
    author: str
    labels: tuple[str, ...]
    open: bool
    url: str  # for people


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue."""

    number: int
    title: str
    body: str
    author: str
    labels: tuple[str, ...]
    open: bool
    url: str


class Forge(Protocol):
    """One repository on one forge, as one token sees it."""

    @property
    def body_limit(self) -> int:
        """The longest body of a comment or issue, in bytes of UTF-8 (which is never less than it counts)."""

    @property
    def pull_limit(self) -> int:
        """The longest body of a pull, likewise."""

    def kept(self, body: str) -> str:
        """The body as the forge will give it back: what it cannot show is in another form, the mark is not.

        What is kept already stays as it is. Whatever is written is brought into this form; compare in it.
        """

    def me(self) -> str:
        """The login name that our comments carry."""

    def comments(self, pull: int) -> Iterator[Comment]:
        """All comments of a pull, oldest first, over all pages."""

    def create_comment(self, pull: int, body: str) -> Comment:
        """Add a comment. After `Unavailable` with `sent` it may be there: look before trying again."""

    def update_comment(self, pull: int, comment: int, body: str) -> None:
        """Replace the body of a comment."""

    def delete_comment(self, pull: int, comment: int) -> None:
        """Delete a comment; one that is gone already is no error."""

    def find_pulls(self, *, branch: str = "", base: str = "", label: str = "") -> Iterator[Pull]:
        """The open pulls of this repository's own branches, newest first; each given word must match."""

    def refused_pulls(self, *, branch: str, base: str) -> Iterator[Pull]:
        """The pulls from this branch to this base that were closed without being merged, newest first."""

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """Open a pull; gives the open one when there is one from this branch to this base already, unchanged."""

    def update_pull(self, pull: int, *, title: str | None = None, body: str | None = None) -> None:
        """Change what is given."""

    def close_pull(self, pull: int) -> None:
        """Close without merging; the branch stays."""

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """Add labels; those there stay."""

    def find_issues(self, label: str, *, closed: bool = False) -> Iterator[Issue]:
        """The open issues with a label, newest first; with `closed`, the closed ones too."""

    def open_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue. After `Unavailable` with `sent` it may be there: look before trying again."""

    def update_issue(
        self, issue: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> None:
        """Change what is given; `closed` closes or reopens."""
