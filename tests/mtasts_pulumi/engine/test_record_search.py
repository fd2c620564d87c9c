"""Which record of Cloudflare's answer is ours."""

from typing import Any

import pytest

from mtasts_pulumi.engine.record_search import find_record, pick

WANTED = {"zoneId": "z", "name": "_mta-sts.example.com", "type": "TXT", "content": '"v=STSv1; id=a;"'}
SAME = {"id": "r1", "name": "_mta-sts.example.com", "type": "TXT", "content": '"v=STSv1; id=a;"'}


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ([SAME], "r1"),
        ([{**SAME, "content": "v=STSv1; id=a;", "name": "_MTA-STS.example.com"}], "r1"),
        ([{**SAME, "content": '"v=STSv1; id=b;"'}], None),
        ([{**SAME, "type": "CNAME"}], None),
        ([SAME, {**SAME, "id": "r2", "content": '"other"'}], "r1"),
        ([SAME, {**SAME, "id": "r2"}], None),
        ([], None),
        ([{}, {"id": 3}], None),
    ],
)
def test_pick(result: Any, found: str | None) -> None:
    """The one with this name, type and content; none where it is not certain which."""
    assert pick(result, WANTED) == found


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"CLOUDFLARE_API_TOKEN": "x", "CLOUDFLARE_BASE_URL": "http://192.0.2.1/client/v4"},
        {"CLOUDFLARE_API_TOKEN": "x", "CLOUDFLARE_BASE_URL": "file:///etc"},
        {"CLOUDFLARE_API_TOKEN": "x", "CLOUDFLARE_BASE_URL": "http://127.0.0.1:9/client/v4"},
    ],
)
def test_cannot_ask(environ: dict[str, str]) -> None:
    """No token, an address that would show the token to others, nobody there: nothing is found, nothing raised."""
    assert find_record("cloudflare:index/dnsRecord:DnsRecord", WANTED, environ) is None
