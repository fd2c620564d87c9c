"""Whose credentials are here, asked of STS and of Cloudflare's API."""

import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mtasts.app.doctor import credentials
from mtasts.live.accounts import aws
from mtasts.render.doctor import State
from tests.app.doctor.projects import CLOUDFLARE, ROUTE53, make_project, set_up
from tests.fakes.cloudflare_server import cloudflare_server
from tests.fakes.s3_server import s3_server
from tests.ports import free_port

NONE = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch) -> None:
    """boto3 reads the process's environment, too."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in NONE.items():
        monkeypatch.setenv(name, value)


EXPIRED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the "
    b"request is expired</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that says the same to every POST."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_whose_they_are(tmp_path: Path) -> None:
    """The account and the identity are told; nothing is asked for a project without a domain."""
    with s3_server():
        # Not as in a pipeline, where a key that never ends is too wide.
        here = {name: value for name, value in os.environ.items() if name != "CI"}
        (found,) = credentials.examine(set_up(make_project(tmp_path / "mail", example_com=ROUTE53), here))
        assert found.state is State.OK
        assert (found.subject, "123456789012" in found.says) == ("AWS (prod)", True)
    (found,) = credentials.examine(set_up(make_project(tmp_path / "empty")))
    assert found.state is State.NOTE


def test_none_refused_and_no_answer(tmp_path: Path) -> None:
    """Absent, not known to AWS and not reached are three things."""
    root = make_project(tmp_path / "mail", example_com=ROUTE53)
    (found,) = credentials.examine(set_up(root, {}))
    assert (found.state, "AWS_PROFILE" in found.step) == (State.MISSING, True)
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    nobody = {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    (found,) = credentials.examine(set_up(root, nobody))
    assert found.state is State.UNKNOWN
    for answer, state in ((EXPIRED, State.WRONG), (b"<html><body>log in first<br></html>", State.UNKNOWN)):
        with answering(403, answer) as url:
            (found,) = credentials.examine(set_up(root, {**keys, "AWS_ENDPOINT_URL": url}))
        assert found.state is state, found


@pytest.mark.parametrize(
    ("arn", "environ", "state"),
    [
        ("arn:aws:sts::123456789012:assumed-role/preview/run", {"CI": "true"}, State.OK),
        ("arn:aws:iam::123456789012:user/someone", {}, State.OK),
        ("arn:aws:iam::123456789012:user/someone", {"CI": "true"}, State.WIDE),
        ("arn:aws:iam::123456789012:root", {}, State.WIDE),
    ],
)
def test_what_is_too_wide(arn, environ, state, tmp_path: Path, monkeypatch) -> None:
    """The account's own root, and a pipeline's key that never ends."""
    monkeypatch.setattr(aws, "client", lambda *_: object())
    monkeypatch.setattr(aws, "caller", lambda _: aws.Caller("123456789012", arn))
    root = make_project(tmp_path / "mail", example_com=ROUTE53)
    (found,) = credentials.examine(set_up(root, environ))
    assert (found.state, arn in found.says) == (state, True)


def cloudflare_token(root: Path, answers, **more: str):
    with cloudflare_server(answers) as environ:
        return next(
            one for one in credentials.examine(set_up(root, {**environ, **more})) if one.subject == "Cloudflare token"
        )


@pytest.mark.parametrize(
    ("result", "state", "says"),
    [
        ({"status": "active"}, State.OK, "without an end"),
        ({"status": "active", "expires_on": "2027-06-01T00:00:00Z"}, State.OK, "until 2027-06-01"),
        ({"status": "active", "expires_on": "2026-12-10T00:00:00Z"}, State.WRONG, "2026-12-10"),
        ({"status": "expired"}, State.WRONG, "expired"),
        (401, State.UNKNOWN, "401"),
        (503, State.UNKNOWN, "503"),
    ],
)
def test_cloudflares_token(result, state, says, tmp_path: Path) -> None:
    """Active, ending soon, ended, refused, no answer."""
    root = make_project(tmp_path / "mail", example_com=CLOUDFLARE)
    found = cloudflare_token(root, {"/user/tokens/verify": result})
    assert (found.state, says in found.says) == (state, True), found


def test_an_accounts_token_is_asked_for_at_its_account(tmp_path: Path) -> None:
    """A user's place does not know it; with the account's id it is found there, and a user's is still found."""
    root = make_project(tmp_path / "mail", example_com=CLOUDFLARE)
    account = {"/accounts/0a/tokens/verify": {"status": "active"}}
    assert "CLOUDFLARE_ACCOUNT_ID" in cloudflare_token(root, account).step
    assert cloudflare_token(root, account, CLOUDFLARE_ACCOUNT_ID="0a").state is State.OK
    of_user = {"/user/tokens/verify": {"status": "active"}}
    assert cloudflare_token(root, of_user, CLOUDFLARE_ACCOUNT_ID="0a").state is State.OK
    assert cloudflare_token(root, {}, CLOUDFLARE_ACCOUNT_ID="0a").state is State.WRONG


def test_no_token(tmp_path: Path) -> None:
    """It is missing only where a domain needs it, which is named."""
    root = make_project(tmp_path / "mail", example_com=CLOUDFLARE)
    found = [one for one in credentials.examine(set_up(root)) if "Cloudflare" in one.subject]
    assert [(one.state, "example.com" in one.says) for one in found] == [(State.MISSING, True)]
