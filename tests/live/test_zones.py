"""Which provider and zone a domain is in: by name servers, and by what the provider's API answers."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from mtasts.errors import CannotLook
from mtasts.live.zones import FoundZone, find_zone, provider_of


@pytest.mark.parametrize(
    ("servers", "provider"),
    [
        (("ada.ns.cloudflare.com", "bob.ns.cloudflare.com"), "cloudflare"),
        (("ns-1.awsdns-00.com", "ns-1500.awsdns-59.org", "ns-2000.awsdns-59.co.uk", "ns-700.awsdns-23.net"), "route53"),
        (("ada.ns.cloudflare.com", "ns-1.awsdns-00.com"), None),  # in the middle of a move, or one of them is lame
        (("ns1.example.com",), None),
        (("ada.ns.cloudflare.com.example",), None),
        (("xns-1.awsdns-00.com.example",), None),
        ((), None),
    ],
)
def test_provider_of_name_servers(servers: tuple[str, ...], provider: str | None) -> None:
    """All of them must be the provider's."""
    assert provider_of(servers) == provider


class Api:
    """An HTTP server that answers each request for zones with what a test says."""

    def __init__(self) -> None:
        self.status, self.asked = 200, list[str]()
        self.zones: object = []

    def environ(self, port: int) -> dict[str, str]:
        return {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{port}/client/v4"}


@pytest.fixture
def api() -> Iterator[tuple[Api, dict[str, str]]]:
    held = Api()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path.partition("name=")[2])
            body = json.dumps({"result": held.zones}).encode()
            self.send_response(held.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield held, held.environ(server.server_port)
    server.shutdown()
    server.server_close()


def test_the_closest_zone_is_found(api: tuple[Api, dict[str, str]]) -> None:
    """From the domain upwards, never a top-level domain; an answer about another name does not count."""
    held, environ = api
    held.zones = [{"id": "z1", "name": "example.com"}]
    assert find_zone("a.b.example.com", "cloudflare", environ) == FoundZone("cloudflare", "z1", "example.com")
    assert held.asked == ["a.b.example.com", "b.example.com", "example.com"]
    assert find_zone("example.net", "cloudflare", environ) is None
    assert held.asked[3:] == ["example.net"]


def test_two_zones_of_one_name_are_the_owners_choice(api: tuple[Api, dict[str, str]]) -> None:
    """Only one of them is delegated."""
    held, environ = api
    held.zones = [{"id": "z1", "name": "example.com"}, {"id": "z2", "name": "example.com"}]
    with pytest.raises(CannotLook, match=r"2 zones named example\.com: z1, z2"):
        find_zone("example.com", "cloudflare", environ)


@pytest.mark.parametrize(("status", "zones"), [(403, []), (200, "x"), (200, [1, {"name": "example.com"}])])
def test_what_the_api_may_answer(api: tuple[Api, dict[str, str]], status: int, zones: object) -> None:
    """A refusal is told with the permission that is missing; nonsense is no zone."""
    held, environ = api
    held.status, held.zones = status, zones
    if status == 403:
        with pytest.raises(CannotLook, match="answers 403") as told:
            find_zone("example.com", "cloudflare", environ)
        assert "Zone.Zone:Read" in told.value.hint
    else:
        assert find_zone("example.com", "cloudflare", environ) is None


def test_without_credentials_nobody_is_asked() -> None:
    """No zone, and no error: the caller says what may be given instead."""
    assert find_zone("example.com", "cloudflare", {}) is None
