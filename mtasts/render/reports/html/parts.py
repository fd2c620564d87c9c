"""Pieces that more than one page is made of."""

from collections.abc import Sequence
from datetime import date

from mtasts.render.reports.html.element import Child, Markup, join, tag
from mtasts.render.reports.rows import counted, grouped
from mtasts.reports.causes import Owner
from mtasts.verdict.minima import Minima, Need

_OWNERS = {
    Owner.OURS: ("ours to fix", "bad"),
    Owner.SENDER: ("the sender's", "plain"),
    Owner.NOISE: ("noise", "plain"),
}

_NEED_NAMES = {
    "failures": "No failures",
    "days": "Days covered",
    "reporters": "Reporters",
    "sessions": "Sessions",
    "recency": "Recent reports",
}


def section(title: str, *children: Child, class_: str = "") -> Markup:
    """A box with a heading; its id, for links, is the heading in lower case."""
    name = "-".join(title.lower().split())
    return tag("section", tag("h2", title, id=name), children, aria_labelledby=name, class_=class_ or None)


def tiles(items: Sequence[tuple[str, str, str]]) -> Markup:
    """Large numbers: (number, what it counts, class)."""
    return tag(
        "ul",
        [tag("li", tag("b", number), tag("span", what), class_=kind or None) for number, what, kind in items],
        class_="tiles",
    )


def chip(text: str, kind: str) -> Markup:
    """A word in a coloured pill: bad, warn, good or plain."""
    return tag("span", text, class_=f"chip {kind}")


def owner_chip(owner: Owner, *, past: bool) -> Markup:
    """Whose problem it is, or was."""
    return chip("history", "plain") if past else chip(*_OWNERS[owner])


def prose(text: str) -> Markup:
    """One of our own sentences, in which `this` is code."""
    return join(tag("code", part) if index % 2 else part for index, part in enumerate(text.split("`")))


def span_of(first: date, last: date) -> Markup:
    """One day or two, never broken within a date."""
    if first == last:
        return tag("span", str(first), class_="nowrap")
    return join(tag("span", str(first), class_="nowrap"), " to ", tag("span", str(last), class_="nowrap"))


def table(caption: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Child]], name: str = "") -> Markup:
    """A table that becomes a list of cards on a phone. Columns are (title, class); the first cell heads its row.

    Roles are written out because `display: block` takes them away in some browsers.
    """
    head = tag(
        "tr",
        [tag("th", title, scope="col", role="columnheader", class_=kind or None) for title, kind in columns],
        role="row",
    )
    return tag(
        "table",
        tag("caption", caption) if caption else None,
        tag("thead", head, role="rowgroup"),
        tag("tbody", [_row(columns, row) for row in rows], role="rowgroup"),
        class_=f"cards {name}".strip(),
        role="table",
    )


def _row(columns: Sequence[tuple[str, str]], row: Sequence[Child]) -> Markup:
    cells: list[Markup] = []
    for number, ((title, kind), value) in enumerate(zip(columns, row, strict=True)):
        if not number:
            cells.append(tag("th", value, scope="row", role="rowheader", class_=kind or None))
        else:
            classes = f"{kind} blank".strip() if value in ("", None) else kind
            cells.append(tag("td", value, role="cell", data_label=title or None, class_=classes or None))
    return tag("tr", cells, role="row")


def number(value: int, *, bad: bool = False) -> Markup:
    """A count; zero is quiet, and a bad one stands out unless it is zero."""
    kind = "num0" if not value else ("numbad" if bad else None)
    return tag("span", grouped(value), class_=kind)


def needs_list(needs: Sequence[Need], minima: Minima) -> Markup:
    """What enforce asks for, what is there, and what is lacking."""
    return tag("ul", [_need(need, minima) for need in needs], class_="needs")


def _need(need: Need, minima: Minima) -> Markup:
    words, part = _extent(need, minima)
    name = _NEED_NAMES[need.name]
    return tag(
        "li",
        tag("span", "✓" if need.met else "✗", class_="mark", aria_hidden="true"),
        tag("b", name, tag("span", ": met" if need.met else ": not met", class_="hidden")),
        _meter(part),
        tag("span", words, class_="lack"),
        class_="met" if need.met else "unmet",
    )


def _extent(need: Need, minima: Minima) -> tuple[str, float]:
    if need.name == "failures":
        return need.lack or "no counted report has a failure", float(need.met)
    if need.name == "recency":
        if need.lack:
            return f"{need.lack} (at most {minima.age_days} asked for)", 0.0
        age = "today" if not need.have else f"{counted(need.have, 'day')} ago"
        return f"last counted day {age} (at most {minima.age_days} asked for)", 1.0
    words = f"{grouped(need.have)} ({grouped(need.want)} asked for)"
    return join(words, f": {need.lack}" if need.lack else ""), min(1.0, need.have / need.want)


def _meter(part: float) -> Markup:
    filled = tag("rect", width=f"{100 * part:.1f}%", height="100%", rx=4, class_="part") if part else None
    return tag(
        "svg", tag("rect", width="100%", height="100%", rx=4, class_="all"), filled, class_="meter", aria_hidden="true"
    )
