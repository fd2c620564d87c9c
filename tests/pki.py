"""A certificate authority of the tests: a root, an intermediate, and leaves with any one thing wrong."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Issuer:
    """A CA certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey


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
        by: Issuer | None = None,
        above: tuple[Issuer, ...] = (),
        rsa_key: bool = False,
    ) -> Leaf:
        """A leaf for the SAN dNSNames `names`; `days` and `starts` from now; `intermediate=False` leaves it out.

        `by` issues it instead of the usual intermediate, and is sent; `above` is sent behind that.
        """
        key = rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, common_name or (names[0] if names else "no name"))]
        )
        signer = Issuer(_nobody(), key) if self_signed else (by or (self.other if private else self.intermediate))
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
        alone = self_signed or private or not intermediate
        chain = [leaf] if alone else [leaf, signer.certificate, *(one.certificate for one in above)]
        self._count += 1
        files = Leaf(self.folder / f"{self._count}.pem", self.folder / f"{self._count}.key")
        files.chain.write_bytes(b"".join(map(_pem, chain)))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files

    def authority(self, name: str, under: Issuer | None, organization: str = "Test CA") -> Issuer:
        """One more CA; a root if it is `under` none."""
        return _authority(name, under, organization)

    def cross_signed(self, root: Issuer, by: Issuer) -> Issuer:
        """The same CA, name and key, with a certificate that another root has signed."""
        return _authority("", by, of=root)

    def trusting(self, *roots: Issuer) -> Path:
        """A file of these roots, as a client trusts them."""
        self._count += 1
        path = self.folder / f"roots-{self._count}.pem"
        path.write_bytes(b"".join(_pem(root.certificate) for root in roots))
        return path


@functools.cache
def _nobody() -> x509.Certificate:
    return _authority("Nobody", None).certificate


def _authority(name: str, parent: Issuer | None, organization: str = "", of: Issuer | None = None) -> Issuer:
    key = of.key if of else ec.generate_private_key(ec.SECP256R1())
    written = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    subject = of.certificate.subject if of else x509.Name([*written, x509.NameAttribute(NameOID.COMMON_NAME, name)])
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
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((parent.key if parent else key).public_key()), False
        )
        .sign(parent.key if parent else key, hashes.SHA256())
    )
    return Issuer(certificate, key)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
