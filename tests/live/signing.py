"""Report mails with real DKIM signatures, and the key records that verify them."""

import base64
import gzip
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.live.store.reports import body


@lru_cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def key_record(extra: str = "") -> str:
    """The TXT of a selector, as a zone file writes it: strings of at most 255 bytes."""
    public = (
        _key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    text = f"v=DKIM1; k=rsa; {extra}p={base64.b64encode(public).decode()}"
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


def signed(mail: bytes, domain: str = "reporter.example", *, length: bool = False, selector: str = "s1") -> bytes:
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
    )
    return bytes(signature) + mail
