"""Mailbox names in modified UTF-7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.imap_names import mailbox_name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", "INBOX"),
        ("TLS & more", "TLS &- more"),
        ("Entwürfe", "Entw&APw-rfe"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 s5.1.3
        ("✓", "&JxM-"),
        ("a\x00b", "a&AAA-b"),
    ],
)
def test_names(name: str, written: str) -> None:
    """As the RFC writes them."""
    assert mailbox_name(name) == written


@given(st.text(max_size=50))
def test_whatever_the_name(name: str) -> None:
    """Printable ASCII, and different names stay different: the standard's UTF-7 reads it back."""
    written = mailbox_name(name)
    assert written.isascii()
    assert written.isprintable()
    back = "".join(
        chunk if number % 2 == 0 else "&" if chunk == "" else f"+{chunk.replace(',', '/')}-".encode().decode("utf-7")
        for number, chunk in enumerate(_chunks(written))
    )
    assert back == name


def _chunks(written: str) -> list[str]:
    """Plain and shifted parts, in turn."""
    found: list[str] = []
    for number, part in enumerate(written.split("&")):
        shifted, dash, plain = part.partition("-")
        found += [part] if number == 0 else [shifted, plain] if dash else []
    return found
