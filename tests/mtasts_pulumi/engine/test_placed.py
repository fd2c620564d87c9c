"""Where published domains are, read from the engine's state."""

from datetime import UTC, datetime

import pytest

from mtasts.policy.config import DnsZone
from mtasts_pulumi.engine.placed import places_of

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
            moved("arrived 2026-03-14T10:15:00+00:00 ZA"),
        ]
    }
    (placed,) = places_of(state).values()
    assert placed.zones == {DnsZone("route53", "ZA"), DnsZone("cloudflare", "b" * 32)}
    assert placed.host_group == "shared"
    assert placed.since(DnsZone("route53", "ZA")) == datetime(2026, 3, 14, 10, 15, tzinfo=UTC)
    assert placed.since(DnsZone("cloudflare", "b" * 32)) is None


def test_a_name_is_with_the_distribution_that_has_it():
    """Also before there is a TXT; one that is to be deleted has none any more."""

    def distribution(name: str, aliases: object, **more: object) -> dict[str, object]:
        kind = "aws:cloudfront/distribution:Distribution"
        return resource(kind, f"{name}-distribution", inputs={"aliases": aliases}, **more)

    state = {
        "resources": [
            distribution("fleet", ["mta-sts.example.com", "mta-sts.example.net"]),
            distribution("old", ["mta-sts.example.org"], delete=True),
            distribution("odd", None),
            resource("mtasts:index:MtaStsDomain", "example.com", inputs={"policyHost": "another"}),
        ]
    }
    assert {name: (one.zones, one.host_group) for name, one in places_of(state).items()} == {
        "example.com": (frozenset(), "fleet"),
        "example.net": (frozenset(), "fleet"),
    }


@pytest.mark.parametrize(
    "output",
    [
        "waiting 2026-03-14T10:15:00+00:00 ZA",
        "arrived 2026-03-14T10:15:00+00:00",  # of an earlier version, which did not say where
        "arrived",
        "arrived soon",
        7,
        None,
    ],
)
def test_what_is_no_date_is_none(output):
    """The delegation has not arrived, or nobody can read when."""
    (placed,) = places_of({"resources": [record("ZA"), moved(output)]}).values()
    assert placed.arrived is None


@pytest.mark.parametrize("state", [{}, {"resources": None}, {"resources": [{}]}, {"resources": [{"inputs": []}]}])
def test_a_state_that_holds_nothing_of_ours(state):
    """Tolerated."""
    assert places_of(state) == {}
