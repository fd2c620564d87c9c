"""`mtasts reports html` on a real store."""

import json

from tests.cli.filled import document, fill, month, reports

SPAN = ("--since", "2026-03-01", "--until", "2026-03-30")


def files(folder):
    """Relative names of all files."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_site_is_written(tmp_path, capsys):
    """One page for the fleet and one a domain; standard output says where to begin."""
    month(tmp_path / "store")
    out = tmp_path / "site"
    code, said, err = reports(capsys, "html", "--store", tmp_path / "store", *SPAN, "--out", out)
    assert (code, said, err) == (0, f"{out}/index.html\n", "")
    assert files(out) == [
        ".mtasts-pages.json",
        "domains/example.com.html",
        "domains/example.net.html",
        "index.html",
    ]
    assert "certificate-expired" in (out / "domains/example.com.html").read_text()
    assert 'href="domains/example.com.html"' in (out / "index.html").read_text()


def test_pages_of_gone_domains_are_removed_and_nothing_else(tmp_path, capsys):
    """What we wrote before and not again goes; what somebody else put there stays."""
    month(tmp_path / "store")
    out = tmp_path / "site"
    words = ("html", "--store", tmp_path / "store", *SPAN, "--out", out)
    reports(capsys, *words)
    (out / "notes.html").write_text("mine")
    reports(capsys, "html", "example.com", *words[1:])
    assert "domains/example.net.html" not in files(out)
    assert {"notes.html", "index.html", "domains/example.com.html"} <= set(files(out))


def test_a_list_that_was_tampered_with_removes_nothing_outside(tmp_path, capsys):
    """The list of our pages is only a file: names that we could not have written are left alone."""
    month(tmp_path / "store")
    out = tmp_path / "site"
    out.mkdir()
    victim = tmp_path / "victim.html"
    victim.write_text("keep")
    (out / ".mtasts-pages.json").write_text(json.dumps(["../victim.html", str(victim), "a/b/c.html", 7, "x.txt"]))
    assert reports(capsys, "html", "--store", tmp_path / "store", *SPAN, "--out", out)[0] == 0
    assert victim.read_text() == "keep"


def test_a_hostile_domain_stays_in_the_folder(tmp_path, capsys):
    """Whatever a report says its domain is, its page lies in domains/ under a plain name."""
    fill(tmp_path / "store", [document("2026-03-05", 5, domain=name) for name in ("../../../evil", "a/b.example")])
    out = tmp_path / "site"
    reports(capsys, "html", "--store", tmp_path / "store", *SPAN, "--out", out)
    names = [name for name in files(out) if name.endswith(".html")]
    assert all(name == "index.html" or name.startswith("domains/") for name in names)
    assert files(tmp_path) == sorted(
        [f"site/{n}" for n in files(out)] + [f"store/{n}" for n in files(tmp_path / "store")]
    )


def test_minima_can_be_set_and_cannot_be_nothing(tmp_path, capsys):
    """The page states the minima that were asked for; 0 is refused, as silence would pass."""
    month(tmp_path / "store")
    words = ("html", "--store", tmp_path / "store", *SPAN, "--out", tmp_path / "site")
    reports(capsys, *words, "--min-days", "7", "--min-sessions", "1234")
    page = (tmp_path / "site/domains/example.com.html").read_text()
    assert "(7 asked for)" in page
    assert "(1 234 asked for)" in page
    code, _, err = reports(capsys, *words, "--min-days", "0")
    assert code == 2
    assert "at least 1" in err


def test_a_folder_that_cannot_be_made_is_one_line_and_two(tmp_path, capsys):
    """A file in the way: exit code 2 and its name."""
    month(tmp_path / "store")
    (tmp_path / "file").write_text("")
    code, _, err = reports(capsys, "html", "--store", tmp_path / "store", "--out", tmp_path / "file" / "site")
    assert code == 2
    assert "file" in err.splitlines()[0]


def test_an_empty_store_gives_a_page_that_says_so(tmp_path, capsys):
    """No reports at all is an answer too."""
    fill(tmp_path / "store", [])
    code, _, _ = reports(capsys, "html", "--store", tmp_path / "store", "--out", tmp_path / "site")
    assert code == 0
    assert "no reports in the store" in (tmp_path / "site/index.html").read_text()
