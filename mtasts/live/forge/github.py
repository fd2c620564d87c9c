"""GitHub's REST API (2022-11-28), of github.com and of GitHub Enterprise Server."""

import json
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import Struct

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import Comment, ForgeError, Issue, NotAllowed, Pull, Refused, Unavailable
from mtasts.live.forge.kind import Environ, ForgeKind, Job, base_of, basic, number, run_of, token_of
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret

# GitHub says "65536 characters"; bytes of UTF-8 are never fewer.
BODY_LIMIT = 65_536
# The login behind the GITHUB_TOKEN of a workflow.
ACTIONS = "github-actions[bot]"
HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "mtasts",
}

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_EVENT_LIMIT = 26 * 1024 * 1024  # GitHub caps a webhook's payload at 25 MB


class _User(Struct):
    login: str


class _Viewer(Struct):
    viewer: _User


class _Viewed(Struct):
    data: _Viewer


class _Comment(Struct):
    id: int
    user: _User | None = None  # None: the account is gone
    body: str | None = None


class _Label(Struct):
    name: str = ""


class _Repository(Struct):
    full_name: str


class _Side(Struct):
    ref: str
    repo: _Repository | None = None  # None: the fork is gone


class PullRow(Struct):
    """A pull, as the API gives it."""

    number: int
    title: str
    state: str
    html_url: str
    head: _Side
    base: _Side
    body: str | None = None
    user: _User | None = None
    labels: tuple[_Label, ...] = ()
    merged_at: str | None = None


class IssueRow(Struct):
    """An issue, as the API gives it; pulls are listed among them."""

    number: int
    title: str
    state: str
    html_url: str
    body: str | None = None
    user: _User | None = None
    labels: tuple[_Label, ...] = ()
    pull_request: dict[str, Any] | None = None


class GitHub:
    """One repository. `Forge` documents the methods."""

    body_limit = pull_limit = BODY_LIMIT

    def __init__(
        self, base: str, repository: str, token: Secret, *, author: str = "", patience: Patience | None = None
    ) -> None:
        """`base`: the API's URL, checked. `repository`: OWNER/NAME. `author`: our login, where it cannot be asked."""
        self._repository = repository
        self._author = author
        self._at = f"/repos/{repository}"
        self._calls = Calls("GitHub", base, token, ("Authorization", "Bearer "), HEADERS, patience or Patience())

    def kept(self, body: str) -> str:
        """As it is."""
        return body

    def me(self) -> str:
        """GET /user; a GitHub App, the one behind a workflow's token included, may ask only by GraphQL."""
        if not self._author:
            try:
                self._author = self._calls.ask("GET", "/user", _User).login
            except NotAllowed as error:
                if error.status != 403:
                    raise
                self._author = self._viewer()
        return self._author

    def _viewer(self) -> str:
        # https://api.github.com -> /graphql; https://HOST/api/v3 of an Enterprise Server -> /api/graphql.
        calls = replace(self._calls, base=self._calls.base.removesuffix("/v3"))
        try:
            return calls.ask("POST", "/graphql", _Viewed, {"query": "{viewer{login}}"}).data.viewer.login
        except ForgeError:
            return ACTIONS

    def comments(self, pull: int) -> Iterator[Comment]:
        """GET /repos/O/R/issues/N/comments, in the order of their ids."""
        for one in self._calls.pages(f"{self._at}/issues/{pull}/comments?per_page=100", _Comment):
            yield _comment(one)

    def create_comment(self, pull: int, body: str) -> Comment:
        """POST /repos/O/R/issues/N/comments."""
        return _comment(self._calls.ask("POST", f"{self._at}/issues/{pull}/comments", _Comment, {"body": body}))

    def update_comment(self, pull: int, comment: int, body: str) -> None:
        """PATCH /repos/O/R/issues/comments/ID."""
        self._calls.tell("PATCH", f"{self._at}/issues/comments/{comment}", {"body": body})

    def delete_comment(self, pull: int, comment: int) -> None:
        """DELETE /repos/O/R/issues/comments/ID."""
        # 404 is also what a token without the right gets, but that one could not have written our comment either.
        try:
            self._calls.tell("DELETE", f"{self._at}/issues/comments/{comment}")
        except NotAllowed as error:
            if error.status != 404:
                raise

    def find_pulls(self, *, branch: str = "", base: str = "", label: str = "") -> Iterator[Pull]:
        """GET /repos/O/R/pulls."""
        for one in self._pulls("open", branch, base):
            pull = pull_of(one)
            if not label or label in pull.labels:
                yield pull

    def refused_pulls(self, *, branch: str, base: str) -> Iterator[Pull]:
        """GET /repos/O/R/pulls: GitHub calls merged ones closed, too."""
        return (pull_of(one) for one in self._pulls("closed", branch, base) if one.merged_at is None)

    def _pulls(self, state: str, branch: str, base: str) -> Iterator[PullRow]:
        query = {"state": state, "sort": "created", "direction": "desc", "per_page": "100"}
        if branch:
            query["head"] = f"{self._repository.split('/')[0]}:{branch}"
        if base:
            query["base"] = base
        for one in self._calls.pages(f"{self._at}/pulls?{urllib.parse.urlencode(query)}", PullRow):
            # The owner may have a fork under another name, with a branch of the same name.
            own = one.head.repo is not None and one.head.repo.full_name.lower() == self._repository.lower()
            if own and (not branch or one.head.ref == branch):
                yield one

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """POST /repos/O/R/pulls; labels are a second call."""
        value = {"title": title, "body": body, "head": branch, "base": base}
        try:
            pull = pull_of(self._calls.ask("POST", f"{self._at}/pulls", PullRow, value))
        except (Refused, Unavailable):
            # 422 when there is one already; 5xx when it may have been opened all the same.
            there = next(self.find_pulls(branch=branch, base=base), None)
            if there is None:
                raise
            return there
        if labels:
            self.label_pull(pull.number, labels)
        return pull

    def update_pull(self, pull: int, *, title: str | None = None, body: str | None = None) -> None:
        """PATCH /repos/O/R/pulls/N."""
        self._calls.tell("PATCH", f"{self._at}/pulls/{pull}", _given(title=title, body=body))

    def close_pull(self, pull: int) -> None:
        """PATCH /repos/O/R/pulls/N."""
        self._calls.tell("PATCH", f"{self._at}/pulls/{pull}", {"state": "closed"})

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """POST /repos/O/R/issues/N/labels."""
        self._calls.tell("POST", f"{self._at}/issues/{pull}/labels", {"labels": list(labels)})

    def find_issues(self, label: str, *, closed: bool = False) -> Iterator[Issue]:
        """GET /repos/O/R/issues."""
        query = {"state": "all" if closed else "open", "labels": label, "sort": "created", "direction": "desc"}
        for one in self._calls.pages(f"{self._at}/issues?{urllib.parse.urlencode(query)}&per_page=100", IssueRow):
            if one.pull_request is None:  # GitHub lists pulls as issues, too
                yield issue_of(one)

    def open_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """POST /repos/O/R/issues."""
        value = {"title": title, "body": body, "labels": list(labels)}
        return issue_of(self._calls.ask("POST", f"{self._at}/issues", IssueRow, value))

    def update_issue(
        self, issue: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> None:
        """PATCH /repos/O/R/issues/N."""
        value = _given(title=title, body=body)
        if closed is not None:
            value |= {"state": "closed", "state_reason": "completed"} if closed else {"state": "open"}
        self._calls.tell("PATCH", f"{self._at}/issues/{issue}", value)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _comment(one: _Comment) -> Comment:
    return Comment(one.id, one.user.login if one.user else "", one.body or "")


def pull_of(one: PullRow) -> Pull:
    """In the contract's words."""
    author = one.user.login if one.user else ""
    labels = tuple(label.name for label in one.labels)
    return Pull(
        number=one.number,
        title=one.title,
        body=one.body or "",
        branch=one.head.ref,
        base=one.base.ref,
        author=author,
        labels=labels,
        open=one.state == "open",
        url=one.html_url,
    )


def issue_of(one: IssueRow) -> Issue:
    """In the contract's words."""
    author = one.user.login if one.user else ""
    labels = tuple(label.name for label in one.labels)
    return Issue(one.number, one.title, one.body or "", author, labels, one.state == "open", one.html_url)


def repository_of(environ: Environ) -> str:
    """OWNER/NAME. Raises CannotLook."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        raise CannotLook("GITHUB_REPOSITORY does not name a repository", "it looks like OWNER/NAME")
    return repository


def job(environ: Environ) -> Job:
    """What a job says of itself, in variables and in the event that started it. Forgejo's jobs say the same."""
    ref = environ.get("GITHUB_REF", "")
    pull = re.fullmatch(r"refs/pull/(\d{1,18})/(?:merge|head)", ref)
    fork, commit = _of_event(environ)
    run = environ.get("GITHUB_RUN_ID", "")
    place = f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}"
    return Job(
        branch=ref.removeprefix("refs/heads/") if environ.get("GITHUB_REF_TYPE") == "branch" else "",
        pull=number(pull[1]) if pull else None,
        run=run_of(environ, "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
        fork=fork,
        commit=commit or environ.get("GITHUB_SHA", ""),
        page=f"{place}/actions/runs/{run}" if run else "",
    )


def _of_event(environ: Environ) -> tuple[bool, str]:
    """Whether a fork's pull started the job, and that pull's own head; (False, "") when nothing can be read."""
    try:
        path = Path(environ["GITHUB_EVENT_PATH"])
        pull = json.loads(path.read_bytes())["pull_request"] if path.stat().st_size <= _EVENT_LIMIT else {}
        head, base = pull["head"], pull["base"]
        # The fork may be gone by now: then there is no repository, and surely not ours.
        fork = not head["repo"] or head["repo"]["full_name"] != base["repo"]["full_name"]
        commit = head.get("sha", "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False, ""
    return fork, commit if isinstance(commit, str) else ""


def _client(environ: Environ, *, author: str = "", patience: Patience | None = None) -> GitHub:
    base = base_of(environ, "GITHUB_API_URL", "https://api.github.com")
    token = Secret(token_of(environ, "GITHUB_TOKEN", "GH_TOKEN"))
    return GitHub(base, repository_of(environ), token, author=author, patience=patience)


def _login(environ: Environ) -> Login:
    token = token_of(environ, "GITHUB_TOKEN", "GH_TOKEN")
    return basic(base_of(environ, "GITHUB_SERVER_URL", "https://github.com"), "x-access-token", token)


def _variables(host: str, path: str) -> dict[str, str]:
    own = {"GITHUB_REPOSITORY": path}
    if host in KIND.hosts:
        return own
    return {**own, "GITHUB_API_URL": f"https://{host}/api/v3", "GITHUB_SERVER_URL": f"https://{host}"}


KIND = ForgeKind(
    title="GitHub",
    body_limit=BODY_LIMIT,
    mine=lambda environ: environ.get("GITHUB_ACTIONS") == "true",
    job=job,
    client=_client,
    login=_login,
    hosts=("github.com",),
    variables=_variables,
)
