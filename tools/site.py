"""The site of docs/, static and searchable: `make site` writes build/site, to be served or to be read from the folder.

The pages are those that forges show. They are copied with the three that lie beside docs/, and Sphinx makes the site of
the copy: MyST reads Markdown as CommonMark, and makes a heading's anchor as the forges do. Nothing of the site is
fetched from elsewhere. A link or picture that leads nowhere, and a page that no list names, end it with 1.
"""

import posixpath
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "build" / "site-source"
SITE = ROOT / "build" / "site"
# Pages beside docs/, and what they are called on the site.
BESIDE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
# What is listed where; a folder lists itself.
CONTENTS = {
    "Publish": ["quickstart", "new", "adopt", "rollout", "accounts", "policy-pack"],
    "Pipelines": ["setup", "gitops", "pre-commit", "forges"],
    "Coming from": ["coming-from/*", "beside-terraform"],
    "Look and judge": ["verify", "checks", "disagreements", "reports", "reports-reading"],
    "Reference": ["reference/*"],
    "Inside": ["architecture", "glossary", "performance", "contributing", "security", "releases", "changelog"],
    "Decisions": ["decisions/*"],
}
SETTINGS = """\
project = "mtasts"
html_title = "mtasts"
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
extensions = ["myst_parser"]
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
highlight_language = "none"
html_static_path = ["_static"]
html_css_files = ["site.css"]
"""
# Tables are what most pages are made of: the page is as wide as they need it, and a row is read from its top.
STYLE = """\
.content { width: 64em; max-width: 100%; }
h1 { font-size: 2em; }
table.docutils td { vertical-align: top; }
table.docutils td:first-child code { white-space: nowrap; }
"""
_CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(\))")
# A whole link, with code in its text.
_WHOLE = re.compile(r"\[((?:`[^`\n]*`|[^\]`\n])*)\]\((?!https?:|mailto:|#)([^)\s#]+)[^)\s]*\)")
_FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def main() -> int:
    """0 when the site is there and all of it holds together."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", SOURCE)
    for name, page in BESIDE.items():
        shutil.copyfile(ROOT / name, SOURCE / page)
    assemble(SOURCE, CONTENTS)
    return build(SOURCE, SITE)


def assemble(source: Path, listed: dict[str, list[str]]) -> None:
    """Make of a copy of the pages what Sphinx wants: settings, links of the site, and the list beside every page."""
    (source / "conf.py").write_text(SETTINGS, encoding="utf-8")
    (source / "_static").mkdir(exist_ok=True)
    (source / "_static" / "site.css").write_text(STYLE, encoding="utf-8")
    for path in source.rglob("*.md"):
        page = path.relative_to(source).as_posix()
        path.write_text(with_links_of_site(page, path.read_text(encoding="utf-8")), encoding="utf-8")
    with (source / "index.md").open("a", encoding="utf-8") as index:
        index.write("".join(contents(title, pages) for title, pages in listed.items()))


def build(source: Path, site: Path) -> int:
    """Sphinx's exit code; what is wrong is on stderr, all of it."""
    return build_main(["-q", "-W", "--keep-going", "-b", "html", str(source), str(site)])


def contents(title: str, pages: list[str]) -> str:
    """One part of the list beside every page."""
    glob = ":glob:\n" if any("*" in page for page in pages) else ""
    return f"\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n:caption: {title}\n{glob}\n" + "\n".join(pages) + "\n```\n"


def with_links_of_site(page: str, text: str) -> str:
    """Links that lead out of docs/, or from beside it into it, as links between pages of the site."""
    origin = next((there for there, here in BESIDE.items() if here == page), f"docs/{page}")

    def target_of(found: re.Match[str]) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(origin), found[2]))

    def without_files(found: re.Match[str]) -> str:
        target = target_of(found)
        on_pages = target in BESIDE or target.startswith("docs")
        # A file of the repository that is not a page: its name is enough.
        return found[0] if on_pages or not (ROOT / target).exists() else found[1]

    def on_site(found: re.Match[str]) -> str:
        target = target_of(found)
        wanted = BESIDE.get(target) or target.removeprefix("docs/")
        if (ROOT / target).is_dir():
            first = min(path for path in (ROOT / target).iterdir() if path.is_file())
            wanted = first.relative_to(ROOT / "docs").as_posix()
        return f"{found[1]}{posixpath.relpath(wanted, posixpath.dirname(page) or '.')}{found[3] or ''}{found[4]}"

    prose = outside(_FENCED, text, lambda part: _WHOLE.sub(without_files, part))
    return outside(_CODE, prose, lambda part: _LINK.sub(on_site, part))


def outside(code: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """The text, with what is not code changed."""
    return "".join(part if part.startswith("`") else change(part) for part in code.split(text))


if __name__ == "__main__":
    sys.exit(main())
