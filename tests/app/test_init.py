"""A first YAML without a command line: what is written, and that no file is where no draft came of it."""

import asyncio

import pytest
import yaml

from mtasts.app.init import InitRequest, init
from mtasts.errors import CannotLook
from mtasts.live.limits import Limits
from mtasts.live.network import Network
from tests.fakes.dns_server import DnsServer
from tests.patience import PATIENCE

LIMITS = Limits.of_step(PATIENCE)
RECORDS = {
    ("example.com", "MX"): ("10 mx.example.com.",),
    ("example.com", "NS"): ("ns1.example.net.",),
}


def drafted(folder, **asked):
    """Of example.com, which has mail and no MTA-STS."""

    async def look():
        async with DnsServer(dict(RECORDS)) as server:
            request = InitRequest(folder, Network(resolver=server.endpoint), {}, LIMITS, **asked)
            return await asyncio.to_thread(init, "example.com", request)

    return asyncio.run(look())


def test_a_draft_and_its_file(tmp_path):
    """What was given is in it; the remarks come back and are not printed."""
    written = drafted(tmp_path / "prod", dns_provider="route53", zone="ZORG", rua=["mailto:r@example.com"])

    assert written.path == tmp_path / "prod" / "example.com.yaml"
    assert yaml.safe_load(written.path.read_text()) == {
        "domain": "example.com",
        "mode": "testing",
        "max_age": 86400,
        "mx": ["mx.example.com"],
        "tls_rpt": {"rua": ["mailto:r@example.com"]},
        "dns": {"provider": "route53", "zone": "ZORG"},
    }
    assert written.draft.remarks[0].startswith("no MTA-STS policy is served now")


def test_a_zone_that_nobody_knows_writes_nothing(tmp_path):
    """Neither options nor name servers nor credentials say where the zone is."""
    with pytest.raises(CannotLook, match=r"its DNS provider and zone are not known \(name servers: ns1.example.net\)"):
        drafted(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_refused_before_anybody_is_asked(tmp_path):
    """There is no server in this test."""
    file = tmp_path / "example.com.yaml"
    file.write_text("mine")

    with pytest.raises(CannotLook, match="is never overwritten"):
        init("example.com", InitRequest(tmp_path, Network(resolver="127.0.0.1:1"), {}, LIMITS))
    assert file.read_text() == "mine"
