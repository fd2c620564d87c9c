"""Reads zone files in the master file format (RFC 1035 s5.1) for the records that matter, bounded and never executing.

Entries are split and their values read by dnspython's tokenizer; dnspython's own zone reader is not used: it gives up
a whole file for one entry that it does not know (a provider's ALIAS, a CNAME beside other data, as Cloudflare exports
them) and passes over, without a word, what stands below a second $ORIGIN. `$INCLUDE` is refused, since it opens other
files, and `$GENERATE`, since one line of it can mean millions of names.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.ttl

from mtasts.adoption.estate import Listed, Listing, Unread, joined, matters, merged
from mtasts.adoption.survey import StandingRecord
from mtasts.errors import CannotLook
from mtasts.live.estate.files import files_of, read_file
from mtasts.protocol.names import domain_or_nothing
from mtasts.protocol.problem import quote

UNREAD_LIMIT: Final = 100  # entries of one file that are said to be unreadable, one by one
_CLASSES: Final = frozenset({"IN", "CH", "HS", "CS", "ANY"})
# `example.com.zone`, `db.example.com`, `example.com.db`, `example.com`: how zone files are called.
_NAMED: Final = re.compile(r"(?:db\.|pri\.|named\.)?(?P<zone>.+?)(?:\.(?:zone|db|dns|txt|hosts|signed|bind))*", re.I)
_BY_NUMBER: Final = re.compile(r"TYPE[0-9]{1,4}")
_TTL_MOST: Final = 2**31 - 1  # RFC 2181 s8


def read_zone_files(path: Path) -> Listing:
    """A zone file, or every file of a folder and of those in it. Raises CannotLook where nothing can be read."""
    return joined(_read(file) for file in files_of(path, "a zone file, or a folder of zone files"))


def _read(path: Path) -> Listing:
    try:
        text = read_file(path)
    except CannotLook as error:
        return Listing(unread=(Unread(str(path), error.message),))
    return read_zone(text, str(path), _origin_of(path))


def _origin_of(path: Path) -> str:
    """The zone's name that a file's name gives, "" where it is none."""
    named = _NAMED.fullmatch(path.name)
    name = domain_or_nothing(named["zone"]) if named else ""
    return name if "." in name else ""


@dataclass(slots=True)
class _Entry:
    """The state of RFC 1035 s5.1: what an entry that leaves something out takes from those before it."""

    origin: str
    name: str = ""
    ttl: int | None = None
    default: int | None = None


def read_zone(text: str, shown: str, origin: str = "") -> Listing:
    """The records of one zone file that matter. `shown`: its path; `origin`: its zone if the file does not say it."""
    return _Reader(text, shown, origin).read()


class _Tokens(dns.tokenizer.Tokenizer):
    """dnspython's tokens, and whether the entry under way has ended: what went wrong at its end needs no skipping."""

    ended = False

    def get(self, want_leading: bool = False, want_comment: bool = False) -> dns.tokenizer.Token:
        token = super().get(want_leading, want_comment)
        self.ended = token.is_eol_or_eof()
        return token

    def unget(self, token: dns.tokenizer.Token) -> None:
        super().unget(token)
        self.ended = False


class _Reader:
    def __init__(self, text: str, shown: str, origin: str) -> None:
        self._tokens = _Tokens(text.replace("\r\n", "\n"), shown)
        self._shown = shown
        self._state = _Entry(origin)
        self._named = origin
        self._records: list[Listed] = []
        self._unread: list[Unread] = []
        self._apexes: set[str] = set()

    def read(self) -> Listing:
        while True:
            line = self._tokens.line_number
            try:
                token = self._tokens.get(want_leading=True)
                if token.is_eof():
                    break
                if not token.is_eol() and not self._entry(token, line):
                    break
            except (dns.exception.DNSException, ValueError) as error:
                self._note(line, str(error) or type(error).__name__)
                if self._tokens.quoting:
                    self._close_quote()
                elif not self._skip():
                    break
        more = len(self._unread) - UNREAD_LIMIT
        rest = [Unread(self._shown, f"and {more} more entries that could not be read")] if more > 0 else []
        apexes = self._apexes or {self._named or self._state.origin}
        records = (Listed(one.record, one.place, _zone_of(one.record.name, apexes)) for one in self._records)
        return Listing(merged(records), (*self._unread[:UNREAD_LIMIT], *rest), frozenset(self._apexes))

    def _note(self, line: int, why: str) -> None:
        self._unread.append(Unread(f"{self._shown}:{line}", why))

    def _close_quote(self) -> None:
        """Begin anew in the line behind a quote that was never closed, which is where the tokens ended."""
        number, self._tokens = self._tokens.line_number, _Tokens(self._tokens.file, self._shown)
        self._tokens.line_number = number

    def _skip(self) -> bool:
        """Go to the end of the entry; whether there may be more behind it."""
        while not self._tokens.ended:
            try:
                token = self._tokens.get()
            except dns.exception.DNSException:
                # A quote or a bracket that is never closed: where entries end is not known any more.
                if self._tokens.eof:
                    return False
                continue
            if token.is_eof():
                return False
        return not self._tokens.eof

    def _entry(self, token: dns.tokenizer.Token, line: int) -> bool:
        """Read one entry that begins with `token`; whether there may be more behind it."""
        if token.is_identifier() and token.value.startswith("$"):
            return self._directive(token.value.upper(), line)
        if token.is_whitespace():
            token = self._tokens.get()
            if token.is_eol_or_eof():
                return not token.is_eof()
        else:
            # What cannot be read gives its name to no entry that follows.
            self._state.name = ""
            self._state.name = self._absolute(token)
            token = self._tokens.get()
        ttl: int | None = None
        # TTL and class may stand in either order, and each may be left out.
        for _ in range(2):
            if token.is_identifier() and ttl is None and (seconds := _ttl(token.value)) is not None:
                if seconds > _TTL_MOST:
                    self._note(line, f"the TTL {seconds} is more than 2^31-1, which resolvers take for 0")
                ttl = self._state.ttl = seconds if seconds <= _TTL_MOST else 0
                token = self._tokens.get()
            elif token.is_identifier() and token.value.upper() in _CLASSES:
                if token.value.upper() != "IN":
                    return self._skip()
                token = self._tokens.get()
        if not token.is_identifier():
            raise ValueError("the entry has no type")
        kind = token.value.upper()
        # RFC 3597 s5: TYPE16 is TXT.
        return self._record(
            dns.rdatatype.RdataType.make(int(kind[4:])).name if _BY_NUMBER.fullmatch(kind) else kind, ttl, line
        )

    def _record(self, kind: str, ttl: int | None, line: int) -> bool:
        name = self._state.name
        if not name:
            raise ValueError("the entry has no name, and none stands before it")
        if kind == "SOA":
            self._apexes.add(name)
            return self._soa()
        if kind in _ALIASES or not matters(name, kind):
            self._keep(name, kind, (), ttl, line)
            return self._skip()
        origin = dns.name.from_text(f"{self._state.origin}.") if self._state.origin else dns.name.root
        rdata = dns.rdata.from_text(
            dns.rdataclass.IN, dns.rdatatype.from_text(kind), self._tokens, origin, relativize=False
        )
        self._keep(name, kind, (_value(rdata),), ttl, line)
        return True

    def _keep(self, name: str, kind: str, values: tuple[str, ...], ttl: int | None, line: int) -> None:
        seconds = next((one for one in (ttl, self._state.default, self._state.ttl) if one is not None), None)
        self._records.append(Listed(StandingRecord(name, kind, values, seconds), f"{self._shown}:{line}"))

    def _soa(self) -> bool:
        """Its last number is the TTL of entries that have none, where there is no $TTL (as before RFC 2308)."""
        words = []
        while not (token := self._tokens.get()).is_eol_or_eof():
            words.append(token.value)
        if self._state.default is None and self._state.ttl is None and len(words) == 7:
            self._state.default = _ttl(words[-1])
        return not token.is_eof()

    def _directive(self, word: str, line: int) -> bool:
        token = self._tokens.get()
        if word == "$ORIGIN" and token.is_identifier():
            self._state.origin = self._absolute(token)
        elif word == "$TTL" and token.is_identifier() and (seconds := _ttl(token.value)) is not None:
            self._state.default = seconds
        elif word == "$INCLUDE":
            self._note(line, f"$INCLUDE {quote(token.value)}: other files are not opened; name them, or put them in")
        elif word == "$GENERATE":
            self._note(line, "$GENERATE: the names that it makes are not read")
        elif token.is_eol_or_eof():
            self._note(line, f"{quote(word)} says nothing")
            return not token.is_eof()
        else:
            self._note(line, f"{quote(word)} {quote(token.value)} cannot be read")
        return self._skip()

    def _absolute(self, token: dns.tokenizer.Token) -> str:
        """The whole name in lower case and A-labels without the last dot; "" for the root."""
        text = str(token.value)
        if "\\" in text or not text.isascii():
            text = dns.name.from_text(text, None).to_text()
        text = text.lower()
        if text.endswith("."):
            return text[:-1]
        if not self._state.origin:
            raise ValueError(
                f"{quote(text)} is relative to an $ORIGIN, and none is given, by the file's name either (such as"
                " example.com.zone)"
            )
        return self._state.origin if text == "@" else f"{text}.{self._state.origin}"


# Of PowerDNS and others: no type of DNS, but it says that the name has an address.
_ALIASES: Final = frozenset({"ALIAS", "ANAME"})


def _zone_of(name: str, apexes: set[str]) -> str:
    labels = name.split(".")
    return next((one for start in range(len(labels)) if (one := ".".join(labels[start:])) in apexes), "")


def _ttl(text: str) -> int | None:
    """Seconds of `3600` or `1h`; None where it is no TTL. As much as is written, which may be more than DNS knows."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) <= 20 else None
    try:
        return dns.ttl.from_text(text) if text[:1].isdecimal() else None
    except dns.exception.DNSException:
        return None


def _value(rdata: dns.rdata.Rdata) -> str:
    """As `StandingRecord` has values: TXT joined, names in lower case without the last dot."""
    if rdata.rdtype == dns.rdatatype.TXT:
        strings: tuple[bytes, ...] = rdata.strings  # type: ignore[attr-defined]
        return b"".join(strings).decode("latin-1")
    return str(rdata.to_text()).lower().removesuffix(".")
