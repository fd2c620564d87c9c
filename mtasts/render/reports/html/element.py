"""HTML and SVG elements whose text is escaped unless it was made here.

A plain `str` is foreign until proven otherwise: as a child and as an attribute value it is escaped. Only what `tag`
returns is `Markup` and goes in as it is. So forgetting to escape is not possible, only writing `Markup(...)` by hand.
"""

from collections.abc import Iterable
from typing import TypeAlias

from mtasts.render.escape import html


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"

# HTML has these without an end tag; in SVG an empty element is closed like any other.
_VOID = frozenset({"meta", "link", "br"})


def tag(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """An element. `class_` and `for_` lose their `_`, other `_` become `-`; None and False leave an attribute out.

    Floats are written with at most three decimals, enough for a thousandth of a per cent or pixel.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(f" {attribute}" if value is True else f' {attribute}="{_value(value)}"')
    parts.append(">")
    if name in _VOID:
        return Markup("".join(parts))
    _add(parts, children)
    parts.append(f"</{name}>")
    return Markup("".join(parts))


def join(*children: Child) -> Markup:
    """Children one after the other, without an element around them."""
    parts: list[str] = []
    _add(parts, children)
    return Markup("".join(parts))


def _add(parts: list[str], children: Iterable[Child]) -> None:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(html(child))
        elif isinstance(child, int):
            parts.append(str(child))
        else:
            _add(parts, child)


def _value(value: str | int | float) -> str:
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return html(value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
