"""Runs CloudFront Functions (viewer request) as they were published, in a JavaScript engine.

A function that keeps to ES5.1 runs unchanged here (whatever engine dukpy brings) and at CloudFront.
A function is pure, so its result is kept by the code and the event, which holds all that the function can see.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dukpy

_KEPT_RESULTS = 10_000
_KEPT_ENGINES = 64
# CloudFront's own quotas: a function is at most 10 KB; what it returns is a request or a small response.
_CODE_LIMIT = 10 * 1024

# CloudFront gives a function no files, modules or environment, and a console that nobody sees.
_AS_AT_CLOUDFRONT = """
delete this.require; delete this.process; delete this.call_python;
this.console = {log: function () {}, error: function () {}};
0
"""


class FunctionFailed(Exception):  # noqa: N818 - what CloudFront reports, not an error of ours
    """The function threw, does not compile, or returned what is neither a request nor a response."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a viewer-request function returned: `status` is None for a request that goes on, else a response."""

    uri: str
    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def event(method: str, uri: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """The event of CloudFront's documentation (event structure, version 1.0) for one request."""
    host = headers.get("host", "")
    return {
        "version": "1.0",
        # Real ids differ for every request; a constant one keeps results reusable, and nothing should depend on it.
        "context": {
            "distributionDomainName": host,
            "distributionId": "SANDBOX",
            "eventType": "viewer-request",
            "requestId": "sandbox",
        },
        "viewer": {"ip": "127.0.0.1"},
        "request": {
            "method": method,
            "uri": uri,
            "querystring": _pairs(query, "&"),
            "headers": {name: {"value": value} for name, value in headers.items() if name != "cookie"},
            "cookies": _pairs(headers.get("cookie", "").replace(" ", ""), ";"),
        },
    }


def _pairs(text: str, separator: str) -> dict[str, dict[str, str]]:
    split = (part.partition("=") for part in text.split(separator) if part)
    return {name: {"value": value} for name, _, value in split}


class Functions:
    """The functions in use, compiled once, and their results."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, dukpy.JSInterpreter] = OrderedDict()
        self._results: OrderedDict[tuple[str, str], Returned] = OrderedDict()

    def run(self, code: str, what: dict[str, Any]) -> Returned:
        """Run the function on an event. Raises FunctionFailed."""
        text = json.dumps(what, sort_keys=True)
        key = (code, text)
        kept = self._results.get(key)
        if kept is None:
            kept = _returned(self._call(code, text))
            self._results[key] = kept
            if len(self._results) > _KEPT_RESULTS:
                self._results.popitem(last=False)
        return kept

    def _call(self, code: str, text: str) -> object:
        try:
            engine = self._engine(code)
            return engine.evaljs("handler(JSON.parse(dukpy['event']))", event=text)
        except dukpy.JSRuntimeError as error:
            self._engines.pop(code, None)
            raise FunctionFailed(str(error)) from error

    def _engine(self, code: str) -> "dukpy.JSInterpreter":
        engine = self._engines.get(code)
        if engine is None:
            if len(code.encode()) > _CODE_LIMIT:
                raise FunctionFailed(f"the function is larger than {_CODE_LIMIT} bytes")
            engine = dukpy.JSInterpreter()
            engine.evaljs(_AS_AT_CLOUDFRONT)
            engine.evaljs(code + "\n;0")
            self._engines[code] = engine
            if len(self._engines) > _KEPT_ENGINES:
                self._engines.popitem(last=False)
        self._engines.move_to_end(code)
        return engine


def _returned(result: object) -> Returned:
    if not isinstance(result, dict):
        raise FunctionFailed("the function returned neither a request nor a response")
    if "statusCode" not in result:
        uri = result.get("uri")
        if not isinstance(uri, str) or not uri.startswith("/"):
            raise FunctionFailed("the function returned a request without a uri")
        return Returned(uri, None, "", (), b"")
    status = result["statusCode"]
    if isinstance(status, bool) or not isinstance(status, (int, float)) or not 200 <= status <= 599:
        raise FunctionFailed("the function returned a statusCode that is not one of 200 to 599")
    return Returned("", int(status), _text(result.get("statusDescription")), _headers(result), _body(result))


def _text(value: object) -> str:
    return "".join(c for c in value if " " <= c <= "~") if isinstance(value, str) else ""


def _headers(result: dict[str, object]) -> tuple[tuple[str, str], ...]:
    headers = result.get("headers")
    if not isinstance(headers, dict):
        return ()
    return tuple(
        (str(name), _text(entry.get("value")))
        for name, entry in headers.items()
        if isinstance(entry, dict) and str(name).replace("-", "").isalnum()
    )


def _body(result: dict[str, object]) -> bytes:
    body = result.get("body")
    if isinstance(body, dict):  # cloudfront-js-2.0: {encoding, data}
        body = body.get("data")
    return body.encode() if isinstance(body, str) else b""
