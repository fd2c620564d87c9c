"""Azure DevOps' REST API, 7.1: what https://learn.microsoft.com/rest/api/azure/devops/git says of our calls."""

from collections.abc import Mapping
from typing import Any

from tests.forge.stand_in import Asked, Login, Reply, Route, StandIn

PROJECT, REPOSITORY = "Mail", "3411ebc1-d5aa-464f-9615-0b527bc66719"
LIMIT, DESCRIPTION = 150_000, 4_000
_LISTED = 400  # characters of a description in a list
_R = rf"/example/{PROJECT}/_apis/git/repositories/{REPOSITORY}"


class AzureStandIn(StandIn):
    """One repository with its pull requests and their threads; what Azure notes itself is a thread of its own."""

    name = "azure"
    limit = LIMIT
    paged = False
    within = "value"

    def __init__(self) -> None:
        super().__init__()
        self.pulls: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, dict[str, Any]] = {}  # the threads

    def environment(self, token: str) -> dict[str, str]:
        return {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{self.url}/example/",
            "SYSTEM_TEAMPROJECT": PROJECT,
            "BUILD_REPOSITORY_ID": REPOSITORY,
            "SYSTEM_ACCESSTOKEN": token,
        }

    def pull(self, branch: str = "change", *, author: str = "somebody", fork: bool = False) -> int:
        self.branches.add(branch)
        value = {"title": "A change", "sourceRefName": f"refs/heads/{branch}", "targetRefName": "refs/heads/main"}
        made = self._new_pull(value, author)
        if fork:
            made["forkSource"] = {"name": "refs/heads/x"}
        return int(made["pullRequestId"])

    def note(self, number: int, body: str, author: str, *, system: bool = False) -> int:
        return int(self._new_thread(number, body, author, "system" if system else "text")["id"])

    def bodies(self, number: int) -> list[str]:
        first = [thread["comments"][0] for thread in self.notes.values() if thread["on"] == number]
        return [one["content"] for one in first if not one["isDeleted"] and one["commentType"] != "system"]

    def routes(self) -> list[Route]:
        threads, pulls = rf"{_R}/pullRequests/(\d+)/threads", rf"{_R}/pullrequests"
        return [
            ("GET", "/example/_apis/connectionData", self._connection),
            ("GET", threads, self._list_threads),
            ("POST", threads, self._create_thread),
            ("PATCH", rf"{threads}/(\d+)/comments/1", self._update_comment),
            ("DELETE", rf"{threads}/(\d+)/comments/1", self._delete_comment),
            ("GET", rf"{_R}/pullRequests/(\d+)/labels", self._list_labels),
            ("POST", rf"{_R}/pullRequests/(\d+)/labels", self._add_label),
            ("GET", pulls, self._list_pulls),
            ("POST", pulls, self._create_pull),
            ("GET", rf"{pulls}/(\d+)", lambda asked, number: Reply(200, self.pulls[number])),
            ("PATCH", rf"{pulls}/(\d+)", self._update_pull),
        ]

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" and "api-version" in (headers.get("Accept") or "") else None

    def not_found(self) -> Reply:
        return Reply(404, {"message": "TF401180: The requested pull request was not found.", "errorCode": 0})

    def _connection(self, asked: Asked) -> Reply:
        return Reply(200, {"authenticatedUser": {"id": asked.login.name}}) if asked.login else _unauthorized()

    def _list_threads(self, asked: Asked, number: int) -> Reply:
        if asked.login is None:
            return _unauthorized()
        if number not in self.pulls:
            return self.not_found()
        found = [thread for thread in self.notes.values() if thread["on"] == number]
        return Reply(200, {"value": found, "count": len(found)})

    def _create_thread(self, asked: Asked, number: int) -> Reply:
        body = asked.value["comments"][0]["content"] if asked.value else ""
        refused = self._may_write(asked) or _too_long(body, LIMIT)
        if refused or number not in self.pulls:
            return refused or self.not_found()
        assert asked.login is not None
        return Reply(200, self._new_thread(number, body, asked.login.name, "text", asked.value.get("status")))

    def _update_comment(self, asked: Asked, _: int, thread: int) -> Reply:
        refused = self._may_write(asked) or _too_long(asked.value["content"], LIMIT)
        if refused or thread not in self.notes or self.notes[thread]["comments"][0]["isDeleted"]:
            return refused or self.not_found()
        self.notes[thread]["comments"][0]["content"] = asked.value["content"]
        return Reply(200, self.notes[thread]["comments"][0])

    def _delete_comment(self, asked: Asked, _: int, thread: int) -> Reply:
        refused = self._may_write(asked)
        if refused or thread not in self.notes:
            return refused or self.not_found()
        self.notes[thread]["comments"][0] |= {"isDeleted": True, "content": ""}
        return Reply(200)

    def _list_labels(self, asked: Asked, number: int) -> Reply:
        return Reply(200, {"value": self.pulls[number]["labels"]})

    def _add_label(self, asked: Asked, number: int) -> Reply:
        if refused := self._may_write(asked):
            return refused
        self.pulls[number]["labels"].append({"name": asked.value["name"], "active": True})
        return Reply(200, self.pulls[number]["labels"][-1])

    def _list_pulls(self, asked: Asked) -> Reply:
        """Newest first; labels are not in a list, descriptions only begin there."""
        found = [self.pulls[number] for number in sorted(self.pulls, reverse=True)]
        for key, name in (("status", "status"), ("sourceRefName", "sourceRefName"), ("targetRefName", "targetRefName")):
            wanted = asked.query.get(f"searchCriteria.{key}")
            found = [one for one in found if wanted in (None, one[name])]
        start, count = int(asked.query.get("$skip", 0)), int(asked.query.get("$top", 101))
        shown = [{**one, "description": (one["description"] or "")[:_LISTED]} for one in found[start : start + count]]
        return Reply(200, {"value": [{k: v for k, v in one.items() if k != "labels"} for one in shown]})

    def _create_pull(self, asked: Asked) -> Reply:
        refused = self._may_write(asked) or _too_long(asked.value.get("description") or "", DESCRIPTION)
        if refused:
            return refused
        assert asked.login is not None
        source = asked.value["sourceRefName"]
        if source.removeprefix("refs/heads/") not in self.branches:
            return Reply(400, {"message": f"TF401398: The source branch {source} does not exist."})
        if any(one["status"] == "active" and one["sourceRefName"] == source for one in self.pulls.values()):
            return Reply(409, {"message": "TF401179: An active pull request for the source and target branch exists."})
        return Reply(201, self._new_pull(asked.value, asked.login.name))

    def _update_pull(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked) or _too_long(asked.value.get("description") or "", DESCRIPTION)
        if refused or number not in self.pulls:
            return refused or self.not_found()
        self.pulls[number] |= asked.value
        return Reply(200, self.pulls[number])

    def _may_write(self, asked: Asked) -> Reply | None:
        if asked.login is None:
            return _unauthorized()
        said = "TF401027: You need the Git 'PullRequestContribute' permission to perform this action."
        return None if asked.login.writes else Reply(403, {"message": said})

    def _new_thread(self, number: int, body: str, author: str, kind: str, status: str | None = None) -> dict[str, Any]:
        one = {"id": 1, "content": body, "author": {"id": author}, "commentType": kind, "isDeleted": False}
        thread = {
            "id": 1000 + self.next_number(),
            "on": number,
            "comments": [one],
            "isDeleted": False,
            "status": status,
        }
        self.notes[thread["id"]] = thread  # type: ignore[index]
        return thread

    def _new_pull(self, value: Mapping[str, Any], author: str) -> dict[str, Any]:
        number = self.next_number()
        self.pulls[number] = {
            "pullRequestId": number,
            "title": value["title"],
            "description": value.get("description"),
            "status": "active",
            "sourceRefName": value["sourceRefName"],
            "targetRefName": value["targetRefName"],
            "createdBy": {"id": author},
            "labels": [{"name": one["name"], "active": True} for one in value.get("labels", [])],
        }
        return self.pulls[number]


def _too_long(text: str, limit: int) -> Reply | None:
    return Reply(400, {"message": f"The text is too long: {limit} characters at most."}) if len(text) > limit else None


def _unauthorized() -> Reply:
    return Reply(401, "")


STAND_IN = AzureStandIn
