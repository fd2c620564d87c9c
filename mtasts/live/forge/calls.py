"""REST calls to a forge: JSON out and in, pages, patience with limits and outages, typed errors, no secret in any."""

import json
import random
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from mtasts.live.forge.contract import ForgeError, NotAllowed, RateLimited, Refused, Unavailable
from mtasts.live.web import Answer, NoAnswer, Secret, exchange
from mtasts.render.escape import shorten, terminal

# GitHub keeps at most 2,500 comments on an issue; 100 pages are 10,000.
PAGES_LIMIT = 100
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait, and for what. The clock and the sleep are arguments for rehearsals."""

    seconds: float = 30.0  # for one exchange
    attempts: int = 5
    waiting: float = 180.0  # in all pauses of one call together: a secondary limit of GitHub's lasts a minute
    first_pause: float = 1.0  # doubled each time, and jittered: two runs that collide must not collide again
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


@dataclass(frozen=True)
class Calls:
    """The calls of one token to one API. `base` has no `/` at its end and has passed `checked_base`."""

    forge: str  # its name, for messages
    base: str
    token: Secret
    header: tuple[str, str]  # the header that carries the token, and what stands before it
    headers: Mapping[str, str]
    patience: Patience = field(default_factory=Patience)

    def ask(self, method: str, path: str, kind: type[T], value: Mapping[str, Any] | None = None) -> T:
        """One call; its answer as `kind`. Raises the errors of `contract`."""
        return self._read(self._patiently(method, f"{self.base}{path}", value), kind)

    def tell(self, method: str, path: str, value: Mapping[str, Any] | None = None) -> None:
        """One call whose answer does not matter."""
        self._patiently(method, f"{self.base}{path}", value)

    def pages(self, path: str, kind: type[T], within: str = "") -> Iterator[T]:
        """The entries of a list over all its pages, which the answers' Link headers give.

        `within`: each answer is an object, the entries are there; the next page may then be told by its `next`.
        """
        url = f"{self.base}{path}"
        for _ in range(PAGES_LIMIT):
            answer = self._patiently("GET", url, None)
            whole = self._read(answer, dict[str, msgspec.Raw]) if within else {}
            entries = replace(answer, body=bytes(whole.get(within, b"[]"))) if within else answer
            yield from self._read(entries, list[kind])  # type: ignore[valid-type]
            found = _NEXT.search(answer.headers.get("link", ""))
            following = found[1] if found else self._following(answer, whole)
            if not following:
                return
            url = urllib.parse.urljoin(url, following)
            if not url.startswith(f"{self.base}/"):
                raise Refused(f"{self.forge} sends us elsewhere for the next page", "is the API's URL the right one?")
        raise Refused(f"{self.forge} has more than {PAGES_LIMIT} pages for one list")

    def _following(self, answer: Answer, whole: Mapping[str, msgspec.Raw]) -> str:
        return self._read(replace(answer, body=bytes(whole["next"])), str) if "next" in whole else ""

    def _patiently(self, method: str, url: str, value: Mapping[str, Any] | None) -> Answer:
        left = self.patience.waiting
        for attempt in range(1, self.patience.attempts + 1):
            error = self._once(method, url, value)
            if isinstance(error, Answer):
                return error
            pause = self._pause(error, method, attempt)
            if pause is None or pause > left or attempt == self.patience.attempts:
                raise error
            left -= pause
            self.patience.sleep(pause)
        raise AssertionError("attempts is at least 1")

    def _pause(self, error: ForgeError, method: str, attempt: int) -> float | None:
        """Seconds until the next attempt, None when there must be none."""
        if isinstance(error, RateLimited):
            return error.retry_after + random.uniform(0, 1)  # noqa: S311 - spreads load
        if isinstance(error, Unavailable) and not (error.sent and method == "POST"):
            # A POST that may have been done must not be done twice; whoever asked looks first.
            return self.patience.first_pause * 2.0 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        return None

    def _once(self, method: str, url: str, value: Mapping[str, Any] | None) -> Answer | ForgeError:
        body = None if value is None else json.dumps(value).encode()
        headers = {**self.headers, self.header[0]: self.header[1] + self.token.reveal()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = exchange(method, url, headers, body, seconds=self.patience.seconds)
        except NoAnswer as error:
            where = urllib.parse.urlsplit(self.base).netloc
            hint = f"{self.forge}'s API is looked for at {terminal(where)}"
            return Unavailable(f"no answer from {self.forge}: {self._said(error.reason)}", hint, sent=error.sent)
        return answer if answer.status in range(200, 300) else self._error(method, url, answer)

    def _error(self, method: str, url: str, answer: Answer) -> ForgeError:
        path = terminal(urllib.parse.urlsplit(url).path)
        said = self._said(_message(answer.body))
        line = f"{self.forge} answered {answer.status} to {method} {path}" + (f": {said}" if said else "")
        wait = rate_limit(answer, said, self.patience.now())
        if wait is not None:
            return RateLimited(line, f"it will answer again in about {wait:.0f} s", wait)
        if answer.status in (401, 403, 404):
            return NotAllowed(line, _NOT_ALLOWED[answer.status], answer.status)
        if answer.status >= 500:
            return Unavailable(line, f"is {self.forge} having an outage?", sent=True)
        if answer.status in range(300, 400):
            return Refused(line, "the repository was renamed or moved, or the API's URL is not the right one")
        return Refused(line)

    def _read(self, answer: Answer, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            hint = "something between us and it answered in its place?"
            raise Unavailable(
                f"{self.forge} answered with something else than its API documents", hint, sent=True
            ) from None

    def _said(self, text: str) -> str:
        return shorten(terminal(self.token.hidden_in(text)), 300)


_NOT_ALLOWED = {
    401: "the token is wrong or has expired",
    403: "the token lacks the right; a pull request from a fork never has it (docs/gitops.md says which are needed)",
    404: "the token may not see it, or it is not there; a pull request from a fork meets this, too",
}


def rate_limit(answer: Answer, said: str, now: float) -> float | None:
    """Seconds to stay away when the answer is a rate limit, else None.

    GitHub: 403 or 429; `retry-after`, else `x-ratelimit-reset` when nothing remains, else a minute (its secondary
    limits, known by their words alone). GitLab: 429; `retry-after`, `ratelimit-reset`.
    """
    headers = answer.headers
    spent = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0"
    after = _number(headers.get("retry-after"))
    if answer.status != 429 and not (answer.status == 403 and (spent or after is not None or _limit_words(said))):
        return None
    if after is not None:
        return after
    reset = _number(headers.get("x-ratelimit-reset", headers.get("ratelimit-reset")))
    if spent and reset is not None:
        return max(reset - now, 0.0) + 1
    return 60.0


def _limit_words(said: str) -> bool:
    return "rate limit" in said.lower() or "abuse detection" in said.lower()


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def _message(body: bytes) -> str:
    """What a forge says about an error. GitHub: `message` and `errors`; GitLab: `message` or `error`, any shape."""
    try:
        value = msgspec.json.decode(body[:65536])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(value, dict):
        return ""
    words = [_words(value.get(key)) for key in ("message", "error", "errors")]
    return "; ".join(word for word in words if word)


def _words(value: Any, depth: int = 0) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 4:
        return ", ".join(filter(None, (_words(one, depth + 1) for one in value[:10])))
    if isinstance(value, dict) and depth < 4:
        if isinstance(value.get("message"), str):
            return str(value["message"])
        return ", ".join(f"{key} {_words(one, depth + 1)}" for key, one in list(value.items())[:10])
    return ""
