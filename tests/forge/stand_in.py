"""A forge on loopback: follows the documented REST API of GitHub or of GitLab, as far as we call it, and its bad days.

Bad days are `Fault`s: an answer instead of the real one, a connection dropped, a drip, or the work done and the answer
lost. `before` hooks let a test hold a request until another one has come, so that races are played and not hoped for.
"""

import json
import re
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.patience import PATIENCE


@dataclass(frozen=True)
class Login:
    """Who a token is. `app`: may not ask for its own name over REST; `writes`: False as for a fork's token."""

    name: str
    writes: bool = True
    app: bool = False


@dataclass
class Fault:
    """What happens to the next `times` requests that match."""

    match: str  # a regular expression over "METHOD /path"
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    times: int = 1
    after: bool = False  # do the work first
    drop: bool = False  # close the connection without a word
    drip: bool = False  # one byte every 50 ms, for ever


@dataclass(frozen=True)
class Asked:
    """One request, as the path, the query and the JSON body."""

    method: str
    path: str
    query: Mapping[str, str]
    value: Mapping[str, Any]
    login: Login | None
    headers: Mapping[str, str]
    url: str  # of the server, with the prefix that the client used


@dataclass
class Reply:
    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Route = tuple[str, str, Callable[..., Reply]]


class StandIn:
    """The server's state and switchboard; a forge subclasses it with its `routes`."""

    name = ""  # as --forge takes it
    limit: int | None = None  # of a comment, where one is documented
    paged = True  # whether comments come in pages
    within = ""  # where an answer has the entries of a list, if it is not one
    page_size = "per_page"  # the parameter
    page_default = 30
    page_limit = 100

    def __init__(self) -> None:
        self.branches = {"main"}
        self.tokens: dict[str, Login] = {}
        self.lock = threading.Lock()
        self.faults: list[Fault] = []
        self.asked: list[str] = []  # "METHOD /path?query STATUS"
        self.before: list[tuple[str, Callable[[], None]]] = []
        self.last_number = 0
        self.url = ""

    # -- what a forge says

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def login_of(self, headers: Mapping[str, str]) -> Login | None:
        raise NotImplementedError

    def not_found(self) -> Reply:
        raise NotImplementedError

    # -- for tests

    @property
    def nothing(self) -> Any:
        """An empty list, as the forge answers it."""
        return {self.within: []} if self.within else []

    def environment(self, token: str) -> dict[str, str]:
        """Of a job, with a token."""
        raise NotImplementedError

    def pull(self, branch: str = "change", *, author: str = "somebody") -> int:
        """Have an open pull, as from a person; its number."""
        raise NotImplementedError

    def note(self, number: int, body: str, author: str) -> int:
        """Have a comment; its id."""
        raise NotImplementedError

    def bodies(self, number: int) -> list[str]:
        """The comments of a pull, oldest first, as they were sent."""
        raise NotImplementedError

    def count(self, match: str) -> int:
        return sum(bool(re.search(match, line)) for line in self.asked)

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    # -- the switchboard

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply | Fault:
        parts = urllib.parse.urlsplit(target)
        name = f"{method} {parts.path}"
        with self.lock:
            fault = next((one for one in self.faults if one.times and re.search(one.match, name)), None)
            if fault:
                fault.times -= 1
            hooks = [hook for match, hook in self.before if re.search(match, name)]
        for hook in hooks:
            hook()
        if fault and not fault.after:
            return self._note(method, target, fault)
        with self.lock:
            reply = self._work(method, parts, headers, body)
        return self._note(method, target, fault or reply)

    def _note(self, method: str, target: str, reply: Reply | Fault) -> Reply | Fault:
        self.asked.append(f"{method} {target} {reply.status}")
        return reply

    def _work(self, method: str, parts: urllib.parse.SplitResult, headers: Mapping[str, str], body: bytes) -> Reply:
        value = json.loads(body) if body else {}
        query = dict(urllib.parse.parse_qsl(parts.query))
        asked = Asked(method, parts.path, query, value, self.login_of(headers), headers, f"{self.url}{parts.path}")
        for verb, pattern, work in self.routes():
            found = re.fullmatch(pattern, parts.path)
            if verb == method and found:
                return work(asked, *(int(word) if word.isdigit() else word for word in found.groups()))
        return self.not_found()

    def page(self, asked: Asked, entries: list[Any]) -> Reply:
        """One page, with the Link header that both forges document."""
        size = min(int(asked.query.get(self.page_size, self.page_default)), self.page_limit)
        number = int(asked.query.get("page", 1))
        reply = Reply(200, entries[(number - 1) * size : number * size])
        last = max(1, -(-len(entries) // size))
        links = {"next": number + 1, "last": last} if number < last else {}
        links |= {"prev": number - 1, "first": 1} if number > 1 else {}
        urls = {
            rel: f"{asked.url}?{urllib.parse.urlencode({**asked.query, 'page': page})}" for rel, page in links.items()
        }
        reply.headers["Link"] = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in urls.items())
        return reply


@contextmanager
def serving(forge: StandIn, listener: socket.socket | None = None) -> Iterator[StandIn]:
    """Serve on an ephemeral port of 127.0.0.1 until the end of the block, or on a socket that listens already."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = forge.answer(self.command, self.path, self.headers, body)
            if isinstance(reply, Fault) and reply.drop:
                self.close_connection = True
                return
            if isinstance(reply, Fault) and reply.drip:
                self._drip()
                return
            text = reply.body if isinstance(reply, Fault) else reply.value
            payload = text.encode() if isinstance(text, str) else b"" if text is None else json.dumps(text).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - the server's names

        def _drip(self) -> None:
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stopped.wait(0.05):
                    self.wfile.write(b".")
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=listener is None)
    if listener is not None:
        server.socket.close()
        server.socket = listener
        server.server_address = listener.getsockname()
    server.daemon_threads = True
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


def meeting(number: int) -> Callable[[], None]:
    """A `before` hook at which the first `number` requests wait for each other; later ones go through."""
    barrier = threading.Barrier(number)
    passed = [0]
    lock = threading.Lock()

    def wait() -> None:
        with lock:
            passed[0] += 1
            late = passed[0] > number
        if not late:
            barrier.wait(PATIENCE)

    return wait
