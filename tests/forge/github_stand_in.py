"""GitHub's REST API, version 2022-11-28: what https://docs.github.com/rest says of the calls we make."""

import re
from collections.abc import Mapping
from typing import Any

from tests.forge.github_admin import GitHubAdmin
from tests.forge.stand_in import Asked, Login, Reply, Route

REPOSITORY = "example/mail"
LIMIT = 65_536
_R = rf"/repos/{REPOSITORY}"


class GitHubStandIn(GitHubAdmin):
    """One repository with its pulls, issues and comments. Pulls are issues here, as there."""

    name = "github"
    limit = LIMIT

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, dict[str, Any]] = {}

    def environment(self, token: str) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": token,
        }

    def pull(self, branch: str = "change", *, author: str = "somebody", repository: str = REPOSITORY) -> int:
        """Have an open pull request, as from a person."""
        self.branches.add(branch)
        value = {"title": "A change", "body": None, "head": branch, "base": "main"}
        return int(self._new_pull(value, author, repository)["number"])

    def note(self, number: int, body: str, author: str) -> int:
        """Have a comment."""
        return int(self._new_note(number, body, author)["id"])

    def bodies(self, number: int) -> list[str]:
        return [note["body"] for note in self.notes.values() if note["on"] == number]

    def routes(self) -> list[Route]:
        return [
            ("GET", "/user", self._user),
            ("POST", "/graphql", self._graphql),
            ("GET", rf"{_R}/issues/(\d+)/comments", self._list_notes),
            ("POST", rf"{_R}/issues/(\d+)/comments", self._create_note),
            ("PATCH", rf"{_R}/issues/comments/(\d+)", self._update_note),
            ("DELETE", rf"{_R}/issues/comments/(\d+)", self._delete_note),
            ("POST", rf"{_R}/issues/(\d+)/labels", self._add_labels),
            ("GET", rf"{_R}/pulls", self._list_pulls),
            ("POST", rf"{_R}/pulls", self._create_pull),
            ("PATCH", rf"{_R}/pulls/(\d+)", self._update_issue),
            ("GET", rf"{_R}/issues", self._list_issues),
            ("POST", rf"{_R}/issues", self._create_issue),
            ("PATCH", rf"{_R}/issues/(\d+)", self._update_issue),
            *self.admin_routes(_R),
        ]

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" and headers.get("User-Agent") else None

    def not_found(self) -> Reply:
        return Reply(404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"})

    def _user(self, asked: Asked) -> Reply:
        if asked.login is None:
            return Reply(401, {"message": "Bad credentials"})
        if asked.login.app:
            return Reply(403, {"message": "Resource not accessible by integration"})
        return Reply(200, {"login": asked.login.name, "id": 1})

    def _graphql(self, asked: Asked) -> Reply:
        if asked.login is None:
            return Reply(401, {"message": "Bad credentials"})
        return Reply(200, {"data": {"viewer": {"login": asked.login.name}}})

    def _list_notes(self, asked: Asked, number: int) -> Reply:
        if asked.login is None:
            return Reply(401, {"message": "Bad credentials"})
        if number not in self.issues:
            return self.not_found()
        return self.page(asked, [note for note in self.notes.values() if note["on"] == number])

    def _create_note(self, asked: Asked, number: int) -> Reply:
        return self._may_write(asked) or self._too_long(asked, "IssueComment") or self._created_note(asked, number)

    def _created_note(self, asked: Asked, number: int) -> Reply:
        assert asked.login is not None
        if number not in self.issues:
            return self.not_found()
        return Reply(201, self._new_note(number, asked.value["body"], asked.login.name))

    def _update_note(self, asked: Asked, note: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked, "IssueComment")
        if refused or note not in self.notes:
            return refused or self.not_found()
        self.notes[note]["body"] = asked.value["body"]
        return Reply(200, self.notes[note])

    def _delete_note(self, asked: Asked, note: int) -> Reply:
        refused = self._may_write(asked)
        if refused or note not in self.notes:
            return refused or self.not_found()
        del self.notes[note]
        return Reply(204)

    def _add_labels(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked)
        if refused or number not in self.issues:
            return refused or self.not_found()
        self.issues[number]["labels"] += [{"name": name} for name in asked.value["labels"]]
        return Reply(200, self.issues[number]["labels"])

    def _list_pulls(self, asked: Asked) -> Reply:
        found = [
            one for one in self._newest_first() if "head" in one and one["state"] == asked.query.get("state", "open")
        ]
        owner_and_branch = asked.query.get("head")
        if owner_and_branch:
            found = [one for one in found if f"{self._owner(one)}:{one['head']['ref']}" == owner_and_branch]
        if "base" in asked.query:
            found = [one for one in found if one["base"]["ref"] == asked.query["base"]]
        return self.page(asked, found)

    def _create_pull(self, asked: Asked) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked, "PullRequest")
        if refused:
            return refused
        assert asked.login is not None
        if asked.value["head"] not in self.branches:
            return _invalid({"resource": "PullRequest", "field": "head", "code": "invalid"})
        for one in self.issues.values():
            if one["state"] == "open" and one.get("head", {}).get("ref") == asked.value["head"]:
                said = f"A pull request already exists for {self._owner(one)}:{asked.value['head']}."
                return _invalid({"resource": "PullRequest", "code": "custom", "message": said})
        return Reply(201, self._new_pull(asked.value, asked.login.name, REPOSITORY))

    def _list_issues(self, asked: Asked) -> Reply:
        wanted, state = set(asked.query.get("labels", "").split(",")) - {""}, asked.query.get("state", "open")
        found = [one for one in self._newest_first() if wanted <= {label["name"] for label in one["labels"]}]
        shown = [{**one, "pull_request": {"url": "-"}} if "head" in one else one for one in found]
        return self.page(asked, [one for one in shown if state in ("all", one["state"])])

    def _create_issue(self, asked: Asked) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked, "Issue")
        if refused:
            return refused
        assert asked.login is not None
        return Reply(201, self._new_issue(asked.value, asked.login.name))

    def _update_issue(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked, "Issue")
        if refused or number not in self.issues:
            return refused or self.not_found()
        self.issues[number] |= {key: asked.value[key] for key in ("title", "body", "state") if key in asked.value}
        return Reply(200, self.issues[number])

    def _may_write(self, asked: Asked) -> Reply | None:
        if asked.login is None:
            return Reply(401, {"message": "Bad credentials"})
        return None if asked.login.writes else Reply(403, {"message": "Resource not accessible by integration"})

    def _too_long(self, asked: Asked, resource: str) -> Reply | None:
        if len(asked.value.get("body") or "") <= LIMIT:
            return None
        said = f"Body is too long (maximum is {LIMIT} characters)"
        return _invalid({"resource": resource, "code": "unprocessable", "field": "data", "message": said})

    def _new_note(self, number: int, body: str, author: str) -> dict[str, Any]:
        note = {"id": 1000 + self.next_number(), "on": number, "body": body, "user": {"login": author}}
        self.notes[note["id"]] = note  # type: ignore[index]
        return note

    def _new_issue(self, value: Mapping[str, Any], author: str) -> dict[str, Any]:
        number = self.next_number()
        self.issues[number] = {
            "number": number,
            "title": value["title"],
            "body": value.get("body"),
            "state": "open",
            "user": {"login": author},
            "labels": [{"name": name} for name in value.get("labels", [])],
            "html_url": f"https://github.example/{REPOSITORY}/{number}",
        }
        return self.issues[number]

    def _new_pull(self, value: Mapping[str, Any], author: str, repository: str) -> dict[str, Any]:
        sides = {
            "head": {"ref": value["head"], "repo": {"full_name": repository}},
            "base": {"ref": value["base"], "repo": {"full_name": REPOSITORY}},
            "merged_at": None,
        }
        issue = self._new_issue(value, author)
        issue |= sides
        return issue

    def _newest_first(self) -> list[dict[str, Any]]:
        return [self.issues[number] for number in sorted(self.issues, reverse=True)]

    def _owner(self, pull: Mapping[str, Any]) -> str:
        return re.split("/", pull["head"]["repo"]["full_name"])[0]


def _invalid(error: Mapping[str, str]) -> Reply:
    return Reply(
        422, {"message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com"}
    )


STAND_IN = GitHubStandIn
