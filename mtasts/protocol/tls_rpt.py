"""The `_smtp._tls` TXT record (RFC 8460 s3), rendered and read: where reports go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mtasts.protocol.grammar import check_extensions, extensions_of, first_of_each, only_record, read_fields
from mtasts.protocol.names import BadName, is_domain, to_a_labels
from mtasts.protocol.problem import Problems, Reading, quote
from mtasts.protocol.rua_quirks import LOST

RECORD_VERSION = "v=TLSRPTv1"

_SECTION = "RFC 8460 s3"
# RFC 3986 s2 without the comma, "!" and ";" that RFC 8460 s3 wants percent-encoded.
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_COMMA = re.compile(r"[ \t]*,[ \t]*")
# RFC 5322 s3.2.3 dot-atom, with the UTF-8 of RFC 6532.
_ATOM = r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED_LOCAL = re.compile(r'"(?:[^\x00-\x1f\x7f"\\]|\\[^\x00-\x1f\x7f])*"')


@dataclass(frozen=True, slots=True)
class TlsRptRecord:
    """Where reports about a policy domain go: `rua` URIs in order, at least one. Raises ValueError for no record."""

    rua: tuple[str, ...]
    extensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.rua:
            raise ValueError("a TLS-RPT record needs a rua URI")
        for uri in self.rua:
            reason = check_rua(uri)
            if reason is not None:
                raise ValueError(f"rua {quote(uri)}: {reason}")
        check_extensions(self.extensions, frozenset({"v", "rua"}))


def record_name(domain: str) -> str:
    """Where the TLS-RPT record of `domain` stands (RFC 8460 s3)."""
    return f"_smtp._tls.{domain}"


def render_tls_rpt(rua: Sequence[str], extensions: tuple[tuple[str, str], ...] = ()) -> str:
    """The record's text for these URIs."""
    record = TlsRptRecord(tuple(rua), extensions)
    more = "".join(f"; {name}={value}" for name, value in record.extensions)
    return f"{RECORD_VERSION}; rua={','.join(record.rua)}{more}"


def select_tls_rpt(texts: Sequence[str]) -> Reading[TlsRptRecord]:
    """Of all TXT records at the name, the one that counts, read (RFC 8460 s3). One text is one record, joined."""
    problems = Problems(_SECTION)
    text = only_record(texts, RECORD_VERSION, problems)
    return Reading(None, problems.listed()) if text is None else read_tls_rpt(text)


def read_tls_rpt(text: str) -> Reading[TlsRptRecord]:
    """Judge one record's joined text by the grammar of RFC 8460 s3. Never raises."""
    problems = Problems(_SECTION)
    all_fields = read_fields(text, RECORD_VERSION, problems)
    if all_fields is None:
        return Reading(None, problems.listed())
    fields = first_of_each(all_fields, problems, also=_is_rua_field)
    found = fields.get("rua")
    if found is None:
        problems.error("rua-missing", "the record has no rua, so that reports go nowhere")
    rua = tuple(_COMMA.split(found)) if found is not None else ()
    for uri in rua:
        reason = check_rua(uri)
        if reason is not None:
            problems.error("rua-syntax", f"rua {quote(uri)}: {reason}")
    extensions = extensions_of(fields, "rua", problems)
    if problems.failed:
        return Reading(None, problems.listed())
    _advise(rua, problems)
    _advise_reporters(rua, found or "", all_fields, problems)
    return Reading(TlsRptRecord(rua, extensions), problems.listed())


def every_rua(text: str) -> tuple[str, ...]:
    """The usable URIs of all rua fields of a record's text, also of one that the grammar refuses; each once, in order.

    What somebody meant: of several rua fields only the first counts (RFC 8460 s3), and reports to the others stay away.
    """
    fields = read_fields(text, RECORD_VERSION, Problems(_SECTION)) or []
    uris = (uri for name, value in fields if name == "rua" for uri in _COMMA.split(value))
    return tuple(dict.fromkeys(uri for uri in uris if check_rua(uri) is None))


_SPECIALS = re.compile(r"[,;:<>()]")


def check_rua(uri: str) -> str | None:
    """Why `uri` cannot receive reports (RFC 8460 s3: a mailto: or https: URI of RFC 3986), or None if it can."""
    if _URI.fullmatch(uri) is None:
        return _stray(uri)
    scheme, _, rest = uri.partition(":")
    if scheme.lower() == "mailto":
        return _check_mailto(rest)
    if scheme.lower() in ("https", "http"):  # RFC 8460 s3 gives no list of schemes; of http: `_advise_https` warns
        return _check_https(rest)
    if "@" in uri and "/" not in uri:
        return f"write mailto:{uri}" if ":" not in uri else "only mailto: and https: are allowed"
    return "only mailto: and https: are allowed"


def _is_rua_field(name: str, value: str) -> bool:
    return name == "rua" and all(check_rua(uri) is None for uri in _COMMA.split(value))


def _stray(uri: str) -> str:
    for character in uri:
        if character in ",!;":
            return f"{character} must be written %{ord(character):02X}"
        if character == "%":
            return "% must be followed by two hexadecimal digits"
        if _URI.fullmatch(character) is None:
            return f"{quote(character)} may not stand in a URI"
    return "it is empty"


def _check_mailto(rest: str) -> str | None:
    """RFC 6068 s2, with exactly one address: RFC 8460 s3 wants one URI for each."""
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    if any(character in "[]/" for character in rest):
        return 'a mailto: URI has no "[", "]" or "/"'
    try:
        address = _decode(path)
    except UnicodeDecodeError:
        return "its percent-encoded bytes are not UTF-8"
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        return "it has no address; write mailto:local@domain"
    # RFC 8460 s3 asks for a URI; that its local part is one of RFC 5322 is advice (`_advise_mailto`), but not more than
    # one address, and nothing that breaks a header.
    if _DOT_ATOM.fullmatch(_SPECIALS.sub("x", local)) is None and not _quoted(local):
        return f"{quote(local)} is not the local part of one mail address"
    if _DOT_ATOM.fullmatch(domain) is None:
        return f"{quote(domain)} is not a mail domain"
    return None


def _quoted(local: str) -> bool:
    return _QUOTED_LOCAL.fullmatch(local) is not None


def _decode(path: str) -> str:
    """Without percent-encoding; raises UnicodeDecodeError."""
    if "%" not in path:
        return path
    from urllib.parse import unquote  # noqa: PLC0415 - hardly ever needed, and 3 ms to import

    return unquote(path, errors="strict")


def _check_https(rest: str) -> str | None:
    if not rest.startswith("//"):
        return "write https://host/path"
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    behind = rest[2 + len(authority) :]
    if "[" in behind or "]" in behind or behind.count("#") > 1:
        return 'behind the host "[", "]" and a second "#" must be percent-encoded'
    address = authority.rpartition("@")[2]
    host, port = _split_port(address)
    if port and not (port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        return f"{quote(port)} is not a port"
    if not _is_host(host):
        return f"{quote(host)} is not a host name" if host else "it has no host"
    return None


def _split_port(address: str) -> tuple[str, str]:
    if address.startswith("["):
        host, closed, port = address.partition("]")
        return f"{host}{closed}", port.removeprefix(":")
    host, _, port = address.partition(":")
    return host, port


def _is_host(host: str) -> bool:
    if host.startswith("["):
        import ipaddress  # noqa: PLC0415 - hardly ever needed, and 2 ms to import

        try:
            # A zone (fe80::1%eth0) means nothing to a reporter.
            return host.endswith("]") and "%" not in host and ipaddress.ip_address(host[1:-1]).version == 6
        except ValueError:
            return False
    return is_domain(host.removesuffix("."))


def _advise_reporters(rua: Sequence[str], written: str, fields: Sequence[tuple[str, str]], problems: Problems) -> None:
    """Warn of what real reporters cannot use, though the grammar has it; each with its reporters (rua_quirks.py)."""
    if re.search(r"[ \t],|,[ \t]", written):
        problems.warning("rua-blank", f"rua {quote(written)}: {LOST['rua-blank']}")
    names = [name for name, _ in fields if name != "v"]
    if names and names[0] != "rua":
        problems.warning("rua-not-first", f"{LOST['rua-not-first']}")
    for uri in rua:
        mailto = uri.lower().startswith("mailto:")
        if "=" in uri:
            problems.warning("rua-equals", f"rua {quote(uri)}: {LOST['rua-equals']}")
        if mailto and "%" in uri:
            problems.warning("rua-percent", f"rua {quote(uri)}: {LOST['rua-percent']}")
    schemes = {uri.partition(":")[0].lower() for uri in rua}
    if {"mailto", "https"} <= schemes:
        problems.warning("rua-https-beside", f"rua has {LOST['rua-https-beside']}")
    elif "https" in schemes:
        problems.warning("rua-https-only", f"rua has {LOST['rua-https-only']}")


def _advise(rua: Sequence[str], problems: Problems) -> None:
    """Warn of URIs that are valid and yet lead nowhere, or that reporters are known to mishandle."""
    seen: set[str] = set()
    for uri in rua:
        if uri in seen:
            problems.warning("rua-duplicate", f"rua {quote(uri)} is given twice; reports would come twice")
        seen.add(uri)
        scheme, _, rest = uri.partition(":")
        if not scheme.islower():
            told = f"write {scheme.lower()}: in lower case; tlsrpt-reporter 0.6.0 sends no report otherwise"
            problems.warning("rua-scheme-case", f"rua {quote(uri)}: {told}")
        if "#" in uri:
            problems.warning("rua-fragment", f"rua {quote(uri)}: a fragment means nothing here")
        if scheme.lower() == "mailto":
            _advise_mailto(uri, rest, problems)
        else:
            if scheme.lower() == "http":
                problems.warning("rua-http", f"rua {quote(uri)}: no reporter posts over http:, write https:")
            _advise_https(uri, rest, problems)


def _advise_mailto(uri: str, rest: str, problems: Problems) -> None:
    if "?" in rest:
        problems.warning("rua-mailto-fields", f"rua {quote(uri)}: fields behind ? are ignored or refused by reporters")
    local, _, domain = _decode(re.split(r"[?#]", rest, maxsplit=1)[0]).rpartition("@")
    if _DOT_ATOM.fullmatch(local) is None and not _quoted(local):
        problems.warning(
            "rua-local-part", f"rua {quote(uri)}: {quote(local)} is not a local part that mail servers accept"
        )
    try:
        labels = to_a_labels(domain).split(".")
    except BadName as reason:
        problems.warning("rua-domain", f"rua {quote(uri)}: the mail domain {reason}")
        return
    if len(labels) == 1:
        problems.warning("rua-domain", f"rua {quote(uri)}: the mail domain has one label; no report will reach it")


def _advise_https(uri: str, rest: str, problems: Problems) -> None:
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    if "@" in authority:
        problems.warning("rua-user", f"rua {quote(uri)}: a user name or password in it is public in DNS")
    host, _ = _split_port(authority.rpartition("@")[2])
    if host.startswith("[") or host.rpartition(".")[2].isdigit():
        problems.warning("rua-address", f"rua {quote(uri)}: an address instead of a host name gets few reports")
