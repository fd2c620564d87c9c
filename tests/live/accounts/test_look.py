"""One look at all accounts: what Cloudflare tells of records and Workers, and what cannot be seen and why."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from mtasts.adoption.survey import StandingRecord, Worker, WorkerWay
from mtasts.live.accounts.look import Credentials, look_at_accounts

ZONE = "0123456789abcdef0123456789abcdef"
PLACE = ("cloudflare", ZONE, "example.com")


class Api:
    """Answers each path with a list, or with a status."""

    def __init__(self) -> None:
        self.at: dict[str, Any] = {}

    def answer(self, target: str) -> tuple[int, Any]:
        parts = urlsplit(target)
        path = parts.path.removeprefix("/client/v4")
        name = unquote(parts.query.partition("name=")[2])
        found = self.at.get(path, self.at.get(f"{path} {name}", []))
        return (found, None) if isinstance(found, int) else (200, found)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[tuple[Api, dict[str, str]]]:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    held = Api()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, told = held.answer(self.path)
            body = json.dumps({"result": told}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/client/v4"
    yield held, {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_BASE_URL": base}
    server.shutdown()
    server.server_close()


def test_a_cloudflare_account(api: tuple[Api, dict[str, str]]) -> None:
    """Records with ids, proxied flag, comment and tags; the Workers that answer; AWS is not seen, and that is said."""
    held, environ = api
    records = f"/zones/{ZONE}/dns_records"
    held.at[f"{records} _mta-sts.example.com"] = [
        {"id": "r1", "name": "_mta-sts.example.com", "type": "TXT", "content": '"v=STSv1; " "id=1;"', "ttl": 1,
         "comment": "managed by Terraform", "tags": ["team:mail"]},
    ]  # fmt: skip
    held.at[f"{records} mta-sts.example.com"] = [
        {"id": "r2", "name": "mta-sts.example.com", "type": "AAAA", "content": "100::", "proxied": True, "ttl": 1,
         "meta": {"read_only": True}},
        {"id": "r3", "name": "other.example.com", "type": "A", "content": "192.0.2.1"},
    ]  # fmt: skip
    held.at[f"/zones/{ZONE}/workers/routes"] = [
        {"id": "w1", "pattern": "*.example.com/*", "script": "sts"},
        {"id": "w2", "pattern": "mta-sts.example.com/*"},
        {"id": "w3", "pattern": "www.example.com/*", "script": "www"},
    ]
    held.at["/zones example.com"] = [{"id": ZONE, "name": "example.com", "account": {"id": "acc"}}]
    held.at["/accounts/acc/workers/domains"] = [{"id": "d1", "hostname": "mta-sts.example.com", "service": "sts"}]

    found = look_at_accounts("example.com", PLACE, None, Credentials(environ))

    assert found.records == (
        StandingRecord("_mta-sts.example.com", "TXT", ("v=STSv1; id=1;",), 1, provider="cloudflare", zone=ZONE, id="r1",
                       comment="managed by Terraform", tags=("team:mail",)),
        StandingRecord("mta-sts.example.com", "AAAA", ("100::",), 1, provider="cloudflare", zone=ZONE, id="r2",
                       proxied=True, locked=True),
    )  # fmt: skip
    assert found.workers == (
        Worker(WorkerWay.ROUTE, "*.example.com/*", "sts", "w1"),
        Worker(WorkerWay.DOMAIN, "mta-sts.example.com", "sts", "d1"),
    )
    assert [(each.what, each.why) for each in found.unseen] == [("the AWS account", "no AWS credentials")]


def test_what_a_token_may_not_see(api: tuple[Api, dict[str, str]]) -> None:
    """Each is told with the right that is missing; what may be seen is seen."""
    held, environ = api
    held.at[f"/zones/{ZONE}/workers/routes"] = 403

    found = look_at_accounts("example.com", PLACE, None, Credentials(environ))

    assert found.records == ()
    assert [(each.what, each.why) for each in found.unseen] == [
        ("the AWS account", "no AWS credentials"),
        ("Workers routes", "Cloudflare answers 403 (the token needs Zone.Workers Routes:Read)"),
        ("Workers domains", "the zone's account is not known (set CLOUDFLARE_ACCOUNT_ID)"),
    ]


@pytest.mark.parametrize(
    ("provider", "unseen"),
    [
        ("cloudflare", ["the AWS account", "the Cloudflare account"]),
        ("route53", ["the AWS account"]),
        ("", ["the AWS account"]),
    ],
)
def test_without_credentials(api: tuple[Api, dict[str, str]], provider: str, unseen: list[str]) -> None:
    """No error: nothing is known of the account, and `records` says so."""
    found = look_at_accounts("example.com", (provider, "Z1", "example.com"), None, Credentials({}))
    assert found.records is None
    assert [each.what for each in found.unseen] == unseen
