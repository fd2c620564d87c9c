"""Host groups of a PolicyHosting, as they come from SDKs."""

import pytest

from mtasts_pulumi.package.groups import Member, members
from mtasts_pulumi.package.judged import Problems
from mtasts_pulumi.package.unknown import UNKNOWN

DNS = {"provider": "route53", "zone": "Z0123456789EXAMPLECOM"}


def test_groups():
    told = {"shared": {"domains": [{"domain": "Example.COM", "dns": DNS}]}, "later": UNKNOWN}
    found = members(told, Problems())
    assert found == {"shared": (Member("example.com", "route53", DNS["zone"]),)}


@pytest.mark.parametrize(
    ("domains", "path", "reason"),
    [
        ([], "hostGroups.g.domains", "no mail domain"),
        ([{"domain": "example.com"}], "hostGroups.g.domains[0].dns.provider", "is missing"),
        ([{"domain": "*.example.com", "dns": DNS}], "hostGroups.g.domains[0].domain", "no wildcard"),
        (
            [{"domain": "example.com", "dns": {**DNS, "provider": "bind"}}],
            "hostGroups.g.domains[0].dns.provider",
            "bind",
        ),
        ([{"domain": "example.com", "dns": DNS}] * 2, "hostGroups.g.domains", "named twice"),
    ],
)
def test_what_cannot_be_served(domains, path, reason):
    problems = Problems()
    members({"g": {"domains": domains}}, problems)
    with pytest.raises(Exception, match="inputs cannot be published") as raised:
        problems.stop()
    assert reason in {one["property_path"]: one["reason"] for one in raised.value.errors}[path]
