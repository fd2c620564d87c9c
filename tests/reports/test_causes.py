"""Every result type has an explanation, and reasons sharpen it."""

import pytest

from mtasts.protocol.report import RESULT_TYPES
from mtasts.reports.causes import CAUSES, UNKNOWN, UNNAMED, Effect, Owner, cause_of
from mtasts.reports.refinements import REFINEMENTS, every_cause, explain
from tests.reports.making import detail

PATTERNS = ("mail.example.com", "*.mx.example.com")


def test_the_table_has_exactly_the_registered_types():
    """One entry for each of the eleven types of RFC 8460 s4.3."""
    assert set(CAUSES) == set(RESULT_TYPES)
    assert {code for code, cause in CAUSES.items() if cause.effect is Effect.SHOW} == {
        "tlsa-invalid",
        "dnssec-invalid",
        "dane-required",
    }


@pytest.mark.parametrize("cause", [*every_cause(), UNKNOWN, UNNAMED], ids=lambda cause: cause.code)
def test_every_cause_can_be_read_by_a_person(cause):
    """Title, cause and fix are whole; titles carry no last stop, sentences do; plain ASCII without markup."""
    for text in (cause.title, cause.meaning, cause.cause, cause.fix):
        assert text
        assert text.isascii()
        assert "&" not in text
    assert not cause.title.endswith(".")
    assert cause.meaning.endswith(".")
    assert cause.cause.endswith(".")
    assert cause.fix.endswith(".")
    assert cause.section.startswith("RFC 8460 s4")


def test_case_and_blanks_of_the_type_do_not_count():
    """The types are words of a registry; a slip in writing is no new type."""
    assert cause_of(" Certificate-Expired ").code == "certificate-expired"
    assert cause_of("certificate expired") is UNKNOWN


@pytest.mark.parametrize(
    ("result_type", "reason", "mx", "code", "owner"),
    [
        # Google: no reason at all; the names tell.
        ("validation-failure", "", "mx9.example.org", "validation-failure/mx-not-in-policy", Owner.OURS),
        ("validation-failure", "", "a.mx.example.com", "validation-failure", Owner.OURS),
        ("validation-failure", "", "a.b.mx.example.com", "validation-failure/mx-not-in-policy", Owner.OURS),
        ("validation-failure", "", "MAIL.example.com.", "validation-failure", Owner.OURS),
        # Microsoft: no MX, a code instead.
        ("validation-failure", "MX_HOSTS_MISMATCH", "", "validation-failure/mx-not-in-policy", Owner.OURS),
        ("validation-failure", "VALIDATION_FAILURE", "mail.example.com", "validation-failure", Owner.OURS),
        ("validation-failure", "no shared cipher", "mail.example.com", "validation-failure/tls-version", Owner.OURS),
        ("validation-failure", "connection reset by peer", "", "validation-failure/transient", Owner.NOISE),
        # mail.ru: the HTTP status in the reason.
        ("sts-policy-fetch-error", "HTTP status 301", "", "sts-policy-fetch-error/redirect", Owner.OURS),
        ("sts-policy-fetch-error", "status code: 403", "", "sts-policy-fetch-error/filtered", Owner.OURS),
        ("sts-policy-fetch-error", "404", "", "sts-policy-fetch-error/not-found", Owner.OURS),
        ("sts-policy-fetch-error", "unexpected status 503", "", "sts-policy-fetch-error/server-error", Owner.OURS),
        ("sts-policy-fetch-error", "i/o timeout", "", "sts-policy-fetch-error/transient", Owner.NOISE),
        ("sts-policy-fetch-error", "port 4041 closed", "", "sts-policy-fetch-error", Owner.OURS),
        ("sts-policy-fetch-error", "", "", "sts-policy-fetch-error", Owner.OURS),
        ("sts-webpki-invalid", "certificate has expired", "", "sts-webpki-invalid/expired", Owner.OURS),
        ("sts-webpki-invalid", "Hostname mismatch", "", "sts-webpki-invalid/name", Owner.OURS),
        ("sts-webpki-invalid", "self-signed certificate", "", "sts-webpki-invalid/chain", Owner.OURS),
        ("certificate-not-trusted", "self signed certificate", "", "certificate-not-trusted/self-signed", Owner.OURS),
        (
            "certificate-not-trusted",
            "unable to get local issuer certificate",
            "",
            "certificate-not-trusted/incomplete-chain",
            Owner.OURS,
        ),
        # Postfix: the same of a host that its policy lists is another complaint.
        ("validation-failure", "mx-mismatch", "mx9.example.org", "validation-failure/mx-not-in-policy", Owner.OURS),
        ("validation-failure", "mx-mismatch", "", "validation-failure/mx-not-in-policy", Owner.OURS),
        ("validation-failure", "mx-mismatch", "mail.example.com", "validation-failure/mx-in-policy", Owner.OURS),
        ("validation-failure", "MX_HOSTS_MISMATCH", "mail.example.com", "validation-failure/mx-in-policy", Owner.OURS),
        # mox
        (
            "sts-policy-fetch-error",
            "no-mta-sts-dns-txt-record+fallback-to-cached-policy",
            "",
            "sts-policy-fetch-error/no-txt-record",
            Owner.OURS,
        ),
        ("sts-policy-invalid", "multiple-mta-sts-records", "", "sts-policy-invalid/several-txt-records", Owner.OURS),
        ("sts-policy-invalid", "record-syntax-error", "", "sts-policy-invalid/txt-record-unreadable", Owner.OURS),
        ("sts-policy-fetch-error", "no-policy-served", "", "sts-policy-fetch-error/not-found", Owner.OURS),
        ("sts-policy-fetch-error", "cannot-fetch-policy", "", "sts-policy-fetch-error/unreachable", Owner.OURS),
        (
            "validation-failure",
            "connection-closed-during-handshake",
            "mail.example.com",
            "validation-failure/handshake-cut",
            Owner.OURS,
        ),
        (
            "validation-failure",
            "tls-remote-handshake-failure",
            "mail.example.com",
            "validation-failure/handshake-refused",
            Owner.OURS,
        ),
        # Stalwart
        (
            "sts-policy-fetch-error",
            "Could not reach policy host.",
            "",
            "sts-policy-fetch-error/unreachable",
            Owner.OURS,
        ),
        ("sts-policy-invalid", "No 'mx' entries found.", "", "sts-policy-invalid/no-mx-in-policy", Owner.OURS),
        ("dane-required", "", "", "dane-required", Owner.SENDER),
        ("starttls-not-supported", "", "mail.example.com", "starttls-not-supported", Owner.OURS),
    ],
)
def test_reasons_sharpen_the_cause(result_type, reason, mx, code, owner):
    """What reporters are known to write is read for what it means; the type stays the first part of the code."""
    found = explain(detail(result_type, reason=reason, mx=mx, ip=""), PATTERNS)
    assert (found.code, found.owner) == (code, owner)


def test_without_patterns_no_mx_is_outside():
    """A report that does not show the policy cannot tell that an MX is missing from it."""
    assert explain(detail("validation-failure", mx="mx9.example.org", ip=""), ()).code == "validation-failure"


@pytest.mark.parametrize(
    ("applied", "ours", "what"),
    [
        (("mx1.example.com",), ("mx1.example.com",), "/mx-not-in-policy"),
        (("mx1.example.com",), (), "/mx-not-in-policy"),
        (("mx1.example.com",), ("mx1.example.com", "mx2.example.com"), "/older-policy"),
        (("*.example.com",), ("mx2.example.com",), "/mx-in-policy"),
        (("mx2.example.com",), ("mx1.example.com",), "/mx-in-policy"),
        ((), ("mx2.example.com",), "/mx-in-policy"),
        ((), ("mx1.example.com",), "/mx-not-in-policy"),
        ((), (), "/mx-not-in-policy"),
    ],
)
def test_the_policy_that_was_applied_is_compared_with_ours(applied, ours, what):
    """Neither lists the host; only ours does; the very policy that was applied does: three different things to do."""
    found = explain(detail("validation-failure", reason="mx-mismatch", mx="mx2.example.com", ip=""), applied, ours)
    assert found.code == f"validation-failure{what}"
    fixes = {rule.fix for rule in REFINEMENTS if rule.what in ("mx-not-in-policy", "older-policy", "mx-in-policy")}
    assert len(fixes) == 3


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.0.1", "127.0.0.1", "fd00::1", "::1"])
def test_a_private_receiving_address_is_the_senders_network(address):
    """A sender that reached a private address did not speak to our MX; it still blocks until somebody waives it."""
    found = explain(detail("certificate-not-trusted", ip=address), PATTERNS)
    assert (found.code, found.owner, found.effect) == ("certificate-not-trusted/inside", Owner.SENDER, Effect.BLOCK)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "", "not an address", "999.1.1.1", "10.0.0.0/8"])
def test_other_addresses_say_nothing(address):
    """Public addresses, documentation ranges and nonsense leave the cause as it is."""
    assert explain(detail("certificate-expired", ip=address), PATTERNS).code == "certificate-expired"


def test_refinements_apply_to_registered_types_only():
    """A rule for a type that does not exist would never be seen."""
    assert {kind for rule in REFINEMENTS for kind in rule.types} <= set(RESULT_TYPES)


def test_a_huge_reason_costs_nothing():
    """Only the beginning of a reason is looked at."""
    assert explain(detail("sts-policy-fetch-error", reason="x" * 10_000_000 + "404"), ()).code == (
        "sts-policy-fetch-error"
    )
