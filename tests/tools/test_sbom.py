"""The list of what a release is made of, written by cyclonedx-bom."""

import json
from pathlib import Path

from tools.release_data import DATA, entries
from tools.sbom import install, write


def test_every_pin_is_in_it_with_its_hashes(tmp_path: Path) -> None:
    """No package more, none less; and twice the same bytes."""
    python = install(tmp_path / "environment")
    made = write(python, tmp_path)
    told = json.loads(made.read_text())
    assert told["bomFormat"] == "CycloneDX"
    parts = {one["name"].lower().replace("_", "-").replace(".", "-"): one for one in told["components"]}
    assert set(parts) == set(entries(DATA.read_text()))
    assert all(one["version"] and one["purl"].startswith("pkg:pypi/") for one in parts.values())
    assert all(one["externalReferences"][0]["hashes"] for one in parts.values())
    first = made.read_bytes()
    assert write(python, tmp_path).read_bytes() == first
