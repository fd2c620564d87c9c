"""Facts of certificates: read from any bytes, quietly; names as RFC 9525 compares them."""

import warnings
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mtasts.live.tls import name_fits, read_certificate
from tests.pki import Pki


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good leaf."""
    leaf = Pki(tmp_path_factory.mktemp("pki")).issue("mx1.example.com", "*.example.net")
    return x509.load_pem_x509_certificate(leaf.chain.read_bytes()).public_bytes(Encoding.DER)


def test_the_facts_of_a_good_certificate(der: bytes) -> None:
    """Names, issuer, dates, and that its issuer can be fetched."""
    seen = read_certificate(der, 2)
    assert seen is not None
    assert (seen.names, seen.issuer, seen.subject) == (
        ("mx1.example.com", "*.example.net"),
        "CN=Test Intermediate",
        "CN=mx1.example.com",
    )
    assert (seen.self_signed, seen.ca_issuers, seen.sent) == (False, True, 2)
    assert seen.not_after - seen.not_before == timedelta(days=90)


@pytest.mark.parametrize("data", [b"", b"\x30\x80", b"\xff" * 1000])
def test_what_is_no_certificate_is_none(data: bytes) -> None:
    """A sender refuses it, too."""
    assert read_certificate(data) is None


def test_a_certificate_of_bad_form_warns_nobody(der: bytes) -> None:
    """A negative serial number is read, and the library's warning to programmers does not reach the user."""
    serial = x509.load_der_x509_certificate(der).serial_number
    raw = serial.to_bytes((serial.bit_length() + 8) // 8, "big")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = read_certificate(der.replace(raw, b"\x80" + raw[1:], 1))  # as a first byte, 0x80 is never padding
    assert seen is not None
    assert seen.names == ("mx1.example.com", "*.example.net")


@pytest.mark.parametrize(
    ("host", "names", "fits"),
    [
        ("mx1.example.com", ("mx1.example.com",), True),
        ("MX1.Example.com.", ("mx1.example.com",), True),
        ("mx1.example.com", ("*.example.com",), True),
        ("a.mx1.example.com", ("*.example.com",), False),
        ("example.com", ("*.example.com",), False),
        ("mx1.example.com", ("mx*.example.com",), False),
        ("mx1.example.com", ("*",), False),
        ("mx1.example.com", (), False),
        ("mx1.example.com", ("mx2.example.com", "mx1.example.com"), True),
    ],
)
def test_a_name_fits_by_whole_labels(host: str, names: tuple[str, ...], fits: bool) -> None:
    """RFC 9525 s6.3, with `*` for the left-most label and nothing else."""
    assert name_fits(host, names) is fits
