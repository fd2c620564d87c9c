"""Report mails: all the ways they are sent, and that the quick cutter sees what the standard library's parser sees."""

import base64
import email.message
import email.mime.multipart
import gzip
import quopri
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtasts.protocol.report_mail import (
    MAIL_BYTES_LIMIT,
    NoReport,
    looks_like_mail,
    read_any,
    read_mail,
    read_ordinary,
)

JSON = b'{"report-id": "1"}\n'
PACKED = gzip.compress(JSON, mtime=0)
HEADERS = (
    "From: Reports <noreply@reporter.example>\n"
    "Date: Mon, 02 Mar 2026 10:00:00 +0000\n"
    "Subject: Report Domain: example.com Submitter: reporter.example\n Report-ID: <1@reporter.example>\n"
    "TLS-Report-Domain: example.com\n"
    "TLS-Report-Submitter: reporter.example\n"
)


def _multipart(
    attachment: str, *, kind: str = "application/tlsrpt+gzip", extra: str = "", body: bytes = PACKED
) -> bytes:
    encoded = base64.encodebytes(body).decode()
    return (
        f'{HEADERS}Content-Type: multipart/report; report-type=tlsrpt; boundary="=_b 1"\n\nThis is MIME.\n'
        f"--=_b 1\nContent-Type: text/plain\n\nA report.\n\n"
        f"--=_b 1\nContent-Type: {kind}{extra}\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{attachment}"\n\n{encoded}\n--=_b 1--\n'
    ).encode()


def _single(kind: str, encoding: str, body: bytes) -> bytes:
    return f"{HEADERS}Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + body


def _nested(depth: int) -> bytes:
    mail = b"Content-Type: application/tlsrpt+json\n\n" + JSON
    for level in range(depth):
        mail = b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n%b\n--b%d--\n' % (level, level, mail, level)
    return HEADERS.encode() + mail


NAME = "reporter.example!example.com!1772323200!1772409599!1.json.gz"
WAYS = {
    "rfc": _multipart(NAME),
    "crlf": _multipart(NAME).replace(b"\n", b"\r\n"),
    "json": _multipart(NAME, kind="application/tlsrpt+json", body=JSON),
    "application-gzip": _multipart(NAME, kind="application/gzip"),
    "octet-stream": _multipart(NAME, kind="application/octet-stream", extra=f'; name="{NAME}"'),
    "upper-case": _multipart(NAME, kind="Application/TLSRPT+GZIP"),
    "single-gzip": _single("application/tlsrpt+gzip", "base64", base64.encodebytes(PACKED)),
    "single-json": _single("application/tlsrpt+json", "7bit", JSON),
    "single-qp": _single("application/json", "quoted-printable", quopri.encodestring(JSON)),
    "single-no-type": HEADERS.encode() + b"\n" + JSON,
    "nested": _nested(3),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_report_is_found_however_it_is_sent(way: str) -> None:
    """One part comes out, whatever it is called and however it is wrapped."""
    mail = read_mail(WAYS[way])
    assert len(mail.parts) == 1
    data = mail.parts[0].data
    assert (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).strip() == JSON.strip()
    assert mail.header("tls-report-domain") == "example.com"
    assert mail.header("tls-report-submitter") == "reporter.example"
    assert mail.header("subject") == (
        "Report Domain: example.com Submitter: reporter.example Report-ID: <1@reporter.example>"
    )


def test_a_forwarded_report_is_found_inside() -> None:
    """A mail attached to a mail; its own headers are those of the outer one."""
    outer = email.mime.multipart.MIMEMultipart()
    outer["From"] = "admin@example.com"
    inner = email.message_from_bytes(WAYS["rfc"])
    attached = email.message.Message()
    attached.set_type("message/rfc822")
    attached.set_payload([inner])
    outer.attach(attached)
    mail = read_mail(outer.as_bytes())
    assert gzip.decompress(mail.parts[0].data) == JSON
    assert mail.header("from") == "admin@example.com"
    assert mail.header("tls-report-submitter") == ""


def test_the_declared_report_wins_over_other_attachments() -> None:
    """A JSON file beside the report is not taken for one."""
    other = b"--=_b 1\nContent-Type: application/json\n\n{}\n--=_b 1--\n"
    mail = read_mail(WAYS["rfc"].replace(b"--=_b 1--\n", other))
    assert [part.media_type for part in mail.parts] == ["application/tlsrpt+gzip"]


def test_all_authentication_results_are_kept_in_order() -> None:
    """The top-most one is the last server's."""
    raw = (
        b"Authentication-Results: mx.example.com; dkim=pass\nAuthentication-Results: forged; dkim=pass\n" + WAYS["rfc"]
    )
    assert read_mail(raw).headers["authentication-results"] == ("mx.example.com; dkim=pass", "forged; dkim=pass")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (HEADERS.encode() + b"\nHello.\n", "the mail has no part that could be a report"),
        (b"", "the mail has no part that could be a report"),
        (b"Subject: x\n\n" + b"x" * MAIL_BYTES_LIMIT, f"the mail has more than {MAIL_BYTES_LIMIT} bytes"),
        (_nested(31), "the mail nests or declares more than 30 levels of parts"),
        (_multipart(NAME, kind="application/pdf", body=b"%PDF-1.4"), "the mail has no part that could be a report"),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300 + b"--b--\n",
            "the mail has more than 200 parts",
        ),
    ],
)
def test_mails_without_a_report_say_why(raw: bytes, reason: str) -> None:
    """The reason is what a person finds in quarantine."""
    with pytest.raises(NoReport) as refused:
        read_mail(raw)
    assert str(refused.value) == reason


def test_hostile_headers_cost_no_more_than_their_length() -> None:
    """A megabyte of folded header, or of almost-headers, is looked at once."""
    began = time.process_time()
    for block in (b"Subject: x\n" + b" y\n" * 300_000, b"a" * 1_000_000, b"A:\n" * 300_000, b"From " * 200_000):
        with pytest.raises(NoReport):
            read_mail(block + b"\n\n")
    assert time.process_time() - began < 10


def test_mails_are_told_from_other_files() -> None:
    """By the first header field."""
    assert looks_like_mail(WAYS["rfc"])
    assert looks_like_mail(b"Received: from x\r\n")
    assert not looks_like_mail(b'{"a": 1}')
    assert not looks_like_mail(b"hello world\n")
    assert not looks_like_mail(b"")


_header_value = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=20)
_leaf = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            [
                "text/plain",
                "application/tlsrpt+gzip",
                "application/tlsrpt+json",
                "application/json; name=a.json",
                "bad",
                "",
            ]
        ),
        "encoding": st.sampled_from(["base64", "quoted-printable", "7bit", "8bit", "", "x-unknown", "BASE64 "]),
        "body": st.one_of(
            st.binary(max_size=60),
            st.just(JSON),
            st.binary(max_size=60).map(base64.encodebytes),
            st.binary(max_size=60).map(quopri.encodestring),
        ),
        "name": st.sampled_from(["", "a.json.gz", "r!example.com!1!2.json"]),
    }
)


def _render(leaf: dict[str, Any]) -> bytes:
    lines = []
    if leaf["kind"]:
        lines.append(f"Content-Type: {leaf['kind']}")
    if leaf["encoding"]:
        lines.append(f"Content-Transfer-Encoding: {leaf['encoding']}")
    if leaf["name"]:
        lines.append(f'Content-Disposition: attachment; filename="{leaf["name"]}"')
    return "".join(line + "\n" for line in lines).encode() + b"\n" + leaf["body"]


def _same_as_standard(raw: bytes) -> bool:
    quick = read_ordinary(raw)
    if quick is None:
        return False
    headers, parts = read_any(raw)
    assert quick[0] == headers
    assert [(part.media_type, part.data) for part in quick[1]] == [(part.media_type, part.data) for part in parts]
    return True


@settings(max_examples=400)
@given(
    st.lists(_leaf, min_size=1, max_size=4),
    st.sampled_from(["b1", "=_x.y+z", "a b"]),
    _header_value,
    st.booleans(),
    st.binary(max_size=20),
)
def test_the_quick_cutter_agrees_with_the_standard_parser(
    leaves: list[dict[str, Any]], boundary: str, subject: str, crlf: bool, preamble: bytes
) -> None:
    """Whatever the quick cutter accepts, the standard library's parser reads alike: headers, types, bytes."""
    mark = boundary.encode()
    raw = f"From: a@reporter.example\nSubject: {subject}\n".encode()
    raw += b'Content-Type: multipart/report; boundary="' + mark + b'"\n\n' + preamble + b"\n"
    raw += b"".join(b"--" + mark + b"\n" + _render(leaf) + b"\n" for leaf in leaves) + b"--" + mark + b"--\n"
    _same_as_standard(raw.replace(b"\n", b"\r\n") if crlf else raw)


@settings(max_examples=200)
@given(_leaf)
def test_single_part_mails_agree_too(leaf: dict[str, Any]) -> None:
    """The same for mails of one part."""
    _same_as_standard(b"From: a@reporter.example\n" + _render(leaf))


@pytest.mark.parametrize("way", [way for way in WAYS if way != "nested"])
def test_ordinary_mails_take_the_quick_way(way: str) -> None:
    """Without this the agreement above could be one of nothing."""
    assert _same_as_standard(WAYS[way])


def test_blanks_before_a_colon_are_understood() -> None:
    """RFC 5322 s4.5.8: obsolete, to be read all the same, whichever header has them."""
    plain = WAYS["application-gzip"]
    for name in (b"From", b"Content-Type", b"Subject"):
        changed = plain.replace(name + b":", name + b" \t:", 1)
        assert changed != plain
        assert read_mail(changed) == read_mail(plain)


# What means something in a header field or at the end of a part, and what some parser takes for it.
_structural = st.lists(st.sampled_from([*'=;:"\r\n\t -/', "\0", "\x1c"]), max_size=4).map(
    lambda found: "".join(found).encode()
)


@settings(max_examples=1000)
@given(
    st.sampled_from(sorted(WAYS)), st.integers(0, 900), st.one_of(st.binary(max_size=4), _structural), st.integers(0, 8)
)
@example("application-gzip", 1, b" ", 3)
@example("application-gzip", 357, b"\x1c", 5)
@example("octet-stream", 694, b":", 1)
@example("octet-stream", 283, b'"', 8)
def test_mails_changed_anywhere_never_crash(way: str, place: int, put: bytes, cut: int) -> None:
    """Whatever bytes change: parts, or NoReport; and both readers still agree."""
    raw = WAYS[way]
    changed = raw[:place] + put + raw[place + cut :]
    try:
        read_mail(changed)
    except NoReport:
        return
    _same_as_standard(changed)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_never_crash(raw: bytes) -> None:
    """Noise gives parts or NoReport."""
    try:
        read_mail(raw)
    except NoReport:
        return
