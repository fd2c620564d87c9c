"""TXT records put beside those of a zone of Cloudflare, and taken away again."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from mtasts.errors import CannotLook
from mtasts.live import cloudflare

NAME = "_mta-sts.shop.example"
RECORD = '"v=STSv1; id=20240101000000Z;"'
OURS, OLD = "d111111abcdef8.cloudfront.net", "d222222abcdef8.cloudfront.net"


class Zone:
    """A zone of Cloudflare: its TXT records by id, and what was asked."""

    def __init__(self) -> None:
        self.records = {"r1": RECORD, "r2": '"somebody else"'}
        self.asked: list[str] = []
        self.status = 200


@pytest.fixture
def zone() -> Iterator[tuple[Zone, dict[str, str]]]:
    held = Zone()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer([{"id": key, "content": content} for key, content in held.records.items()])

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert (told["type"], told["name"]) == ("TXT", NAME)
            held.records[f"new{len(held.records)}"] = told["content"]
            self.answer(told)

        def do_DELETE(self) -> None:
            self.answer(held.records.pop(self.path.rpartition("/")[2]))

        def answer(self, result: object) -> None:
            held.asked.append(self.command)
            body = json.dumps({"success": True, "result": result}).encode()
            self.send_response(held.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/client/v4"
    yield held, {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_BASE_URL": address}
    server.shutdown()
    server.server_close()


def test_cloudflare_records_beside_the_record_and_away_again(zone: tuple[Zone, dict[str, str]]) -> None:
    """A record each; what is there is not made twice, and nobody else's is touched."""
    held, environ = zone

    for _ in range(2):
        cloudflare.put_texts("z1", NAME, [OURS, OLD], [], environ)
    assert sorted(held.records.values()) == sorted([RECORD, '"somebody else"', f'"{OURS}"', f'"{OLD}"'])

    for _ in range(2):
        cloudflare.put_texts("z1", NAME, [], [OURS, OLD], environ)
    assert held.records == {"r1": RECORD, "r2": '"somebody else"'}
    assert held.asked.count("POST") == held.asked.count("DELETE") == 2


def test_cloudflare_says_why_not(zone: tuple[Zone, dict[str, str]]) -> None:
    """A token without the right, and none."""
    held, environ = zone
    held.status = 403

    with pytest.raises(CannotLook, match=f"Cloudflare: TXT {NAME} in zone z1: it answers 403"):
        cloudflare.put_texts("z1", NAME, [OURS], [], environ)
    with pytest.raises(CannotLook, match="it cannot be asked"):
        cloudflare.put_texts("z1", NAME, [OURS], [], {})
