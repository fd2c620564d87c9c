"""A policy file's text -> the same text with another mode, max_age, mx or released; only the lines concerned change.

Pure. The result is read again before it is given back: it says exactly what was asked, and all else as before.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from mtasts.policy.inputs import Source, one_line
from mtasts.policy.layer import Layer, read_layer
from mtasts.policy.rules import max_age_rule, max_age_text, pattern_rule
from mtasts.policy.splice import CannotEdit, add_item, insert_list, remove_item, set_scalar
from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.names import covers
from mtasts.protocol.problem import quote

__all__ = ["CannotEdit", "edit_policy"]

_DURATION = re.compile(r"[0-9]{1,8}[smhdw]?", re.ASCII)
# Behind which key one that is missing is put: the first of these that the file has. It always has a domain.
_AFTER = {
    "released": ("domain",),
    "mode": ("domain",),
    "max_age": ("mode", "domain"),
    "mx": ("max_age", "mode", "domain"),
}


def edit_policy(
    text: str,
    *,
    mode: str | None = None,
    max_age: int | str | None = None,
    add_mx: Sequence[str] = (),
    remove_mx: Sequence[str] = (),
    inherited_mx: Sequence[str] | None = None,
    released: date | None = None,
) -> str:
    """The text of `<domain>.yaml` with what is given changed. What is so already changes no byte.

    `max_age` is seconds, or a number with s, m, h, d or w; a key that only the defaults have is put into the file, and
    wins from then on. Patterns are compared in A-labels; adding one that is there does nothing, removing one that is
    not there is refused as a likely slip. `inherited_mx` is the list in force (DomainPolicy.mx), for a file that has
    none of its own: without it such a file is refused, since a new list would replace the one of the defaults.

    Raises CannotEdit with one line: for a wrong file, a wrong value, a policy left without mx, and for a layout that
    cannot be edited safely.
    """
    layer = _read(text)
    wanted: dict[str, Any] = dict(layer.values)
    if mode is not None:
        if mode not in tuple(Mode):
            raise CannotEdit(f"mode {quote(mode)} is not one of testing, enforce, none")
        wanted["mode"] = str(mode)
        if layer.values.get("mode") != mode:
            text = set_scalar(text, "mode", wanted["mode"], _AFTER["mode"])
    if max_age is not None:
        wanted["max_age"], written = _max_age(max_age)
        if layer.values.get("max_age") != wanted["max_age"]:
            text = set_scalar(text, "max_age", written, _AFTER["max_age"])
    if released is not None:
        wanted["released"] = released
        if layer.values.get("released") != released:
            text = set_scalar(text, "released", released.isoformat(), _AFTER["released"])
    if add_mx or remove_mx:
        text = _edit_mx(text, layer, wanted, _patterns(add_mx), _patterns(remove_mx), inherited_mx)
    if _read(text).values != wanted:
        raise CannotEdit("the file is laid out in a way that is not edited safely; change it by hand")
    return text


def _edit_mx(
    text: str,
    layer: Layer,
    wanted: dict[str, Any],
    add: Sequence[str],
    remove: Sequence[str],
    inherited: Sequence[str] | None,
) -> str:
    own = layer.values.get("mx")
    if own is None and inherited is None:
        raise CannotEdit("mx is not in this file; a list here would replace that of _defaults.yaml: write it out first")
    present = tuple(own if own is not None else _patterns(inherited or ()))
    for pattern in remove:
        if pattern in add:
            raise CannotEdit(f"{pattern} cannot be added and removed at once")
        if pattern not in present:
            raise CannotEdit(_absent(pattern, present))
    added = [pattern for pattern in add if pattern not in present]
    if not added and not remove:
        return text
    left = tuple(pattern for pattern in (*present, *added) if pattern not in remove)
    if not left:
        raise CannotEdit("this would leave no mx, and a policy needs one unless its mode is none (RFC 8461 s3.2)")
    wanted["mx"] = left
    if own is None:
        return insert_list(text, "mx", left, _AFTER["mx"])
    for pattern in added:
        text = add_item(text, "mx", pattern)
    for position in sorted((present.index(pattern) for pattern in remove), reverse=True):
        text = remove_item(text, "mx", position)
    return text


def _absent(pattern: str, present: Sequence[str]) -> str:
    wider = next((other for other in present if covers(other, pattern)), None)
    why = f"{wider} covers it" if wider is not None else f"mx has {', '.join(present[:5]) or 'nothing'}"
    return f"{pattern} is not in mx, so it cannot be removed; {why}"


def _read(text: str) -> Layer:
    layer = read_layer(Source("", text), defaults=False)
    if layer.wrong:
        first = min(problem for problem in layer.problems if problem.severity == "error")
        message = f"line {first.place.line}: {one_line(first.key)}: {one_line(first.message)}"
        raise CannotEdit(message)
    return layer


def _max_age(given: int | str) -> tuple[int, str]:
    written = str(given)
    if _DURATION.fullmatch(written) is None:
        raise CannotEdit(f"max_age {quote(written)} is not seconds, or a number with s, m, h, d or w such as 2w")
    seconds = _judged("max_age", max_age_rule, int(written) if written.isdecimal() else written)
    return seconds, max_age_text(seconds) if written.isdecimal() else written


def _patterns(given: Sequence[str]) -> list[str]:
    """In A-labels, each once."""
    return list(dict.fromkeys(_judged("mx", pattern_rule, pattern) for pattern in given))


def _judged(key: str, rule: Callable[..., Any], value: Any) -> Any:
    said: list[str] = []

    def say(message: str, *path: int | str, warning: bool = False) -> None:
        if not warning:
            said.append(message)

    spelled = rule(value, say)
    if spelled is None:
        raise CannotEdit(f"{key}: {said[0]}")
    return spelled
