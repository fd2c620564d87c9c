"""Forgejo's REST API (v1), which is Gitea's, too: GitHub's, with labels by number and other words for pages.

Its Actions set GitHub's variables as well, so its jobs are asked for before GitHub's.
"""

import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import Struct

from mtasts.live.forge import github
from mtasts.live.forge.calls import Calls, Patience
from mtasts.live.forge.contract import ForgeError, Issue, Pull, Refused, Unavailable
from mtasts.live.forge.github import GitHub, repository_of
from mtasts.live.forge.kind import Environ, ForgeKind, Job, basic, first, token_of
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret, checked_base

# Not documented; GitHub's is far below what its database takes.
BODY_LIMIT = 65_536
_TOKENS = ("FORGEJO_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN")
_PAGE = 50  # the most that a server gives unless it is set otherwise (`[api] MAX_RESPONSE_ITEMS`)


class _User(Struct):
    login: str


class _Label(Struct):
    id: int
    name: str


class Forgejo(GitHub):
    """One repository. `Forge` documents the methods."""

    body_limit = pull_limit = BODY_LIMIT

    def __init__(
        self,
        base: str,
        repository: str,
        token: Secret,
        *,
        robot: str,
        author: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`robot`: the login behind the token of a job, which may not ask for its name."""
        super().__init__(base, repository, token, author=author, patience=patience)
        self._robot = robot
        headers = {"Accept": "application/json", "User-Agent": "mtasts"}
        self._calls = Calls("Forgejo", base, token, ("Authorization", "token "), headers, patience or Patience())

    def me(self) -> str:
        """GET /user."""
        if not self._author:
            try:
                self._author = self._calls.ask("GET", "/user", _User).login
            except ForgeError:
                self._author = self._robot
        return self._author

    def _pulls(self, state: str, branch: str, base: str) -> Iterator[github.PullRow]:
        """GET /repos/O/R/pulls: it knows no filter by branch."""
        query = urllib.parse.urlencode({"state": state, "sort": "newest", "limit": _PAGE})
        for one in self._calls.pages(f"{self._at}/pulls?{query}", github.PullRow):
            own = one.head.repo is not None and one.head.repo.full_name.lower() == self._repository.lower()
            if own and branch in ("", one.head.ref) and base in ("", one.base.ref):
                yield one

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """POST /repos/O/R/pulls; 409 when there is one already, which may have another base."""
        value = {"title": title, "body": body, "head": branch, "base": base, "labels": self._numbers(labels)}
        try:
            return github.pull_of(self._calls.ask("POST", f"{self._at}/pulls", github.PullRow, value))
        except (Refused, Unavailable):
            there = next(self.find_pulls(branch=branch, base=base), None)
            if there is None:
                raise
            return there

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """POST /repos/O/R/issues/N/labels."""
        self._calls.tell("POST", f"{self._at}/issues/{pull}/labels", {"labels": self._numbers(labels)})

    def find_issues(self, label: str, *, closed: bool = False) -> Iterator[Issue]:
        """GET /repos/O/R/issues: it passes over labels that the repository does not have, so we look at them here."""
        query = {"state": "all" if closed else "open", "labels": label, "type": "issues", "limit": _PAGE}
        for one in self._calls.pages(f"{self._at}/issues?{urllib.parse.urlencode(query)}", github.IssueRow):
            issue = github.issue_of(one)
            if one.pull_request is None and label in issue.labels:
                yield issue

    def open_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """POST /repos/O/R/issues."""
        value = {"title": title, "body": body, "labels": self._numbers(labels)}
        return github.issue_of(self._calls.ask("POST", f"{self._at}/issues", github.IssueRow, value))

    def _numbers(self, labels: Sequence[str]) -> list[int]:
        """The numbers of labels; those that are not there are made. GitHub makes them by itself."""
        if not labels:
            return []
        known = {one.name: one.id for one in self._calls.pages(f"{self._at}/labels?limit={_PAGE}", _Label)}
        for name in labels:
            if name not in known:
                value = {"name": name, "color": "#0e8a16"}
                known[name] = self._calls.ask("POST", f"{self._at}/labels", _Label, value).id
        return [known[name] for name in labels]


def _mine(environ: Environ) -> bool:
    return "true" in (environ.get("FORGEJO_ACTIONS"), environ.get("GITEA_ACTIONS"))


def _job(environ: Environ) -> Job:
    """As GitHub's; the page of a run has the run's number in the repository."""
    found = github.job(environ)
    place = f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}"
    number = environ.get("GITHUB_RUN_NUMBER", "")
    return replace(found, page=f"{place}/actions/runs/{number}" if number else "")


def _client(environ: Environ, *, author: str = "", patience: Patience | None = None) -> Forgejo:
    base = _base(environ, "API_URL", "https://codeberg.org/api/v1")
    token = Secret(token_of(environ, *_TOKENS))
    robot = "gitea-actions" if environ.get("FORGEJO_ACTIONS") != "true" else "forgejo-actions"
    return Forgejo(base, repository_of(environ), token, robot=robot, author=author, patience=patience)


def _login(environ: Environ) -> Login:
    return basic(_base(environ, "SERVER_URL", "https://codeberg.org"), "oauth2", token_of(environ, *_TOKENS))


def _base(environ: Environ, what: str, default: str) -> str:
    names = [f"{whose}_{what}" for whose in ("FORGEJO", "GITEA", "GITHUB")]
    return checked_base(first(environ, *names) or default, names[-1]).rstrip("/")


def _variables(host: str, path: str) -> dict[str, str]:
    server = f"https://{host}"
    return {"GITHUB_REPOSITORY": path, "GITHUB_SERVER_URL": server, "GITHUB_API_URL": f"{server}/api/v1"}


KIND = ForgeKind(
    title="Forgejo",
    body_limit=BODY_LIMIT,
    mine=_mine,
    job=_job,
    client=_client,
    login=_login,
    hosts=("codeberg.org",),
    variables=_variables,
)
