"""Markdown as GitHub's own parser shows it, down to the elements and texts that a reader gets."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

# What GitHub adds to CommonMark, but for its filter of tags: here they must not come to be.
EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
_VOID = {"br", "hr", "img"}


@dataclass
class Shown:
    """What is on the page. `live` is the text outside of code: what filters for @names and #numbers look at."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    text: str = ""
    live: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown = Shown()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shown.tags.add(tag)
        self.shown.attributes |= {name for name, _ in attrs}
        self.shown.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                self.shown.unclosed.append(tag)
        else:
            self.shown.unclosed.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.shown.text += data
        if not {"code", "pre", "a"} & set(self.open):
            self.shown.live.append(data)


def page(markdown: str) -> str:
    """The HTML of a comment."""
    return cmarkgfm.markdown_to_html_with_extensions(markdown, Options.CMARK_OPT_UNSAFE, EXTENSIONS)


def shown(markdown: str) -> Shown:
    """What a reader of this Markdown gets."""
    reader = _Reader()
    reader.feed(page(markdown))
    reader.close()
    reader.shown.unclosed += reader.open
    return reader.shown
