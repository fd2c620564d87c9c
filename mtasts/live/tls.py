"""A TLS handshake judged as a sender judges it: chain, dates, and the name by SAN dNSName alone.

OpenSSL verifies chain and dates against the CAs of a normal installation. The name is compared here, because the rule
is stricter than OpenSSL's default: the CN never counts, `*` only as the whole left-most label (RFC 8461 s3.3 and s4.2,
RFC 9525 s6.3). When verification fails, a second, unverified handshake on a new connection learns what the server sent,
so that the finding can name the certificate's dates and names.
"""

import asyncio
import functools
import hashlib
import ssl
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from mtasts.errors import CannotLook
from mtasts.live.anchors import NO_ANCHOR, anchors_of, key_kind
from mtasts.live.chain import links_of
from mtasts.live.stream import Stream
from mtasts.protocol.names import covers
from mtasts.verify.model import Certificate, Link, Trouble
from mtasts.words.moments import at

# OpenSSL's numbers, x509_vfy.h; stable since 1.0.
_NOT_YET_VALID = 9
_EXPIRED = 10
_SELF_SIGNED_LEAF = 18
_SELF_SIGNED_IN_CHAIN = 19
_NO_ISSUER = {2, 20, 21}
_TOO_WEAK = {66, 67, 68}

_TOO_OLD = {"SSLv3": "SSL 3.0", "TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1"}
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_TOO_SMALL", "BAD_RECORD_TYPE"}

FACTS_TIMEOUT = 3.0  # seconds for the second connection; the verdict does not depend on it
NAMES_LIMIT = 1000  # of one certificate; more is somebody's attack, not a mail host


@dataclass(frozen=True, slots=True)
class Handshake:
    """What one handshake showed. `problems` empty: a sender would go on. `chain` is for DANE, and of MX hosts only."""

    version: str
    certificate: Certificate | None
    problems: tuple[Trouble, ...]
    chain: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a server showed, judged or not."""

    version: str = ""
    certificate: Certificate | None = None
    chain: tuple[Link, ...] = ()

    def under(self, anchors: tuple[str, ...]) -> "_Shown":
        """The same, with the roots to which the chain leads."""
        known = self.certificate
        return replace(self, certificate=None if known is None else replace(known, anchors=anchors))

    def with_problems(self, *problems: Trouble) -> Handshake:
        return Handshake(self.version, self.certificate, problems, self.chain)


@functools.lru_cache(maxsize=8)
def verifying(ca_file: Path | None, alpn: str = "") -> ssl.SSLContext:
    """The context of a sender: TLS 1.2 or later (RFC 8461 s7.2), chain verified, name left to `name_fits`.

    Raises CannotLook when there are no CAs to verify against.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if alpn:
        context.set_alpn_protocols([alpn])
    if ca_file is None:
        paths = ssl.get_default_verify_paths()
        if paths.cafile is None and paths.capath is None:
            raise CannotLook("this machine has no CA certificates", "install ca-certificates, or give --ca-file FILE")
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise CannotLook(
            f"{ca_file}: cannot read CA certificates: {error}", "give a PEM file of CA certificates"
        ) from None
    return context


@functools.lru_cache(maxsize=1)
def looking() -> ssl.SSLContext:
    """A context that trusts everybody and speaks TLS 1.0 upward: for facts about what failed, never for a pass."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def shake(
    stream: Stream, name: str, context: ssl.SSLContext, again: Callable[[], Awaitable[Stream]], kind: str
) -> Handshake:
    """Shake hands on `stream` with SNI `name`; on failure call `again` for a second connection, to see why.

    `kind` is "policy" (policy host) or "mx": it picks the TLS-RPT result types (RFC 8460 s4.3).
    Raises OSError when the connection breaks; whoever calls sets the deadline.
    """
    try:
        tls = await stream.start_tls(context, name)
    except ssl.SSLCertVerificationError as error:
        shown = await _facts(again, name, kind)
        if error.verify_code not in (_EXPIRED, _NOT_YET_VALID):  # else the chain may be right
            shown = shown.under((NO_ANCHOR,))
        return shown.with_problems(*_problems(error, name, shown.certificate, kind))
    except (ssl.SSLEOFError, ConnectionError):
        # Some servers hang up instead of sending an alert when they know no TLS version of ours.
        shown = await _facts(again, name, kind)
        if shown.version not in _TOO_OLD:
            raise ConnectionResetError("connection closed during the TLS handshake") from None
        return shown.with_problems(_too_old(shown.version, kind))
    except ssl.SSLError as error:
        shown = await _facts(again, name, kind)
        old = shown.version in _TOO_OLD
        return shown.with_problems(_too_old(shown.version, kind) if old else _handshake_trouble(error, kind))
    shown = _shown(tls, kind).under(anchors_of(tls))
    return shown.with_problems(*_name_problems(name, shown.certificate, kind))


async def _facts(again: Callable[[], Awaitable[Stream]], name: str, kind: str) -> _Shown:
    """What is shown to who does not verify; nothing when that fails too, the first failure stands anyway."""
    try:
        async with asyncio.timeout(FACTS_TIMEOUT), await again() as stream:
            return _shown(await stream.start_tls(looking(), name), kind)
    except (OSError, ValueError):  # ssl.SSLError and TimeoutError are OSErrors
        return _Shown()


def _shown(tls: ssl.SSLObject, kind: str) -> _Shown:
    leaf = tls.getpeercert(binary_form=True) or b""
    presented = _presented(tls)
    certificate = read_certificate(leaf, None if presented is None else len(presented))
    chain = links_of(presented or (leaf,)) if kind == "mx" else ()
    return _Shown(tls.version() or "", certificate, chain)


def _presented(tls: ssl.SSLObject) -> tuple[bytes, ...] | None:
    """The certificates that the server sent (DER, its own first); Python tells since 3.13."""
    ask = getattr(tls, "get_unverified_chain", None) or getattr(
        getattr(tls, "_sslobj", None), "get_unverified_chain", None
    )
    try:
        # Before 3.13 these are objects of `_ssl`; ENCODING_DER of theirs is 2.
        return tuple(one if isinstance(one, bytes) else one.public_bytes(2) for one in ask() or ()) if ask else None
    except (TypeError, ValueError, AttributeError, ssl.SSLError):
        return None


@functools.lru_cache(maxsize=512)
def read_certificate(der: bytes, sent: int | None = None) -> Certificate | None:
    """Facts of a DER certificate, or None when it cannot be read at all (then a sender refuses it as well)."""
    try:
        with warnings.catch_warnings():
            # cryptography warns its caller of certificates that it will refuse one day; our caller did not make them.
            warnings.simplefilter("ignore")
            return _read(der, sent)
    except Exception:  # cryptography raises many kinds for hostile DER; all mean "unreadable"
        return None


def _read(der: bytes, sent: int | None) -> Certificate:
    leaf = x509.load_der_x509_certificate(der)
    return Certificate(
        names=_dns_names(leaf),
        subject=leaf.subject.rfc4514_string(),
        issuer=_name(leaf.issuer),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        self_signed=leaf.subject == leaf.issuer,
        sha256=hashlib.sha256(der).hexdigest(),
        ca_issuers=_has_ca_issuers(leaf),
        sent=sent,
        key=key_kind(leaf),
    )


@functools.lru_cache(maxsize=256)
def _name(name: x509.Name) -> str:
    """RFC 4514 form; kept, because a few CAs issue most certificates."""
    return name.rfc4514_string()


def _dns_names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    if not isinstance(extension.value, x509.SubjectAlternativeName):
        return ()
    return tuple(name.lower() for name in extension.value.get_values_for_type(x509.DNSName)[:NAMES_LIMIT])


def _has_ca_issuers(leaf: x509.Certificate) -> bool:
    try:
        extension = leaf.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    access = extension.value
    return isinstance(access, x509.AuthorityInformationAccess) and any(
        entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS for entry in access
    )


def name_fits(host: str, names: tuple[str, ...]) -> bool:
    """Whether one of a certificate's dNSNames is a DNS-ID of `host`: equal, or `*.` and exactly one label more."""
    return any(covers(name, host) for name in names)


def _problems(
    error: ssl.SSLCertVerificationError, name: str, certificate: Certificate | None, kind: str
) -> tuple[Trouble, ...]:
    chain = _chain_trouble(error, certificate, kind)
    return (chain, *_name_problems(name, certificate, kind)) if certificate else (chain,)


def _name_problems(name: str, certificate: Certificate | None, kind: str) -> tuple[Trouble, ...]:
    if certificate is None:
        return (
            Trouble("certificate-unreadable", "the certificate cannot be read", _type(kind, "certificate-not-trusted")),
        )
    if name_fits(name, certificate.names):
        return ()
    have = ", ".join(certificate.names[:4]) + (" and more" if len(certificate.names) > 4 else "")
    text = (
        f"the certificate is for {have}, not for {name}"
        if have
        else f"the certificate names no host (no SAN dNSName), so not {name}"
    )
    return (Trouble("certificate-wrong-name", text, _type(kind, "certificate-host-mismatch")),)


def _chain_trouble(error: ssl.SSLCertVerificationError, certificate: Certificate | None, kind: str) -> Trouble:
    code = error.verify_code
    untrusted = _type(kind, "certificate-not-trusted")
    issuer = f" (issuer {certificate.issuer})" if certificate else ""
    if code == _EXPIRED:
        if certificate is not None and certificate.not_after > datetime.now(UTC):
            return Trouble(
                "certificate-expired",
                "an intermediate or root certificate has expired",
                _type(kind, "certificate-expired"),
            )
        ended = f" on {at(certificate.not_after)}" if certificate else ""
        return Trouble("certificate-expired", f"the certificate expired{ended}", _type(kind, "certificate-expired"))
    if code == _NOT_YET_VALID:
        starts = f" before {at(certificate.not_before)}" if certificate else ""
        return Trouble("certificate-not-yet-valid", f"the certificate is not valid{starts}", untrusted)
    if code == _SELF_SIGNED_LEAF:
        return Trouble("certificate-self-signed", "the certificate is self-signed", untrusted)
    if code == _SELF_SIGNED_IN_CHAIN:
        return Trouble("certificate-unknown-ca", f"the chain ends in a CA that senders do not know{issuer}", untrusted)
    if code in _NO_ISSUER:
        if certificate is not None and certificate.sent == 1:
            return Trouble(
                "certificate-chain-incomplete",
                f"the server sent its own certificate only, not the intermediate that issued it{issuer}",
                untrusted,
            )
        return Trouble("certificate-unknown-ca", f"no path to a CA that senders know{issuer}", untrusted)
    if code in _TOO_WEAK:
        return Trouble("certificate-too-weak", f"key or signature too weak: {error.verify_message}", untrusted)
    return Trouble("certificate-not-trusted", f"the chain does not verify: {error.verify_message}", untrusted)


def _too_old(version: str, kind: str) -> Trouble:
    text = f"the server speaks {_TOO_OLD[version]} at most; senders ask for 1.2 or later"
    return Trouble("tls-too-old", text, _type(kind, "validation-failure"))


def _handshake_trouble(error: ssl.SSLError, kind: str) -> Trouble:
    result = _type(kind, "validation-failure")
    reason = (error.reason or "no reason given").replace("_", " ").lower()
    if error.reason in _NOT_TLS:
        return Trouble("tls-garbage", f"what the server sent is not TLS ({reason})", result)
    return Trouble("tls-handshake-failed", f"the TLS handshake failed ({reason})", result)


def _type(kind: str, mx_type: str) -> str:
    """The TLS-RPT result type; for the policy host everything about its certificate is one type (RFC 8460 s4.3.2.2)."""
    if kind != "policy":
        return mx_type
    return "sts-policy-fetch-error" if mx_type == "validation-failure" else "sts-webpki-invalid"
