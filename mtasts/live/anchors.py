"""The roots to which a verified chain leads, so that a renewal under the same root can be told from another authority.

OpenSSL has built the path against the CAs of this machine; which root it ends at depends on these, where roots are
cross-signed. So a root counts together with those that cross-signed it, as far as path or presented chain show them.
"""

import contextlib
import functools
import ssl
import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mtasts.history.shown import NO_ANCHOR as NO_ANCHOR  # noqa: PLC0414 - callers find it here

_ANCHORS_LIMIT = 5
_PRESENTED_LIMIT = 16  # certificates read of what a server sent
_DER = 2  # `_ssl.ENCODING_DER`
_IDENTIFIER = 16  # hexadecimal digits kept of a key's identifier


def anchors_of(tls: ssl.SSLObject) -> tuple[str, ...]:
    """Name and key identifier of each root above the issuing CA; () where Python cannot tell the verified chain."""
    path = [_read(der) for der in _chain(tls, "get_verified_chain")[:_PRESENTED_LIMIT]]
    if len(path) < 2:  # a leaf that is trusted by itself leads to nothing above it
        return tuple(_own(one) for one in path if one is not None)
    # The root is the last; what stands between it and the issuing CA are cross-signed roots.
    found = {_own(one): None for one in reversed(path[2:] or path[1:]) if one is not None}
    for der in _chain(tls, "get_unverified_chain")[1:_PRESENTED_LIMIT]:
        one = _read(der)
        if one is not None and _own(one) in found and (by := _signer(one)):
            found[by] = None
    return tuple(found)[:_ANCHORS_LIMIT]


def key_kind(certificate: x509.Certificate) -> str:
    """`RSA`, `EC`, or what else it is: old senders cannot do every kind. "" for one that cannot be read."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA"
    return "EC" if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.removesuffix("PublicKey")


def _chain(tls: ssl.SSLObject, method: str) -> tuple[bytes, ...]:
    """A chain in DER; Python has these methods since 3.13, and in private for longer."""
    ask = getattr(tls, method, None) or getattr(getattr(tls, "_sslobj", None), method, None)
    with contextlib.suppress(TypeError, ValueError, AttributeError, ssl.SSLError):
        return tuple(one if isinstance(one, bytes) else one.public_bytes(_DER) for one in (ask() if ask else ()) or ())
    return ()


@functools.lru_cache(maxsize=256)
def _read(der: bytes) -> x509.Certificate | None:
    with warnings.catch_warnings(), contextlib.suppress(Exception):  # as tls.read_certificate: hostile DER
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(der)
    return None


def _own(certificate: x509.Certificate) -> str:
    """The CA itself, whoever signed this certificate of it: RFC 5280 s4.2.1.2 names its key."""
    key = b""
    with contextlib.suppress(Exception):
        key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    with contextlib.suppress(Exception):
        key = key or x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return f"{certificate.subject.rfc4514_string()} [{key.hex()[:_IDENTIFIER]}]"


def _signer(certificate: x509.Certificate) -> str:
    """The CA that signed it, by name and key identifier (RFC 5280 s4.2.1.1); "" when that is itself or is not said."""
    key = None
    with contextlib.suppress(Exception):
        key = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    if key is None or certificate.issuer == certificate.subject:
        return ""
    return f"{certificate.issuer.rfc4514_string()} [{key.hex()[:_IDENTIFIER]}]"
