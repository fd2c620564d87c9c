"""The certificates that a server presented, put in order: the leaf first, each one signed by the next."""

import functools
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mtasts.protocol.tlsa import Digests
from mtasts.verify.model import Link

CERTIFICATES_LIMIT = 16  # presented by one server; an honest one sends two or three
NAMES_LIMIT = 100  # of the leaf


@functools.lru_cache(maxsize=512)
def links_of(presented: tuple[bytes, ...]) -> tuple[Link, ...]:
    """The chain from `presented` (DER, leaf first). Servers may send the others in any order (RFC 8446 s4.4.2).

    Ends where no certificate signed the last one. Signatures are checked here, dates and names are not: what counts
    of them depends on the TLSA record. Empty when the leaf cannot be read.
    """
    with warnings.catch_warnings():
        # cryptography warns its caller of certificates that it will refuse one day; our caller did not make them.
        warnings.simplefilter("ignore")
        others = [_read(der) for der in presented[1:CERTIFICATES_LIMIT]]
        last = _read(presented[0]) if presented else None
        links: list[Link] = []
        while last is not None and (link := _link(last, leaf=not links)) is not None:
            links.append(link)
            last, others = _issuer(last, others)
        return tuple(links)


Rest = list[x509.Certificate | None]


def _issuer(certificate: x509.Certificate, others: Rest) -> tuple[x509.Certificate | None, Rest]:
    """The one of `others` that signed `certificate`, and what is left of them; None where the chain ends."""
    for index, other in enumerate(others):
        if other is not None and _signed(certificate, other):
            return other, others[:index] + others[index + 1 :]
    return None, []


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # cryptography raises many kinds for hostile DER and for keys that it does not know
        return False
    return True


def _read(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except Exception:  # as above
        return None


def _link(certificate: x509.Certificate, *, leaf: bool) -> Link | None:
    try:
        return Link(
            certificate=Digests.of(certificate.public_bytes(Encoding.DER)),
            key=Digests.of(_key(certificate.tbs_certificate_bytes)),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            ca=_may_issue(certificate),
            names=_server_names(certificate) if leaf else (),
        )
    except Exception:  # as above
        return None


def _key(signed_part: bytes) -> bytes:
    """The SubjectPublicKeyInfo as it stands in the certificate: written anew it may differ in its parameters.

    RFC 5280 s4.1: version (tagged, may be absent), serial, algorithm, issuer, validity, subject, key.
    """
    at, _ = _der(signed_part, 0)
    if signed_part[at] == 0xA0:
        at = _der(signed_part, at)[1]
    for _ in range(5):
        at = _der(signed_part, at)[1]
    return signed_part[at : _der(signed_part, at)[1]]


def _der(data: bytes, at: int) -> tuple[int, int]:
    """Where the contents of the value at `at` begin and end. The certificate was read already, so it is well formed."""
    size = data[at + 1]
    begin = at + 2
    if size >= 0x80:
        begin += size & 0x7F
        size = int.from_bytes(data[at + 2 : begin], "big")
    return begin, begin + size


def _may_issue(certificate: x509.Certificate) -> bool:
    """RFC 5280 s4.2.1.3 and s4.2.1.9. A version 1 certificate has no extensions, so nothing forbids it to."""
    if certificate.version is x509.Version.v1:
        return True
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return constraints.ca
    return constraints.ca and usage.key_cert_sign


def _server_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The SAN dNSNames, and only without any of them the CN (RFC 7672 s3.2.3)."""
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = san.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    if not names:
        names = [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return tuple(name.lower() for name in names[:NAMES_LIMIT])
