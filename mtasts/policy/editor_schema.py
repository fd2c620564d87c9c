"""The JSON Schema that an editor checks policy files against: more than `validate` asks its own schema for.

`validate` says by rules what a pattern cannot explain ("write *.example.com"), so its schema leaves names, URIs and
zone ids to them. An editor has no rules: here they are written as patterns, as far as that can be done without refusing
one file that `validate` takes. What is written with U-labels is only looked at for characters that no name has. Regular
expressions are those of ECMA-262 and Python alike.
"""

import copy
from typing import Any, Final

from mtasts.policy.rules import DOMAIN_LIMIT, TTL_LEAST, TTL_MOST
from mtasts.policy.schema import DEFAULTS_SCHEMA, POLICY_SCHEMA, Schema
from mtasts.policy.setting import END
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.protocol.names import NAME_LIMIT
from mtasts.providers import PROVIDERS

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

# RFC 5321 s4.1.2, or whatever has a character outside ASCII in it: UTS 46 maps many of those.
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FOREIGN: Final = "[^\\s*/:@,_]*[^\\x00-\\x7F][^\\s*/:@,_]*"


def _name(labels: str, longest: int) -> str:
    """ASCII: as many labels as `labels` repeats, with or without the last dot, and no address (RFC 3696 s2)."""
    ascii_name = f"(?!([^.]*\\.)*[0-9]+\\.?{END})(?=.{{0,{longest - 1}}}[^.]\\.?{END}){_LABEL}(\\.{_LABEL}){labels}\\.?"
    return f"({ascii_name}|{_FOREIGN})"


_URI: Final = '[^\\s,!;"<>\\\\^`{|}]'
_MAILTO: Final = f"[Mm][Aa][Ii][Ll][Tt][Oo]:{_URI}+(@|%40){_URI}+(\\.|%2[Ee]){_URI}+"
_HTTPS: Final = f"[Hh][Tt][Tt][Pp][Ss]://{_URI}+"
_DAY: Final = f"^[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]){END}"

_SAYS: Final = "patternErrorMessage"  # not of the draft: editors show it instead of the pattern
_HOST_NAME: Final = {
    "pattern": f"^(\\*\\.)?{_name('+', NAME_LIMIT)}{END}",
    _SAYS: "a host name such as mx1.example.com, or *. and a name: the star is one whole label (RFC 8461 s4.1)",
}
_MAIL_DOMAIN: Final = {
    "pattern": f"^{_name('+', DOMAIN_LIMIT)}{END}",
    _SAYS: "the part behind the @, such as example.com: no address, URL or wildcard",
}
_ANY_NAME: Final = {"pattern": f"^{_name('*', NAME_LIMIT)}{END}", _SAYS: "a domain such as example.net"}
_RUA: Final = {
    "pattern": f"^({_MAILTO}|{_HTTPS}){END}",
    _SAYS: "mailto:local@domain or https://host/path; a comma, ! or ; is written %2C, %21, %3B (RFC 8460 s3)",
}
_REASON: Final = {"pattern": "[^ \\t\\r\\n]", _SAYS: "whoever reads it later wants to know why"}


def editor_schema(schema: Schema) -> Schema:
    """A copy of one of the two schemas, with all that patterns and conditions can say of a file."""
    made = copy.deepcopy(schema)
    keys = made["properties"]
    if "domain" in keys:
        keys["domain"].update(_MAIL_DOMAIN)
        keys["released"]["pattern"] = _DAY
    keys["mx"]["items"].update(_HOST_NAME)
    keys["tls_rpt"]["properties"]["rua"]["items"].update(_RUA)
    keys["max_age"].update(_span(1, MAX_AGE_LIMIT))
    keys["ttl"].update(_span(TTL_LEAST, TTL_MOST))
    for zone in (keys["dns"], keys["dns"]["properties"]["leaving"]):
        zone["properties"]["zone"].update(_zone_id(*PROVIDERS))
        zone["allOf"] = [_if_provider(key, {"zone": _zone_id(key)}) for key in PROVIDERS]
    made["allOf"] = [
        {"if": _has("dns", _is_provider(key)), "then": {"properties": {"ttl": _span(provider.ttl_least, TTL_MOST)}}}
        for key, provider in PROVIDERS.items()
        if provider.ttl_least > TTL_LEAST
    ]
    protects = _has("mode", {"enum": ["testing", "enforce"]})
    made["allOf"].append({"if": protects, "then": {"properties": {"mx": {"minItems": 1}}}})
    _rollout(keys["rollout"]["properties"])
    return made


def _rollout(keys: Schema) -> None:
    waiver = keys["waivers"]["items"]
    waiver["anyOf"] = [{"required": [name]} for name in ("result_type", "mx", "reporter")]
    waiver["properties"]["mx"].update(_HOST_NAME)
    waiver["properties"]["reporter"].update(_ANY_NAME)
    keys["trusted_reporters"]["items"].update(_ANY_NAME)
    keys["first_max_age"].update(_span(1, MAX_AGE_LIMIT))
    for accepted in (waiver["properties"], keys["accept_little_evidence"]["properties"]):
        accepted["until"]["pattern"] = _DAY
        accepted["reason"].update(_REASON)
    for reason in ("hold", "adopted"):
        keys[reason].update(_REASON)


def _has(key: str, value: Schema) -> Schema:
    return {"properties": {key: value}, "required": [key]}


def _is_provider(key: str) -> Schema:
    return _has("provider", {"const": key})


def _if_provider(key: str, then: Schema) -> Schema:
    return {"if": _is_provider(key), "then": {"properties": then}}


def _zone_id(*providers: str) -> Schema:
    shapes = "|".join(PROVIDERS[key].zone_id.pattern for key in providers)
    words = ", or ".join(f"{PROVIDERS[key].zone_id_words} for {key}" for key in providers)
    return {"pattern": f"^({shapes}){END}", _SAYS: f"the id of the zone, not its name: {words}"}


def _span(least: int, most: int) -> dict[str, Any]:
    """Seconds from `least` to `most`, or a number with a unit that comes to as many."""
    spans = [
        f"{_numbers(-(-least // seconds), most // seconds)}{unit}"
        for unit, seconds in _UNITS.items()
        if most >= seconds
    ]
    words = f"seconds from {least} to {most}, or a number with s, m, h, d or w that comes to as many"
    return {"minimum": least, "maximum": most, "pattern": f"^({'|'.join(spans)}){END}", _SAYS: words}


def _numbers(least: int, most: int) -> str:
    """A pattern for the whole numbers from `least` to `most`, with zeros in front allowed."""
    found = []
    for digits in range(len(str(least)), len(str(most)) + 1):
        lowest, highest = max(least, 10 ** (digits - 1)), min(most, 10**digits - 1)
        found += _same_length(str(lowest), str(highest))
    return f"0*({'|'.join(found)})"


def _same_length(lowest: str, highest: str) -> list[str]:
    """Patterns for the numbers from `lowest` to `highest`, which have as many digits."""
    first, last, rest = lowest[0], highest[0], len(lowest) - 1
    if not rest:
        return [_digit(first, last)]
    if first == last:
        return [first + more for more in _same_length(lowest[1:], highest[1:])]
    found, low, high = [], int(first), int(last)
    if set(lowest[1:]) != {"0"}:
        found += [first + more for more in _same_length(lowest[1:], "9" * rest)]
        low += 1
    if set(highest[1:]) != {"9"}:
        found += [last + more for more in _same_length("0" * rest, highest[1:])]
        high -= 1
    if low <= high:
        found.append(f"{_digit(str(low), str(high))}{_any_digits(rest)}")
    return found


def _digit(first: str, last: str) -> str:
    return first if first == last else f"[{first}-{last}]"


def _any_digits(count: int) -> str:
    return "[0-9]" if count == 1 else f"[0-9]{{{count}}}"


EDITOR_POLICY_SCHEMA: Final[Schema] = editor_schema(POLICY_SCHEMA)
EDITOR_DEFAULTS_SCHEMA: Final[Schema] = editor_schema(DEFAULTS_SCHEMA)
