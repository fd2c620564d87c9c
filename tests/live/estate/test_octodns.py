"""An octoDNS folder: whole and split zones, and nothing else of what lies there."""

import pytest

from mtasts.errors import CannotLook
from mtasts.live.estate.octodns import read_octodns
from tests.adoption.estates import OCTODNS


def test_whole_and_split_zones_are_read_and_the_config_is_not():
    listing = read_octodns(OCTODNS)
    assert listing.unread == ()
    assert listing.apexes >= {"corp.example", "shop.example", "xn--mller-kva.example"}
    assert len(listing.apexes) == 10


def test_a_zone_s_own_file_may_be_named(tmp_path):
    listing = read_octodns(OCTODNS / "shop.example.yaml")
    assert listing.apexes == {"shop.example"}


def test_a_folder_without_zones_is_said(tmp_path):
    (tmp_path / "config.yaml").write_text("providers: {}\n")
    with pytest.raises(CannotLook, match="no zone of octoDNS's"):
        read_octodns(tmp_path)
