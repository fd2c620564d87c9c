"""One command raises every version, and closes the changelog's section."""

import shutil
import tomllib
from datetime import date

from tools.version import FOLDERS, ROOT, raise_to


def test_all_are_raised_together(tmp_path):
    """Three versions and two pins; the dependencies of others stay."""
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(ROOT / folder / "pyproject.toml", tmp_path / folder / "pyproject.toml")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-01-01)\n")
    raise_to("7.8.9rc1", date(2026, 12, 1), tmp_path)
    before, after = (
        [tomllib.loads((root / folder / "pyproject.toml").read_text())["project"] for folder in FOLDERS]
        for root in (ROOT, tmp_path)
    )
    assert [project["version"] for project in after] == ["7.8.9rc1"] * 3
    assert [[line for line in project["dependencies"] if line.startswith("mtasts")] for project in after] == [
        [],
        ["mtasts==7.8.9rc1"],
        ["mtasts-pulumi==7.8.9rc1"],
    ]
    others = [[line for line in project["dependencies"] if not line.startswith("mtasts")] for project in before]
    assert [[line for line in project["dependencies"] if not line.startswith("mtasts")] for project in after] == others
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changelog\n\n## Unreleased\n\n## 7.8.9rc1 (2026-12-01)\n\n- New.\n\n## 0.1.0 (2026-01-01)\n"
    )
