"""HTTP/1.1 heads in and responses out, no sockets: just what an https-only edge for small files needs (RFC 9112)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEAD_LIMIT = 8 * 1024  # request line and headers together, bytes
_HEADERS_LIMIT = 100

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]{1,8000}) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*")
_HOST = re.compile(r"([a-z0-9_.-]{1,255})(?::\d{1,5})?", re.IGNORECASE)

REASONS = {
    200: "OK",
    301: "Moved Permanently",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    421: "Misdirected Request",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


class BadRequest(ValueError):  # noqa: N818 - names the input, like BadName
    """The head cannot be read; `status` is what to answer before closing."""

    def __init__(self, status: int) -> None:
        super().__init__(REASONS[status])
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without a body: header names in lower case, of a repeated header the values joined."""

    method: str
    path: str  # as sent, still percent-encoded
    query: str
    host: str  # lower case, without the port
    headers: Mapping[str, str]
    keep_alive: bool
    has_body: bool


@dataclass(frozen=True, slots=True)
class Response:
    """One response; Content-Length, Connection and Date are added when it is rendered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def read_head(head: bytes) -> Request:
    """Read a request's head (without its last empty line). Raises BadRequest."""
    line, *fields = head.split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise BadRequest(505 if re.search(rb" HTTP/[023-9]", line) else 400)
    if len(fields) > _HEADERS_LIMIT:
        raise BadRequest(431)
    headers = _read_headers(fields)
    method, target, minor = match[1].decode(), match[2].decode(), match[3]
    host, path = _read_target(target, headers.get("host", ""))
    # CloudFront's port is 443, which no client names; ours may be another, which the site's function must not see.
    headers["host"] = host
    path, _, query = path.partition("?")
    connection = headers.get("connection", "").lower()
    keep_alive = "close" not in connection if minor == b"1" else "keep-alive" in connection
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return Request(method, path.partition("#")[0], query, host, headers, keep_alive, has_body)


def _read_headers(fields: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for field in fields:
        match = _HEADER.fullmatch(field)
        if match is None:
            raise BadRequest(400)
        name, value = match[1].decode().lower(), match[2].decode("latin-1")
        if name == "host" and name in headers:
            raise BadRequest(400)  # RFC 9112 s3.2
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _read_target(target: str, host: str) -> tuple[str, str]:
    """The host and the path with its query, of the origin form or the absolute form (RFC 9112 s3.2)."""
    if target.lower().startswith("https://"):
        host, slash, rest = target[8:].partition("/")
        target = slash + rest or "/"
    match = _HOST.fullmatch(host)
    if match is None or not target.startswith("/"):
        raise BadRequest(400)
    return match[1].lower().removesuffix("."), target


def render(response: Response, *, date: str, keep_alive: bool, head_only: bool = False) -> bytes:
    """The response's bytes. Control characters in a header are dropped: nothing can start a header of its own."""
    lines = [f"HTTP/1.1 {response.status} {_plain(response.reason)}"]
    lines += [f"{_plain(name)}: {_plain(value)}" for name, value in response.headers]
    lines += [f"Content-Length: {len(response.body)}", f"Date: {date}"]
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if head_only else head + response.body


def _plain(text: str) -> str:
    return "".join(c for c in text if c == "\t" or (c >= " " and c != "\x7f"))
