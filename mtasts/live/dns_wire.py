"""DNS messages in wire form (RFC 1035 s4, RFC 6891): one question out, the sections that we read in.

dnspython does all of this and more, and takes ten times as long: with eleven questions a mail domain it was the
largest cost of a look at many. This reads only what is asked for here; tests/live/test_dns_wire.py holds it against
dnspython over generated and broken messages. Bounded and linear: a name jumps backwards only, and each record costs
at most one name of 255 bytes.
"""

import ipaddress
import secrets
import struct
from dataclasses import dataclass

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT, DNSKEY, TLSA, CAA = 1, 2, 5, 6, 15, 16, 28, 41, 48, 52, 257
NUMBERS = {
    "A": A, "NS": NS, "CNAME": CNAME, "SOA": SOA, "MX": MX, "TXT": TXT, "AAAA": AAAA, "DNSKEY": DNSKEY, "TLSA": TLSA,
    "CAA": CAA,
}  # fmt: skip
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
RECORDS_LIMIT = 512  # of one section; an honest answer to our questions has a handful
JUMPS_LIMIT = 64  # of one name; a name has at most 127 labels, an honest one one jump
UDP_PAYLOAD = 1232  # DNS flag day 2020: no fragments
_IN = 1
_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")  # type, class, TTL, length
# Root owner, OPT, payload size, no extended rcode, version 0, no flags, empty.
_EDNS = b"\0" + _FIXED.pack(OPT, UDP_PAYLOAD, 0, 0)


class Malformed(ValueError):  # noqa: N818 - the other side's message
    """Not a DNS message that can be read."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in wire form; `id` and `name` tell its answer from others."""

    id: int
    name: str
    type: int
    wire: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One record of class IN: owner in lower case without the last dot, TTL in seconds, value in presentation form.

    A TXT value is the joined text of its strings as Latin-1, `pieces` how many there were; an MX value is
    `preference host`; a TLSA value is `usage selector matching hex`, of fewer than three bytes
    only their hex; a type that is not read here has the value "".
    """

    owner: str
    type: int
    ttl: int
    value: str
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A response: flags, code as a word, and the records of two sections."""

    id: int
    flags: int
    rcode: str
    question: tuple[str, int] | None
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]

    def answers(self, question: Question) -> bool:
        """It is a response to this question (RFC 5452 s9.1)."""
        if not self.flags & QR or self.id != question.id:
            return False
        if self.question is None:
            # A server that fails early may leave the question out; then only an error is believed.
            return self.rcode not in ("NOERROR", "NXDOMAIN")
        return self.question == (question.name, question.type)


def ask(name: str, rdtype: str, *, recursion: bool, checking_disabled: bool = False) -> Question:
    """A question with a random id. Raises Malformed for a name that DNS cannot carry."""
    plain = name.lower().rstrip(".")
    wire = bytearray()
    for label in plain.split(".") if plain else ():
        raw = label.encode("ascii") if label.isascii() and "\\" not in label else b""
        if not 0 < len(raw) < 64:
            raise Malformed("a label of the name is empty, too long, escaped or not ASCII")
        wire.append(len(raw))
        wire += raw
    if len(wire) > 254:
        raise Malformed("the name is too long")
    flags = (RD | AD if recursion else 0) | (CD if checking_disabled else 0)
    # AD in a question asks for the AD bit in the answer (RFC 6840 s5.7) without the weight of the signatures.
    number = secrets.randbits(16)
    kind = NUMBERS[rdtype]
    tail = b"\0" + struct.pack("!HH", kind, _IN) + _EDNS
    return Question(number, plain, kind, _HEADER.pack(number, flags, 1, 0, 0, 1) + bytes(wire) + tail)


def read(wire: bytes) -> Message:
    """Read a response. Records of other classes are left out, as is the additional section. Raises Malformed."""
    try:
        number, flags, questions, answers, authorities, _ = _HEADER.unpack_from(wire, 0)
        if questions > 1 or answers > RECORDS_LIMIT or authorities > RECORDS_LIMIT:
            raise Malformed("more questions or records than an answer has")
        at, question = 12, None
        if questions:
            name, at = _name(wire, at)
            kind, _ = struct.unpack_from("!HH", wire, at)
            at, question = at + 4, (name, kind)
        seen: dict[int, str] = {}
        answer, at = _section(wire, at, answers, seen)
        authority, _ = _section(wire, at, authorities, seen)
    except (struct.error, IndexError) as error:
        raise Malformed(f"cut short: {error}") from None
    code = flags & 15
    return Message(number, flags, RCODES.get(code, f"RCODE{code}"), question, answer, authority)


def _section(wire: bytes, at: int, count: int, seen: dict[int, str]) -> tuple[tuple[Record, ...], int]:
    records = []
    for _ in range(count):
        owner, at = _name(wire, at, seen)
        kind, klass, ttl, size = _FIXED.unpack_from(wire, at)
        at += 10
        end = at + size
        if end > len(wire):
            raise Malformed("a record reaches behind the end")
        if klass == _IN and kind != OPT:
            value, pieces = _value(wire, at, end, kind)
            # RFC 2181 s8: a TTL with the top bit set is 0.
            records.append(Record(owner, kind, ttl if ttl < 0x80000000 else 0, value, pieces))
        at = end
    return tuple(records), at


def _value(wire: bytes, at: int, end: int, kind: int) -> tuple[str, int]:
    if kind == TXT:
        return _strings(wire, at, end)
    if kind in (NS, CNAME):
        value, after = _name(wire, at)
    elif kind == MX:
        (preference,) = struct.unpack_from("!H", wire, at)
        host, after = _name(wire, at + 2)
        value = f"{preference} {host or '.'}"
    elif kind == CAA:
        return _caa(wire, at, end), 0
    elif kind == TLSA:
        return _tlsa(wire[at:end]), 0
    elif kind in (A, AAAA):
        raw = wire[at:end]
        if len(raw) != (4 if kind == A else 16):
            raise Malformed("an address of the wrong length")
        return (".".join(map(str, raw)) if kind == A else str(ipaddress.IPv6Address(raw))), 0
    else:
        return "", 0
    if after != end:
        raise Malformed("a record's length does not fit its data")
    return value or ".", 0


def _strings(wire: bytes, at: int, end: int) -> tuple[str, int]:
    parts = []
    while at < end:
        after = at + 1 + wire[at]
        if after > end:
            raise Malformed("a string reaches behind its record")
        parts.append(wire[at + 1 : after])
        at = after
    if not parts:
        raise Malformed("a TXT record without a string")
    return b"".join(parts).decode("latin-1"), len(parts)


def _caa(wire: bytes, at: int, end: int) -> str:
    """`flags tag "value"` (RFC 8659 s4.1)."""
    flags, size = wire[at], wire[at + 1]
    tag = wire[at + 2 : at + 2 + size]
    if size == 0 or at + 2 + size > end or not tag.isalnum():
        raise Malformed("a CAA record without a tag")
    return f'{flags} {tag.decode("ascii")} "{wire[at + 2 + size : end].decode("latin-1")}"'


def _tlsa(raw: bytes) -> str:
    """RFC 6698 s2.2. What is too short is a record that nobody can use, which spoils no record beside it."""
    return " ".join([*map(str, raw[:3]), raw[3:].hex()]).rstrip() if len(raw) >= 3 else raw.hex()


def _name(wire: bytes, at: int, seen: dict[int, str] | None = None) -> tuple[str, int]:
    """The name at `at` in lower case without the last dot ("" is the root), and where it ends.

    Characters that are no part of a host or service name are written as `\\DDD` (RFC 1035 s5.1). `seen` remembers names
    of this message by place.
    """
    if seen is not None and wire[at] >= 0xC0:
        target = (wire[at] & 0x3F) << 8 | wire[at + 1]
        if (known := seen.get(target)) is not None:
            return known, at + 2
    begin, start, end, jumps, size = at, at, -1, 0, 0
    labels: list[str] = []
    while True:
        length = wire[at]
        if length == 0:
            break
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | wire[at + 1]
            jumps += 1
            # Only ever backwards, before where this part began: no loop can be built, and a long chain is no name.
            if target >= start or jumps > JUMPS_LIMIT:
                raise Malformed("a name points forwards, at itself, or too often")
            end = at + 2 if end < 0 else end
            start = at = target
            continue
        if length > 63:
            raise Malformed("a label of an unknown kind")
        label = wire[at + 1 : at + 1 + length]
        size += length + 1
        if len(label) < length or size > 254:
            raise Malformed("a name that is cut short or too long")
        labels.append(_label(label))
        at += length + 1
    name = ".".join(labels)
    if seen is not None and end < 0:
        seen[begin] = name
    return name, (at + 1 if end < 0 else end)


def _label(raw: bytes) -> str:
    text = raw.decode("latin-1").lower() if raw.isascii() else raw.decode("latin-1")
    if text.replace("-", "").replace("_", "").isalnum() and text.isascii():
        return text
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_*") else f"\\{ord(c):03d}" for c in text)
