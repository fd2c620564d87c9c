"""From an item to reports: trust, submitter, domain, and what is refused."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mtasts.live.intake import Intake, Prepared
from mtasts.live.sources.contract import Item
from mtasts.live.vouchers import Vouchers
from mtasts.reports.filing import file_under
from mtasts.reports.stored import Trust
from tests.live.signing import report_mail
from tests.live.store.reports import body

NOW = datetime(2026, 3, 20, tzinfo=UTC)


CASES = Path(__file__).parents[1] / "cases" / "mails"
INDEX: list[dict[str, Any]] = json.loads((CASES / "INDEX.json").read_text())["cases"]


@pytest.mark.parametrize("case", INDEX, ids=[case["file"] for case in INDEX])
def test_the_mails_that_are_really_sent(case: dict[str, Any]) -> None:
    """Each shape and deviation of RFC 8460 s5.3 gives the reading in the index."""
    prepared = Intake().prepare(Item(case["file"], (CASES / case["file"]).read_bytes()), NOW)
    if "error" in case:
        assert not prepared.incomings
        (refused,) = prepared.refusals
        assert refused[1].startswith(case["error"])
        return
    assert prepared.refusals == []
    totals = [
        [policy.policy_type, policy.policy_domain, policy.successes, policy.failures]
        for one in prepared.incomings
        for policy in one.report.policies
    ]
    assert totals == case["totals"]
    assert {one.submitter for one in prepared.incomings} == {case["submitter"]}
    assert {one.trust for one in prepared.incomings} == {Trust.UNAUTHENTICATED}
    assert sorted({name for one in prepared.incomings for name in file_under(one.report, one.hint)}) == case["domains"]
    assert [warned.code for warned in prepared.warnings] == case["warnings"]


def test_the_index_has_every_mail() -> None:
    """A list that exists twice is owned by a test."""
    assert {case["file"] for case in INDEX} == {path.name for path in CASES.glob("*.eml")}


class Says:
    """A voucher that says what a test wants."""

    def __init__(self, *domains: str, trouble: str = "") -> None:
        self._vouchers = Vouchers(domains, trouble, "no signature")

    def vouch(self, raw: bytes, results: tuple[str, ...]) -> Vouchers:
        """Always the same."""
        return self._vouchers

    def close(self) -> None:
        """Nothing is open."""


def _mail(mail: bytes, *domains: str, trouble: str = "") -> Prepared:
    return Intake(Says(*domains, trouble=trouble)).prepare(Item("m", mail), NOW)


def _facts(prepared: Prepared) -> list[tuple[Trust, str, list[str]]]:
    return [(one.trust, one.submitter, [p.code for p in one.warnings]) for one in prepared.incomings]


def test_a_signature_of_the_submitter_authenticates() -> None:
    """Its own domain, or a parent or child of it; the mail's Date is when it was received."""
    for signer in ("reporter.example", "mail.reporter.example"):
        prepared = _mail(report_mail(), "other.example", signer)
        assert _facts(prepared) == [(Trust.AUTHENTICATED, "reporter.example", [])]
        assert prepared.incomings[0].received == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
        assert not prepared.again


def test_any_other_signature_does_not() -> None:
    """An attacker's own valid signature under another's name."""
    prepared = _mail(report_mail(), "attacker.example")
    assert _facts(prepared) == [(Trust.UNAUTHENTICATED, "reporter.example", ["dkim-other-domain"])]
    assert _facts(_mail(report_mail())) == [(Trust.UNAUTHENTICATED, "reporter.example", ["dkim-none"])]


def test_a_key_that_could_not_be_had_is_tried_again() -> None:
    """Unauthenticated for now, with the warning that says so."""
    prepared = _mail(report_mail(), trouble="time-out")
    assert _facts(prepared) == [(Trust.UNAUTHENTICATED, "reporter.example", ["dkim-temporary"])]
    assert prepared.again


def test_the_submitter_is_the_header_then_contact_info_then_the_sender() -> None:
    """RFC 8460 s5.3; whoever it is, the signature is held against it."""
    assert _facts(_mail(report_mail(None, "mail.reporter.example"), "reporter.example")) == [
        (Trust.AUTHENTICATED, "reporter.example", [])
    ]
    mail = report_mail(None, "sender.example", body(contact=None))
    assert _facts(_mail(mail, "sender.example")) == [(Trust.AUTHENTICATED, "sender.example", [])]


def test_what_contradicts_itself_is_not_authenticated_and_not_looked_up() -> None:
    """An attacker signs as himself and writes another's contact-info or From, or another domain: nobody's report."""
    contact = report_mail("attacker.example", "attacker.example")
    assert _facts(_mail(contact, "attacker.example")) == [
        (Trust.UNAUTHENTICATED, "attacker.example", ["submitter-differs"])
    ]
    sender = report_mail("attacker.example", "google.com", body(contact="tls@attacker.example"))
    assert _facts(_mail(sender, "attacker.example")) == [(Trust.UNAUTHENTICATED, "attacker.example", ["from-differs"])]
    domain = report_mail(domain="other.example")
    assert _facts(_mail(domain, "reporter.example")) == [
        (Trust.UNAUTHENTICATED, "reporter.example", ["report-domain-differs"])
    ]


def test_without_a_voucher_mails_are_unauthenticated_without_a_warning() -> None:
    """`--no-dkim` asked for it."""
    assert _facts(Intake().prepare(Item("m", report_mail()), NOW)) == [(Trust.UNAUTHENTICATED, "reporter.example", [])]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_bare_file_is_local(pack: object) -> None:
    """The operator gave it; the submitter is contact-info's domain, else the organization."""
    assert callable(pack)
    prepared = Intake().prepare(Item("f", pack(body())), NOW)
    assert _facts(prepared) == [(Trust.LOCAL, "reporter.example", [])]
    assert prepared.incomings[0].raw == body()
    nameless = Intake().prepare(Item("f", pack(body(contact=None))), NOW)
    assert _facts(nameless) == [(Trust.LOCAL, "Reporter", [])]


def test_a_post_is_posted() -> None:
    """Whatever it holds."""
    assert _facts(Intake().posted(gzip.compress(body()), "post", NOW)) == [(Trust.POSTED, "reporter.example", [])]


def test_the_domain_outside_fills_in_for_one_that_is_missing() -> None:
    """The header of a mail, the name of a file; the body counts where it says something."""
    raw = body(domains=("mx1.example.com",), kinds=("tlsa",))
    assert _mail(report_mail(raw=raw)).incomings[0].hint == "example.com"
    named = Item("f", raw, "reporter.example!example.org!1772323200!1772409599!1.json")
    assert Intake().prepare(named, NOW).incomings[0].hint == "example.org"
    nowhere = Intake().prepare(Item("f", body(domains=("",), kinds=("no-policy-found",)), "r.json"), NOW)
    assert [reason for _, reason in nowhere.refusals] == ["no policy domain is named, neither inside nor outside"]


NAMELESS = body(domains=("",), kinds=("no-policy-found",))


@pytest.mark.parametrize(
    ("header", "subject", "name", "domain"),
    [
        ("TLS-Report-Domain: a.example\r\n", "Report Domain: b.example", "r!c.example!1!2.json.gz", "a.example"),
        ("TLS-Report-Domain: =?us-ascii?q?a=2Eexample?=\r\n", "x", "x", "a.example"),
        ("", "Report Domain: b.example Submitter: r Report-ID: <1>", "x", "b.example"),
        ("", "=?us-ascii?Q?Report_Domain:_b.example_Submitter:_r?=", "x", "b.example"),
        ("", "x", "r!c.example!1!2.json.gz", "c.example"),
        ("", "Report Domain: c.example", "r!c.example!1!2!id.json.gz", "c.example"),
        ("", "Report Domain: b.example", "r!c.example!1!2.json.gz", ""),
        ("", "=?utf-8?b?broken", "x", ""),
        ("", "x", "x", ""),
    ],
)
def test_the_domain_of_a_mail_is_never_guessed(header: str, subject: str, name: str, domain: str) -> None:
    """The header that RFC 8460 s5.3 asks for decides; else subject and file name, unless they contradict each other."""
    mail = (
        f'From: tls@r.example\r\n{header}Subject: {subject}\r\nContent-Type: application/tlsrpt+json; name="{name}"\r\n'
        "\r\n"
    ).encode() + NAMELESS
    prepared = _mail(mail)
    assert [one.hint for one in prepared.incomings] == ([domain] if domain else [])
    assert len(prepared.homeless) == len(prepared.refusals) == (0 if domain else 1)
    told = Intake(domain="told.example").prepare(Item("m", mail), NOW)
    assert [one.hint for one in told.incomings] == [domain or "told.example"]


def test_a_domain_that_was_told_does_not_override_what_a_report_says() -> None:
    """It only fills a gap."""
    (one,) = Intake(domain="told.example").prepare(Item("f", body()), NOW).incomings
    assert file_under(one.report, one.hint).keys() == {"example.com"}
    nameless = Intake(domain="told.example").posted(NAMELESS, "post", NOW)
    assert [(one.hint, one.trust) for one in nameless.incomings] == [("told.example", Trust.POSTED)]


def test_a_policy_without_a_domain_beside_two_that_name_one_does_not_vanish_in_silence() -> None:
    """It is said, and `--domain` says whose it is, in the store as in what is counted."""
    document = json.loads(body(domains=("example.com", "example.net")))
    document["policies"].append(json.loads(body(kinds=("no-policy-found",)))["policies"][0])
    del document["policies"][2]["policy"]["policy-domain"]
    raw = json.dumps(document).encode()
    silent, told = (Intake(domain=domain).prepare(Item("x", raw), NOW) for domain in ("", "example.net"))
    assert "policy-left-out" in {problem.code for problem in silent.warnings}
    assert "policy-left-out" not in {problem.code for problem in told.warnings}
    (one,) = told.incomings
    assert [len(policies) for policies in file_under(one.report, one.hint).values()] == [1, 2]


def test_a_report_about_days_to_come_is_said_to_be_one() -> None:
    """Stored, and in no sum before those days come: a clock that is wrong shows at once."""
    prepared = Intake().prepare(Item("x", body()), datetime(2026, 2, 1, tzinfo=UTC))
    assert [problem.code for problem in prepared.warnings] == ["period-to-come"]
    # The Date of a mail is anybody's word, and no clock.
    assert not Intake().prepare(Item("m", report_mail(raw=body(day=20))), NOW).warnings


def test_what_cannot_be_read_keeps_its_bytes_and_reason() -> None:
    """A broken part keeps the whole mail; strict mode refuses deviations."""
    mail = report_mail(raw=b"{broken")
    prepared = _mail(mail)
    ((kept, reason),) = prepared.refusals
    assert kept == mail
    assert reason.startswith("is not JSON")
    ((kept, reason),) = Intake().prepare(Item("f", b"", problem="cannot be read"), NOW).refusals
    assert (kept, reason) == (b"", "cannot be read")
    strict = Intake(strict=True).prepare(Item("f", body(contact=None)), NOW)
    assert [reason for _, reason in strict.refusals] == ["contact-info is null"]
    assert strict.incomings == []


def test_a_date_in_the_future_or_of_no_calendar_is_the_time_of_import() -> None:
    """A mail's Date is only a claim."""
    for date in (b"Mon, 02 Mar 2099 10:00:00 +0000", b"yesterday", b"", b"Mon, 99 Foo 2026 10:00:00 +9999"):
        mail = report_mail().replace(b"Mon, 02 Mar 2026 10:00:00 +0000", date)
        assert _mail(mail).incomings[0].received == NOW
