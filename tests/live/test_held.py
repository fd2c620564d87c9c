"""What is told to the program comes back as it was; what cannot be read stops the run."""

import pytest

from mtasts.errors import CannotLook
from mtasts.live.held import VARIABLE, Told, from_environment


def test_what_is_told_comes_back(tmp_path):
    """All four sets; without a file nothing is held."""
    told = Told(frozenset({"a.example"}), frozenset({"b.example"}), frozenset({"a\n.yaml"}), frozenset({"c.example"}))
    told.write(tmp_path / "held.json")
    assert from_environment({VARIABLE: str(tmp_path / "held.json")}) == told
    assert from_environment({}) == Told()


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"held": 1, "left_out": [], "wrong": [], "there": []}'])
def test_what_cannot_be_read_stops_the_run(tmp_path, content):
    """A run that holds nothing would take domains down."""
    path = tmp_path / "held.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CannotLook, match=r"\$MTASTS_HELD: .* cannot be read"):
        from_environment({VARIABLE: str(path)})
