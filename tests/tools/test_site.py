"""`make site`: every page is there, can be found, and leads somewhere; what does not ends it with 1."""

import json
import re
from pathlib import Path

import pytest

from tools import site


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, made as `make site` makes it."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "SOURCE", folder / "source")
        patch.setattr(site, "SITE", folder / "html")
        assert site.main() == 0
    return folder / "html"


def test_every_page_is_there_and_can_be_searched(built: Path) -> None:
    """Those of docs/ and the three beside it; the index is a file, so that no server is needed."""
    pages = {path.relative_to(site.ROOT / "docs").with_suffix("").as_posix() for path in site.ROOT.glob("docs/**/*.md")}
    pages |= {Path(page).stem for page in site.BESIDE.values()}
    assert {page for page in pages if not (built / f"{page}.html").is_file()} == set()
    text = (built / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.sub(r"^Search\.setIndex\((.*)\);?$", r"\1", text, flags=re.DOTALL))
    assert set(index["docnames"]) == pages
    assert "rollback" in index["terms"]


def test_links_between_the_pages_are_those_of_the_site(built: Path) -> None:
    """From beside docs/ into it, out of it, to a folder, and to a heading."""
    index = (built / "index.html").read_text(encoding="utf-8")
    assert 'href="reference/yaml.html"' in index
    assert 'href="security.html"' in index
    assert re.search(r'href="decisions/[a-z-]+\.html"', index)
    assert '"../changelog.html"' in (built / "reference" / "python.html").read_text(encoding="utf-8")
    assert 'id="why-the-gate-holds"' in (built / "gitops.html").read_text(encoding="utf-8")


def test_pages_fetch_nothing_from_elsewhere(built: Path) -> None:
    """No font, script or picture of another server: a reader's address stays with who serves the site."""
    for page in built.glob("**/*.html"):
        found = re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//[^"]+"', page.read_text(encoding="utf-8"))
        assert found == [], page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x](gone.md)", "gone.md"),
        ("[x](other.md#nowhere)", "nowhere"),
        ("![x](gone.png)", "gone.png"),
    ],
)
def test_what_leads_nowhere_ends_it(text: str, told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the page and what it names."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# Start\n\n[there](other.md#a-heading)\n")
    (source / "other.md").write_text(f"# Other\n\n## A heading\n\n{text}\n")
    site.assemble(source, {"All": ["other"]})
    assert site.build(source, tmp_path / "html") == 1
    told_of = capfd.readouterr().err
    assert "other.md" in told_of
    assert told in told_of


def test_a_page_that_no_list_names_ends_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """So that a new page gets its place."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# Start\n")
    (source / "lost.md").write_text("# Lost\n")
    site.assemble(source, {})
    assert site.build(source, tmp_path / "html") == 1
    assert "lost.md" in capfd.readouterr().err
