"""One HTTP exchange with a service that we hold a secret for: a forge, a webhook.

Not for policy hosts: those are judged, and need their own sockets (`mtasts.live.https`). Here the standard client is
enough, and it brings the proxies that company networks ask for (HTTPS_PROXY, NO_PROXY). What it lacks is added: no
redirect is followed (it would carry the secret elsewhere), https or loopback only, a deadline for the whole exchange
and not for each packet, a size.
"""

import functools
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO

from mtasts.errors import CannotLook

# Ours: a page of 100 comments of 64 KiB is 6.4 MiB.
ANSWER_LIMIT = 32 * 1024 * 1024
_CHUNK = 65536
# No name, no connection, no TLS: the request itself cannot have gone out.
_NEVER_SENT = (socket.gaierror, ConnectionRefusedError, ssl.SSLError)


class Secret:
    """A text that never shows by accident: not in `repr`, `str`, `%`, f-strings or tracebacks with locals."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """The text itself; only for the header or URL it is meant for."""
        return self._text

    def hidden_in(self, text: str) -> str:
        """`text` with the secret replaced, should a server have sent it back."""
        return text.replace(self._text, "***") if self._text else text


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):  # noqa: N818 - what happened
    """No whole answer came. `sent` tells whether the service may have acted on the request all the same."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


def checked_base(url: str, what: str) -> str:
    """`url` if a secret may be sent there: https, or http on loopback. Raises CannotLook, never quoting the URL."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urllib.parse.urlsplit(""), ""
    if not url.isascii() or not url.isprintable() or " " in url or not host or parts.username is not None:
        raise CannotLook(f"{what} is not a URL", "it looks like https://HOST/PATH")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return url
    raise CannotLook(f"{what} is not an https URL", "plain http is for loopback only: a secret goes with it")


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, seconds: float) -> Answer:
    """Send one request and read the whole answer within `seconds`. Raises NoAnswer for whatever the network does."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - checked_base
    return _within(seconds, lambda: _exchange(request, seconds))


def _exchange(request: urllib.request.Request, seconds: float) -> Answer:
    try:
        with _opener(request).open(request, timeout=seconds) as response:
            return _answer(response.status, response.headers, response)
    except urllib.error.HTTPError as error:
        # The client raises for 3xx to 5xx; the error is the answer.
        with error:
            return _answer(error.code, error.headers, error)
    except urllib.error.URLError as error:
        reason = error.reason if isinstance(error.reason, Exception) else OSError(str(error.reason))
        raise NoAnswer(_reason(reason, seconds), sent=not isinstance(reason, _NEVER_SENT)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(_reason(error, seconds), sent=True) from None


def _answer(status: int, headers: Message, body: IO[bytes]) -> Answer:
    pieces: list[bytes] = []
    size = 0
    while piece := body.read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > ANSWER_LIMIT:
            raise NoAnswer(f"the answer is longer than {ANSWER_LIMIT} bytes", sent=True)
    return Answer(status, {name.lower(): value for name, value in headers.items()}, b"".join(pieces))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _opener(request: urllib.request.Request) -> urllib.request.OpenerDirector:
    parts = urllib.parse.urlsplit(request.full_url)
    opener = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.HTTPSHandler(context=_tls()) if parts.scheme == "https" else urllib.request.HTTPHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _NoRedirect(),
    ]
    if not _is_loopback(parts.hostname or ""):
        # A proxy is asked for an https URL by CONNECT, over plain HTTP or TLS.
        handlers += [urllib.request.ProxyHandler()]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


@functools.cache
def _tls() -> ssl.SSLContext:
    """The system's authorities, or SSL_CERT_FILE's; reading them takes longer than a request."""
    return ssl.create_default_context()


def _within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """`work` in a thread that is left behind when time is up: a drip of bytes resets every timeout of a socket."""
    done: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:  # raised again by who waits
            done.put(error)

    threading.Thread(target=run, daemon=True, name="exchange").start()
    try:
        result = done.get(timeout=seconds)
    except queue.Empty:
        raise NoAnswer(_reason(TimeoutError(), seconds), sent=True) from None
    if isinstance(result, BaseException):
        raise result
    return result


def _reason(error: Exception, seconds: float) -> str:
    """One short line. The client's errors name hosts and reasons, never headers."""
    if isinstance(error, TimeoutError):
        # The deadline of the exchange and a socket's own are the same to whoever waits: which one is met first is luck.
        return f"no whole answer within {seconds:g} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'handshake failed'}"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (text or type(error).__name__)[:200]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
