"""States from disk: one, or all of a folder."""

from mtasts.live.estate.terraform import read_terraform
from tests.adoption.estates import STATE


def test_a_folder_of_states(tmp_path):
    """Other files that lie beside them are passed over."""
    (tmp_path / "a.tfstate").write_text(STATE.read_text())
    (tmp_path / "main.tf").write_text("resource {}")
    (tmp_path / "b.json").write_text("{}")
    listing = read_terraform(tmp_path)
    assert listing.records == tuple(
        type(one)(one.record, one.place.replace(str(STATE), str(tmp_path / "a.tfstate")), one.apex, one.address)
        for one in read_terraform(STATE).records
    )


def test_the_private_zone_is_said():
    assert [one.why for one in read_terraform(STATE).unread if "private zone" in one.why]
