"""GitLab's REST API, v4: what https://docs.gitlab.com/api says of the calls we make."""

import re
from collections.abc import Mapping
from typing import Any

from tests.forge.gitlab_admin import GitLabAdmin
from tests.forge.stand_in import Asked, Login, Reply, Route

PROJECT = 42
LIMIT = 1_000_000
_P = rf"/api/v4/projects/{PROJECT}"
_COMMAND = re.compile(r"^/[a-z_]+", re.MULTILINE)


class GitLabStandIn(GitLabAdmin):
    """One project with its merge requests, issues and notes. `obeyed` lists the quick actions that it carried out."""

    name = "gitlab"
    limit = LIMIT
    page_default = 20

    def __init__(self) -> None:
        super().__init__()
        self.merges: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, dict[str, Any]] = {}
        self.obeyed: list[str] = []

    def environment(self, token: str) -> dict[str, str]:
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": str(PROJECT),
            "GITLAB_TOKEN": token,
        }

    def pull(self, branch: str = "change", *, author: str = "somebody", project: int = PROJECT) -> int:
        """Have an open merge request, as from a person."""
        self.branches.add(branch)
        value = {"title": "A change", "source_branch": branch, "target_branch": "main"}
        return int(self._new(self.merges, value, author, project)["iid"])

    def note(self, number: int, body: str, author: str, *, system: bool = False) -> int:
        """Have a note."""
        return int(self._new_note(number, body, author, system=system)["id"])

    def bodies(self, number: int) -> list[str]:
        return [note["body"] for note in self.notes.values() if note["on"] == number]

    def routes(self) -> list[Route]:
        return [
            ("GET", "/api/v4/user", self._user),
            ("GET", rf"{_P}/merge_requests/(\d+)/notes", self._list_notes),
            ("POST", rf"{_P}/merge_requests/(\d+)/notes", self._create_note),
            ("PUT", rf"{_P}/merge_requests/(\d+)/notes/(\d+)", self._update_note),
            ("DELETE", rf"{_P}/merge_requests/(\d+)/notes/(\d+)", self._delete_note),
            ("GET", rf"{_P}/merge_requests", self._list_merges),
            ("POST", rf"{_P}/merge_requests", self._create_merge),
            ("PUT", rf"{_P}/merge_requests/(\d+)", lambda asked, number: self._update(asked, self.merges, number)),
            ("GET", rf"{_P}/issues", self._list_issues),
            ("POST", rf"{_P}/issues", self._create_issue),
            ("PUT", rf"{_P}/issues/(\d+)", lambda asked, number: self._update(asked, self.issues, number)),
            *self.admin_routes(_P),
        ]

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        return self.tokens.get(headers.get("PRIVATE-TOKEN") or "")  # a JOB-TOKEN may call none of these

    def not_found(self) -> Reply:
        return Reply(404, {"message": "404 Not Found"})

    def _user(self, asked: Asked) -> Reply:
        return Reply(200, {"id": 1, "username": asked.login.name}) if asked.login else _unauthorized()

    def _list_notes(self, asked: Asked, number: int) -> Reply:
        if asked.login is None:
            return _unauthorized()
        if number not in self.merges:
            return self.not_found()
        notes = [note for note in self.notes.values() if note["on"] == number]
        return self.page(asked, notes if asked.query.get("sort") == "asc" else notes[::-1])

    def _create_note(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked.value.get("body"))
        if refused or number not in self.merges:
            return refused or self.not_found()
        assert asked.login is not None
        self._obey(asked.value["body"])
        return Reply(201, self._new_note(number, asked.value["body"], asked.login.name))

    def _update_note(self, asked: Asked, _: int, note: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked.value.get("body"))
        if refused or note not in self.notes:
            return refused or self.not_found()
        self._obey(asked.value["body"])
        self.notes[note]["body"] = asked.value["body"]
        return Reply(200, self.notes[note])

    def _delete_note(self, asked: Asked, _: int, note: int) -> Reply:
        refused = self._may_write(asked)
        if refused or note not in self.notes:
            return refused or self.not_found()
        del self.notes[note]
        return Reply(204)

    def _list_merges(self, asked: Asked) -> Reply:
        found = self._listed(asked, self.merges)
        for key in ("source_branch", "target_branch"):
            found = [one for one in found if asked.query.get(key, one[key]) == one[key]]
        return self.page(asked, found)

    def _create_merge(self, asked: Asked) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked.value.get("description"))
        if refused:
            return refused
        assert asked.login is not None
        if asked.value["source_branch"] not in self.branches:
            return Reply(400, {"message": ["Source branch does not exist"]})
        for one in self.merges.values():
            if one["state"] == "opened" and one["source_branch"] == asked.value["source_branch"]:
                said = f"Another open merge request already exists for this source branch: !{one['iid']}"
                return Reply(409, {"message": [said]})
        return Reply(201, self._new(self.merges, asked.value, asked.login.name, PROJECT))

    def _list_issues(self, asked: Asked) -> Reply:
        return self.page(asked, self._listed(asked, self.issues))

    def _create_issue(self, asked: Asked) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked.value.get("description"))
        if refused:
            return refused
        assert asked.login is not None
        return Reply(201, self._new(self.issues, asked.value, asked.login.name, PROJECT))

    def _update(self, asked: Asked, things: dict[int, dict[str, Any]], number: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked.value.get("description"))
        if refused or number not in things:
            return refused or self.not_found()
        one = things[number]
        one |= {key: asked.value[key] for key in ("title", "description") if key in asked.value}
        one["labels"] += [label for label in asked.value.get("add_labels", "").split(",") if label]
        one["state"] = {"close": "closed", "reopen": "opened"}.get(asked.value.get("state_event", ""), one["state"])
        return Reply(200, one)

    def _listed(self, asked: Asked, things: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        wanted, state = set(asked.query.get("labels", "").split(",")) - {""}, asked.query.get("state", "all")
        found = [things[number] for number in sorted(things, reverse=True)]
        return [one for one in found if wanted <= set(one["labels"]) and state in ("all", one["state"])]

    def _may_write(self, asked: Asked) -> Reply | None:
        if asked.login is None:
            return _unauthorized()
        return None if asked.login.writes else Reply(403, {"message": "403 Forbidden"})

    def _too_long(self, text: str | None) -> Reply | None:
        if len(text or "") <= LIMIT:
            return None
        said = f'400 Bad request - Note {{:note=>["is too long (maximum is {LIMIT} characters)"]}}'
        return Reply(400, {"message": said})

    def _obey(self, body: str) -> None:
        """Quick actions: a line that starts with a slash, outside of blocks of code."""
        outside = re.sub(r"^(`{3,}).*?^\1`*$", "", body, flags=re.MULTILINE | re.DOTALL)
        self.obeyed += _COMMAND.findall(outside)

    def _new_note(self, number: int, body: str, author: str, *, system: bool = False) -> dict[str, Any]:
        note = {"id": 1000 + self.next_number(), "on": number, "body": body, "system": system}
        note |= {"author": {"username": author}}
        self.notes[note["id"]] = note  # type: ignore[index]
        return note

    def _new(
        self, things: dict[int, dict[str, Any]], value: Mapping[str, Any], author: str, source: int
    ) -> dict[str, Any]:
        number = len(things) + 1  # numbers count for merge requests and issues apart
        things[number] = {
            "id": self.next_number(),
            "iid": number,
            "title": value["title"],
            "description": value.get("description"),
            "state": "opened",
            "author": {"username": author},
            "labels": [label for label in value.get("labels", "").split(",") if label],
            "web_url": f"https://gitlab.example/{number}",
            "source_branch": value.get("source_branch"),
            "target_branch": value.get("target_branch"),
            "source_project_id": source,
            "target_project_id": PROJECT,
        }
        return things[number]


def _unauthorized() -> Reply:
    return Reply(401, {"message": "401 Unauthorized"})


STAND_IN = GitLabStandIn
