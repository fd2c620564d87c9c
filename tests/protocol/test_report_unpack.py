"""Unpacking attachments: the first bytes decide, and no bomb gets further than its limit."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.protocol.report_unpack import CannotUnpack, TooLarge, gunzip, unpack

JSON = b'{"report-id": "1"}'


def _zip(*members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, member in enumerate(members):
            archive.writestr(f"{number}.json", member)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "documents"),
    [
        (JSON, [JSON]),
        (b"\xef\xbb\xbf" + JSON, [b"\xef\xbb\xbf" + JSON]),
        (b"\r\n " + JSON, [b"\r\n " + JSON]),
        (gzip.compress(JSON), [JSON]),
        (gzip.compress(gzip.compress(JSON)), [JSON]),
        (gzip.compress(JSON[:5]) + gzip.compress(JSON[5:]), [JSON]),
        (gzip.compress(JSON) + b"trailing", [JSON]),
        (_zip(JSON), [JSON]),
        (_zip(JSON, gzip.compress(JSON)), [JSON, JSON]),
        (_zip(_zip(JSON)), [JSON]),
    ],
)
def test_all_ways_of_packing_are_understood(data: bytes, documents: list[bytes]) -> None:
    """JSON, gzip (also of several members, or with bytes behind), zip, and one in the other."""
    assert unpack(data) == documents


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"<feedback/>", "is neither JSON nor gzip nor zip"),
        (gzip.compress(JSON)[:-9], "is gzip that was cut short"),
        (gzip.compress(JSON)[:20] + b"\0\0\0\0" + gzip.compress(JSON)[24:], "is damaged gzip"),
        (_zip(), "is neither JSON nor gzip nor zip"),  # an empty zip begins otherwise
        (_zip(JSON)[:-30], "is a damaged or unusual zip"),
        (_zip(b"<x/>"), "is neither JSON nor gzip nor zip"),
        (_zip(*[JSON] * 1001), "is a zip of 1001 files, more than 1000"),
        (
            gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(JSON))))),
            "is packed more than 3 times",
        ),
    ],
)
def test_what_holds_no_report_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """The reason is what a person finds in quarantine."""
    with pytest.raises(CannotUnpack, match=f"^{reason}"):
        unpack(data)


@pytest.mark.parametrize("pack", [gzip.compress, _zip, lambda data: _zip(gzip.compress(data))])
def test_the_unpacked_size_is_bounded(pack: object) -> None:
    """A bomb of the limit plus one byte is refused, one byte less is read."""
    assert callable(pack)
    body = b"{" + b" " * 1_000_000 + b"}"
    assert unpack(pack(body), limit=len(body)) == [body]
    with pytest.raises(TooLarge, match="more than 1000001 bytes"):
        unpack(pack(body), limit=len(body) - 1)


def test_many_members_share_one_limit() -> None:
    """A zip cannot hold a thousand reports of the greatest size."""
    body = b"{" + b" " * 100_000 + b"}"
    with pytest.raises(TooLarge, match="more than 300000 bytes"):
        unpack(_zip(body, body, body), limit=300_000)


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.integers(0, 900))
def test_gunzip_is_what_gzip_says(members: list[bytes], limit: int) -> None:
    """Any members, joined, within the limit; the quick way and the long way alike."""
    data, plain = b"".join(map(gzip.compress, members)), b"".join(members)
    assert gunzip(data) == plain
    if len(plain) <= limit:
        assert gunzip(data, limit) == plain
    else:
        with pytest.raises(CannotUnpack):
            gunzip(data, limit)


@settings(max_examples=300)
@given(
    st.sampled_from([gzip.compress(JSON), _zip(JSON)]), st.integers(0, 150), st.binary(max_size=3), st.integers(0, 5)
)
def test_damaged_archives_never_crash(data: bytes, place: int, put: bytes, cut: int) -> None:
    """Whatever bytes change: documents or CannotUnpack."""
    changed = data[:place] + put + data[place + cut :]
    try:
        found = unpack(changed)
    except CannotUnpack:
        return
    assert found
