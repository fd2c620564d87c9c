"""Rules for a policy file that a schema cannot express: names, durations, URIs, and which values go together.

Each rule takes a value of the right shape and gives its one spelling, or None after it has said why there is none.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Protocol

from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.protocol.names import NAME_LIMIT, BadName, to_a_labels
from mtasts.protocol.policy_text import MAX_AGE_ADVISED, advise_max_age, advise_pattern, wildcards_of
from mtasts.protocol.problem import Problem, Problems, Severity, quote
from mtasts.protocol.rua_quirks import LOST
from mtasts.protocol.tls_rpt import check_rua, read_tls_rpt, record_name, render_tls_rpt
from mtasts.providers import PROVIDERS

TTL_LEAST = 30
TTL_MOST = 86400  # a day: a roll-back takes hold only when the TTL has passed (RFC 8461 s8.1)
MAX_AGE_LIMIT_REASON = "that RFC 8461 allows"

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# As `dig` shows an MX record: "10 mx1.example.com."
_PREFERENCE = re.compile(r"[0-9]{1,5}[ \t]+(\S{1,254}?)\.?", re.ASCII)
# The longer of the names made from a domain is `_smtp._tls.<domain>` (RFC 8460 s3).
DOMAIN_LIMIT = NAME_LIMIT - len(record_name(""))


class Say(Protocol):
    """Takes a finding: the path within the value the rule was given, and what is wrong."""

    def __call__(self, message: str, *path: int | str, warning: bool = False) -> None: ...  # noqa: D102


def domain_rule(written: str, say: Say) -> str | None:
    """The mail domain in A-labels."""
    if written.startswith("*"):
        say("a mail domain has no wildcard: each subdomain that receives mail needs its own file (RFC 8461 s3.4)")
        return None
    if "@" in written:
        say(f"{quote(written)} is an address; the mail domain is the part behind the @")
        return None
    name = name_rule(written, say)
    if name is None:
        return None
    if "." not in name:
        say(f"{quote(written)} has one label; a mail domain has at least two")
        return None
    if len(name) > DOMAIN_LIMIT:
        say(f"has {len(name)} characters; with _smtp._tls. in front only {DOMAIN_LIMIT} fit the {NAME_LIMIT} of a name")
        return None
    return name


def max_age_rule(written: int | str, say: Say) -> int | None:
    """The seconds for which senders keep the policy."""
    seconds = _seconds(written)
    if seconds > MAX_AGE_LIMIT:
        say(f"{_amount(written, seconds)} is more than the {MAX_AGE_LIMIT} s {MAX_AGE_LIMIT_REASON}")
        return None
    if seconds < 1:
        say(f"{written} is too short: senders would keep no policy, and some refuse it")
        return None
    if seconds < MAX_AGE_ADVISED:
        _pass_on(lambda problems: advise_max_age(seconds, "", problems), "max_age", say)
    return seconds


def max_age_text(seconds: int) -> str:
    """A max_age as people write it in YAML: weeks or days where it is whole ones, else seconds."""
    for unit, length in (("w", 604800), ("d", 86400)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return str(seconds)


def ttl_rule(written: int | str, say: Say) -> int | None:
    """The seconds for which resolvers keep the TXT records."""
    seconds = _seconds(written)
    if not TTL_LEAST <= seconds <= TTL_MOST:
        say(f"{_amount(written, seconds)} is not from {TTL_LEAST} to {TTL_MOST} s")
        return None
    return seconds


def mx_rule(written: Sequence[str], say: Say) -> tuple[str, ...] | None:
    """The mx patterns in A-labels (RFC 8461 s3.2, s4.1)."""
    patterns: dict[str, int] = {}
    failed = False
    for position, pattern in enumerate(written):
        if not isinstance(pattern, str) or pattern in written[:position]:
            continue  # the schema has said it
        spelled = pattern_rule(pattern, say, position)
        if spelled is not None and spelled in patterns:
            say(f"{quote(pattern)} is {spelled} again", position)
            spelled = None
        if spelled is None:
            failed = True
        else:
            patterns[spelled] = position
    if failed:
        return None
    wildcards = wildcards_of(patterns)
    for pattern, position in patterns.items():
        _pass_on(partial(advise_pattern, pattern, wildcards), "mx", say, position)
    return tuple(patterns)


def pattern_rule(pattern: str, say: Say, *path: int | str) -> str | None:
    """One mx pattern in A-labels (RFC 8461 s4.1)."""
    wildcard = pattern.startswith("*.")
    rest = pattern[2:] if wildcard else pattern
    if "*" in rest:
        say(f"{quote(pattern)}: * stands only for the whole left-most label, once (RFC 8461 s4.1)", *path)
        return None
    if pattern.startswith("."):
        say(f'{quote(pattern)} would match nothing; write "*{pattern}" for any one label', *path)
        return None
    if preferred := _PREFERENCE.fullmatch(pattern):
        say(f"{quote(pattern)} has a preference, which only the MX record has; write {preferred[1]}", *path)
        return None
    try:
        name = to_a_labels(rest)
    except BadName as reason:
        say(f"{quote(pattern)} {reason}", *path)
        return None
    if "." not in name:
        broad = f"would let every host right below {name} be an MX"
        say(f"{quote(pattern)} {broad if wildcard else 'has one label; an MX host has at least two'}", *path)
        return None
    return f"*.{name}" if wildcard else name


def rua_rule(written: Sequence[str], say: Say) -> tuple[str, ...] | None:
    """The URIs that take reports, checked with the record that they make (RFC 8460 s3)."""
    failed = False
    for position, uri in enumerate(written):
        if not isinstance(uri, str):
            failed = True  # the schema has said it
            continue
        reason = check_rua(uri) or _http(uri)
        if reason is not None:
            say(f"{quote(uri)}: {reason}", position)
            failed = True
    if failed:
        return None
    if not written:
        return ()  # said on purpose: no record of ours
    # Ours: what would only be warned of in a stranger's record is not published by us; but an address that some
    # reporters cannot use may be the only one there is.
    for problem in read_tls_rpt(render_tls_rpt(written)).problems:
        usable = problem.code in LOST
        say(problem.message.removeprefix("rua "), warning=usable)
        failed |= not usable
    return None if failed else tuple(written)


def _http(uri: str) -> str | None:
    """Valid in a stranger's record, and of no use to anybody."""
    return "only mailto: and https: are allowed" if uri.lower().startswith("http:") else None


def zone_rule(provider: str, zone: str) -> str | None:
    """Why `zone` cannot be a zone id of the provider, or None if it can."""
    shape, words = PROVIDERS[provider].zone_id, PROVIDERS[provider].zone_id_words
    if shape.fullmatch(zone):
        return None
    hint = ""
    bare = zone.rpartition("/")[2]
    if shape.fullmatch(bare):
        hint = f"; write {bare}"
    elif shape.fullmatch(zone.swapcase()):
        hint = f"; write {zone.swapcase()}"
    elif "." in zone:
        hint = "; give the zone's id, not its name"
    elif other := next((key for key, one in PROVIDERS.items() if one.zone_id.fullmatch(zone)), None):
        hint = f"; it looks like one of {other}"
    return f"{quote(zone)} is not a zone id of {provider}: {words}{hint}"


def provider_ttl_rule(providers: Iterable[str], ttl: int) -> str | None:
    """Why one of these providers does not take the TTL, or None if all do."""
    for key in providers:
        provider = PROVIDERS[key]
        if ttl < provider.ttl_least:
            return f"{ttl} is less than the {provider.ttl_least} s that {provider.title} allows"
    return None


def leaving_rule(written: Mapping[str, Any], say: Say) -> tuple[str, str, str] | None:
    """Provider, id and account of the zone that a domain's records leave."""
    provider, zone = written.get("provider"), written.get("zone")
    if not isinstance(zone, str) or not isinstance(provider, str) or provider not in PROVIDERS:
        return None  # the schema has said it
    reason = zone_rule(provider, zone)
    if reason is not None:
        say(reason, "zone")
        return None
    account = written.get("account", "")
    return (provider, zone, account) if isinstance(account, str) else None


def day_rule(written: str, say: Say, *path: int | str) -> date | None:
    """A day of the calendar."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        say(f"{quote(written)} is not a day of the calendar", *path)
        return None


def name_rule(written: str, say: Say, *path: int | str) -> str | None:
    """A name in A-labels."""
    try:
        return to_a_labels(written)
    except BadName as reason:
        say(f"{quote(written)} {reason}", *path)
        return None


def mode_age_warnings(mode: str, max_age: int) -> list[str]:
    """What to warn of when this mode has this max_age (a max_age below a day is warned of by itself)."""
    problems = Problems("")
    if max_age >= MAX_AGE_ADVISED:
        advise_max_age(max_age, mode, problems)
    return [problem.message for problem in problems.listed()]


def _seconds(written: int | str) -> int:
    return written if isinstance(written, int) else int(written[:-1]) * _UNIT_SECONDS[written[-1]]


def _amount(written: int | str, seconds: int) -> str:
    return str(seconds) if isinstance(written, int) else f"{written} ({seconds} s)"


def _pass_on(advise: Callable[[Problems], None], key: str, say: Say, *path: int) -> None:
    problems = Problems("")
    advise(problems)
    for problem in problems.listed():
        say(_without_key(problem, key), *path, warning=problem.severity is Severity.WARNING)


def _without_key(problem: Problem, key: str) -> str:
    return problem.message.removeprefix(f"{key} ")
