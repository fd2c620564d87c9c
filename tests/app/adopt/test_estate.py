"""An estate without a look at the world: what the source says, and nothing that would be a guess."""

from pathlib import Path

import pytest

from mtasts.adoption.owners import Tool
from mtasts.app.adopt.estate import EstateRequest, SourceKind, survey_estate
from mtasts.app.adopt.request import AdoptRequest
from mtasts.errors import CannotLook
from mtasts.live.network import Network
from tests.adoption.estates import DOMAINS, OCTODNS, STATE, ZONES


def request(policies: Path, *sources, only=()):
    adopt = AdoptRequest(policies, "prod", Network(), {})
    return EstateRequest(adopt, sources, frozenset(only), offline=True)


@pytest.mark.parametrize(
    ("kind", "path", "tools"),
    [
        (SourceKind.ZONE, ZONES, []),
        (SourceKind.OCTODNS, OCTODNS, [Tool.OCTODNS]),
        (SourceKind.TERRAFORM, STATE, [Tool.TERRAFORM]),
    ],
)
def test_each_source_gives_its_domains_and_its_own_way_out(tmp_path, kind, path, tools):
    estate = survey_estate(request(tmp_path, (kind, path)))
    assert tuple(one.domain for one in estate.domains) == DOMAINS
    assert [tool for tool, _ in estate.releases] == tools
    assert (estate.adoptions, estate.files, estate.groups) == ((), {}, {})


def test_sources_add_up_and_domains_can_be_named(tmp_path):
    """A state knows the zone id that a zone file does not; a domain's file is seen."""
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "shop.example.yaml").write_text("domain: shop.example\n")
    estate = survey_estate(
        request(tmp_path, (SourceKind.ZONE, ZONES), (SourceKind.TERRAFORM, STATE), only=["shop.example"])
    )
    (shop,) = estate.domains
    assert shop.zones == (("route53", "Z0SHOP1EXAMPLE"),)
    assert estate.filed == {"shop.example": tmp_path / "prod" / "shop.example.yaml"}


def test_what_is_not_there_is_said(tmp_path):
    empty = tmp_path / "a.example.zone"
    empty.write_text("@ MX 10 mx\n")
    with pytest.raises(CannotLook, match=r"is no _mta-sts, _smtp\._tls or mta-sts name"):
        survey_estate(request(tmp_path, (SourceKind.ZONE, empty)))
    with pytest.raises(CannotLook, match=r"nothing of other\.example"):
        survey_estate(request(tmp_path, (SourceKind.ZONE, ZONES), only=["other.example", "shop.example"]))
