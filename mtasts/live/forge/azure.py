"""Azure DevOps' REST API (7.1): a comment is the first one of a thread of its own. Its issues are work items, which we
leave alone: their kinds and states are each organisation's own.
"""

import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import PAGES_LIMIT, Calls, Patience
from mtasts.live.forge.contract import Comment, Issue, NotAllowed, Pull, Refused, Unavailable
from mtasts.live.forge.kind import Environ, ForgeKind, Job, base_of, first, number, run_of, token_of
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret

# Characters; bytes of UTF-8 are never fewer. A description is far shorter than a comment.
BODY_LIMIT, PULL_LIMIT = 150_000, 4_000
_PAGE = 100
_WORD = re.compile(r"[\w.() -]{1,128}")

T = TypeVar("T")


class _User(Struct):
    id: str


class _Connection(Struct):
    authenticatedUser: _User  # noqa: N815 - the API's name


class _Comment(Struct):
    id: int
    content: str = ""
    author: _User | None = None
    isDeleted: bool = False  # noqa: N815
    commentType: str = "text"  # noqa: N815 - "system" is what Azure itself notes


class _Thread(Struct):
    id: int
    comments: tuple[_Comment, ...] = ()
    isDeleted: bool = False  # noqa: N815


class _Label(Struct):
    name: str
    active: bool = True


class _Pull(Struct):
    pullRequestId: int  # noqa: N815
    title: str
    status: str
    sourceRefName: str  # noqa: N815
    targetRefName: str  # noqa: N815
    description: str | None = None  # cut off at 400 characters in lists
    createdBy: _User | None = None  # noqa: N815
    labels: tuple[_Label, ...] = ()
    forkSource: dict[str, Any] | None = None  # noqa: N815


class AzureDevOps:
    """One repository. `Forge` documents the methods."""

    body_limit, pull_limit = BODY_LIMIT, PULL_LIMIT

    def __init__(
        self,
        collection: str,
        project: str,
        repository: str,
        token: Secret,
        *,
        author: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`collection`: https://dev.azure.com/ORGANISATION, checked. `author`: our id, where it cannot be asked."""
        self._author = author
        project, repository = urllib.parse.quote(project, safe=""), urllib.parse.quote(repository, safe="")
        self._at = f"/{project}/_apis/git/repositories/{repository}"
        self._page = f"{collection}/{project}/_git/{repository}/pullrequest"
        headers = {"Accept": "application/json;api-version=7.1", "User-Agent": "mtasts"}
        self._calls = Calls(
            "Azure DevOps", collection, token, ("Authorization", "Bearer "), headers, patience or Patience()
        )

    def kept(self, body: str) -> str:
        """As it is."""
        return body

    def me(self) -> str:
        """GET _apis/connectionData: the id that comments carry as their author's."""
        if not self._author:
            self._author = self._calls.ask("GET", "/_apis/connectionData", _Connection).authenticatedUser.id
        return self._author

    def comments(self, pull: int) -> Iterator[Comment]:
        """GET pullRequests/N/threads: all in one answer. What Azure itself notes and what is deleted is left out."""
        for thread in self._listed(f"{self._at}/pullRequests/{pull}/threads", _Thread):
            first_one = thread.comments[0] if thread.comments and not thread.isDeleted else None
            if first_one and not first_one.isDeleted and first_one.commentType != "system":
                yield _comment(thread.id, first_one)

    def create_comment(self, pull: int, body: str) -> Comment:
        """POST pullRequests/N/threads. Closed: an open thread stops the merge where all must be resolved."""
        value = {"comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}], "status": "closed"}
        thread = self._calls.ask("POST", f"{self._at}/pullRequests/{pull}/threads", _Thread, value)
        return _comment(thread.id, thread.comments[0])

    def update_comment(self, pull: int, comment: int, body: str) -> None:
        """PATCH pullRequests/N/threads/ID/comments/1."""
        self._calls.tell("PATCH", f"{self._at}/pullRequests/{pull}/threads/{comment}/comments/1", {"content": body})

    def delete_comment(self, pull: int, comment: int) -> None:
        """DELETE pullRequests/N/threads/ID/comments/1."""
        try:
            self._calls.tell("DELETE", f"{self._at}/pullRequests/{pull}/threads/{comment}/comments/1")
        except NotAllowed as error:
            if error.status != 404:
                raise

    def find_pulls(self, *, branch: str = "", base: str = "", label: str = "") -> Iterator[Pull]:
        """GET pullrequests, each again by its number: a list cuts descriptions off."""
        for pull in self._pulls("active", branch, base):
            if not label or label in pull.labels:
                yield pull

    def refused_pulls(self, *, branch: str, base: str) -> Iterator[Pull]:
        """GET pullrequests: abandoned ones."""
        return self._pulls("abandoned", branch, base)

    def _pulls(self, status: str, branch: str, base: str) -> Iterator[Pull]:
        query = {"searchCriteria.status": status, "$top": str(_PAGE)}
        query |= {"searchCriteria.sourceRefName": f"refs/heads/{branch}"} if branch else {}
        query |= {"searchCriteria.targetRefName": f"refs/heads/{base}"} if base else {}
        for page in range(PAGES_LIMIT):
            words = urllib.parse.urlencode({**query, "$skip": page * _PAGE})
            found = list(self._listed(f"{self._at}/pullrequests?{words}", _Pull))
            for one in found:
                if one.forkSource is None:
                    yield self._pull(one.pullRequestId)
            if len(found) < _PAGE:
                return
        raise Refused(f"Azure DevOps has more than {PAGES_LIMIT} pages for one list")

    def _pull(self, pull: int) -> Pull:
        whole = self._calls.ask("GET", f"{self._at}/pullrequests/{pull}", _Pull)
        labels = tuple(self._listed(f"{self._at}/pullRequests/{pull}/labels", _Label))
        return self._of(whole, labels)

    def open_pull(self, *, branch: str, base: str, title: str, body: str, labels: Sequence[str] = ()) -> Pull:
        """POST pullrequests; 409 when there is one already."""
        value = {
            "sourceRefName": f"refs/heads/{branch}",
            "targetRefName": f"refs/heads/{base}",
            "title": title,
            "description": body,
            "labels": [{"name": name} for name in labels],
        }
        try:
            made = self._calls.ask("POST", f"{self._at}/pullrequests", _Pull, value)
        except (Refused, Unavailable):
            there = next(self.find_pulls(branch=branch, base=base), None)
            if there is None:
                raise
            return there
        return self._of(made, tuple(_Label(name) for name in labels))

    def update_pull(self, pull: int, *, title: str | None = None, body: str | None = None) -> None:
        """PATCH pullrequests/N."""
        given = {"title": title, "description": body}
        self._patch(pull, {name: text for name, text in given.items() if text is not None})

    def close_pull(self, pull: int) -> None:
        """PATCH pullrequests/N."""
        self._patch(pull, {"status": "abandoned"})

    def label_pull(self, pull: int, labels: Sequence[str]) -> None:
        """POST pullRequests/N/labels."""
        for name in labels:
            self._calls.tell("POST", f"{self._at}/pullRequests/{pull}/labels", {"name": name})

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

    def _patch(self, pull: int, value: Mapping[str, str]) -> None:
        self._calls.tell("PATCH", f"{self._at}/pullrequests/{pull}", value)

    def _listed(self, path: str, kind: type[T]) -> Iterator[T]:
        return self._calls.pages(path, kind, "value")

    def _of(self, one: _Pull, labels: Sequence[_Label]) -> Pull:
        return Pull(
            number=one.pullRequestId,
            title=one.title,
            body=one.description or "",
            branch=one.sourceRefName.removeprefix("refs/heads/"),
            base=one.targetRefName.removeprefix("refs/heads/"),
            author=one.createdBy.id if one.createdBy else "",
            labels=tuple(label.name for label in labels if label.active),
            open=one.status == "active",
            url=f"{self._page}/{one.pullRequestId}",
        )


def _no_issues() -> Refused:
    return Refused("Azure DevOps keeps no issues beside a repository", "run `mtasts notify` instead")


def _comment(thread: int, one: _Comment) -> Comment:
    return Comment(thread, one.author.id if one.author else "", one.content)


def _job(environ: Environ) -> Job:
    """Variables of a pipeline, with `_` for `.`; a pull request's number is there for Azure Repos alone."""
    pull = number(environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID", ""))
    branch = environ.get("BUILD_SOURCEBRANCH", "")
    project = urllib.parse.quote(environ.get("SYSTEM_TEAMPROJECT", ""))
    place = f"{environ.get('SYSTEM_COLLECTIONURI', '').rstrip('/')}/{project}"
    build = environ.get("BUILD_BUILDID", "")
    return Job(
        branch=branch.removeprefix("refs/heads/") if branch.startswith("refs/heads/") else "",
        pull=pull,
        run=run_of(environ, "BUILD_BUILDID", "SYSTEM_JOBATTEMPT"),
        fork=environ.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true",
        commit=first(environ, "SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"),
        page=f"{place}/_build/results?buildId={build}" if build else "",
    )


def _client(environ: Environ, *, author: str = "", patience: Patience | None = None) -> AzureDevOps:
    collection = base_of(environ, "SYSTEM_COLLECTIONURI", "")
    project, repository = (
        first(environ, "SYSTEM_TEAMPROJECT"),
        first(environ, "BUILD_REPOSITORY_ID", "BUILD_REPOSITORY_NAME"),
    )
    if not _WORD.fullmatch(project) or not _WORD.fullmatch(repository):
        raise CannotLook(
            "SYSTEM_TEAMPROJECT and BUILD_REPOSITORY_ID do not name a repository", "a pipeline has them from Azure"
        )
    token = Secret(token_of(environ, "SYSTEM_ACCESSTOKEN"))
    return AzureDevOps(collection, project, repository, token, author=author, patience=patience)


def _login(environ: Environ) -> Login:
    """As Azure's own checkout does: the token as it is, not as a password."""
    token = token_of(environ, "SYSTEM_ACCESSTOKEN")
    return Login(base_of(environ, "SYSTEM_COLLECTIONURI", ""), Secret(f"Bearer {token}"))


def _variables(host: str, path: str) -> dict[str, str]:
    """https: ORGANISATION/PROJECT/_git/NAME; ssh: v3/ORGANISATION/PROJECT/NAME."""
    words = [urllib.parse.unquote(word) for word in path.split("/") if word not in ("_git", "v3")]
    organisation, project, name = [*words, "", "", ""][:3]
    server = f"https://{host.removeprefix('ssh.')}/{organisation}"
    return {"SYSTEM_COLLECTIONURI": server, "SYSTEM_TEAMPROJECT": project, "BUILD_REPOSITORY_NAME": name}


KIND = ForgeKind(
    title="Azure DevOps",
    body_limit=BODY_LIMIT,
    mine=lambda environ: environ.get("TF_BUILD", "").lower() == "true",
    job=_job,
    client=_client,
    login=_login,
    hosts=("dev.azure.com", "ssh.dev.azure.com"),
    variables=_variables,
    issues=False,
)
