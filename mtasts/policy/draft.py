"""A domain's first YAML, drafted from what it serves now. Pure: facts in, text and remarks out.

A domain without MTA-STS gets `testing` and its MX hosts by full name. One that has it keeps mode, max_age and mx as
served, so that taking it over changes nothing for senders; what departs from advice is said, not changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from mtasts.policy.adopted import Adopted, patterns
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.protocol.names import covers, to_u_labels
from mtasts.words.durations import span

# Ours, after the advice that protocol reference and NCSC give: a day at least, two weeks in enforce.
DAY = 86400
TWO_WEEKS = 1209600

_JOINED = "\\\n    "
_SHORT = {"\r": "\\r", "\n": "\\n", "\t": "\\t", '"': "\\U00000022", "\\": "\\U0000005C"}


@dataclass(frozen=True, slots=True)
class Draft:
    """The file's text, and what a person should know before publishing it."""

    text: str
    remarks: tuple[str, ...]


def draft(
    domain: str,
    mx_hosts: Sequence[str],
    served: Policy | None,
    rua: Sequence[str] | None,
    dns: tuple[str, str] | None,
    adopted: Adopted | None = None,
    host_record: str = "",
    ttl: int | None = None,
) -> Draft:
    """The YAML of `domain` (A-labels).

    `dns` is (provider, zone id), and `rua` the reporting addresses, empty for no TLS-RPT record; None takes either
    from the stack's defaults, as it does `ttl` (seconds). `adopted`: the publication that is to be taken over, and
    `host_record` "cname" where a CNAME is to lead its policy host; what is in mode enforce may then begin with it.
    """
    mode, max_age = (served.mode, served.max_age) if served else (Mode.TESTING, DAY)
    names = patterns(served) if served else tuple(dict.fromkeys(mx_hosts))
    lines = ["# yaml-language-server: $schema=../schema.json", f"domain: {_scalar(domain)}{_for_people(domain)}"]
    # "none" is a word of YAML 1.1 to some readers, and quotes cost nothing.
    lines += [f"mode: {_scalar(mode.value) if mode is not Mode.NONE else _quoted(mode.value)}", f"max_age: {max_age}"]
    if names:
        lines += ["mx:", *(f"  - {_quoted(pattern)}{_for_people(pattern)}" for pattern in names)]
    if rua is not None and not rua:
        lines += ["tls_rpt:", "  rua: []"]
    elif rua:
        lines += ["tls_rpt:", "  rua:", *(f"    - {_quoted(uri)}" for uri in rua)]
    if ttl is not None:
        lines.append(f"ttl: {ttl}")
    if dns is not None or host_record:
        lines.append("dns:")
    if dns is not None:
        lines += [f"  provider: {_scalar(dns[0])}", f"  zone: {_quoted(dns[1])}"]
    if host_record:
        lines.append(f"  host_record: {_scalar(host_record)}")
    if adopted is not None:
        lines += _adoption(adopted, mode)
    text = "\n".join(lines) + "\n"
    said = _remarks(mx_hosts, served) if served else _advice_for_new()
    return Draft(text, (*said, *_advice_on_reports(rua)))


def _adoption(adopted: Adopted, mode: Mode) -> list[str]:
    """What the domain published before, last in the file: the text, a line of it in each line."""
    seen = adopted.seen.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    lines = []
    if mode is Mode.ENFORCE:
        lines += ["rollout:", f"  adopted: {_quoted(f'served in mode enforce before it came here, id {adopted.id}')}"]
    lines += ["adopted:", f"  id: {_quoted(adopted.id)}", f"  seen: {seen}"]
    if adopted.text is not None:
        # A backslash at the end of a line joins it to the next one, without the blanks before that.
        parts = [_escaped(part) for part in adopted.text.splitlines(keepends=True)]
        lines += f'  text: "{_JOINED.join(parts)}"'.split("\n")
    return lines


def _remarks(mx_hosts: Sequence[str], served: Policy) -> list[str]:
    """How the served policy departs from advice."""
    said = [f"kept as served: mode {served.mode}, max_age {span(served.max_age)}, {len(served.mx)} mx"]
    if served.mode is Mode.NONE:
        said.append("mode none switches MTA-STS off; the advice is testing, then enforce")
    elif served.mode is Mode.TESTING:
        said.append("mode testing protects nothing yet; the aim is enforce once it is proven ready")
    advised = TWO_WEEKS if served.mode is Mode.ENFORCE else DAY
    if served.mode is not Mode.NONE and served.max_age < advised:
        said.append(f"max_age {span(served.max_age)} is below the {span(advised)} advised in mode {served.mode}")
    usable = patterns(served)
    for pattern in served.mx:
        if not patterns(replace(served, mx=(pattern,))):
            said.append(
                f"left out: mx {pattern} is not a host name, so it covers no MX host; nothing changes for senders"
            )
    for host in mx_hosts:
        if served.mode is not Mode.NONE and not any(covers(pattern, host) for pattern in usable):
            said.append(f"no mx pattern covers the MX host {host}: senders that enforce do not use it")
    for pattern in usable:
        matched = [host for host in mx_hosts if covers(pattern, host)]
        if not matched:
            said.append(f"no MX host matches {pattern}")
        elif pattern.startswith("*."):
            said.append(f"{pattern} is broader than its MX hosts; narrow would be {', '.join(matched)}")
    return said


def _advice_for_new() -> list[str]:
    return ["no MTA-STS policy is served now, so this one starts in testing with full MX host names"]


def _advice_on_reports(rua: Sequence[str] | None) -> list[str]:
    if rua is None:
        return ["no reporting address is published; the one of _defaults.yaml will be"]
    if not rua:
        return ["no reporting address is published and none was given (--rua): set tls_rpt.rua before publishing"]
    return []


def _for_people(name: str) -> str:
    """A comment with the U-labels of a name in A-labels, which senders, DNS and certificates do not know."""
    people = to_u_labels(name)
    return "" if people == name or not people.isprintable() else f"  # {people}"


def _scalar(text: str) -> str:
    """Plain where YAML cannot misread it: letters, digits, dots and hyphens, and no number or word of its own."""
    plain = text.replace(".", "").replace("-", "").isalnum() and text.isascii() and text[0].isalpha()
    return text if plain and text not in ("no", "yes", "on", "off", "null", "true", "false") else _quoted(text)


def _quoted(text: str) -> str:
    """A double-quoted scalar; what comes from the network is ASCII here, anything else is escaped."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """What stands between the quotes, byte for byte what it says; a blank in front is kept, too."""
    escaped = "".join(_SHORT.get(c) or (c if c.isascii() and c.isprintable() else f"\\U{ord(c):08X}") for c in text)
    return f"\\{escaped}" if escaped.startswith(" ") else escaped
