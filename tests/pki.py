"""A certificate authority of the tests: a root, an intermediate, and leaves with any one thing wrong."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID


@dataclass(frozen=True)
class Issuer:
    """A CA certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Leaf:
    """Files for a server: the chain it sends (leaf first), and its key."""

    chain: Path
    key: Path


class Pki:
    """Issues into `folder`. `ca_file` holds the root that clients trust; `other` is a CA that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = _authority("Test Root", None)
        self.intermediate = _authority("Test Intermediate", self.root)
        self.other = _authority("Private Root", None)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self.root.certificate))
        self._count = 0

    def issue(
        self,
        *names: str,
        days: float = 60,
        starts: float = -30,
        self_signed: bool = False,
        private: bool = False,
        intermediate: bool = True,
        common_name: str | None = None,
    ) -> Leaf:
        """A leaf for the SAN dNSNames `names`; `days` and `starts` from now; `intermediate=False` leaves it out."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, common_name or (names[0] if names else "no name"))]
        )
        signer = Issuer(_nobody(), key) if self_signed else (self.other if private else self.intermediate)
        issuer = subject if self_signed else signer.certificate.subject
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=min(starts, days - 1)))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        if not self_signed:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example/i.cer")
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
        leaf = builder.sign(signer.key, hashes.SHA256())
        chain = [leaf] if self_signed or private or not intermediate else [leaf, self.intermediate.certificate]
        self._count += 1
        files = Leaf(self.folder / f"{self._count}.pem", self.folder / f"{self._count}.key")
        files.chain.write_bytes(b"".join(map(_pem, chain)))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files


@functools.cache
def _nobody() -> x509.Certificate:
    return _authority("Nobody", None).certificate


def _authority(name: str, parent: Issuer | None) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.certificate.subject if parent else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(parent.key if parent else key, hashes.SHA256())
    )
    return Issuer(certificate, key)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
