"""Runs CloudFront Functions (viewer request) as they were published, in a JavaScript engine.

A function that keeps to ES5.1 runs unchanged here (whatever engine dukpy brings) and at CloudFront.
A function is pure, so its result is kept by the code and the event, which holds all that the function can see.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEPT_RESULTS = 10_000
# CloudFront's own quota: a function is at most 10 KB.
_CODE_LIMIT = 10 * 1024
# Seconds of processor time, since a function is not to blame for a busy machine, and its failure is kept. CloudFront
# ends a function within a millisecond or so; nobody waits longer than once for one that hangs.
_PROCESSOR = 3
# Seconds by the clock, after which something is wrong with the machine.
_PATIENCE = 120.0
_ENGINE = Path(__file__).with_name("function_engine.py")


class FunctionFailed(Exception):  # noqa: N818 - what CloudFront reports, not an error of ours
    """The function threw, does not compile, or returned what is neither a request nor a response."""


class _Stuck(FunctionFailed):
    """The engine did not answer, and nobody knows whose fault it was: the function may be tried again."""


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
    """Runs functions in the engine's process, and keeps their results."""

    def __init__(self) -> None:
        self._engine: subprocess.Popen[bytes] | None = None
        self._results: OrderedDict[tuple[str, str], Returned | str] = OrderedDict()

    def run(self, code: str, what: dict[str, Any]) -> Returned:
        """Run the function on an event. Raises FunctionFailed; a failure is kept like a result."""
        text = json.dumps(what, sort_keys=True)
        key = (code, text)
        kept = self._results.get(key)
        if kept is None:
            try:
                kept = _returned(self._call(code, text))
            except _Stuck:
                raise
            except FunctionFailed as failure:
                kept = str(failure)
            self._results[key] = kept
            if len(self._results) > _KEPT_RESULTS:
                self._results.popitem(last=False)
        if isinstance(kept, str):
            raise FunctionFailed(kept)
        return kept

    def close(self) -> int | None:
        """End the engine's process; gives its exit code, negative for a signal, or None if there was no process."""
        engine, self._engine = self._engine, None
        if engine is None:
            return None
        engine.kill()
        engine.communicate()
        return engine.returncode

    def _call(self, code: str, text: str) -> object:
        if len(code.encode()) > _CODE_LIMIT:
            raise FunctionFailed(f"the function is larger than {_CODE_LIMIT} bytes")
        line = self._ask(json.dumps({"code": code, "event": text}).encode() + b"\n")
        answer = json.loads(line)
        if "error" in answer:
            raise FunctionFailed(str(answer["error"]))
        return answer["result"]

    def _ask(self, question: bytes) -> bytes:
        """One line to the engine, one line back; an engine that does not answer in time is ended."""
        # A question is at most the code and one head: the pipe takes it whole, so that writing does not block for long.
        for fresh in (False, True):
            engine = self._started()
            assert engine.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
            with contextlib.suppress(OSError):
                engine.stdin.write(question)
                engine.stdin.flush()
                line = self._line(engine, _PATIENCE)
                if line is None:
                    self.close()
                    raise _Stuck(f"the JavaScript engine did not answer within {_PATIENCE:g} s")
                if line:
                    return line
            if self.close() == -signal.SIGPROF:
                raise FunctionFailed(f"the function did not return within {_PROCESSOR} s of processor time")
            if fresh:
                break
        raise FunctionFailed("the function ended the engine (it took too much memory)")

    @staticmethod
    def _line(engine: "subprocess.Popen[bytes]", patience: float) -> bytes | None:
        """The engine's next line; b"" when it has ended, None when nothing comes in time."""
        assert engine.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        if not select.select([engine.stdout], [], [], patience)[0]:
            return None
        return engine.stdout.readline()  # the engine writes lines whole

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._engine is None:
            self._engine = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", str(_ENGINE), str(_PROCESSOR)],  # -P: our own http.py is not the one it means
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # The modules that we have, and nothing else of our environment.
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            if self._line(self._engine, _PATIENCE) is None:
                self.close()
                raise _Stuck(f"the JavaScript engine did not start within {_PATIENCE:g} s")
        return self._engine


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
