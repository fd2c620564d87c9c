"""The daemon's control socket: one JSON object a line in, one a line out.

    {"op": "fault", "name": "stale-edge", "value": 5, "where": "*"}  ->  {"ok": true, ...}
    {"op": "zone", "name": 3}                                       ->  {"ok": false, "error": "...", "hint": "..."}

It is a unix socket in the state folder, which only its owner may enter.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook

LINE_LIMIT = 1024 * 1024
_PATH_LIMIT = 100  # bytes; sockaddr_un holds 104 to 108, by system

Handler = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


def socket_path(state_dir: Path) -> Path:
    """Where the socket of a state folder is: in it, or in a private folder under /tmp where its path is too long."""
    inside = state_dir / "control.sock"
    if len(os.fsencode(inside)) <= _PATH_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(state_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mtasts-{os.getuid()}-{digest}" / "control.sock"


class ControlServer:
    """Answers each line by its `op`."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket left by a killed daemon is replaced. The caller holds the folder's lock."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.parent.stat().st_uid != os.getuid():
            raise CannotLook(f"{self._path.parent} belongs to somebody else", "use a shorter --dir")
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connection, str(self._path), limit=LINE_LIMIT)

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            handler = self._handlers[request["op"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"ok": False, "error": f"not a request the sandbox knows: {line[:80]!r}", "hint": ""}
        try:
            return {"ok": True} | await handler(request)
        except CannotLook as error:
            return {"ok": False, "error": error.message, "hint": error.hint}
        except (KeyError, TypeError, ValueError) as error:
            return {"ok": False, "error": f"{request['op']}: {type(error).__name__}: {error}", "hint": ""}


def ask(path: Path, request: Mapping[str, Any], timeout: float = 30.0) -> dict[str, Any]:
    """Send one request and give the answer's fields. Raises OSError when nobody answers, CannotLook when refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as answers:
            line = answers.readline()
    if not line.endswith(b"\n"):
        raise ConnectionError("the sandbox closed the connection without an answer")
    answer: dict[str, Any] = json.loads(line)
    if not answer.pop("ok"):
        raise CannotLook(str(answer.get("error")), str(answer.get("hint", "")))
    return answer
