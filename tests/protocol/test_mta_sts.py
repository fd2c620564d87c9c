"""The `_mta-sts` record and the policy, judged by the ABNF of RFC 8461 s3.1 and s3.2."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.protocol.mta_sts import (
    MAX_AGE_LIMIT,
    POLICY_BYTES_LIMIT,
    Mode,
    Policy,
    TxtRecord,
    policy_host,
    policy_url,
    read_policy,
    read_txt,
    render_policy,
    render_txt,
    select_txt,
    txt_name,
)
from mtasts.protocol.problem import Severity


def codes(reading, severity):
    return [problem.code for problem in reading.problems if problem.severity is severity]


def errors(reading):
    return codes(reading, Severity.ERROR)


def warnings(reading):
    return codes(reading, Severity.WARNING)


# --- the TXT record ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found", "warned"),
    [
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z", []),
        ("v=STSv1;id=a", "a", []),
        ("v=STSv1;id=a;", "a", []),
        ("v=STSv1;\t id=a \t;\t ", "a", []),
        ("v=STSv1; id=a; ", "a", []),
        (f"v=STSv1; id={'Z' * 32};", "Z" * 32, []),
        ("v=STSv1; x=y; id=a;", "a", ["extension-field"]),
        ("v=STSv1; id=a; x.y_z-1=!#<>~;", "a", ["extension-field"]),
        (f"v=STSv1; id=a; {'n' * 32}=v", "a", ["extension-field"]),
        ("v=STSv1; id=a; ID=b;", "a", ["field-case"]),
        ("v=STSv1; id=a; id=b;", "a", ["duplicate-field"]),
        ("v=STSv1; id=a; id=not-an-id;", "a", ["duplicate-field"]),
        ("v=STSv1; id=a; v=STSv1;", "a", ["duplicate-field"]),
        ("v=STSv1 ; id=a;", "a", ["blank-before-semicolon"]),
        ("v=STSv1; id=a; x=" + "y" * 238, "a", ["extension-field"]),
        ("v=STSv1; id=a; x=" + "y" * 239, "a", ["record-long", "extension-field"]),
    ],
)
def test_valid_records(text, found, warned):
    """What the ABNF allows is valid, however odd; what should not be published is warned of."""
    reading = read_txt(text)
    assert reading.value is not None
    assert reading.value.id == found
    assert warnings(reading) == warned
    assert errors(reading) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "version"),
        ("v=STSv2; id=a;", "version"),
        ("v=STSv10; id=a;", "version"),
        ("V=STSv1; id=a;", "version"),
        ("v=stsv1; id=a;", "version"),
        (" v=STSv1; id=a;", "version"),
        ('"v=STSv1; id=a;"', "version"),
        ("v =STSv1; id=a;", "version"),
        ("id=a; v=STSv1;", "version"),
        ("v=STSv1 id=a", "version"),
        ("v=STSv1", "id-missing"),
        ("v=STSv1;", "id-missing"),
        ("v=STSv1 ;", "id-missing"),
        ("v=STSv1 ", "trailing-blank"),
        ("v=STSv1; ID=a;", "id-missing"),
        ("v=STSv1; x=y;", "id-missing"),
        ("v=STSv1; id=;", "empty-value"),
        ("v=STSv1; id=2020-01-01;", "id-syntax"),
        ("v=STSv1; id=a_b;", "id-syntax"),
        ("v=STSv1; id=a:b;", "id-syntax"),
        ("v=STSv1; id=a b;", "id-syntax"),
        ("v=STSv1; id= a;", "id-syntax"),
        ("v=STSv1; id=a\n;", "id-syntax"),
        (f"v=STSv1; id={'Z' * 33};", "id-syntax"),
        ("v=STSv1; id=a-b; id=c;", "id-syntax"),
        ("v=STSv1; id=a;;", "empty-field"),
        ("v=STSv1;; id=a;", "empty-field"),
        ("v=STSv1; id=a; ; x=y", "empty-field"),
        ("v=STSv1; id=a ", "trailing-blank"),
        ("v=STSv1; id=a\t", "trailing-blank"),
        ("v=STSv1; id", "field-syntax"),
        ("v=STSv1; id=a; x=", "empty-value"),
        ("v=STSv1; id=a; x=y=z", "field-value"),
        ("v=STSv1; id=a; x=y z", "field-value"),
        ("v=STSv1; id=a; x=y; x=y z", "field-value"),
        ("v=STSv1; id=a; =y", "field-name"),
        ("v=STSv1; id=a; _x=y", "field-name"),
        ("v=STSv1; id=a; x y=z", "field-name"),
        (f"v=STSv1; id=a; {'n' * 33}=v", "field-name"),
        ("v=STSv1; id=é;", "not-ascii"),
        ("v=STSv1;\u00a0id=a;", "not-ascii"),
        ("v=STSv1; id=\u0661;", "not-ascii"),
        ("v=STSv1; id=a; x=\x7f", "field-value"),
        ("v=STSv1; id=" + "a" * 70000, "record-too-long"),
    ],
)
def test_invalid_records(text, code):
    """What the ABNF refuses is invalid, with no value, and the reason has its code."""
    reading = read_txt(text)
    assert reading.value is None
    assert code in errors(reading)


def test_all_problems_of_a_record_are_found_at_once():
    """The first error does not hide the others."""
    reading = read_txt("v=STSv1;; id=a-b; x; y=;")
    assert errors(reading) == ["empty-field", "field-syntax", "empty-value", "id-syntax"]


def test_only_the_first_of_repeated_fields_counts():
    """RFC 8461 s3.2, last paragraph; extension fields as well."""
    reading = read_txt("v=STSv1; x=1; id=a; x=2; id=b;")
    assert reading.value == TxtRecord("a", (("x", "1"),))


# The ABNF of s3.1, transcribed once more and by another hand than the reader.
_FIELD = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}=[\x21-\x3A\x3C\x3E-\x7E]+"
_RECORD = re.compile(rf"v=STSv1(?:[ \t]*;[ \t]*{_FIELD})+(?:[ \t]*;[ \t]*)?")


def allowed_by_abnf(text):
    """The grammar, and besides it that the first id field is an sts-id."""
    if _RECORD.fullmatch(text) is None:
        return False
    ids = re.findall(r";[ \t]*id=([^ \t;]*)", text)
    return bool(ids) and re.fullmatch(r"[A-Za-z0-9]{1,32}", ids[0]) is not None


_pieces = st.sampled_from(
    [
        "v=STSv1",
        "v=STSv1;",
        " id=a",
        "id=a;",
        "id=",
        ";",
        " ",
        "\t",
        "x=y",
        "x.1=z",
        "_=",
        "=",
        "id=a-b",
        "é",
        "\n",
        "0" * 33,
    ]
)


@given(st.lists(_pieces, max_size=9).map("".join), st.booleans())
@settings(max_examples=800)
def test_the_reader_agrees_with_the_abnf(tail, prefixed):
    """On near misses made of the grammar's own pieces."""
    text = f"v=STSv1;{tail}" if prefixed else tail
    assert read_txt(text).valid is allowed_by_abnf(text)


_ids = st.text(st.sampled_from("abzAZ019"), min_size=1, max_size=32)
_extension_names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}", fullmatch=True)


def _unreserved(*reserved):
    return _extension_names.filter(lambda name: name not in reserved)


_extension_values = st.from_regex(r"[\x21-\x3A\x3C\x3E-\x7E]{1,20}", fullmatch=True)
_record_extensions = st.dictionaries(_unreserved("v", "id"), _extension_values, max_size=3).map(
    lambda d: tuple(d.items())
)


@given(_ids, _record_extensions)
def test_a_rendered_record_reads_back(found, extensions):
    """parse(render(x)) == x; extensions go round."""
    reading = read_txt(render_txt(found, extensions))
    assert reading.value == TxtRecord(found, extensions)


@given(_ids, _record_extensions, st.integers(0, 60), st.sampled_from([";", "; ;", " ", "=", "\n", "é"]))
def test_rendering_what_was_read_is_stable(found, extensions, cut, tail):
    """A record cut short or with something appended is refused, or renders to what reads as the same."""
    whole = render_txt(found, extensions)
    for text in (whole[:cut], whole + tail, whole[:cut] + tail):
        reading = read_txt(text)
        if reading.value is not None:
            again = render_txt(reading.value.id, reading.value.extensions)
            assert read_txt(again).value == reading.value
            assert render_txt(reading.value.id, reading.value.extensions) == again


def test_the_published_form_is_exact():
    """Erratum 6285: a blank before the semicolon is grammatical, and yet the record would be discarded."""
    assert render_txt("20260314T101500Z") == "v=STSv1; id=20260314T101500Z;"


@pytest.mark.parametrize("bad", ["", "a-b", "a b", "a;", "é", "a" * 33, "a\n"])
def test_an_id_that_cannot_be_rendered_cannot_be_built(bad):
    """ValueError, before anything is published."""
    with pytest.raises(ValueError, match="1 to 32 letters and digits"):
        render_txt(bad)


@pytest.mark.parametrize(
    "extensions",
    [
        (("v", "1"),),
        (("id", "1"),),
        (("x", ""),),
        (("x", "a b"),),
        (("x", "a;b"),),
        (("_x", "a"),),
        (("x", "a"), ("x", "b")),
    ],
)
def test_extensions_that_cannot_be_rendered_cannot_be_built(extensions):
    """Not even by hand."""
    with pytest.raises(ValueError, match="extension field"):
        TxtRecord("a", extensions)


@pytest.mark.parametrize(
    ("texts", "found", "code"),
    [
        ([], None, "no-record"),
        (["v=spf1 -all", "v=STSv1; id=a;"], "a", None),
        (["d111111abcdef8.cloudfront.net", "v=STSv1; id=a;", "d222222abcdef8.cloudfront.net"], "a", None),
        (["v=STSv1; id=a;", "v=STSv2; id=b;"], "a", None),
        (["v=STSv1; id=a;", "v=STSv1; id=a;"], None, "several-records"),
        # RFC 8461 s3.1: the literal prefix ends in the semicolon
        (["v=STSv1"], None, "no-record"),
        (["v=STSv1 ; id=a;"], None, "no-record"),
        (["v=STSv1 ; id=a;", "v=STSv1; id=b;"], "b", None),
        (["V=STSv1; id=a;"], None, "no-record"),
        # broken, and still the one that counts
        (["v=STSv1;"], None, "id-missing"),
        (["v=STSv1; id=a;", "v=STSv1;"], None, "several-records"),
        (["x" * 65536], None, "no-record"),
    ],
)
def test_which_of_several_records_counts(texts, found, code):
    """Those without the literal prefix are dropped; exactly one must be left (RFC 8461 s3.1)."""
    reading = select_txt(texts)
    assert (reading.value.id if reading.value else None) == found
    assert errors(reading) == ([code] if code else [])


def test_a_near_miss_is_shown():
    """So that the user sees which record was meant."""
    (problem,) = select_txt(["v=stsv1; id=a"]).problems
    assert problem.message == 'no record begins with "v=STSv1;"; "v=stsv1; id=a" does not'


def test_names_and_url():
    """RFC 8461 s3.1 and s3.3."""
    assert txt_name("example.com") == "_mta-sts.example.com"
    assert policy_host("example.com") == "mta-sts.example.com"
    assert policy_url("example.com") == "https://mta-sts.example.com/.well-known/mta-sts.txt"


# --- the policy -------------------------------------------------------------------------------------------------

GOOD = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmax_age: 604800\r\n"


def policy_with(*lines):
    return "\n".join(lines).encode() + b"\n"


def enforce(*more):
    return policy_with("version: STSv1", "mode: enforce", "mx: mx1.example.com", "max_age: 604800", *more)


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        (GOOD, []),
        (GOOD.replace(b"\r\n", b"\n"), []),
        (GOOD.rstrip(), []),
        (GOOD.rstrip() + b"\n", ["line-ends-mixed"]),
        (GOOD.replace(b"\r\n", b"\n", 1), ["line-ends-mixed"]),
        (GOOD.replace(b": ", b":"), ["odd-blanks"] * 4),
        (GOOD.replace(b"enforce", b" \t enforce"), ["odd-blanks"]),
        (GOOD.replace(b"enforce", b"enforce \t"), ["odd-blanks"]),
        (
            policy_with("mode: enforce", "version: STSv1", "mx: mx1.example.com", "max_age: 604800"),
            ["version-not-first"],
        ),
        (enforce("mode: none"), ["duplicate-field"]),
        (enforce("mode: whatever"), ["duplicate-field"]),
        (enforce("max_age: 1"), ["duplicate-field"]),
        (enforce("comment: ünïcode is fine, a=b;c"), ["extension-field"]),
        (enforce("Mode: none"), ["field-case"]),
        (enforce("x: a\u0080b"), ["extension-field", "control-character"]),
        (enforce("x: a\u009fb"), ["extension-field", "control-character"]),
        (enforce("x: a\u00a0b"), ["extension-field"]),
        (enforce("mx: MX1.example.com"), ["mx-duplicate"]),
        (enforce("mx: *.example.com"), ["mx-covered", "mx-wildcard-broad"]),
        (enforce("mx: *.com"), ["mx-wildcard-broad"]),
        (enforce("mx: *.mail.protection.outlook.com"), []),
        (enforce("mx: 192.0.2.1"), ["mx-address"]),
        (enforce("mx: localhost"), ["mx-single-label"]),
        (enforce("mx: xn--bcher-kva.example"), []),
        (enforce("mx: xn--99999999.example"), ["mx-a-label"]),
        (GOOD.replace(b"604800", b"0"), ["max-age-zero"]),
        (GOOD.replace(b"604800", b"86399"), ["max-age-short"]),
        (GOOD.replace(b"604800", b"86400"), ["max-age-short-enforce"]),
        (GOOD.replace(b"604800", b"604799"), ["max-age-short-enforce"]),
        (GOOD.replace(b"604800", b"0000604800"), ["max-age-zeros"]),
        (GOOD.replace(b"604800", b"31557600"), []),
        (GOOD.replace(b"enforce", b"testing").replace(b"604800", b"86400"), []),
        (policy_with("version: STSv1", "mode: none", "max_age: 86400"), ["mode-none", "none-without-mx"]),
        (policy_with("version: STSv1", "mode: none", "max_age: 86400", "mx: mx1.example.com"), ["mode-none"]),
    ],
)
def test_valid_policies(body, warned):
    """What the ABNF allows is valid; what should not be published is warned of, and nothing else is."""
    reading = read_policy(body)
    assert errors(reading) == []
    assert reading.value is not None
    assert sorted(warnings(reading)) == sorted(warned)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ["policy-empty"]),
        (b"<!DOCTYPE html><html>", ["policy-html"]),
        (b"\n  <html>", ["policy-html"]),
        (b"\xff", ["not-utf-8"]),
        (GOOD + b"x: \xc3\x28\n", ["not-utf-8"]),
        (GOOD + b"x: \xed\xa0\x80\n", ["not-utf-8"]),
        (b"\xef\xbb\xbf" + GOOD, ["byte-order-mark"]),
        (b"\n" + GOOD, ["blank-line"]),
        (GOOD + b"\r\n", ["blank-line"]),
        (GOOD + b"  \r\n", ["blank-line"]),
        (GOOD.replace(b"\r\n", b"\n\n", 1), ["blank-line"]),
        (GOOD.replace(b"\r\n", b"\r", 1), ["control-character", "version-missing", "mode-missing"]),
        (GOOD.rstrip() + b"\r", ["control-character", "max-age-missing"]),
        (GOOD.rstrip() + b"\r\r\n", ["control-character", "max-age-missing"]),
        (GOOD + b"# comment\r\n", ["comment"]),
        (GOOD + b" x: y\r\n", ["field-name"]),
        (GOOD + b"x : y\r\n", ["field-name"]),
        (GOOD + b"x y: z\r\n", ["field-name"]),
        (GOOD + b"n" * 33 + b": z\r\n", ["field-name"]),
        (GOOD + b": z\r\n", ["field-name"]),
        (GOOD + b"x\r\n", ["line-syntax"]),
        (GOOD + b"x:\r\n", ["empty-value"]),
        (GOOD + b"x: a\tb\r\n", ["control-character"]),
        (GOOD + b"x: a\x00b\r\n", ["control-character"]),
        (GOOD.replace(b"STSv1", b"STSv2"), ["version"]),
        (GOOD.replace(b"STSv1", b"stsv1"), ["version"]),
        (GOOD.replace(b"version: STSv1\r\n", b""), ["version-missing"]),
        (GOOD.replace(b"version", b"Version"), ["version-missing"]),
        (GOOD.replace(b"enforce", b"Enforce"), ["mode"]),
        (GOOD.replace(b"enforce", b"report"), ["mode"]),
        (GOOD.replace(b"mode: enforce\r\n", b""), ["mode-missing"]),
        (GOOD.replace(b"mode: enforce", b"mode: off\r\nmode: enforce"), ["mode"]),
        (GOOD.replace(b"604800", b"-1"), ["max-age-syntax"]),
        (GOOD.replace(b"604800", b"1.5"), ["max-age-syntax"]),
        (GOOD.replace(b"604800", b"1e5"), ["max-age-syntax"]),
        (GOOD.replace(b"604800", b"604800s"), ["max-age-syntax"]),
        (GOOD.replace(b"604800", "٣".encode()), ["max-age-syntax"]),
        (GOOD.replace(b"604800", b"00000604800"), ["max-age-syntax"]),
        (GOOD.replace(b"604800", b"31557601"), ["max-age-limit"]),
        (GOOD.replace(b"604800", b"9999999999"), ["max-age-limit"]),
        (GOOD.replace(b"max_age: 604800\r\n", b""), ["max-age-missing"]),
        (GOOD.replace(b"max_age", b"max-age"), ["max-age-missing"]),
        (GOOD.replace(b"mx: mx1.example.com\r\n", b""), ["mx-missing"]),
        (enforce("mx: .example.com"), ["mx-syntax"]),
        (enforce("mx: mx1.example.com."), ["mx-syntax"]),
        (enforce("mx: mx_1.example.com"), ["mx-syntax"]),
        (enforce("mx: *"), ["mx-syntax"]),
        (enforce("mx: *."), ["mx-syntax"]),
        (enforce("mx: *.*.example.com"), ["mx-syntax"]),
        (enforce("mx: m*.example.com"), ["mx-syntax"]),
        (enforce("mx: 10 mx1.example.com"), ["mx-syntax"]),
        (enforce("mx: a.example, b.example"), ["mx-syntax"]),
        (enforce("mx: [192.0.2.1]"), ["mx-syntax"]),
        (enforce("mx: bücher.example"), ["mx-syntax"]),
        (enforce("mx: -a.example"), ["mx-syntax"]),
        (enforce("mx: a..example"), ["mx-syntax"]),
        (enforce(f"mx: {'a' * 64}.example"), ["mx-syntax"]),
        (policy_with("version: STSv1", "mode: none", "max_age: 86400", "mx: a_b"), ["mx-syntax"]),
    ],
)
def test_invalid_policies(body, expected):
    """What the ABNF refuses is invalid, with exactly the reasons there are."""
    reading = read_policy(body)
    assert reading.value is None
    assert errors(reading) == expected


def test_all_problems_of_a_policy_are_found_at_once_with_their_lines():
    """The first error does not hide the others."""
    reading = read_policy(b"version: STSv2\n\nmode: on\nmx: a_b\nmx: .c\nmax_age: x\n")
    assert [problem.message.partition(":")[0] for problem in reading.problems] == [
        "line 2 is blank; the grammar has no blank lines and strict senders refuse them",
        "line 1",
        "line 3",
        "line 6",
        "line 4",
        "line 5",
    ]


def test_an_internationalised_pattern_is_answered_with_its_a_labels():
    """The message is the way out."""
    (problem,) = read_policy(enforce("mx: *.bücher.example")).problems
    assert problem.message.endswith("internationalised names are written with A-labels here: xn--bcher-kva.example")


def test_the_size_limit_is_exact():
    """64 KiB pass, a byte more does not (RFC 8461 s3.3)."""
    filler = b"x: " + b"y" * (POLICY_BYTES_LIMIT - len(GOOD) - 3)
    assert len(GOOD + filler) == POLICY_BYTES_LIMIT
    assert read_policy(GOOD + filler).valid
    assert errors(read_policy(GOOD + filler + b"y")) == ["policy-too-long"]


def test_the_limits_are_those_of_the_rfc():
    """RFC 8461 s3.2 and s3.3."""
    assert (MAX_AGE_LIMIT, POLICY_BYTES_LIMIT) == (31557600, 64 * 1024)


def test_values_are_as_served():
    """Order of mx and extension fields is kept; of repeated ones only the first counts."""
    body = enforce("x: 1", "mx: B.example", "y: a b", "x: 2", "mode: none")
    assert read_policy(body).value == Policy(
        Mode.ENFORCE, 604800, ("mx1.example.com", "B.example"), (("x", "1"), ("y", "a b"))
    )


def test_the_rendered_text_is_exact():
    """One text for one policy: CRLF, the version first, mx in order."""
    policy = Policy(Mode.TESTING, 86400, ("b.example", "*.a.example"), (("note", "hé llo"),))
    assert render_policy(policy) == (
        "version: STSv1\r\nmode: testing\r\nmx: b.example\r\nmx: *.a.example\r\nmax_age: 86400\r\nnote: hé llo\r\n"
    )


_hosts = st.from_regex(r"[a-zA-Z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]{1,6}){1,3}", fullmatch=True)
_patterns = st.tuples(st.sampled_from(["", "*."]), _hosts).map("".join)
_value_ends = st.characters(min_codepoint=0x21, exclude_categories=["Cs"], exclude_characters="\x7f")
_value_inner = st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\x7f")
_policy_values = st.tuples(_value_ends, st.text(_value_inner, max_size=5), _value_ends).map("".join) | _value_ends
_policy_extensions = st.dictionaries(_unreserved("version", "mode", "max_age", "mx"), _policy_values, max_size=3)


@st.composite
def policies(draw):
    mode = draw(st.sampled_from(Mode))
    patterns = draw(st.lists(_patterns, min_size=0 if mode is Mode.NONE else 1, max_size=4))
    max_age = draw(st.integers(0, MAX_AGE_LIMIT))
    return Policy(mode, max_age, tuple(patterns), tuple(draw(_policy_extensions).items()))


@given(policies())
def test_a_rendered_policy_reads_back(policy):
    """parse(render(x)) == x, and rendering that again gives the same bytes."""
    text = render_policy(policy)
    reading = read_policy(text.encode())
    assert reading.value == policy
    assert render_policy(reading.value) == text


_scraps = st.sampled_from(
    [b"\n", b"\r\n", b" ", b"x", b"mx: ", b"\x00", b"\xff", b":", b"mode: none\n", b"\xef\xbb\xbf"]
)


@given(policies(), st.integers(0, 120), _scraps)
def test_a_policy_cut_short_or_with_something_appended(policy, cut, tail):
    """Is refused, or means something that renders and reads back as the same."""
    whole = render_policy(policy).encode()
    for body in (whole[:cut], whole + tail, whole[:cut] + tail + whole[cut:]):
        reading = read_policy(body)
        assert reading.valid or errors(reading)
        if reading.value is not None:
            assert errors(reading) == []
            assert read_policy(render_policy(reading.value).encode()).value == reading.value


# The ABNF of s3.2, transcribed once more and by another hand than the reader.
_VCHAR = r"[\x21-\x7E\u0080-\U0010FFFF]"
_LDH = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_LINE = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9_.\-]{{0,31}}:[ \t]*({_VCHAR}(?:[ \x21-\x7E\u0080-\U0010FFFF]*{_VCHAR})?)[ \t]*"
)
_VALUES = {
    "version": re.compile(r"STSv1"),
    "mode": re.compile(r"testing|enforce|none"),
    "max_age": re.compile(r"[0-9]{1,10}"),
    "mx": re.compile(rf"(?:\*\.)?{_LDH}(?:\.{_LDH})*"),
}


def policy_allowed_by_abnf(text):
    """The grammar, and what its comments and the prose ask: the required fields, the first of each, the bound."""
    lines = re.split(r"\r?\n", text)
    if lines[-1] == "":
        lines.pop()
    if not lines or any(_LINE.fullmatch(line) is None for line in lines):
        return False
    fields = [(line.partition(":")[0], _LINE.fullmatch(line).group(1)) for line in lines]
    first = dict(reversed(fields))
    mx = [value for name, value in fields if name == "mx"]
    return (
        all(name in first and _VALUES[name].fullmatch(first[name]) for name in ("version", "mode", "max_age"))
        and all(_VALUES["mx"].fullmatch(value) for value in mx)
        and int(first["max_age"]) <= 31557600
        and (bool(mx) or first["mode"] == "none")
    )


_lines = st.sampled_from(
    [
        *["version: STSv1", "mode: none", "mode: testing", "max_age: 86400", "mx: a.example", "mx:*.b.example"],
        *[
            "",
            " ",
            "x: y",
            "x:y z ",
            "é: y",
            "x: é",
            "mode: Off",
            "max_age: 99999999999",
            "mx: a_b",
            "mx: a.",
            "x:",
            ":",
        ],
        *["version:\tSTSv1\t", "mode : none", " x: y", "x: a\tb", "mx: *", "mx: *.*.c", "max_age: -1", "max_age: 0"],
    ]
)


@given(st.lists(_lines, max_size=5), st.permutations(["version: STSv1", "mode: none", "max_age: 86400"]), st.data())
@settings(max_examples=800)
def test_the_policy_reader_agrees_with_the_abnf(some, base, data):
    """On near misses made of good and bad lines, ends of lines and the last one's absence."""
    lines = data.draw(st.permutations([*some, *base[: data.draw(st.integers(0, 3))]]))
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(lines), max_size=len(lines)))
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    if data.draw(st.booleans()):
        text = text.removesuffix("\n").removesuffix("\r")
    assert read_policy(text.encode()).valid is policy_allowed_by_abnf(text)


@pytest.mark.parametrize(
    "arguments",
    [
        (Mode.ENFORCE, 86400, ()),
        (Mode.TESTING, 86400, ()),
        (Mode.ENFORCE, -1, ("a.example",)),
        (Mode.ENFORCE, MAX_AGE_LIMIT + 1, ("a.example",)),
        (Mode.ENFORCE, True, ("a.example",)),
        (Mode.ENFORCE, 86400.0, ("a.example",)),
        ("off", 86400, ("a.example",)),
        (Mode.ENFORCE, 86400, ("a_b.example",)),
        (Mode.ENFORCE, 86400, ("a.example\r\nmode: none",)),
        (Mode.ENFORCE, 86400, ("bücher.example",)),
        (Mode.ENFORCE, 86400, ("a.example",), (("mode", "none"),)),
        (Mode.ENFORCE, 86400, ("a.example",), (("x", "a\nb"),)),
        (Mode.ENFORCE, 86400, ("a.example",), (("x", " a"),)),
        (Mode.ENFORCE, 86400, ("a.example",), (("x", "\ud800"),)),
        (Mode.ENFORCE, 86400, ("a.example",), (("x", "a"), ("x", "a"))),
    ],
)
def test_a_policy_that_cannot_be_rendered_cannot_be_built(arguments):
    """ValueError when it is made, not when it is served."""
    with pytest.raises(ValueError, match=r"is not|cannot|needs|given twice|: "):
        Policy(*arguments)


def test_none_needs_no_pattern():
    """RFC 8461 s3.2: mx is required except when the mode is none."""
    assert render_policy(Policy(Mode.NONE, 86400, ())) == "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"


# --- hostile input ----------------------------------------------------------------------------------------------


@given(st.text() | st.text(st.sampled_from("v=STSv1;id \t\x00é")))
def test_a_record_never_raises(text):
    """A text comes from DNS."""
    assert read_txt(text).valid in {True, False}
    assert select_txt([text, text]).valid is False


@given(
    st.binary()
    | st.lists(st.sampled_from([b"mode", b":", b" ", b"\n", b"\r", b"mx", b"*.", b"\xc3", b"0"])).map(b"".join)
)
def test_a_policy_never_raises(body):
    """A body comes from a web server."""
    reading = read_policy(body)
    assert reading.valid or errors(reading)


@pytest.mark.parametrize(
    "piece",
    [b"\n", b"x\n", b"mx: a.b\n", b"mx: *.b\n", b"a: b\n", b" ", b":", b"\r", b"a: b \n", b"mx: xn--a\n", b"x: \t"],
)
def test_time_is_linear_in_the_body(piece):
    """The largest body of any one piece is read in a moment, and its problems are bounded."""
    start = time.process_time()
    reading = read_policy(piece * (POLICY_BYTES_LIMIT // len(piece)))
    assert time.process_time() - start < 2
    assert len(reading.problems) <= 101


@pytest.mark.parametrize("piece", [";", " ", "\t;", "a=b;", "=", "id=a;", "; "])
def test_time_is_linear_in_the_record(piece):
    """The same for the largest record."""
    start = time.process_time()
    reading = read_txt("v=STSv1;" + piece * (65000 // len(piece)))
    assert time.process_time() - start < 2
    assert len(reading.problems) <= 101
