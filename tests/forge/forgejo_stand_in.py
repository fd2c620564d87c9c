"""Forgejo's REST API, v1: what https://code.forgejo.org/api/swagger says of our calls, where it is not GitHub's."""

from collections.abc import Mapping
from typing import Any

from tests.forge.github_stand_in import REPOSITORY, GitHubStandIn
from tests.forge.stand_in import Asked, Login, Reply, Route

_R = rf"/api/v1/repos/{REPOSITORY}"


class ForgejoStandIn(GitHubStandIn):
    """One repository. Labels are numbers that have to be there, comments come in one answer, pages are `limit` long."""

    name = "forgejo"
    limit = None  # none is documented
    paged = False
    page_size = "limit"
    page_limit = 50

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[int, str] = {}

    def environment(self, token: str) -> dict[str, str]:
        return {
            "FORGEJO_ACTIONS": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": f"{self.url}/api/v1",
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": token,
        }

    def routes(self) -> list[Route]:
        own: list[Route] = [
            ("GET", "/api/v1/user", self._user),
            ("GET", rf"{_R}/labels", lambda asked: self.page(asked, [self._label(one) for one in self.labels])),
            ("POST", rf"{_R}/labels", self._create_label),
        ]
        return [
            *own,
            *((verb, path.replace("/repos/", "/api/v1/repos/"), work) for verb, path, work in super().routes()),
        ]

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        scheme, _, token = (headers.get("Authorization") or "").partition(" ")
        return self.tokens.get(token) if scheme == "token" else None

    def _label(self, number: int) -> dict[str, Any]:
        return {"id": number, "name": self.labels[number], "color": "0e8a16"}

    def _create_label(self, asked: Asked) -> Reply:
        if refused := self._may_write(asked):
            return refused
        number = self.next_number()
        self.labels[number] = asked.value["name"]
        return Reply(201, self._label(number))

    def _add_labels(self, asked: Asked, number: int) -> Reply:
        """Numbers of labels; one that is not there is not found."""
        refused = self._may_write(asked)
        if refused or number not in self.issues:
            return refused or self.not_found()
        self.issues[number]["labels"] += [self._label(one) for one in asked.value["labels"]]
        return Reply(200, self.issues[number]["labels"])

    def _list_notes(self, asked: Asked, number: int) -> Reply:
        """All of them; pages are not known here."""
        if asked.login is None or number not in self.issues:
            return super()._list_notes(asked, number)
        return Reply(200, [note for note in self.notes.values() if note["on"] == number])

    def _list_pulls(self, asked: Asked) -> Reply:
        """By state alone."""
        state = asked.query.get("state", "open")
        return self.page(
            asked, [one for one in self._newest_first() if "head" in one and state in ("all", one["state"])]
        )

    def _create_pull(self, asked: Asked) -> Reply:
        reply = super()._create_pull(asked)
        exists = reply.status == 422 and "already exists" in str(reply.value)
        return Reply(409, {"message": "pull request already exists for these targets"}) if exists else reply

    def _list_issues(self, asked: Asked) -> Reply:
        """Names of labels that the repository does not have are passed over."""
        known = {name for name in asked.query.get("labels", "").split(",") if name in self.labels.values()}
        query = {**asked.query, "labels": ",".join(known)}
        reply = super()._list_issues(Asked(**{**vars_of(asked), "query": query}))
        reply.value = [one for one in reply.value if "pull_request" not in one]
        return reply

    def _too_long(self, asked: Asked, resource: str) -> Reply | None:
        return None

    def _new_issue(self, value: Mapping[str, Any], author: str) -> dict[str, Any]:
        made = super()._new_issue({**value, "labels": []}, author)
        made["labels"] = [self._label(one) for one in value.get("labels", [])]
        return made


def vars_of(asked: Asked) -> dict[str, Any]:
    """The fields of a request."""
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}


STAND_IN = ForgejoStandIn
