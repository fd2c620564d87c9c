"""TLSA records: which of them count for SMTP, and what they are for."""

import hashlib

import pytest

from mtasts.protocol.tlsa import Digests, counted, read_tlsa, tlsa_name

CERTIFICATE, KEY = b"\x30\x03\x02\x01\x05", b"\x30\x03\x02\x01\x07"
DIGESTS = Digests.of(CERTIFICATE), Digests.of(KEY)
SHA256 = "ab" * 32
SHA512 = "ab" * 64


@pytest.mark.parametrize("usage", [2, 3])
@pytest.mark.parametrize(("selector", "value"), [(0, CERTIFICATE), (1, KEY)])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_each_usable_kind_is_for_its_certificate_alone(usage: int, selector: int, value: bytes, matching: int) -> None:
    """RFC 6698 s2.1: the whole of it or a digest, of the certificate or of its key."""
    data = {0: value, 1: hashlib.sha256(value).digest(), 2: hashlib.sha512(value).digest()}[matching]
    record = read_tlsa(f"{usage} {selector} {matching} {data.hex()}")
    assert (record.unusable, record.is_for(*DIGESTS)) == ("", True)
    others = Digests.of(b"\x30\x00"), Digests.of(b"\x30\x00")
    assert not record.is_for(*others)
    # The right value under the other selector is for nobody.
    assert not read_tlsa(f"{usage} {1 - selector} {matching} {data.hex()}").is_for(*DIGESTS)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (f"0 0 1 {SHA256}", "usage PKIX-TA(0) is not for SMTP"),
        (f"1 1 1 {SHA256}", "usage PKIX-EE(1) is not for SMTP"),
        (f"4 1 1 {SHA256}", "usage 4 is not defined"),
        (f"255 1 1 {SHA256}", "usage 255 is not defined"),
        (f"3 2 1 {SHA256}", "selector 2 is not defined"),
        (f"3 1 3 {SHA256}", "matching type 3 is not defined"),
        (f"3 1 1 {SHA256[:-2]}", "malformed: a digest of 31 bytes instead of 32"),
        (f"3 1 2 {SHA256}", "malformed: a digest of 32 bytes instead of 64"),
        ("3 1 1", "malformed: a digest of 0 bytes instead of 32"),
        ("3 0 0", "malformed: its full value"),
        ("3 0 0 3003020105ff", "malformed: its full value"),
        ("2 1 0 0403020105", "malformed: its full value"),
        ("0301", "malformed: it has not the four fields"),
        ("", "malformed: it has not the four fields"),
        ("3 1 1 xyz", "malformed: it has not the four fields"),
    ],
)
def test_what_no_sender_of_mail_can_use(value: str, why: str) -> None:
    """RFC 7672 s3.1: it is left out, and the others count."""
    record = read_tlsa(value)
    assert record.unusable.startswith(why)
    good = read_tlsa(f"3 1 1 {SHA256}")
    assert counted([record, good]) == (good,)


def test_of_digests_only_the_strongest_counts_and_full_values_stay() -> None:
    """RFC 7671 s9, RFC 7672 s5: for each usage and selector by itself; an unusable SHA2-512 record is none."""
    texts = [f"3 1 1 {SHA256}", f"3 1 2 {SHA512}", "3 1 0 3003020105", f"3 0 1 {SHA256}", f"2 1 1 {SHA256}"]
    assert [record.kind for record in counted(map(read_tlsa, texts))] == ["3 1 2", "3 1 0", "3 0 1", "2 1 1"]
    weak = [f"3 1 1 {SHA256}", f"3 1 2 {SHA512[:-2]}"]
    assert [record.kind for record in counted(map(read_tlsa, weak))] == ["3 1 1"]


def test_records_are_shown_with_the_begin_of_their_value() -> None:
    """Enough to tell two apart, short enough for a line."""
    assert str(read_tlsa(f"3 1 1 {SHA256}")) == "3 1 1 abababababababab…"
    assert tlsa_name("mx.example.com") == "_25._tcp.mx.example.com"
