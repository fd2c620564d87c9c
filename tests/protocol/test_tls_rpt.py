"""The `_smtp._tls` record, judged by the ABNF of RFC 8460 s3, RFC 3986 and RFC 6068."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.problem import Severity
from mtasts.protocol.tls_rpt import (
    TlsRptRecord,
    check_rua,
    read_tls_rpt,
    record_name,
    render_tls_rpt,
    select_tls_rpt,
)


def codes(reading, severity):
    return [problem.code for problem in reading.problems if problem.severity is severity]


@pytest.mark.parametrize(
    ("text", "rua", "warned"),
    [
        ("v=TLSRPTv1;rua=mailto:reports@example.com", ("mailto:reports@example.com",), []),
        (
            "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt",
            ("https://reporting.example.com/v1/tlsrpt",),
            ["rua-https-only"],
        ),
        (
            "v=TLSRPTv1; rua=https://r.example.com/a?b=c",
            ("https://r.example.com/a?b=c",),
            ["rua-equals", "rua-https-only"],
        ),
        ("v=TLSRPTv1; rua=http://r.example.com/a", ("http://r.example.com/a",), ["rua-http"]),
        (
            "v=TLSRPTv1; x=y; rua=mailto:a@example.com",
            ("mailto:a@example.com",),
            ["extension-field", "rua-not-first"],
        ),
        (
            "v=TLSRPTv1; rua=mailto:a@example.com \t, \thttps://r.example.com:8443/;",
            ("mailto:a@example.com", "https://r.example.com:8443/"),
            ["rua-blank", "rua-https-beside"],
        ),
        ("v=TLSRPTv1; rua=mailto:a%2Cb@example.com", ("mailto:a%2Cb@example.com",), ["rua-local-part", "rua-percent"]),
        ("v=TLSRPTv1; rua=mailto:a%21b@example.com", ("mailto:a%21b@example.com",), ["rua-percent"]),
        ("v=TLSRPTv1; rua=mailto:a+b=c@example.com", ("mailto:a+b=c@example.com",), ["rua-equals"]),
        ("v=TLSRPTv1; rua=mailto:%22a%20b%22@example.com", ("mailto:%22a%20b%22@example.com",), ["rua-percent"]),
        ("v=TLSRPTv1; rua=mailto:j%C3%B6@example.com", ("mailto:j%C3%B6@example.com",), ["rua-percent"]),
        ("v=TLSRPTv1; rua=MAILTO:a@example.com", ("MAILTO:a@example.com",), ["rua-scheme-case"]),
        (
            "v=TLSRPTv1; rua=mailto:a@example.com?subject=x",
            ("mailto:a@example.com?subject=x",),
            ["rua-mailto-fields", "rua-equals"],
        ),
        ("v=TLSRPTv1; rua=mailto:a@localhost", ("mailto:a@localhost",), ["rua-domain"]),
        ("v=TLSRPTv1; rua=mailto:a@x_y.example", ("mailto:a@x_y.example",), ["rua-domain"]),
        ("v=TLSRPTv1; rua=https://u:p@r.example.com/", ("https://u:p@r.example.com/",), ["rua-user", "rua-https-only"]),
        ("v=TLSRPTv1; rua=https://r.example.com/#f", ("https://r.example.com/#f",), ["rua-fragment", "rua-https-only"]),
        ("v=TLSRPTv1; rua=https://192.0.2.1/", ("https://192.0.2.1/",), ["rua-address", "rua-https-only"]),
        (
            "v=TLSRPTv1; rua=https://[2001:db8::1]:8443/",
            ("https://[2001:db8::1]:8443/",),
            ["rua-address", "rua-https-only"],
        ),
        ("v=TLSRPTv1; rua=mailto:a@example.com,mailto:a@example.com", ("mailto:a@example.com",) * 2, ["rua-duplicate"]),
        ("v=TLSRPTv1; rua=mailto:a@example.com; x=y", ("mailto:a@example.com",), ["extension-field"]),
        ("v=TLSRPTv1; rua=mailto:a@example.com; Rua=y", ("mailto:a@example.com",), ["field-case"]),
        ("v=TLSRPTv1; rua=mailto:a@example.com; rua=junk", ("mailto:a@example.com",), ["duplicate-field"]),
        (
            "v=TLSRPTv1; rua=mailto:a@example.com; rua=https://r.example.com/?a=b",
            ("mailto:a@example.com",),
            ["duplicate-field"],
        ),
        ("v=TLSRPTv1 ; rua=mailto:a@example.com", ("mailto:a@example.com",), ["blank-before-semicolon"]),
        (
            f"v=TLSRPTv1; rua=https://r.example.com/{'x' * 240}",
            (f"https://r.example.com/{'x' * 240}",),
            ["record-long", "rua-https-only"],
        ),
    ],
)
def test_valid_records(text, rua, warned):
    """What the grammar allows is valid; what should not be published is warned of."""
    reading = read_tls_rpt(text)
    assert codes(reading, Severity.ERROR) == []
    assert reading.value is not None
    assert reading.value.rua == rua
    assert codes(reading, Severity.WARNING) == warned


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v=TLSRPTv1", "rua-missing"),
        ("v=TLSRPTv1;", "rua-missing"),
        ("v=TLSRPTv1; RUA=mailto:a@example.com", "rua-missing"),
        ("v=TSLRPTv1; rua=mailto:a@example.com", "version"),
        ("v=tlsrptv1; rua=mailto:a@example.com", "version"),
        ("rua=mailto:a@example.com; v=TLSRPTv1", "version"),
        ("v=TLSRPTv1; rua=", "empty-value"),
        ("v=TLSRPTv1; rua= mailto:a@example.com", "rua-syntax"),
        ("v=TLSRPTv1; rua=mailto:a@example.com ", "trailing-blank"),
        ("v=TLSRPTv1; rua=mailto:a@example.com;;", "empty-field"),
        ("v=TLSRPTv1; rua=mailto:a@example.com,", "rua-syntax"),
        ("v=TLSRPTv1; rua=,mailto:a@example.com", "rua-syntax"),
        ("v=TLSRPTv1; rua=mailto:a@example.com mailto:b@example.com", "rua-syntax"),
        ("v=TLSRPTv1; rua=mailto:a@example.com; x=a=b", "field-value"),
        ("v=TLSRPTv1; rua=mailto:a@example.com; rua=a b", "field-value"),
        ("v=TLSRPTv1; rua=mailto:ä@example.com", "not-ascii"),
    ],
)
def test_invalid_records(text, code):
    """What the grammar refuses is invalid, and the reason has its code."""
    reading = read_tls_rpt(text)
    assert reading.value is None
    assert code in codes(reading, Severity.ERROR)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", "it is empty"),
        ("a@example.com", "write mailto:a@example.com"),
        ("ftp:a@example.com", "only mailto: and https: are allowed"),
        ("mailto:a@example.com!10m", "! must be written %21"),
        ("mailto:a,b@example.com", ", must be written %2C"),
        ("mailto:a;b@example.com", "; must be written %3B"),
        ("mailto:a%2@example.com", "% must be followed by two hexadecimal digits"),
        ("mailto:a b@example.com", '" " may not stand in a URI'),
        ("mailto:a@example.com\n", '"\\n" may not stand in a URI'),
        ("mailto:", "it has no address; write mailto:local@domain"),
        ("mailto:a", "it has no address; write mailto:local@domain"),
        ("mailto:@example.com", "it has no address; write mailto:local@domain"),
        ("mailto:a@", "it has no address; write mailto:local@domain"),
        ("mailto://a@example.com", 'a mailto: URI has no "[", "]" or "/"'),
        ("mailto:a@[192.0.2.1]", 'a mailto: URI has no "[", "]" or "/"'),
        ("mailto:a@b@example.com", '"a@b" is not the local part of one mail address'),
        ("mailto:a..b@example.com", '"a..b" is not the local part of one mail address'),
        ("mailto:a%0Ab@example.com", '"a\\nb" is not the local part of one mail address'),
        ("mailto:a@example..com", '"example..com" is not a mail domain'),
        ("mailto:%FF@example.com", "its percent-encoded bytes are not UTF-8"),
        ("https:r.example.com", "write https://host/path"),
        ("https:///path", "it has no host"),
        ("https://r_1.example.com/", '"r_1.example.com" is not a host name'),
        ("https://r.example.com:0/", '"0" is not a port'),
        ("https://r.example.com:65536/", '"65536" is not a port'),
        ("https://r.example.com:x/", '"x" is not a port'),
        ("https://[::1/", '"[::1" is not a host name'),
        ("https://[[::1]]/", '"]" is not a port'),
        ("https://[fe80::1%25eth0]/", '"[fe80::1%25eth0]" is not a host name'),
        ("https://[192.0.2.1]/", '"[192.0.2.1]" is not a host name'),
        ("https://[2001:db8::1]x/", '"x" is not a port'),
        ("https://r.example.com/[x]", 'behind the host "[", "]" and a second "#" must be percent-encoded'),
        ("https://r.example.com/#a#b", 'behind the host "[", "]" and a second "#" must be percent-encoded'),
    ],
)
def test_uris_that_take_no_reports(uri, reason):
    """The reason names the way out where there is one."""
    assert check_rua(uri) == reason
    with pytest.raises(ValueError, match="rua"):
        TlsRptRecord((uri,))


def test_the_published_form_is_exact():
    """And where it stands."""
    assert render_tls_rpt(["mailto:a@example.com", "https://r.example.com/"]) == (
        "v=TLSRPTv1; rua=mailto:a@example.com,https://r.example.com/"
    )
    assert record_name("example.com") == "_smtp._tls.example.com"


def test_a_record_without_uri_cannot_be_built():
    """RFC 8460 s3: rua is required."""
    with pytest.raises(ValueError, match="needs a rua URI"):
        render_tls_rpt([])


@pytest.mark.parametrize(
    ("texts", "valid", "code"),
    [
        ([], False, ["no-record"]),
        (["v=spf1 -all", "v=TLSRPTv1; rua=mailto:a@example.com"], True, []),
        (["v=TLSRPTv1; rua=mailto:a@example.com"] * 2, False, ["several-records"]),
        (["v=TLSRPTv1 ; rua=mailto:a@example.com"], False, ["no-record"]),
        (["v=TLSRPTv1;"], False, ["rua-missing"]),
    ],
)
def test_which_of_several_records_counts(texts, valid, code):
    """Those without the literal prefix are dropped; exactly one must be left (RFC 8460 s3)."""
    reading = select_tls_rpt(texts)
    assert reading.valid is valid
    assert codes(reading, Severity.ERROR) == code


_locals = st.from_regex(r"[a-z0-9+=_'*&$-]{1,8}(\.[a-z0-9]{1,4})?", fullmatch=True)
_domains = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{2,6}){1,2}", fullmatch=True)
_mailto = st.tuples(_locals, _domains).map(lambda parts: f"mailto:{parts[0]}@{parts[1]}")
_https = st.tuples(
    _domains, st.from_regex(r"(:[1-9][0-9]{0,3})?(/([a-z0-9=~&:@]|%[0-9A-F]{2}){0,9})?", fullmatch=True)
).map(lambda parts: f"https://{parts[0]}{parts[1]}")
_rua = st.lists(_mailto | _https, min_size=1, max_size=3).map(tuple)
_extensions = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}", fullmatch=True).filter(lambda name: name not in {"v", "rua"}),
    st.from_regex(r"[\x21-\x3A\x3C\x3E-\x7E]{1,20}", fullmatch=True),
    max_size=3,
).map(lambda found: tuple(found.items()))


@given(_rua, _extensions)
def test_a_rendered_record_reads_back(rua, extensions):
    """parse(render(x)) == x; extensions go round."""
    text = render_tls_rpt(rua, extensions)
    reading = read_tls_rpt(text)
    assert reading.value == TlsRptRecord(rua, extensions)
    assert render_tls_rpt(reading.value.rua, reading.value.extensions) == text


@given(_rua, st.integers(0, 80), st.sampled_from([";", ",", " ", "=", "\n", "é", "%", "[", "mailto:"]))
def test_a_record_cut_short_or_with_something_appended(rua, cut, tail):
    """Is refused, or means something that renders and reads back as the same."""
    whole = render_tls_rpt(rua)
    for text in (whole[:cut], whole + tail, whole[:cut] + tail + whole[cut:]):
        value = read_tls_rpt(text).value
        if value is not None:
            assert read_tls_rpt(render_tls_rpt(value.rua, value.extensions)).value == value


@given(st.text() | st.text(st.sampled_from("v=TLSRPTv1;rua:mailto@https/[]%?#,! ")))
def test_a_record_never_raises(text):
    """A text comes from DNS."""
    for candidate in (
        text,
        f"v=TLSRPTv1; rua={text}",
        f"v=TLSRPTv1; rua=mailto:{text}",
        f"v=TLSRPTv1; rua=https://{text}",
    ):
        reading = read_tls_rpt(candidate)
        assert reading.valid or codes(reading, Severity.ERROR)


@pytest.mark.parametrize("piece", [",", "mailto:a@b.c,", "%41", "a.", "%22", "[", "@", ".", "\\"])
def test_time_is_linear_in_the_record(piece):
    """The largest record of any one piece is read in a moment, and its problems are bounded."""
    for scheme in ("mailto:", "https://"):
        start = time.process_time()
        reading = read_tls_rpt(f"v=TLSRPTv1; rua={scheme}" + piece * (65000 // len(piece)))
        assert time.process_time() - start < 2
        assert len(reading.problems) <= 101
