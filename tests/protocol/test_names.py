"""Names are compared in one spelling, and a wildcard stands for one label (RFC 8461 s4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.names import BadName, covers, domain_or_nothing, is_domain, same_host, same_name, to_a_labels

LABEL_63 = "a" * 63
NAME_253 = ".".join([LABEL_63, LABEL_63, LABEL_63, "b" * 61])


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.Com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        # non-transitional: RFC 5891 keeps the sharp s, the old mapping made it ss
        ("straße.example", "xn--strae-oqa.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        # hyphens in places 3 and 4 are in use below CDNs, and emoji names exist in DNS although IDNA 2008 has none
        ("r3---sn.example", "r3---sn.example"),
        ("xn--i-7iq.example", "xn--i-7iq.example"),
        ("localhost", "localhost"),
        ("1and1.example", "1and1.example"),
        (f"{LABEL_63}.example", f"{LABEL_63}.example"),
        (NAME_253, NAME_253),
        (f"{NAME_253}.", NAME_253),
    ],
)
def test_one_spelling(written, spelled):
    """Lower case, A-labels, no last dot; and that spelling is its own."""
    assert to_a_labels(written) == spelled
    assert to_a_labels(spelled) == spelled
    assert is_domain(spelled)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "is empty"),
        (".", "is empty"),
        ("a..example", "empty label"),
        (".example.com", "empty label"),
        ("example.com..", "empty label"),
        ("_mta-sts.example.com", "underscore"),
        ("-a.example", "letters, digits and inner hyphens"),
        ("a-.example", "letters, digits and inner hyphens"),
        ("a b.example", "letters, digits and inner hyphens"),
        ("*.example.com", "letters, digits and inner hyphens"),
        ("a\n.example", "letters, digits and inner hyphens"),
        ("example.com\n", "letters, digits and inner hyphens"),
        (f"{LABEL_63}a.example", "64 characters"),
        (f"{NAME_253}b", "254 characters"),
        ("a" * 5000, "5000 characters"),
        ("192.0.2.1", "address"),
        ("example.123", "address"),
        ("2001:db8::1", "letters, digits and inner hyphens"),
        ("xn--abc-.example", "letters, digits and inner hyphens"),
        ("xn--.example", "letters, digits and inner hyphens"),
        ("xn--99999999.example", "not an A-label"),
        ("bü_cher.example", "internationalised"),
        ("\ud800.example", "internationalised"),
        ("\u202e.example", "internationalised"),
        ("❤.example", "internationalised"),
    ],
)
def test_what_is_no_name(written, reason):
    """Refused, and the reason is named."""
    with pytest.raises(BadName, match=reason):
        to_a_labels(written)


@pytest.mark.parametrize(
    "text", ["a_b.example", "example.com.", "bücher.example", "a..b", "", "a b", f"{LABEL_63}a.b", f"{NAME_253}b"]
)
def test_domain_of_rfc_5321_has_no_last_dot_or_underscore(text):
    """is_domain is the grammar's Domain with the lengths of DNS, nothing more generous."""
    assert not is_domain(text)


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("mail.example.com", "mail.example.com"),
        ("MAIL.Example.com", "mail.example.COM"),
        ("mail.example.com.", "mail.example.com"),
        ("mail.example.com", "mail.example.com."),
        ("*.example.com", "mail.example.com"),
        ("*.EXAMPLE.com.", "mail.example.com."),
        ("*.bücher.example", "mail.xn--bcher-kva.example"),
        ("*.xn--bcher-kva.example", "mail.BÜCHER.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.example.com", "xn--bcher-kva.example.com"),
        ("*.com", "example.com"),
        ("*.x-v1.mx.microsoft", "contoso-com.x-v1.mx.microsoft"),
        # an underscore is wrong in a host name, but labels are only compared
        ("*.example.com", "mx_1.example.com"),
    ],
)
def test_covered(pattern, host):
    """Whole labels, any case, U-labels or A-labels, `*` for one label."""
    assert covers(pattern, host) is True


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("*.example.com", "example.com"),
        ("*.example.com", "a.b.example.com"),
        ("*.example.com", "mail.example.com.evil.example"),
        ("*.example.com", "mailexample.com"),
        ("*.example.com", ".example.com"),
        ("*.example.com", "*.example.com"),
        (".example.com", "mail.example.com"),
        (".example.com", ".example.com"),
        ("example.com", "mail.example.com"),
        ("mail.example.com", "mail.example.net"),
        ("*", "example"),
        ("*.", "example"),
        ("*.*.example.com", "a.b.example.com"),
        ("m*.example.com", "mail.example.com"),
        ("mail.*.com", "mail.example.com"),
        ("*.mx.microsoft", "contoso-com.h-v1.mx.microsoft"),
        ("", ""),
        (".", "."),
        ("mail.example.com..", "mail.example.com"),
        ("mail..com", "mail..com"),
        ("*.example.com", "mail .example.com\x00" * 99),
    ],
)
def test_not_covered(pattern, host):
    """Neither the apex, nor two labels, nor part of a label; and what is no pattern covers nothing."""
    assert covers(pattern, host) is False


_labels = st.text(st.sampled_from("ab-1"), min_size=1, max_size=3).filter(lambda label: label.strip("-") == label)
_names = st.lists(_labels, min_size=1, max_size=4).map(".".join)


@given(_names, _names)
def test_a_wildcard_is_exactly_one_label_more(suffix, host):
    """Against the definition, label by label."""
    labels = host.split(".")
    assert covers(f"*.{suffix}", host) is (len(labels) > 1 and labels[1:] == suffix.split("."))
    assert covers(suffix, host) is (suffix == host)


@given(st.text(), st.text())
def test_covers_never_raises(pattern, host):
    """Both come from the network."""
    assert covers(pattern, host) in {True, False}


@given(st.text())
def test_a_name_is_refused_or_has_one_spelling(text):
    """Never another exception; the result is a Domain and maps to itself."""
    try:
        spelled = to_a_labels(text)
    except BadName as reason:
        assert str(reason)  # noqa: PT017
        return
    assert is_domain(spelled)
    assert to_a_labels(spelled) == spelled


@pytest.mark.parametrize(
    ("foreign", "name", "host", "domain"),
    [
        (" Bücher.example. ", "xn--bcher-kva.example", " bücher.example. ", "xn--bcher-kva.example"),
        ("*.Bücher.example", "*.bücher.example", "*.xn--bcher-kva.example", ""),
        ("Not a name..", "not a name", "not a name.", ""),
        ("MX_1.example.com.", "mx_1.example.com", "mx_1.example.com", ""),
        ("", "", "", ""),
    ],
)
def test_foreign_names_are_compared_in_one_spelling(foreign, name, host, domain):
    """Whatever a report or a mail has there; never an exception."""
    assert (same_name(foreign), same_host(foreign), domain_or_nothing(foreign)) == (name, host, domain)
