"""Where a release's wheels come from, and what is said of a folder that has none, one too many or half of them."""

from pathlib import Path

import pytest

from mtasts.app.project import release as module
from mtasts.app.project.release import from_folder, from_index, from_installed
from mtasts.app.project.requirements import BUILD, DATA, DISTRIBUTIONS, requirements
from mtasts.errors import CannotLook
from tests.app.project.conftest import wheel


def fill(folder: Path, version: str, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names or DISTRIBUTIONS:
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        inner = f"{name.replace('-', '_')}-{version}.dist-info"
        texts = {f"mtasts/{DATA}": "six==1.17.0\n", f"mtasts/{BUILD}": "setuptools==80.10.2\n"}
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        made = wheel(
            name, version, **texts, **{f"{inner}/METADATA": about, f"{inner}/WHEEL": tags, f"{inner}/RECORD": ""}
        )
        (folder / made.name).write_bytes(made.content)
    return folder


def test_a_folder(tmp_path: Path) -> None:
    """Pinned by hash, in the order of their standing; other files do not matter."""
    fill(tmp_path, "1.2.3")
    (tmp_path / "mtasts-1.2.3.tar.gz").touch()
    found = from_folder(tmp_path)
    assert [one.distribution for one in found.wheels] == list(DISTRIBUTIONS)
    text = requirements(found)
    assert "--find-links wheels\nmtasts==1.2.3 \\\n    --hash=sha256:" in text
    assert text.endswith("six==1.17.0\n")


def test_a_folder_with_two_versions(tmp_path: Path) -> None:
    """The one that runs is taken; where any would do, none is chosen."""
    fill(fill(tmp_path, "1.2.3"), "1.3.0")
    assert from_folder(tmp_path, "1.3.0").version == "1.3.0"
    with pytest.raises(CannotLook, match=r"wheels of more than one version: 1\.2\.3, 1\.3\.0"):
        from_folder(tmp_path)


def test_folders_that_will_not_do(tmp_path: Path) -> None:
    """Missing, empty, of another version, half, damaged: each in one line."""
    for folder, version, said in (
        (tmp_path / "none", "", r"cannot read .*none: No such file or directory"),
        (fill(tmp_path / "other", "1.0.0"), "1.2.3", r"has no wheels of mtasts 1\.2\.3"),
        (
            fill(tmp_path / "half", "1.0.0", "mtasts"),
            "",
            r"lacks the wheel of mtasts-pulumi and mtasts-sandbox 1\.0\.0",
        ),
    ):
        with pytest.raises(CannotLook, match=said):
            from_folder(folder, version)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CannotLook, match="has no wheels of mtasts") as refused:
        from_folder(empty)
    assert "`make dist`" in refused.value.hint
    damaged = fill(tmp_path / "damaged", "1.0.0")
    (damaged / "mtasts-1.0.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(CannotLook, match="is damaged, or is not a release"):
        from_folder(damaged)


def test_a_checkout_is_no_release() -> None:
    """The tests run in one."""
    with pytest.raises(CannotLook, match="this mtasts runs from a checkout"):
        from_installed("0.1.0")


def test_an_index_that_has_it_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip's reason, in one line; no index is asked here."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(
        CannotLook, match=r"pip cannot get mtasts 0\.0\.1 from its index: No matching distribution found"
    ):
        from_index("0.0.1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(fill(tmp_path / "index", "0.0.1")))
    assert module.from_index("0.0.1").carried is False
