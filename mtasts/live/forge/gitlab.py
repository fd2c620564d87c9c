"""GitLab's REST API (v4), of gitlab.com and of one's own GitLab.

A job's own CI_JOB_TOKEN can neither read nor write notes; a project access token with the scope `api` can.
"""

import re
import urllib.parse
from collections.abc import Iterator, Sequence

from msgspec import Struct

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import Comment, Issue, NotAllowed, Pull, Refused, Unavailable
from mtasts.live.forge.kind import Environ, ForgeKind, Job, base_of, basic, first, number, run_of, token_of
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret

# A note or a description: 1,000,000 characters; bytes of UTF-8 are never fewer.
BODY_LIMIT = 1_000_000
HEADERS = {"Accept": "application/json", "User-Agent": "mtasts"}

_PROJECT = re.compile(r"\d{1,18}|[\w.+-]{1,200}(?:/[\w.+-]{1,200}){1,20}")


class _User(Struct):
    username: str


class _Note(Struct):
    id: int
    body: str
    author: _User | None = None
    system: bool = False


class _Merge(Struct):
    iid: int
    title: str
    state: str
    web_url: str
    source_branch: str
    target_branch: str
    source_project_id: int | None = None  # None: the fork is gone
    target_project_id: int | None = None
    description: str | None = None
    author: _User | None = None
    labels: tuple[str, ...] = ()


class _Issue(Struct):
    iid: int
    title: str
    state: str
    web_url: str
    description: str | None = None
    author: _User | None = None
    labels: tuple[str, ...] = ()


class GitLab:
    """One project. `Forge` documents the methods."""

    body_limit = pull_limit = BODY_LIMIT

    def __init__(
        self,
        base: str,
        project: str,
        token: Secret,
        *,
        job_token: bool = False,
        author: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`base`: the API's URL, checked. `project`: its number or path. `author`: our login, if not to be asked."""
        self._author = author
        self._at = f"/projects/{urllib.parse.quote(project, safe='')}"
        header = ("JOB-TOKEN" if job_token else "PRIVATE-TOKEN", "")
        self._calls = Calls("GitLab", base, token, header, HEADERS, patience or Patience())

    def kept(self, body: str) -> str:
        """As it is."""
        return body

    def me(self) -> str:
        """GET /user."""
        if not self._author:
            self._author = self._calls.ask("GET", "/user", _User).username
        return self._author

    def comments(self, pull: int) -> Iterator[Comment]:
        """GET /projects/P/merge_requests/N/notes, without what GitLab itself notes."""
        query = "?sort=asc&order_by=created_at&per_page=100"
        for note in self._calls.pages(f"{self._notes(pull)}{query}", _Note):
            if not note.system:
                yield _comment(note)

    def create_comment(self, pull: int, body: str) -> Comment:
        """POST /projects/P/merge_requests/N/notes."""
        return _comment(self._calls.ask("POST", self._notes(pull), _Note, {"body": body}))

    def update_comment(self, pull: int, comment: int, body: str) -> None:
        """PUT /projects/P/merge_requests/N/notes/ID."""
        self._calls.tell("PUT", f"{self._notes(pull)}/{comment}", {"body": body})

    def delete_comment(self, pull: int, comment: int) -> None:
        """DELETE /projects/P/merge_requests/N/notes/ID."""
        try:
            self._calls.tell("DELETE", f"{self._notes(pull)}/{comment}")
        except NotAllowed as error:
            if error.status != 404:
                raise

    def find_pulls(self, *, branch: str = "", base: str = "", label: str = "") -> Iterator[Pull]:
        """GET /projects/P/merge_requests."""
        return self._pulls("opened", branch, base, label)

    def refused_pulls(self, *, branch: str, base: str) -> Iterator[Pull]:
        """GET /projects/P/merge_requests: merged ones are in a state of their own."""
        return self._pulls("closed", branch, base)

    def _pulls(self, state: str, branch: str, base: str, label: str = "") -> Iterator[Pull]:
        query = {"state": state, "order_by": "created_at", "sort": "desc"}
        query |= {"source_branch": branch} if branch else {}
        query |= {"target_branch": base} if base else {}
        query |= {"labels": label} if label else {}
        for one in self._calls.pages(f"{self._at}/merge_requests?{urllib.parse.urlencode(query)}&per_page=100", _Merge):
            if one.source_project_id is not None and one.source_project_id == one.target_project_id:
                yield _pull(one)

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """POST /projects/P/merge_requests."""
        value = {"source_branch": branch, "target_branch": base, "title": title, "description": body}
        value |= {"labels": ",".join(labels)} if labels else {}
        try:
            return _pull(self._calls.ask("POST", f"{self._at}/merge_requests", _Merge, value))
        except (Refused, Unavailable):
            # 409 when there is one already; 5xx when it may have been opened all the same.
            there = next(self.find_pulls(branch=branch, base=base), None)
            if there is None:
                raise
            return there

    def update_pull(self, pull: int, *, title: str | None = None, body: str | None = None) -> None:
        """PUT /projects/P/merge_requests/N."""
        self._calls.tell("PUT", f"{self._at}/merge_requests/{pull}", _given(title=title, description=body))

    def close_pull(self, pull: int) -> None:
        """PUT /projects/P/merge_requests/N."""
        self._calls.tell("PUT", f"{self._at}/merge_requests/{pull}", {"state_event": "close"})

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """PUT /projects/P/merge_requests/N."""
        self._calls.tell("PUT", f"{self._at}/merge_requests/{pull}", {"add_labels": ",".join(labels)})

    def find_issues(self, label: str, *, closed: bool = False) -> Iterator[Issue]:
        """GET /projects/P/issues."""
        query = {"state": "all" if closed else "opened", "labels": label, "order_by": "created_at", "sort": "desc"}
        for one in self._calls.pages(f"{self._at}/issues?{urllib.parse.urlencode(query)}&per_page=100", _Issue):
            yield _issue(one)

    def open_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """POST /projects/P/issues."""
        value = {"title": title, "description": body, "labels": ",".join(labels)}
        return _issue(self._calls.ask("POST", f"{self._at}/issues", _Issue, value))

    def update_issue(
        self, issue: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> None:
        """PUT /projects/P/issues/N."""
        value = _given(title=title, description=body)
        if closed is not None:
            value["state_event"] = "close" if closed else "reopen"
        self._calls.tell("PUT", f"{self._at}/issues/{issue}", value)

    def _notes(self, pull: int) -> str:
        return f"{self._at}/merge_requests/{pull}/notes"


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _comment(note: _Note) -> Comment:
    return Comment(note.id, note.author.username if note.author else "", note.body)


def _pull(one: _Merge) -> Pull:
    return Pull(
        number=one.iid,
        title=one.title,
        body=one.description or "",
        branch=one.source_branch,
        base=one.target_branch,
        author=one.author.username if one.author else "",
        labels=one.labels,
        open=one.state == "opened",
        url=one.web_url,
    )


def _issue(one: _Issue) -> Issue:
    author = one.author.username if one.author else ""
    return Issue(one.iid, one.title, one.description or "", author, one.labels, one.state == "opened", one.web_url)


def project_of(environ: Environ) -> str:
    """The project's number or path. Raises CannotLook.

    In a pipeline of a fork, CI_PROJECT_ID is the fork; the merge request lives where it is to be merged.
    """
    project = first(environ, "CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID", "CI_PROJECT_PATH")
    if not _PROJECT.fullmatch(project):
        raise CannotLook("CI_PROJECT_ID does not name a project", "it is the number on the project's page, or its path")
    return project


def _job(environ: Environ) -> Job:
    source, target = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), environ.get("CI_MERGE_REQUEST_PROJECT_ID")
    return Job(
        branch=environ.get("CI_COMMIT_BRANCH", ""),
        pull=number(environ.get("CI_MERGE_REQUEST_IID", "")),
        run=run_of(environ, "CI_PIPELINE_ID", "CI_JOB_ID"),
        fork=bool(source and target and source != target),
        commit=first(environ, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
        page=environ.get("CI_JOB_URL", ""),
    )


def _client(environ: Environ, *, author: str = "", patience: Patience | None = None) -> GitLab:
    base = base_of(environ, "CI_API_V4_URL", "https://gitlab.com/api/v4")
    project = project_of(environ)
    own = bool(environ.get("GITLAB_TOKEN"))
    token = Secret(token_of(environ, "GITLAB_TOKEN", "CI_JOB_TOKEN"))
    return GitLab(base, project, token, job_token=not own, author=author, patience=patience)


def _login(environ: Environ) -> Login:
    user = "oauth2" if environ.get("GITLAB_TOKEN") else "gitlab-ci-token"
    token = token_of(environ, "GITLAB_TOKEN", "CI_JOB_TOKEN")
    return basic(base_of(environ, "CI_SERVER_URL", "https://gitlab.com"), user, token)


def _variables(host: str, path: str) -> dict[str, str]:
    server = f"https://{host}"
    return {"CI_PROJECT_PATH": path, "CI_API_V4_URL": f"{server}/api/v4", "CI_SERVER_URL": server}


KIND = ForgeKind(
    title="GitLab",
    body_limit=BODY_LIMIT,
    mine=lambda environ: environ.get("GITLAB_CI") == "true",
    job=_job,
    client=_client,
    login=_login,
    hosts=("gitlab.com",),
    variables=_variables,
)
