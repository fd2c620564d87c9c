"""Report mails with real DKIM signatures, and the key records that verify them."""

import base64
import gzip
import hashlib
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.live.store.reports import body

# p= of an RSA key of 512 bits, as no library makes one any more.
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKiju5+74Cz20bWumVBudrJMvY6Ycuag/m5LYG99wrAudPeUOreDEuUlX7q0yGapP11wkeQFJ3/Ah42kaQCj"
    "OCcCAwEAAQ=="
)


@lru_cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@lru_cache
def public_key() -> str:
    """p= of the key that mails are signed with."""
    public = (
        _key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(public).decode()


@lru_cache
def short_key(bits: int) -> str:
    """p= of another key."""
    public = (
        rsa.generate_private_key(65537, bits)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(public).decode()


def key_record(extra: str = "") -> str:
    """The TXT of a selector, as a zone file writes it."""
    return zone_text(f"v=DKIM1; k=rsa; {extra}p={public_key()}")


def zone_text(text: str) -> str:
    """A long TXT as a zone file writes it: strings of at most 255 bytes."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))


def report_mail(
    submitter: str | None = "reporter.example",
    sender: str = "reporter.example",
    raw: bytes | None = None,
    domain: str = "example.com",
    results: str = "",
) -> bytes:
    """An unsigned report mail."""
    packed = base64.encodebytes(gzip.compress(raw if raw is not None else body(), mtime=0)).decode()
    header = f"TLS-Report-Submitter: {submitter}\n" if submitter else ""
    mail = (
        f"{results}From: TLS reports <noreply@{sender}>\nTo: tls@{domain}\nDate: Mon, 02 Mar 2026 10:00:00 +0000\n"
        f"Subject: Report Domain: {domain} Submitter: x Report-ID: <1@x>\nTLS-Report-Domain: {domain}\n{header}"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=tlsrpt; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nA report.\n\n"
        "--b\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n"
        f"{packed}\n--b--\n"
    )
    return mail.replace("\n", "\r\n").encode()


def signed(
    mail: bytes,
    domain: str = "reporter.example",
    *,
    length: bool = False,
    selector: str = "s1",
    algorithm: str = "rsa-sha256",
    identity: str = "",
) -> bytes:
    """The mail with a signature on top."""
    pem = _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    signature = dkim.sign(
        mail,
        selector.encode(),
        domain.encode(),
        pem,
        canonicalize=(b"relaxed", b"simple"),
        include_headers=[b"from", b"to", b"subject", b"date", b"tls-report-submitter", b"tls-report-domain"],
        length=length,
        signature_algorithm=algorithm.encode(),
        identity=identity.encode() or None,
    )
    return bytes(signature) + mail


def signed_ed25519(mail: bytes, private: Ed25519PrivateKey) -> bytes:
    """The mail with a signature of RFC 8463 on top, made without dkimpy, which needs PyNaCl for it."""
    head, _, rest = mail.partition(b"\r\n\r\n")
    headers = dict(line.split(b":", 1) for line in head.split(b"\r\n"))
    names = (b"From", b"To", b"Subject", b"Date")
    body_hash = base64.b64encode(hashlib.sha256(rest.rstrip(b"\r\n") + b"\r\n").digest())
    tags = b"v=1; a=ed25519-sha256; c=relaxed/simple; d=reporter.example; s=s1; h=%b; bh=%b; b=" % (
        b":".join(names),
        body_hash,
    )
    relaxed = [name.lower() + b":" + b" ".join(headers[name].split()) + b"\r\n" for name in names]
    hashed = hashlib.sha256(b"".join(relaxed) + b"dkim-signature:" + tags).digest()
    return b"DKIM-Signature: " + tags + base64.b64encode(private.sign(hashed)) + b"\r\n" + mail
