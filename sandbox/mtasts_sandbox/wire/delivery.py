"""The response of CloudFront to a request: the site's function, then the object in the bucket. No sockets here."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import unquote

from mtasts.protocol.mta_sts import WELL_KNOWN_PATH
from mtasts_sandbox.faults import Faults, Kind
from mtasts_sandbox.wire.functions import FunctionFailed, Functions, Returned, event
from mtasts_sandbox.wire.http import REASONS, Request, Response
from mtasts_sandbox.world import Site, StoredObject, World

# Beside the faults of the edge that the cloud half names: answers a sender must not take for a policy.
EDGE_KINDS = (
    Kind("not-found", "", "the edge answers 404"),
    Kind("html", "", "the edge answers 200 with an HTML page instead of the policy"),
    Kind("wrong-type", "", "the edge serves the policy as application/octet-stream"),
    Kind("oversize", "", "the edge serves more than 64 KiB"),
    Kind("drip", "SECONDS", "the edge sends one byte of the answer in each so many seconds"),
    Kind("expired-certificate", "", "the edge shows a certificate that ended yesterday"),
)

# While one of these is on, a sender cannot get the policy: what changes meanwhile becomes visible when it is off.
HIDING_KINDS = (
    *("edge-down", "wrong-certificate", "expired-certificate", "redirect", "not-found", "html", "wrong-type"),
    *("oversize", "drip"),
)

_HTML = "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
_VIA = "1.1 sandbox.cloudfront.net (CloudFront)"


@dataclass(slots=True)
class _Held:
    """An object as it was before a change, still served until `until` (loop time)."""

    what: StoredObject | None
    timer: asyncio.TimerHandle


class Copies:
    """The objects as the edge serves them: the bucket's current ones, or, under `stale-edge`, what they were before."""

    def __init__(self, world: World, faults: Faults, released: Callable[[str], None]) -> None:
        self._world = world
        self._faults = faults
        self._released = released
        self._seen: dict[tuple[str, str, str], StoredObject | None] = {}
        self._held: dict[tuple[str, str, str], _Held] = {}

    def watch(self, host: str, bucket: str, key: str) -> None:
        """Remember what this host serves from here on, so that a later change can be held back."""
        self._seen[host, bucket, key] = self._world.read_object(bucket, key, host)

    def forget(self, host: str, bucket: str, key: str) -> None:
        """The host no longer serves this object."""
        self._seen.pop((host, bucket, key), None)
        held = self._held.pop((host, bucket, key), None)
        if held is not None:
            held.timer.cancel()

    def get(self, host: str, bucket: str, key: str) -> StoredObject | None:
        """The object as this host serves it now."""
        held = self._held.get((host, bucket, key))
        return held.what if held is not None else self._world.read_object(bucket, key, host)

    def changed(self, host: str, bucket: str, key: str) -> None:
        """The object has just changed: hold the old one back if the fault is on (one already held stays)."""
        place = (host, bucket, key)
        seconds = self._faults.value("stale-edge", host)
        if seconds is not None and place not in self._held:
            timer = asyncio.get_running_loop().call_later(seconds, self._release, place)
            self._held[place] = _Held(self._seen.get(place), timer)
        self._seen[place] = self._world.read_object(bucket, key, host)

    def faults_changed(self) -> None:
        """Let go of what is held under a fault that is off now."""
        for place in [p for p in self._held if self._faults.value("stale-edge", p[0]) is None]:
            self._release(place)

    def close(self) -> None:
        """Cancel the timers."""
        for held in self._held.values():
            held.timer.cancel()
        self._held.clear()

    def _release(self, place: tuple[str, str, str]) -> None:
        self._held.pop(place).timer.cancel()
        self._released(place[0])


class Delivery:
    """Answers requests from the world, through the functions, the copies and the faults."""

    def __init__(self, world: World, faults: Faults, copies: Copies) -> None:
        self._world = world
        self._faults = faults
        self._copies = copies
        self._functions = Functions()

    def close(self) -> None:
        """End the process that runs the functions."""
        self._functions.close()

    def target(self, site: Site, host: str) -> tuple[str, str] | None:
        """Bucket and key of this host's policy, be there such an object or not; None when no request gets that far."""
        request = Request("GET", WELL_KNOWN_PATH, "", host, {"host": host}, keep_alive=False, has_body=False)
        try:
            passed = self._run(site, request)
        except FunctionFailed:
            return None
        return (site.origin_bucket, _key(site, passed.uri)) if passed.status is None else None

    def respond(self, request: Request, sni: str | None) -> Response:
        """The answer to one request on a connection that was made for `sni`."""
        host = request.host
        site = self._world.site(host)
        if site is None or not site.enabled:
            return error(403, "The request could not be satisfied")
        if host != sni:
            return error(421)
        if request.method not in ("GET", "HEAD") or request.has_body:
            return error(403, "This distribution is not configured to allow the HTTP request method")
        return with_faults(lambda kind: self._faults.on(kind, host), host, lambda: self._answer(site, request))

    def _answer(self, site: Site, request: Request) -> Response:
        try:
            passed = self._run(site, request)
        except FunctionFailed:
            return error(503, "FunctionExecutionError")
        if passed.status is not None:
            reason = passed.reason or REASONS.get(passed.status, "")
            headers = (*_own_headers("FunctionGeneratedResponse"), *passed.headers, *site.headers.items())
            return Response(passed.status, reason, headers, passed.body)
        key = _key(site, passed.uri)
        found = self._copies.get(request.host, site.origin_bucket, key)
        if found is None:
            # S3 tells that an object is missing only to those who may list the bucket; to others it is forbidden.
            missing = self._world.tells_missing(site.origin_bucket, key, request.host)
            status, title = (404, "NoSuchKey") if missing else (403, "AccessDenied")
            return error(status, title, extra=tuple(site.headers.items()))
        return Response(200, "OK", (*_object_headers(found), *site.headers.items()), found.body)

    def _run(self, site: Site, request: Request) -> Returned:
        if site.function_code is None:
            return Returned(request.path, None, "", (), b"")
        what = event(request.method, request.path, request.query, request.headers)
        return self._functions.run(site.function_code, what)


def with_faults(on: Callable[[str], bool], host: str, answer: Callable[[], Response]) -> Response:
    """The answer of a host, or what the faults that are on there make of it."""
    response = _faulty(on, host) or answer()
    if response.status == 200 and on("wrong-type"):
        kept = tuple(header for header in response.headers if header[0] != "Content-Type")
        return Response(200, "OK", (("Content-Type", "application/octet-stream"), *kept), response.body)
    return response


def _faulty(on: Callable[[str], bool], host: str) -> Response | None:
    if on("redirect"):
        return error(301, extra=(("Location", f"https://{host}/elsewhere.txt"),))
    if on("not-found"):
        return error(404)
    if on("html"):
        return Response(200, "OK", _headers("text/html", "Hit"), _HTML.format(title="Welcome").encode())
    if on("oversize"):
        return Response(200, "OK", _headers("text/plain", "Hit"), b"version: STSv1\r\n" + b"x-pad: 0\r\n" * 7000)
    return None


def _key(site: Site, uri: str) -> str:
    return unquote(f"{site.origin_path}{uri}").removeprefix("/")


def _object_headers(found: StoredObject) -> tuple[tuple[str, str], ...]:
    cache = (("Cache-Control", found.cache_control),) if found.cache_control else ()
    etag = hashlib.md5(found.body, usedforsecurity=False).hexdigest()  # S3's ETag of a small object
    metadata = ((f"x-amz-meta-{name.lower()}", value) for name, value in found.metadata.items())
    return (
        *_headers(found.content_type, "Miss"),
        *cache,
        ("ETag", f'"{etag}"'),
        ("x-amz-version-id", found.version_id),
        *metadata,
    )


def _headers(content_type: str, cache: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", content_type), *_own_headers(f"{cache} from cloudfront"))


def _own_headers(cache: str) -> tuple[tuple[str, str], ...]:
    return (("Server", "CloudFront"), ("Via", _VIA), ("X-Cache", cache))


def error(status: int, title: str = "", *, extra: tuple[tuple[str, str], ...] = ()) -> Response:
    """An error page as the edge itself makes one."""
    reason = REASONS[status]
    body = _HTML.format(title=title or reason).encode()
    return Response(status, reason, (*_headers("text/html", "Error"), *extra), body)


def now() -> str:
    """The Date header of this moment."""
    return formatdate(usegmt=True)
