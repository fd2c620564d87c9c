"""Bitbucket Cloud's REST API, 2.0: what https://developer.atlassian.com/cloud/bitbucket/rest says of our calls."""

import re
from collections.abc import Mapping
from typing import Any

from tests.forge.stand_in import Asked, Login, Reply, Route, StandIn

REPOSITORY = "example/mail"
LIMIT = 32_768
_R = rf"/2\.0/repositories/{REPOSITORY}"


class BitbucketStandIn(StandIn):
    """One repository with its pull requests and comments; a comment that is deleted stays in the list, marked so."""

    name = "bitbucket"
    limit = LIMIT
    within = "values"
    page_size = "pagelen"
    page_default = 10

    def __init__(self) -> None:
        super().__init__()
        self.pulls: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, dict[str, Any]] = {}

    def environment(self, token: str) -> dict[str, str]:
        return {
            "BITBUCKET_BUILD_NUMBER": "7",
            "BITBUCKET_API_URL": f"{self.url}/2.0",
            "BITBUCKET_REPO_FULL_NAME": REPOSITORY,
            "BITBUCKET_TOKEN": token,
        }

    def pull(self, branch: str = "change", *, author: str = "somebody", repository: str = REPOSITORY) -> int:
        self.branches.add(branch)
        return int(self._new_pull({"title": "A change"}, branch, "main", author, repository)["id"])

    def note(self, number: int, body: str, author: str) -> int:
        return int(self._new_note(number, body, author)["id"])

    def sent(self, number: int) -> list[str]:
        """The comments as they were sent."""
        found = [note for note in self.notes.values() if note["on"] == number and not note["deleted"]]
        return [note["content"]["raw"] for note in found]

    def bodies(self, number: int) -> list[str]:
        """With the mark as other forges have it, so that tests can be the same."""
        return [re.sub(r"\[//\]: # \((mtasts.*)\)\n\Z", r"<!-- \1 -->\n", body) for body in self.sent(number)]

    def routes(self) -> list[Route]:
        notes = rf"{_R}/pullrequests/(\d+)/comments"
        return [
            ("GET", "/2.0/user", self._user),
            ("GET", notes, self._list_notes),
            ("POST", notes, self._create_note),
            ("PUT", rf"{notes}/(\d+)", self._update_note),
            ("DELETE", rf"{notes}/(\d+)", self._delete_note),
            ("GET", rf"{_R}/pullrequests", self._list_pulls),
            ("POST", rf"{_R}/pullrequests", self._create_pull),
            ("GET", rf"{_R}/pullrequests/(\d+)", lambda asked, number: Reply(200, self.pulls[number])),
            ("PUT", rf"{_R}/pullrequests/(\d+)", self._update_pull),
            ("POST", rf"{_R}/pullrequests/(\d+)/decline", self._decline),
        ]

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" else None

    def not_found(self) -> Reply:
        return _error(404, "Resource not found")

    def page(self, asked: Asked, entries: list[Any]) -> Reply:
        """The entries are in `values`, the address of the next page in `next`."""
        reply = super().page(asked, entries)
        found = re.search(r'<([^>]+)>; rel="next"', reply.headers.pop("Link"))
        reply.value = {"values": reply.value, "pagelen": 10} | ({"next": found[1]} if found else {})
        return reply

    def _user(self, asked: Asked) -> Reply:
        if asked.login is None:
            return _error(401, "Token is invalid, expired, or not supported for this endpoint.")
        if asked.login.app:
            return _error(403, "Your credentials lack one or more required privilege scopes.")
        return Reply(200, _user(asked.login.name))

    def _list_notes(self, asked: Asked, number: int) -> Reply:
        if asked.login is None:
            return _error(401, "Token is invalid")
        if number not in self.pulls:
            return self.not_found()
        return self.page(asked, [note for note in self.notes.values() if note["on"] == number])

    def _create_note(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked)
        if refused or number not in self.pulls:
            return refused or self.not_found()
        assert asked.login is not None
        return Reply(201, self._new_note(number, asked.value["content"]["raw"], asked.login.name))

    def _update_note(self, asked: Asked, _: int, note: int) -> Reply:
        refused = self._may_write(asked) or self._too_long(asked)
        if refused or note not in self.notes or self.notes[note]["deleted"]:
            return refused or self.not_found()
        self.notes[note]["content"] = {"raw": asked.value["content"]["raw"]}
        return Reply(200, self.notes[note])

    def _delete_note(self, asked: Asked, _: int, note: int) -> Reply:
        refused = self._may_write(asked)
        if refused or note not in self.notes or self.notes[note]["deleted"]:
            return refused or self.not_found()
        self.notes[note] |= {"deleted": True, "content": {"raw": ""}}
        return Reply(204)

    def _list_pulls(self, asked: Asked) -> Reply:
        """Filtered by the documented query language, as far as it is used."""
        found = [self.pulls[number] for number in sorted(self.pulls, reverse=True)]
        for path, wanted in re.findall(r'([a-z.]+)="([^"]*)"', asked.query.get("q", "")):
            found = [one for one in found if _at(one, path) == wanted]
        return self.page(asked, found)

    def _create_pull(self, asked: Asked) -> Reply:
        refused = self._may_write(asked)
        if refused:
            return refused
        branch, base = asked.value["source"]["branch"]["name"], asked.value["destination"]["branch"]["name"]
        if branch not in self.branches:
            return _error(400, f"source: branch {branch} not found")
        assert asked.login is not None
        return Reply(201, self._new_pull(asked.value, branch, base, asked.login.name, REPOSITORY))

    def _update_pull(self, asked: Asked, number: int) -> Reply:
        """Replaces all: what is left out is gone. A pull that is not open takes no change."""
        refused = self._may_write(asked)
        if refused or number not in self.pulls:
            return refused or self.not_found()
        if self.pulls[number]["state"] != "OPEN" or "title" not in asked.value:
            return _error(400, "title: required key not provided")
        fresh = {"description": "", "reviewers": [], "close_source_branch": False}
        self.pulls[number] |= fresh | dict(asked.value)
        return Reply(200, self.pulls[number])

    def _decline(self, asked: Asked, number: int) -> Reply:
        refused = self._may_write(asked)
        if refused:
            return refused
        self.pulls[number]["state"] = "DECLINED"
        return Reply(200, self.pulls[number])

    def _may_write(self, asked: Asked) -> Reply | None:
        if asked.login is None:
            return _error(401, "Token is invalid")
        return (
            None if asked.login.writes else _error(403, "Your credentials lack one or more required privilege scopes.")
        )

    def _too_long(self, asked: Asked) -> Reply | None:
        if len(asked.value["content"]["raw"]) <= LIMIT:
            return None
        return _error(400, f"content: raw is too long (at most {LIMIT} characters)")

    def _new_note(self, number: int, body: str, author: str) -> dict[str, Any]:
        note = {"id": 1000 + self.next_number(), "on": number, "content": {"raw": body}, "deleted": False}
        note["user"] = _user(author)
        self.notes[note["id"]] = note  # type: ignore[index]
        return note

    def _new_pull(
        self, value: Mapping[str, Any], branch: str, base: str, author: str, repository: str
    ) -> dict[str, Any]:
        number = self.next_number()
        self.pulls[number] = {
            "id": number,
            "title": value["title"],
            "description": value.get("description", ""),
            "state": "OPEN",
            "source": {"branch": {"name": branch}, "repository": {"full_name": repository}},
            "destination": {"branch": {"name": base}, "repository": {"full_name": REPOSITORY}},
            "author": _user(author),
            "reviewers": [],
            "links": {"html": {"href": f"https://bitbucket.example/{REPOSITORY}/pull-requests/{number}"}},
        }
        return self.pulls[number]


def _user(name: str) -> dict[str, str]:
    """Bitbucket has no login names: people are known by a UUID in braces."""
    return {"uuid": name, "display_name": name.title()}


def _at(value: Any, path: str) -> Any:
    for word in path.split("."):
        value = value[word]
    return value


def _error(status: int, message: str) -> Reply:
    return Reply(status, {"type": "error", "error": {"message": message}})


STAND_IN = BitbucketStandIn
