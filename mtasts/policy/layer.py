"""One file of desired state, judged by itself: its shape, then every rule that needs no other file.

A domain's own file and its stack's `_defaults.yaml` are each one layer, so that what is wrong in the defaults is said
once, at its own place.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mtasts.policy import rules
from mtasts.policy.accounts import AN_ACCOUNT
from mtasts.policy.adopted_rule import A_MOMENT, adopted_rule
from mtasts.policy.inputs import InputProblem, Place, Source
from mtasts.policy.setting import A_DAY, A_MAX_AGE, A_NUMBER, DAYS
from mtasts.policy.settings_table import SETTINGS
from mtasts.policy.shape import Misfit, misfits
from mtasts.policy.yaml_text import Document, NotText, read_document
from mtasts.protocol.problem import Severity, quote
from mtasts.providers import PROVIDERS

Path = tuple[str | int, ...]

_MANY: Final = {"array": list, "object": dict}
# What has a wrong entry is refused, but its other entries are judged all the same: all problems at once.
_PARTED: Final = {
    "mx": list,
    "tls_rpt.rua": list,
    "dns.leaving": dict,
    "adopted": dict,
    **{one.dotted: _MANY[one.schema["type"]] for one in SETTINGS if one.schema["type"] in ("array", "object")},
}
# Merged as one value, although there are keys below it: one wrong key refuses the whole value.
_WHOLE: Final = (
    "dns.leaving",
    "adopted",
    *(one.dotted for one in SETTINGS if one.has_keys),
)
# Dotted key -> the rule for its value.
_RULES: Final[dict[str, Callable[..., Any]]] = {
    "domain": rules.domain_rule,
    "max_age": rules.max_age_rule,
    "mx": rules.mx_rule,
    "tls_rpt.rua": rules.rua_rule,
    "ttl": rules.ttl_rule,
    "dns.leaving": rules.leaving_rule,
    "released": rules.day_rule,
    "adopted": adopted_rule,
    **{one.dotted: one.rule for one in SETTINGS if one.rule is not None},
}
_POLICY_KEYS: Final = (
    "domain",
    "mode",
    "max_age",
    "mx",
    "tls_rpt.rua",
    "ttl",
    "dns.provider",
    "dns.zone",
    "dns.account",
    "dns.leaving",
    "dns.host_record",
    "host_group",
    "owner",
    "notes",
    "released",
    "adopted",
)
KEYS: Final = (*_POLICY_KEYS, *(one.dotted for one in SETTINGS))
_STEPS: Final = tuple((key, *key.partition(".")[::2]) for key in _POLICY_KEYS)
_ALL_STEPS: Final = tuple((key, *key.partition(".")[::2]) for key in KEYS)
_WANTED: Final = {
    "max_age": A_MAX_AGE,
    "ttl": "a number of seconds, or one with s, m, h, d or w such as 1h",
    "host_group": "lower-case letters, digits, inner dots and hyphens",
    "dns.account": AN_ACCOUNT,
    "dns.leaving.account": AN_ACCOUNT,
    "released": A_DAY,
    "adopted.id": "1 to 32 letters and digits (RFC 8461 s3.1)",
    "adopted.seen": A_MOMENT,
    **{key: words for one in SETTINGS for key, words in one.wanted_at()},
}
# Where a plain 2026-12-31 is meant, which YAML 1.1 reads as a date of its own.
_DAY_KEYS: Final = frozenset(key for key, wanted in _WANTED.items() if wanted == A_DAY)
_MOMENT_KEYS: Final = frozenset(key for key, wanted in _WANTED.items() if wanted == A_MOMENT)
_MAX_AGES: Final = frozenset(key for key, wanted in _WANTED.items() if wanted == A_MAX_AGE)
_SECONDS: Final = _MAX_AGES | {"ttl"}
_NUMBERS: Final = _SECONDS | {key for key, wanted in _WANTED.items() if wanted.startswith(A_NUMBER)}
_TIME: Final = re.compile(
    r"\s*([0-9]{1,9})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)\s*", re.ASCII | re.IGNORECASE
)
_BLOCKS: Final = frozenset(top for _, top, below in _ALL_STEPS if below)
_OTHER_NAMES: Final = {name: provider.key for provider in PROVIDERS.values() for name in provider.other_names}
_TYPE_WORDS: Final = {"string": "text", "array": "a list", "object": "keys below it", "integer": "a number"}


@dataclass(slots=True)
class Layer:
    """The values of one file, by dotted key and in their one spelling; `refused` keys are there, but wrong."""

    document: Document
    values: dict[str, Any] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    problems: list[InputProblem] = field(default_factory=list)

    def note(self, key: str, message: str, place: Place, severity: Severity = Severity.ERROR) -> None:
        """Keep a finding about this file."""
        self.problems.append(InputProblem(place, key, message, severity))

    def refuse(self, key: str) -> None:
        """Remember that the value at the dotted key is invalid; nothing is built from it."""
        self.refused.add(key)
        for whole in _WHOLE:
            if key.startswith(f"{whole}."):
                self.refused.add(whole)

    @property
    def wrong(self) -> bool:
        """Whether anything in this file forbids publishing."""
        return bool(self.problems) and any(problem.severity is Severity.ERROR for problem in self.problems)

    def place(self, key: str) -> Place:
        """Where the value of a dotted key stands."""
        return self.document.place(*key.split("."))


def read_layer(source: Source, *, defaults: bool) -> Layer:
    """Read and judge one file."""
    document = read_document(source, _DAY_KEYS, _MOMENT_KEYS)
    layer = Layer(document, problems=list(document.problems))
    for key in document.refused:
        layer.refuse(key)
    if document.node is None:
        layer.refused.update(KEYS)
        return layer
    _refuse_all(layer, list(misfits(document.values, defaults=defaults)))
    for key, top, below in _ALL_STEPS if "rollout" in document.values else _STEPS:
        value = document.values.get(top)
        if below:
            value = value.get(below) if isinstance(value, dict) else None
        if top in layer.refused:
            layer.refused.add(key)
        if value is not None and (key not in layer.refused or type(value) is _PARTED.get(key)):
            _apply(layer, key, value)
    return layer


def _apply(layer: Layer, key: str, value: Any) -> None:
    rule = _RULES.get(key)
    if rule is None:
        layer.values[key] = value
        return

    def say(message: str, *path: int | str, warning: bool = False) -> None:
        severity = Severity.WARNING if warning else Severity.ERROR
        dotted = ".".join([key, *(step for step in path if isinstance(step, str))])
        layer.note(dotted, message, layer.document.place(*key.split("."), *path), severity)

    spelled = rule(value, say)
    if spelled is None or key in layer.refused:
        layer.refused.add(key)
    else:
        layer.values[key] = spelled


def _refuse_all(layer: Layer, found: list[Misfit]) -> None:
    wrong_type = {misfit.path for misfit in found if misfit.keyword == "type"}
    for misfit in found:
        # What has the wrong type fails the other keywords as well; once is enough.
        if misfit.keyword == "type" or misfit.path not in wrong_type:
            _refuse(layer, misfit)


def _refuse(layer: Layer, misfit: Misfit) -> None:
    """Say one finding of jsonschema in this file's words, at its place."""
    key = ".".join(step for step in misfit.path if isinstance(step, str))
    if key and key in layer.document.refused:
        return  # said by the YAML reader already
    if misfit.keyword == "additionalProperties":
        _refuse_keys(layer, misfit, key)
        return
    if misfit.keyword == "required":
        for name in misfit.asked:
            dotted = f"{key}.{name}" if key else name
            missing = InputProblem(layer.document.place(*misfit.path), dotted, "is missing")
            # There is a misfit for each missing key, and each asks for all; another entry of a list may lack it too.
            if name not in misfit.value and dotted not in layer.document.refused and missing not in layer.problems:
                layer.problems.append(missing)
                layer.refuse(dotted)
        return
    layer.refuse(key)
    place = layer.document.place(*misfit.path)
    if misfit.keyword == "uniqueItems":
        for again, item in enumerate(misfit.value):
            if isinstance(item, str) and item in misfit.value[:again]:  # any other entry has the wrong type anyhow
                layer.note(key, f"{quote(item)} is given twice", layer.document.place(*misfit.path, again))
        return
    layer.note(key, _sentence(key, misfit), place)


def _refuse_keys(layer: Layer, misfit: Misfit, key: str) -> None:
    known = misfit.asked
    for name in misfit.value:
        if name in known:
            continue
        dotted = f"{key}.{name}" if key else name
        message = f"unknown key{_belongs(name, key) or _did_you_mean(name, known)}; allowed: {', '.join(known)}"
        layer.note(dotted, message, layer.document.key_place(*misfit.path, name))
        layer.refuse(dotted)


def _belongs(name: str, block: str) -> str:
    """Where a key stands that lost its indentation, or has too much of it."""
    above = {below: top for _, top, below in _ALL_STEPS if below}
    if not block and name in above:
        return f"; it belongs under {above[name]}:, indented by two spaces"
    if block in _BLOCKS and any(name == top for _, top, _ in _ALL_STEPS):
        return "; it belongs at the top level, without indentation"
    return ""


def _spelled(written: str) -> str:
    """How a time is written that a person wrote as people do: `1 week`, `"3600"`."""
    if written.isdecimal():
        return "; write the number without quotes"
    found = _TIME.fullmatch(written)
    return f"; write {int(found[1])}{found[2][0].lower()}" if found else ""


def _did_you_mean(written: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for a wrong file

    near = get_close_matches(written.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _sentence(key: str, misfit: Misfit) -> str:
    value, asked = misfit.value, misfit.asked
    if isinstance(value, NotText):
        return _surprise(key, value)
    if misfit.keyword == "enum":
        words = ", ".join(asked)
        near = _OTHER_NAMES.get(value.lower()) if key == "dns.provider" else None
        hint = f'; did you mean "{near}"?' if near else _did_you_mean(value, list(asked))
        return f"{quote(value)} is not one of {words}{hint}"
    if misfit.keyword == "maximum":
        reason = rules.MAX_AGE_LIMIT_REASON if key in _MAX_AGES else "allowed here"
        return f"{value} is more than the {asked}{_unit(key)} {reason}"
    if misfit.keyword == "minimum":
        return f"{value} is less than {asked}{_unit(key)}, the least allowed"
    if misfit.keyword == "pattern":
        return f"{quote(str(value))} is not {_WANTED[key]}{_spelled(str(value)) if key in _SECONDS else ''}"
    if misfit.keyword == "maxItems":
        return f"has {len(value)} entries; at most {asked} are allowed"
    if misfit.keyword in {"minLength", "maxLength"}:
        return f"is {'empty' if not value else f'{len(value)} characters long; at most {asked} are allowed'}"
    quotes = "; write it in quotes" if isinstance(value, int) and asked == "string" and key not in _DAY_KEYS else ""
    return f"must be {_type_words(key, asked)}, not {_kind(value)}{quotes}"


def _unit(key: str) -> str:
    return " s" if key in _SECONDS else " days" if _WANTED.get(key) == DAYS else ""


def _surprise(key: str, value: NotText) -> str:
    """YAML 1.1 reads some words and numbers as nobody means them."""
    read_as = f"{quote(value.written)} without quotes is {value.read_as} in YAML"
    if value.read_as == "nothing":
        return "has no value"
    if key == "mode":
        return f"{read_as}; write mode: none" if value.written.lower() in {"no", "off", "false", "n"} else read_as
    if key in _DAY_KEYS | _MOMENT_KEYS:
        return f"{quote(value.written)} is not {_WANTED[key]}"
    if key in _NUMBERS:
        # 1:30 is 90, 010 is 8, 1_0 is 10.
        meant = "a different number in YAML" if value.read_as == "a number" else f"{value.read_as} in YAML"
        return f"{quote(value.written)} is {meant}; write plain digits: {_WANTED[key]}"
    return f"{read_as}; write it in quotes"


def _type_words(key: str, asked: str | list[str]) -> str:
    if key in _WANTED:
        return _WANTED[key]
    return " or ".join(_TYPE_WORDS[name] for name in ([asked] if isinstance(asked, str) else asked))


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "keys below it"
    if isinstance(value, list):
        return "a list"
    return f"the number {value}" if isinstance(value, int) else f"text such as {quote(str(value))}"
