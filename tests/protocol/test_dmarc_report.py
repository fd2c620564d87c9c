"""DMARC reports are told by their root element, from the first bytes, whatever else is in them."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.dmarc_report import is_dmarc_report

FEEDBACK = b"<feedback><report_metadata/></feedback>"


def zipped(*members: bytes) -> bytes:
    """A zip of these."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, member in enumerate(members):
            archive.writestr(f"{number}.xml", member)
    return made.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        FEEDBACK,
        b'<?xml version="1.0" encoding="UTF-8"?>\r\n' + FEEDBACK,
        b"\xef\xbb\xbf\n<feedback\n version='1'>",
        b"<!-- a --><!DOCTYPE feedback><d:feedback xmlns:d='x'/>",
        '<?xml version="1.0" encoding="UTF-16"?><feedback/>'.encode("utf-16"),
    ],
)
def test_dmarc_reports(text: bytes) -> None:
    """Plain, packed, with all that may stand before the root."""
    assert is_dmarc_report(text)
    assert is_dmarc_report(gzip.compress(text))
    assert is_dmarc_report(zipped(text, text))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<html><feedback/></html>",
        b"<feedbacks/>",
        b"<?xml",
        b"<!-- " * 100,
        b"<?a?>" * 1000 + FEEDBACK,
        b'<!DOCTYPE feedback [<!ENTITY a "b">]><feedback/>',
        gzip.compress(b" " * 100_000_000),
        gzip.compress(b"<html/>"),
        gzip.compress(FEEDBACK)[:5],
        zipped(),
        zipped(FEEDBACK, b"{}"),
        zipped(*[FEEDBACK] * 101),
        zipped(b" " * 50_000_000),
        zipped(FEEDBACK)[:-10],
    ],
)
def test_others(data: bytes) -> None:
    """Other XML, bombs, entities, a zip that holds a TLS report too: not taken for DMARC, so nothing is left out."""
    assert not is_dmarc_report(data)


@given(st.binary(max_size=300))
def test_whatever_the_bytes(data: bytes) -> None:
    """Never an error."""
    for start in (b"", b"<", b"<!", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b\x08"):
        is_dmarc_report(start + data)
