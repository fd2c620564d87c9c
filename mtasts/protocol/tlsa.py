"""TLSA records (RFC 6698) as SMTP uses them (RFC 7672 s3.1): read, found usable or not, and held against digests.

A record that is not usable counts as if it were not there (RFC 7672 s2.2). Nothing here asks DNS or reads certificates.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

PREFIX = "_25._tcp."
DANE_TA = 2
DANE_EE = 3
WHOLE_CERTIFICATE = 0
KEY = 1
FULL = 0
SHA256 = 1
SHA512 = 2

_PKIX = {0: "PKIX-TA(0)", 1: "PKIX-EE(1)"}
_DIGEST_SIZES = {SHA256: 32, SHA512: 64}
_SHOWN = 16  # hex digits of a value that are shown where a whole one would hide the rest


@dataclass(frozen=True, slots=True)
class Digests:
    """A certificate or a key (SubjectPublicKeyInfo), each in DER, by its hex digests."""

    sha256: str
    sha512: str

    @classmethod
    def of(cls, der: bytes) -> "Digests":
        """The digests of `der`."""
        return cls(hashlib.sha256(der).hexdigest(), hashlib.sha512(der).hexdigest())


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record. `unusable` says why senders of mail leave it out; "" for a usable one."""

    usage: int
    selector: int
    matching: int
    data: bytes
    unusable: str = ""

    @property
    def kind(self) -> str:
        """The three numbers, as `3 1 1`."""
        return f"{self.usage} {self.selector} {self.matching}"

    def __str__(self) -> str:
        """The record in a zone file's form; a long value is cut."""
        value = self.data.hex()
        return f"{self.kind} {value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}"

    def is_for(self, certificate: Digests, key: Digests) -> bool:
        """Whether the record is for this certificate with this key (RFC 6698 s2.1); a full value goes by its digest."""
        shown = certificate if self.selector == WHOLE_CERTIFICATE else key
        if self.matching == SHA512:
            return self.data.hex() == shown.sha512
        return (Digests.of(self.data).sha256 if self.matching == FULL else self.data.hex()) == shown.sha256


def tlsa_name(base: str) -> str:
    """Where the records of port 25 of a TLSA base domain are (RFC 7672 s2.2.3)."""
    return f"{PREFIX}{base}"


def read_tlsa(value: str) -> Tlsa:
    """Read `usage selector matching hex`. Whatever else there is, is a record that cannot be used."""
    parts = value.split()
    try:
        usage, selector, matching = (int(part) for part in parts[:3])
        data = bytes.fromhex("".join(parts[3:]))
    except ValueError:
        return Tlsa(-1, -1, -1, b"", "malformed: it has not the four fields of a TLSA record")
    return Tlsa(usage, selector, matching, data, _why_unusable(usage, selector, matching, data))


def _why_unusable(usage: int, selector: int, matching: int, data: bytes) -> str:
    if usage in _PKIX:
        return f"usage {_PKIX[usage]} is not for SMTP (RFC 7672 s3.1.3)"
    if usage not in (DANE_TA, DANE_EE):
        return f"usage {usage} is not defined"
    if selector not in (WHOLE_CERTIFICATE, KEY):
        return f"selector {selector} is not defined"
    if matching == FULL:
        return "" if _is_der_sequence(data) else "malformed: its full value is not a DER certificate or key"
    if matching not in _DIGEST_SIZES:
        return f"matching type {matching} is not defined"
    size = _DIGEST_SIZES[matching]
    return "" if len(data) == size else f"malformed: a digest of {len(data)} bytes instead of {size}"


def _is_der_sequence(data: bytes) -> bool:
    """One DER SEQUENCE and nothing after it, which a certificate and a SubjectPublicKeyInfo both are."""
    if len(data) < 2 or data[0] != 0x30:
        return False
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    size = data[1] & 0x7F
    return 0 < size <= 4 and len(data) == 2 + size + int.from_bytes(data[2 : 2 + size], "big")


def counted(records: Iterable[Tlsa]) -> tuple[Tlsa, ...]:
    """The usable records that senders go by: of digests of one usage and selector only the strongest kind.

    RFC 7671 s9, RFC 7672 s5: with a SHA2-512 record there, a SHA2-256 one of the same usage and selector is left out,
    even if it alone is right. Full values stay beside either.
    """
    usable = [record for record in records if not record.unusable]
    strongest: dict[tuple[int, int], int] = {}
    for record in usable:
        place = record.usage, record.selector
        strongest[place] = max(strongest.get(place, FULL), record.matching)
    return tuple(r for r in usable if r.matching in (FULL, strongest[r.usage, r.selector]))
