"""The sandbox's CA, judged by OpenSSL and by cryptography's own path validation."""

import datetime as dt
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from mtasts_sandbox.authority import Authority


def verify(chain_pem: str, root_pem: str, name: str) -> None:
    """Path validation as a web client does it (cryptography's own, not the code that issued)."""
    leaf, *rest = x509.load_pem_x509_certificates(chain_pem.encode())
    root = x509.load_pem_x509_certificate(root_pem.encode())
    PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName(name)).verify(leaf, rest)


def test_chain_is_valid_for_each_name_and_no_other(tmp_path: Path) -> None:
    """Every name asked for is covered; a name not asked for is not."""
    authority = Authority.open(tmp_path)
    chain, key = authority.issue(["mta-sts.example.com", "mta-sts.example.net"])
    assert key.startswith("-----BEGIN PRIVATE KEY-----")
    verify(chain, authority.root_pem, "mta-sts.example.com")
    verify(chain, authority.root_pem, "mta-sts.example.net")
    with pytest.raises(VerificationError):
        verify(chain, authority.root_pem, "mta-sts.example.org")


def test_leaf_without_the_intermediate_does_not_chain(tmp_path: Path) -> None:
    """The intermediate is needed: a server that forgets it is found out."""
    authority = Authority.open(tmp_path)
    chain, _ = authority.issue(["mx1.example.com"])
    assert chain.endswith(authority.intermediate_pem)
    with pytest.raises(VerificationError):
        verify(chain.removesuffix(authority.intermediate_pem), authority.root_pem, "mx1.example.com")


@pytest.mark.parametrize("ca", ["unknown", "self-signed"])
def test_strangers_are_not_trusted(tmp_path: Path, ca: str) -> None:
    """A certificate of another root, or of none, does not chain to the sandbox's root."""
    authority = Authority.open(tmp_path)
    chain, _ = authority.issue(["mx1.example.com"], ca=ca)  # type: ignore[arg-type]
    assert chain.count("BEGIN CERTIFICATE") == 1
    with pytest.raises(VerificationError):
        verify(chain, authority.root_pem, "mx1.example.com")


def test_expired_ended_yesterday_and_days_are_kept(tmp_path: Path) -> None:
    """`expired` ends a day ago after the usual life; otherwise the life is the days asked for."""
    authority = Authority.open(tmp_path)
    now = dt.datetime.now(dt.UTC)
    ended = x509.load_pem_x509_certificate(authority.issue(["a.test"], expired=True)[0].encode())
    assert abs(now - dt.timedelta(days=1) - ended.not_valid_after_utc) < dt.timedelta(minutes=1)
    assert ended.not_valid_before_utc < ended.not_valid_after_utc
    short = x509.load_pem_x509_certificate(authority.issue(["a.test"], days=5)[0].encode())
    assert abs(now + dt.timedelta(days=5) - short.not_valid_after_utc) < dt.timedelta(minutes=1)


def test_authority_survives_a_restart_and_hides_its_keys(tmp_path: Path) -> None:
    """Opened again it is the same root, and what was issued before still chains; keys are for the owner only."""
    first = Authority.open(tmp_path)
    chain, _ = first.issue(["a.test"])
    again = Authority.open(tmp_path)
    assert again.root_pem == first.root_pem == (tmp_path / "ca.pem").read_text()
    verify(chain, again.root_pem, "a.test")
    assert {p.name: p.stat().st_mode & 0o077 for p in (tmp_path / "authority").iterdir()} == {
        "root-key.pem": 0,
        "intermediate.pem": 0,
    }


def test_a_half_made_authority_is_made_anew(tmp_path: Path) -> None:
    """A start that was killed before `ca.pem` was written does not block the next one."""
    Authority.open(tmp_path)
    (tmp_path / "ca.pem").unlink()
    authority = Authority.open(tmp_path)
    verify(authority.issue(["a.test"])[0], authority.root_pem, "a.test")


def test_long_names_and_no_names(tmp_path: Path) -> None:
    """A name that cannot be a common name still is a SAN; no name at all is refused."""
    authority = Authority.open(tmp_path)
    long = ".".join(["mta-sts", "a" * 60, "b" * 60, "example"])
    verify(authority.issue([long])[0], authority.root_pem, long)
    with pytest.raises(ValueError, match="at least one name"):
        authority.issue([])


def test_issuing_is_fast(tmp_path: Path) -> None:
    """A thousand domains must not wait for the CA: 200 certificates in well under two seconds."""
    authority = Authority.open(tmp_path)
    start = time.process_time()
    for n in range(200):
        authority.issue([f"mta-sts.d{n}.example"])
    assert time.process_time() - start < 2
