"""STS and IAM on loopback, as far as a look at rights asks: who it is, which role that is, and what that may do.

What it may do is a policy document, judged by tests/iam.py.
"""

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from tests.iam import allows

ACCOUNT, ROLE = "111122223333", "arn:aws:iam::111122223333:role/pipelines/mtasts-prod"
SESSION = "arn:aws:sts::111122223333:assumed-role/mtasts-prod/run"


@contextmanager
def iam_server(document: Mapping[str, Any] | None, *, may_simulate: bool = True) -> Iterator[dict[str, str]]:
    """The environment that leads to it. `document`: what the role may do; None: STS alone answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            action = told["Action"][0]
            if action == "GetCallerIdentity":
                self.answer(200, action, f"<Account>{ACCOUNT}</Account><Arn>{SESSION}</Arn><UserId>a</UserId>")
            elif document is None or not may_simulate:
                self.answer(403, "Error", "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>")
            elif action == "GetRole":
                self.answer(200, action, f"<Role><Arn>{ROLE}</Arn></Role>")
            else:
                self.answer(200, action, _simulated(document, told))

        def answer(self, status: int, action: str, inner: str) -> None:
            inner = inner if status != 200 else f"<{action}Result>{inner}</{action}Result>"
            body = f"<{action}Response>{inner}</{action}Response>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    finally:
        server.shutdown()
        server.server_close()


def _simulated(document: Mapping[str, Any], told: Mapping[str, list[str]]) -> str:
    assert told["PolicySourceArn"] == [ROLE], "IAM knows a role by its whole ARN, path and all"
    (resource,) = _members(told, "ResourceArns.member")
    keys = _members(told, "ContextEntries.member", ".ContextKeyName")
    context = {
        key: _members(told, f"ContextEntries.member.{number}.ContextKeyValues.member")
        for number, key in enumerate(keys, start=1)
    }
    rows = []
    for action in _members(told, "ActionNames.member"):
        decision = "allowed" if allows(document, action, resource, context) else "implicitDeny"
        names = (
            f"<EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}</EvalResourceName>"
        )
        rows.append(f"<member>{names}<EvalDecision>{decision}</EvalDecision></member>")
    return f"<EvaluationResults>{''.join(rows)}</EvaluationResults><IsTruncated>false</IsTruncated>"


def _members(told: Mapping[str, list[str]], name: str, end: str = "") -> list[str]:
    found = []
    while values := told.get(f"{name}.{len(found) + 1}{end}"):
        found += values
    return found
