"""Edits of one value in a YAML text; every other byte stays: comments, order, quotes, layout.

Pure. ruamel.yaml says where each value begins and ends, and how it is quoted; what is written goes in between. Its own
writer is not used: it sets indentation, line ends and long lines anew, and a reviewer would have to look for what
changed. Whoever calls reads the result again: a layout that is not foreseen here must come to light, not into the file.
"""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

_LAID_OUT = "is laid out in a way that is not edited safely; change it by hand"
_DASH = re.compile(r"[ \t]*-[ \t]+")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_REST = re.compile(r"[ \t]*(?:[ \t]#[^\r\n]*)?\r?")  # of a line, behind a value
_REST_OF_FLOW = re.compile(r"[ \t]*(,?)[ \t]*(?:[ \t]#[^\r\n]*)?\r?")
_QUOTES = ("'", '"')


class CannotEdit(ValueError):  # noqa: N818 - what it is about, as callers read it
    """The file cannot be edited as asked; the message is one line that says why and what to do."""


def set_scalar(text: str, key: str, value: str, after: Sequence[str]) -> str:
    """`text` with the top-level `key` set to `value`, which is put behind the first key of `after` if it is not there.

    `value` must need no quotes; those that it has are kept, unless it is a number. Raises CannotEdit.
    """
    root = _compose(text)
    node = _values(root).get(key)
    if node is None:
        return _insert(text, root, key, value, after)
    if node.style in ("|", ">"):
        raise CannotEdit(f"{key} is written as a block of text (line {_line(node)}); write it on one line")
    return text[: _start(node)] + _quoted(value, node.style) + text[_end(node) :]


def insert_list(text: str, key: str, items: Sequence[str], after: Sequence[str]) -> str:
    """`text` with a new top-level list behind the first key of `after` that is there. Raises CannotEdit."""
    root = _compose(text)
    eol = _line_end_of(text)
    if root.flow_style:
        return _insert(text, root, key, "[" + ", ".join(f'"{item}"' for item in items) + "]", after)
    lines = [f"{{indent}}  - {_item(item, None)}" for item in items]
    return _insert(text, root, key, eol.join(["", *lines]), after)


def add_item(text: str, key: str, item: str) -> str:
    """`text` with one more entry at the end of the list `key`, written as the last one is. Raises CannotEdit."""
    root = _compose(text)
    node = _values(root)[key]
    if not node.value:
        begin = text.index("[", _start(node)) + 1
        style = next((k.style for k, _ in root.value if k.value == key), None)
        return text[:begin] + _item(item, style) + text[begin:].lstrip(" \t")
    last = node.value[-1]
    written = _item(item, last.style)
    if node.flow_style:
        return _add_in_brackets(text, last, written)
    prefix = _prefix(text, last)
    if _DASH.fullmatch(prefix) is None or _REST.fullmatch(_behind(text, last)) is None:
        raise CannotEdit(f"{key} (line {_line(node)}) {_LAID_OUT}")
    return _insert_line(text, _next_line(text, _end(last)), prefix + written)


def remove_item(text: str, key: str, position: int) -> str:
    """`text` without one entry of the list `key`, and without its line if it has one. Raises CannotEdit."""
    whole = _values(_compose(text))[key]
    items, in_brackets = whole.value, bool(whole.flow_style)
    node = items[position]
    prefix, behind = _prefix(text, node), _behind(text, node)
    alone = not prefix.strip(" \t") if in_brackets else _DASH.fullmatch(prefix) is not None
    rest = _REST_OF_FLOW if in_brackets else _REST
    if alone and rest.fullmatch(behind):
        return text[: _line_start(text, _start(node))] + text[_next_line(text, _end(node)) :]
    if in_brackets:
        before = text[_end(items[position - 1]) : _start(node)] if position else ""
        if position and _COMMA.fullmatch(before):
            return text[: _end(items[position - 1])] + text[_end(node) :]
        comma = _COMMA.match(text, _end(node))
        if comma is not None:
            return text[: _start(node)] + text[comma.end() :]
    raise CannotEdit(f"entry {position + 1} of {key} (line {_line(node)}) {_LAID_OUT}")


def _add_in_brackets(text: str, last: Any, written: str) -> str:
    prefix, rest = _prefix(text, last), _REST_OF_FLOW.fullmatch(_behind(text, last))
    if prefix.strip(" \t") or rest is None:
        return f"{text[: _end(last)]}, {written}{text[_end(last) :]}"
    # One entry a line: so is the new one, and the comma that was left off comes to the one before.
    where = _next_line(text, _end(last))
    comma = rest.group(1)
    more = _insert_line(text, where, prefix + written + comma)
    return more if comma else more[: _end(last)] + "," + more[_end(last) :]


def _insert(text: str, root: Any, key: str, value: str, after: Sequence[str]) -> str:
    """`value` has `{indent}` where a line of it is to begin as deep as the key."""
    nodes = {k.value: (k, v) for k, v in root.value}
    key_node, node = next(nodes[name] for name in after if name in nodes)
    indent = _prefix(text, key_node).lstrip("\ufeff")
    own_line = not indent.strip(" ")
    if root.flow_style:
        quote = key_node.style or ""
        pair = f"{quote}{key}{quote}: {value if value.startswith('[') else _quoted(value, node.style)}"
        between = f",{_line_end_of(text)}{indent}" if own_line else ", "
        return text[: _end(node)] + between + pair + text[_end(node) :]
    if not own_line or node.style in ("|", ">") or _REST.fullmatch(_behind(text, node)) is None:
        raise CannotEdit(f"{key_node.value} (line {_line(key_node)}) {_LAID_OUT}")
    blank = "" if value.startswith(("\n", "\r")) else " "
    lines = f"{indent}{key}:{blank}{value}".replace("{indent}", indent)
    return _insert_line(text, _next_line(text, _end(node)), lines)


def _insert_line(text: str, where: int, line: str) -> str:
    eol = _line_end_of(text)
    if where == len(text) and not text.endswith("\n"):
        return text + eol + line
    return text[:where] + line + eol + text[where:]


def _compose(text: str) -> Any:
    # It takes 0.15 s to import, and most verbs edit nothing.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        try:
            root = YAML(typ="rt").compose(StringIO(text))
        except YAMLError:
            # It refuses tabs between a value and its comment, which libyaml and the standard allow. Blanks are as wide.
            root = YAML(typ="rt").compose(StringIO(text.replace("\t", " ")))
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(getattr(error, "problem", None) or error).split())
        raise CannotEdit(f"the file cannot be edited: {reason}") from None
    if root is None or not isinstance(root.value, list):
        raise CannotEdit(f"the file {_LAID_OUT}")
    return root


def _values(root: Any) -> dict[str, Any]:
    return {key.value: value for key, value in root.value}


def _start(node: Any) -> int:
    return int(node.start_mark.index)


def _end(node: Any) -> int:
    return int(node.end_mark.index)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _quoted(value: str, style: str | None) -> str:
    return f"{style}{value}{style}" if style in _QUOTES and not value.isdecimal() else value


def _item(item: str, style: str | None) -> str:
    """A name as its neighbours are written; quoted where YAML would read something else, such as an alias."""
    if style in _QUOTES:
        return f"{style}{item}{style}"
    return item if item[:1].isalpha() else f'"{item}"'


def _prefix(text: str, node: Any) -> str:
    return text[_line_start(text, _start(node)) : _start(node)]


def _behind(text: str, node: Any) -> str:
    return text[_end(node) : _next_line(text, _end(node))].removesuffix("\n")


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _next_line(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _line_end_of(text: str) -> str:
    """As the first line ends."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
