"""Where published domains are, read from the engine's state."""

from datetime import UTC, datetime

import pytest

from mtasts.engine.placed import places_of
from mtasts.rollout.config import DnsZone

URN = "urn:pulumi:prod::mtasts::mtasts:index:MtaStsDomain$x::"


def resource(kind: str, name: str, **more: object) -> dict[str, object]:
    return {"urn": URN + name, "type": kind, **more}


def record(zone: str, name: str = "_mta-sts.example.com", kind: str = "aws:route53/record:Record", **more: object):
    return resource(kind, f"r-{zone}", inputs={"name": name, "zoneId": zone, "type": "TXT"}, **more)


def moved(output: object) -> dict[str, object]:
    return resource("pulumi:index:Stash", "example.com-move", inputs={}, outputs={"output": output})


def test_zones_group_and_date():
    """What is to be deleted is no longer a place."""
    state = {
        "resources": [
            resource("mtasts:index:MtaStsDomain", "example.com", inputs={"policyHost": "shared"}),
            record("ZA"),
            record("b" * 32, kind="cloudflare:index/dnsRecord:DnsRecord"),
            record("ZGONE", delete=True),
            record("ZB", name="mta-sts.example.com"),
            moved("arrived 2026-03-14T10:15:00+00:00"),
        ]
    }
    (placed,) = places_of(state).values()
    assert placed.zones == {DnsZone("route53", "ZA"), DnsZone("cloudflare", "b" * 32)}
    assert (placed.host_group, placed.arrived) == ("shared", datetime(2026, 3, 14, 10, 15, tzinfo=UTC))


@pytest.mark.parametrize("output", ["waiting 2026-03-14T10:15:00+00:00", "arrived", "arrived soon", 7, None])
def test_what_is_no_date_is_none(output):
    """The delegation has not arrived, or nobody can read when."""
    (placed,) = places_of({"resources": [record("ZA"), moved(output)]}).values()
    assert placed.arrived is None


@pytest.mark.parametrize("state", [{}, {"resources": None}, {"resources": [{}]}, {"resources": [{"inputs": []}]}])
def test_a_state_that_holds_nothing_of_ours(state):
    """Tolerated."""
    assert places_of(state) == {}
