"""The sandbox's certificate authority: root, intermediate and the leaves they sign.

The chain is root -> intermediate -> leaf, as at a public CA, so that a server which forgets its intermediate can be
shown. Only clients that are told to (`MTASTS_CA_FILE`, `SSL_CERT_FILE`) trust the root; it lives and dies with the
state folder.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Signer = Literal["sandbox", "unknown", "self-signed"]

_CA_LIFE = timedelta(days=3650)
# A clock that is a little behind must not find the certificate "not yet valid".
_BACKDATE = timedelta(hours=1)
# RFC 5280 appendix A.1, ub-common-name.
_COMMON_NAME_LIMIT = 64


@dataclass(frozen=True, slots=True)
class _Signing:
    """A CA certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """Issues certificates that clients of this sandbox trust, and some that they must not."""

    def __init__(self, root: _Signing, intermediate: _Signing) -> None:
        self._root = root
        self._intermediate = intermediate
        self._unknown: _Signing | None = None

    @classmethod
    def open(cls, state_dir: Path) -> "Authority":
        """Read the authority of `state_dir`, or make it: `ca.pem` (the root, for clients) and `authority/` (the keys).

        Raises OSError when the folder cannot be written, ValueError when a file in it is damaged.
        """
        root_file, keys = state_dir / "ca.pem", state_dir / "authority"
        root_key, intermediate = keys / "root-key.pem", keys / "intermediate.pem"
        # The keys are written last-to-first, ca.pem at the end: a half-made authority is made anew.
        if root_file.exists() and root_key.exists() and intermediate.exists():
            return cls(
                _read_signing(root_file.read_bytes(), root_key.read_bytes()),
                _read_signing(intermediate.read_bytes(), intermediate.read_bytes()),
            )
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        root = _new_ca("MTA-STS sandbox root", None)
        middle = _new_ca("MTA-STS sandbox intermediate", root)
        _write(intermediate, _pem(middle.certificate) + _key_pem(middle.key), 0o600)
        _write(root_key, _key_pem(root.key), 0o600)
        _write(root_file, _pem(root.certificate), 0o644)
        return cls(root, middle)

    @property
    def root_pem(self) -> str:
        """The certificate that clients must trust."""
        return _pem(self._root.certificate)

    @property
    def intermediate_pem(self) -> str:
        """The certificate that servers must send after their own."""
        return _pem(self._intermediate.certificate)

    def issue(
        self, names: Sequence[str], *, days: int = 90, expired: bool = False, ca: Signer = "sandbox"
    ) -> tuple[str, str]:
        """Return `(chain_pem, key_pem)` of a new server certificate: EC P-256, every name a SAN, leaf first.

        `expired` makes it end a day ago. `ca="unknown"` signs by a root that is in no trust store, `"self-signed"` by
        itself; the chain then holds the leaf only. Raises ValueError for no name, or a name no certificate can hold.
        """
        if not names:
            raise ValueError("a certificate needs at least one name")
        key = ec.generate_private_key(ec.SECP256R1())
        signer = None if ca == "self-signed" else self._signer(ca)
        leaf = _leaf(names, key, signer, days=days, expired=expired)
        chain = _pem(leaf) + (self.intermediate_pem if ca == "sandbox" else "")
        return chain, _key_pem(key)

    def _signer(self, ca: Signer) -> _Signing:
        if ca == "sandbox":
            return self._intermediate
        if self._unknown is None:
            self._unknown = _new_ca("A root nobody trusts", None)
        return self._unknown


def _new_ca(name: str, parent: _Signing | None) -> _Signing:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "mtasts sandbox"), _common_name(name)])
    signer = parent.key if parent else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.certificate.subject if parent else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if parent else None), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return _Signing(builder.sign(signer, hashes.SHA256()), key)


def _leaf(
    names: Sequence[str], key: ec.EllipticCurvePrivateKey, signer: _Signing | None, *, days: int, expired: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    end = now - timedelta(days=1) if expired else now + timedelta(days=days)
    start = end - timedelta(days=days) if expired else now - _BACKDATE
    # Clients look at the SAN only (RFC 9525 s2); the common name is for people, and left out where it cannot fit.
    subject = x509.Name([_common_name(names[0])] if len(names[0]) <= _COMMON_NAME_LIMIT else [])
    signing_key = signer.key if signer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_san(n) for n in names]), critical=not list(subject))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    return builder.sign(signing_key, hashes.SHA256())


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.rstrip(".").lower())


def _common_name(text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, text)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def _read_signing(certificate_pem: bytes, key_pem: bytes) -> _Signing:
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the sandbox's CA key is not an EC key")  # noqa: TRY004 - a damaged file, not a wrong argument
    return _Signing(x509.load_pem_x509_certificate(certificate_pem), key)


def _write(path: Path, text: str, mode: int) -> None:
    """Write whole or not at all, never readable by others while it is being written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
