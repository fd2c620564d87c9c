"""Bitbucket Cloud's REST API (2.0).

It has no labels, keeps no issues that pipelines could rely on, shows HTML as text, and an update of a pull request
replaces all of it.
"""

import re
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import Comment, Issue, NotAllowed, Pull, Refused, Unavailable
from mtasts.live.forge.kind import Environ, ForgeKind, Job, base_of, basic, number, run_of, token_of
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret
from mtasts.render.plain_markdown import without_html

# Characters; bytes of UTF-8 are never fewer.
BODY_LIMIT = 32_768
_COMMENTS, _PULLS = 100, 50  # the longest pages
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
# A definition of a link that nothing refers to is shown nowhere.
_MARK = re.compile(r"<!-- (mtasts[^<>()\[\]\n]{0,200}) -->\s*\Z")
_HIDDEN = re.compile(r"\[//\]: # \((mtasts[^<>()\[\]\n]{0,200})\)\s*\Z")


class _User(Struct):
    uuid: str


class _Text(Struct):
    raw: str = ""


class _Comment(Struct):
    id: int
    content: _Text
    user: _User | None = None  # None: the account is gone
    deleted: bool = False


class _Name(Struct):
    name: str = ""


class _Repository(Struct):
    full_name: str


class _Side(Struct):
    branch: _Name
    repository: _Repository | None = None  # None: the fork is gone


class _Link(Struct, frozen=True):
    href: str = ""


class _Links(Struct, frozen=True):
    html: _Link = _Link()


class _Pull(Struct):
    id: int
    title: str
    state: str
    source: _Side
    destination: _Side
    description: str | None = None
    author: _User | None = None
    links: _Links = _Links()
    reviewers: tuple[_User, ...] = ()
    close_source_branch: bool = False


class Bitbucket:
    """One repository. `Forge` documents the methods."""

    body_limit = pull_limit = BODY_LIMIT

    def __init__(
        self, base: str, repository: str, token: Secret, *, author: str = "", patience: Patience | None = None
    ) -> None:
        """`base`: the API's URL, checked. `repository`: WORKSPACE/NAME. `author`: our uuid, if it cannot be asked."""
        self._repository, self._author = repository, author
        self._at = f"/repositories/{repository}"
        headers = {"Accept": "application/json", "User-Agent": "mtasts"}
        self._calls = Calls("Bitbucket", base, token, ("Authorization", "Bearer "), headers, patience or Patience())

    def kept(self, body: str) -> str:
        """Without HTML, but for the mark."""
        found = _MARK.search(body)
        return without_html(body[: found.start()]) + found[0] if found else without_html(body)

    def me(self) -> str:
        """GET /user. A repository's access token may not: then "", and the first comment's author tells it."""
        if not self._author:
            try:
                self._author = self._calls.ask("GET", "/user", _User).uuid
            except NotAllowed as error:
                if error.status != 403:
                    raise
        return self._author

    def comments(self, pull: int) -> Iterator[Comment]:
        """GET /repositories/W/R/pullrequests/N/comments, without those that are deleted."""
        query = f"?pagelen={_COMMENTS}&sort=created_on"
        for one in self._calls.pages(f"{self._at}/pullrequests/{pull}/comments{query}", _Comment, "values"):
            if not one.deleted:
                yield _comment(one)

    def create_comment(self, pull: int, body: str) -> Comment:
        """POST /repositories/W/R/pullrequests/N/comments."""
        value = {"content": {"raw": self._sent(body)}}
        return _comment(self._calls.ask("POST", f"{self._at}/pullrequests/{pull}/comments", _Comment, value))

    def update_comment(self, pull: int, comment: int, body: str) -> None:
        """PUT /repositories/W/R/pullrequests/N/comments/ID."""
        value = {"content": {"raw": self._sent(body)}}
        self._calls.tell("PUT", f"{self._at}/pullrequests/{pull}/comments/{comment}", value)

    def delete_comment(self, pull: int, comment: int) -> None:
        """DELETE /repositories/W/R/pullrequests/N/comments/ID."""
        try:
            self._calls.tell("DELETE", f"{self._at}/pullrequests/{pull}/comments/{comment}")
        except NotAllowed as error:
            if error.status != 404:
                raise

    def find_pulls(self, *, branch: str = "", base: str = "", label: str = "") -> Iterator[Pull]:
        """GET /repositories/W/R/pullrequests. There are no labels, so none has one."""
        return iter(()) if label else self._pulls("OPEN", branch, base)

    def refused_pulls(self, *, branch: str, base: str) -> Iterator[Pull]:
        """GET /repositories/W/R/pullrequests: merged ones are in a state of their own."""
        return self._pulls("DECLINED", branch, base)

    def _pulls(self, state: str, branch: str, base: str) -> Iterator[Pull]:
        words = [f'state="{state}"']
        words += [f'source.branch.name="{branch}"'] if branch else []
        words += [f'destination.branch.name="{base}"'] if base else []
        query = urllib.parse.urlencode({"q": " AND ".join(words), "sort": "-created_on", "pagelen": _PULLS})
        for one in self._calls.pages(f"{self._at}/pullrequests?{query}", _Pull, "values"):
            own = one.source.repository is not None and one.source.repository.full_name == self._repository
            if own and branch in ("", one.source.branch.name):
                yield _pull(one)

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """POST /repositories/W/R/pullrequests. It is not documented that a second one is refused, so we look first."""
        there = next(self.find_pulls(branch=branch, base=base), None)
        if there is not None:
            return there
        value = {
            "title": title,
            "description": self._sent(body),
            "source": {"branch": {"name": branch}},
            "destination": {"branch": {"name": base}},
        }
        try:
            return _pull(self._calls.ask("POST", f"{self._at}/pullrequests", _Pull, value))
        except Unavailable:
            there = next(self.find_pulls(branch=branch, base=base), None)
            if there is None:
                raise
            return there

    def update_pull(self, pull: int, *, title: str | None = None, body: str | None = None) -> None:
        """PUT /repositories/W/R/pullrequests/N, with what must not get lost: what is left out is taken away."""
        now = self._calls.ask("GET", f"{self._at}/pullrequests/{pull}", _Pull)
        value: dict[str, Any] = {
            "title": now.title if title is None else title,
            "description": (now.description or "") if body is None else self._sent(body),
            "reviewers": [{"uuid": one.uuid} for one in now.reviewers],
            "close_source_branch": now.close_source_branch,
        }
        self._calls.tell("PUT", f"{self._at}/pullrequests/{pull}", value)

    def close_pull(self, pull: int) -> None:
        """POST /repositories/W/R/pullrequests/N/decline."""
        self._calls.tell("POST", f"{self._at}/pullrequests/{pull}/decline", {})

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """There are none."""

    def find_issues(self, label: str, *, closed: bool = False) -> Iterator[Issue]:
        """Raises Refused."""
        raise _no_issues()

    def open_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Raises Refused."""
        raise _no_issues()

    def update_issue(
        self, issue: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> None:
        """Raises Refused."""
        raise _no_issues()

    def _sent(self, body: str) -> str:
        return _MARK.sub(lambda found: f"[//]: # ({found[1]})\n", self.kept(body))


def _no_issues() -> Refused:
    return Refused("Bitbucket keeps no issues beside a repository", "run `mtasts notify` instead")


def _read(text: str) -> str:
    return _HIDDEN.sub(lambda found: f"<!-- {found[1]} -->\n", text.replace("\r\n", "\n"))


def _comment(one: _Comment) -> Comment:
    return Comment(one.id, one.user.uuid if one.user else "", _read(one.content.raw))


def _pull(one: _Pull) -> Pull:
    return Pull(
        number=one.id,
        title=one.title,
        body=_read(one.description or ""),
        branch=one.source.branch.name,
        base=one.destination.branch.name,
        author=one.author.uuid if one.author else "",
        labels=(),
        open=one.state == "OPEN",
        url=one.links.html.href,
    )


def _job(environ: Environ) -> Job:
    """Pipelines run for the repository's own branches only, never for a fork's pull request."""
    pull = number(environ.get("BITBUCKET_PR_ID", ""))
    build, place = environ.get("BITBUCKET_BUILD_NUMBER", ""), environ.get("BITBUCKET_REPO_FULL_NAME", "")
    return Job(
        branch=environ.get("BITBUCKET_BRANCH", "") if pull is None else "",
        pull=pull,
        run=run_of(environ, "BITBUCKET_BUILD_NUMBER", "BITBUCKET_STEP_RUN_NUMBER"),
        commit=environ.get("BITBUCKET_COMMIT", ""),
        page=f"https://bitbucket.org/{place}/pipelines/results/{build}" if build and place else "",
    )


def _client(environ: Environ, *, author: str = "", patience: Patience | None = None) -> Bitbucket:
    base = base_of(environ, "BITBUCKET_API_URL", "https://api.bitbucket.org/2.0")
    repository = environ.get("BITBUCKET_REPO_FULL_NAME", "")
    if not _REPOSITORY.fullmatch(repository):
        raise CannotLook("BITBUCKET_REPO_FULL_NAME does not name a repository", "it looks like WORKSPACE/NAME")
    token = Secret(token_of(environ, "BITBUCKET_TOKEN"))
    return Bitbucket(base, repository, token, author=author or environ.get("BITBUCKET_AUTHOR", ""), patience=patience)


def _login(environ: Environ) -> Login:
    return basic("https://bitbucket.org", "x-token-auth", token_of(environ, "BITBUCKET_TOKEN"))


KIND = ForgeKind(
    title="Bitbucket",
    body_limit=BODY_LIMIT,
    mine=lambda environ: bool(environ.get("BITBUCKET_BUILD_NUMBER")),
    job=_job,
    client=_client,
    login=_login,
    hosts=("bitbucket.org",),
    variables=lambda _, path: {"BITBUCKET_REPO_FULL_NAME": path},
    issues=False,
    labels=False,
)
