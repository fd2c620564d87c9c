"""The presented certificates put in order, with OpenSSL's word on what a certificate and its key are."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from mtasts.live.chain import links_of
from tests.pki import Leaf, Pki


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module."""
    return Pki(tmp_path_factory.mktemp("pki"))


def presented(leaf: Leaf) -> list[bytes]:
    """As the server sends them."""
    return [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(leaf.chain.read_bytes())]


@pytest.fixture(scope="module")
def good(pki: Pki) -> list[bytes]:
    """What a good host presents."""
    return presented(pki.issue("mx1.example.com"))


def test_the_order_of_the_others_does_not_count_and_strangers_are_left_out(pki: Pki) -> None:
    """RFC 8446 s4.4.2: each should sign the one before, and not every server keeps to it."""
    leaf, intermediate = presented(pki.issue("mx1.example.com"))
    root, stranger = (issuer.certificate.public_bytes(Encoding.DER) for issuer in (pki.root, pki.other))
    links = links_of((leaf, stranger, root, b"garbage", intermediate))
    assert [link.certificate for link in links] == [one.certificate for der in (leaf, intermediate, root)
                                                    for one in links_of((der,))]  # fmt: skip
    assert [(link.ca, link.names) for link in links] == [(False, ("mx1.example.com",)), (True, ()), (True, ())]


def test_a_certificate_of_the_right_name_and_another_key_signs_nothing(pki: Pki, tmp_path: Path) -> None:
    """Whoever can present certificates can present a namesake of the CA."""
    leaf, _ = presented(pki.issue("mx1.example.com"))
    namesake = Pki(tmp_path).intermediate.certificate.public_bytes(Encoding.DER)
    assert len(links_of((leaf, namesake))) == 1


def test_names_are_the_cn_only_without_dns_names(pki: Pki) -> None:
    """RFC 7672 s3.2.3."""
    both = presented(pki.issue("mx1.example.com", common_name="other.example.com"))
    only = presented(pki.issue(common_name="MX2.example.com"))
    assert [links_of(tuple(ders))[0].names for ders in (both, only)] == [("mx1.example.com",), ("mx2.example.com",)]


@pytest.mark.needs("openssl")
def test_digests_are_those_that_openssl_computes(pki: Pki) -> None:
    """Of the DER form of the certificate, and of its SubjectPublicKeyInfo."""
    leaf = pki.issue("mx1.example.com")
    link = links_of(tuple(presented(leaf)))[0]
    key = "openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER"
    for command, digests in (("openssl x509 -outform DER", link.certificate), (key, link.key)):
        for kind, ours in (("sha256", digests.sha256), ("sha512", digests.sha512)):
            line = f"{command} | openssl dgst -{kind} -r"
            done = subprocess.run(["sh", "-c", line], input=leaf.chain.read_bytes(), capture_output=True, check=True)
            assert done.stdout.decode().split()[0] == ours


@given(data=st.data())
def test_broken_certificates_end_the_chain_and_raise_nothing(good: list[bytes], data: st.DataObject) -> None:
    """Whatever a server presents."""
    ders = []
    for der in good:
        raw = bytearray(der)
        for _ in range(data.draw(st.integers(0, 3))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        ders.append(bytes(raw))
    assert len(links_of(tuple(ders))) <= 2
