"""Mails that claim to be somebody's report: what their signature vouches for, by the real intake and real DKIM."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtasts.live.dkim import DkimVerifier
from mtasts.live.intake import Intake, Prepared, keep
from mtasts.live.sources.contract import Item
from mtasts.live.store import open_store
from mtasts.reports.stored import Trust
from mtasts.verdict.criterion import ReadyState
from mtasts.verdict.ready import Verdict
from tests.fakes.dns_server import DnsServer
from tests.live.signing import key_record, report_mail, signed
from tests.live.store.reports import body
from tests.live.test_dkim import dns
from tests.verdict.fortnight import march, policy, text_of, verdict

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SIGNERS = (
    "attacker.example",
    "mail.attacker.example",
    "stranger.example",
    "co.uk",
    "google.com",
    "sub.google.com",
    "gmail.com",
    "yahoo.com",
    "amazonses.com",
    "tenant.onmicrosoft.com",
    "mail.ru",
    "corp.mail.ru",
    "microsoft.com",
)


@pytest.fixture(scope="module")
def verifier():
    """Every signer has a key, as every owner of a domain, and every customer of a provider, has the use of one."""
    keys = {(f"s1._domainkey.{name}", "TXT"): (key_record(),) for name in SIGNERS}
    with dns(DnsServer(keys)) as found:
        yield found


def taken(verifier: DkimVerifier, mail: bytes, signer: str) -> Prepared:
    """What the intake makes of a mail that this domain has signed."""
    return Intake(verifier).prepare(Item("m", signed(mail, signer)), NOW)


def claim(submitter: str | None, sender: str, contact: str | None, **more) -> bytes:
    """A report mail; `sender` is the whole From address, or the whole field where it has a blank."""
    field = sender if " " in sender else f"TLS reports <{sender}>"
    mail = report_mail(submitter, "sender.example", body(contact=contact), **more)
    return mail.replace(b"From: TLS reports <noreply@sender.example>", f"From: {field}".encode())


HONEST = [
    (claim("google.com", "noreply-smtp-tls-reporting@google.com", "smtp-tls-reporting@google.com"), "google.com"),
    (claim("microsoft.com", "TLSRPT-noreply@microsoft.com", "tlsrpt-noreply@microsoft.com"), "microsoft.com"),
    # Its staff's domain lies below that of its customers, whose key vouches for nobody.
    (claim("corp.mail.ru", "tlsrpt@corp.mail.ru", "tlsrpt@corp.mail.ru"), "corp.mail.ru"),
    (claim("mail.ru", "tlsrpt@corp.mail.ru", "tlsrpt@corp.mail.ru"), "corp.mail.ru"),
    # An honest stranger, and one of whom a host has its own name (tlsrpt-reporter writes the organization's name).
    (claim("attacker.example", "tls@attacker.example", "tls@attacker.example"), "attacker.example"),
    (claim("mail.attacker.example", "tls@attacker.example", "tls@attacker.example"), "attacker.example"),
    (claim("An Organization", "tls@attacker.example", "tls@attacker.example"), "attacker.example"),
    (claim(None, "tls@attacker.example", None), "attacker.example"),
    (claim(None, '"TLS, reports" <tls@attacker.example> (sent by a robot)', None), "attacker.example"),
]


@pytest.mark.parametrize(("mail", "signer"), HONEST)
def test_a_report_that_its_organization_signed_is_its_own(verifier, mail, signer):
    """What real reporters send still counts as theirs."""
    (one,) = taken(verifier, mail, signer).incomings
    assert (one.trust, [note.code for note in one.warnings]) == (Trust.AUTHENTICATED, [])


ATTACKS = {
    "another's From": (
        claim("attacker.example", "noreply-smtp-tls-reporting@google.com", "tls@attacker.example"),
        "attacker.example",
        "from-differs",
    ),
    "another's contact-info": (
        claim("attacker.example", "tls@attacker.example", "smtp-tls-reporting@google.com"),
        "attacker.example",
        "submitter-differs",
    ),
    "another's contact-info behind one's own": (
        claim("attacker.example", "tls@attacker.example", "tls@attacker.example, smtp-tls-reporting@google.com"),
        "attacker.example",
        "submitter-differs",
    ),
    "another's header": (
        claim("google.com", "noreply-smtp-tls-reporting@google.com", "smtp-tls-reporting@google.com"),
        "attacker.example",
        "dkim-other-domain",
    ),
    "another's address as the name of one's own": (
        claim("google.com", '"noreply-smtp-tls-reporting@google.com" <tls@attacker.example>', None),
        "attacker.example",
        "from-differs",
    ),
    "another's address beside one's own": (
        claim("attacker.example", "tls@attacker.example, noreply-smtp-tls-reporting@google.com", None),
        "attacker.example",
        "from-differs",
    ),
    "another's address in a comment": (
        claim("google.com", "tls@attacker.example (noreply@google.com)", None),
        "attacker.example",
        "from-differs",
    ),
    "two From fields": (
        b"From: tls@google.com\r\n" + claim("attacker.example", "tls@attacker.example", None),
        "attacker.example",
        "from-unclear",
    ),
    "two submitters": (
        b"TLS-Report-Submitter: google.com\r\n" + claim("attacker.example", "tls@attacker.example", None),
        "attacker.example",
        "submitter-twice",
    ),
    "a report about another domain than the header's": (
        claim("attacker.example", "tls@attacker.example", None, domain="other.example"),
        "attacker.example",
        "report-domain-differs",
    ),
    "a second header about another domain": (
        b"TLS-Report-Domain: other.example\r\n" + claim("attacker.example", "tls@attacker.example", None),
        "attacker.example",
        "report-domain-differs",
    ),
    "a public suffix": (claim("shop.co.uk", "tls@shop.co.uk", "tls@shop.co.uk"), "co.uk", "dkim-other-domain"),
    "a mailbox of gmail": (claim("gmail.com", "someone@gmail.com", "someone@gmail.com"), "gmail.com", "general-key"),
    "a mailbox of gmail as google": (
        claim("google.com", "noreply-smtp-tls-reporting@google.com", "smtp-tls-reporting@google.com"),
        "gmail.com",
        "dkim-other-domain",
    ),
    "a mailbox of yahoo": (
        claim("tls.yahoo.com", "someone@yahoo.com", "someone@yahoo.com"),
        "yahoo.com",
        "general-key",
    ),
    "a service that sends": (
        claim("amazonses.com", "someone@amazonses.com", "someone@amazonses.com"),
        "amazonses.com",
        "general-key",
    ),
    "a tenant": (
        claim("tenant.onmicrosoft.com", "a@tenant.onmicrosoft.com", "a@tenant.onmicrosoft.com"),
        "tenant.onmicrosoft.com",
        "general-key",
    ),
    "a mailbox of a reporter that has customers": (
        claim("mail.ru", "someone@mail.ru", "someone@mail.ru"),
        "mail.ru",
        "general-key",
    ),
    "a customer's key under the reporter's address": (
        claim("corp.mail.ru", "tlsrpt@corp.mail.ru", "tlsrpt@corp.mail.ru"),
        "mail.ru",
        "general-key",
    ),
    "a reporter's key for something else": (
        claim("google.com", "noreply-smtp-tls-reporting@google.com", "smtp-tls-reporting@google.com"),
        "sub.google.com",
        "known-signer-differs",
    ),
}


@pytest.mark.parametrize(("mail", "signer", "why"), ATTACKS.values(), ids=ATTACKS)
def test_nobody_signs_for_another(verifier, mail, signer, why):
    """The signature holds, and vouches for nobody: the report is kept, says why, and is not authenticated."""
    (one,) = taken(verifier, mail, signer).incomings
    assert (one.trust, why in {note.code for note in one.warnings}) == (Trust.UNAUTHENTICATED, True), one.warnings


def test_a_replay_under_another_header_is_not_authenticated(verifier):
    """Anybody gets real, signed reports about a domain of his own; a header in front does not make them another's."""
    real = signed(
        claim("google.com", "noreply-smtp-tls-reporting@google.com", "smtp-tls-reporting@google.com"), "google.com"
    )
    for header in (b"TLS-Report-Domain: victim.example\r\n", b"TLS-Report-Submitter: microsoft.com\r\n"):
        (one,) = Intake(verifier).prepare(Item("m", header + real), NOW).incomings
        assert one.trust is Trust.UNAUTHENTICATED


def said(day: int, contact: str | None, ok: int = 10, failures: int = 0, host: str = "mail.example.com") -> bytes:
    """A report about one day of March under the policy that is published."""
    details = [{"result-type": "certificate-expired", "receiving-mx-hostname": host, "failed-session-count": failures}]
    entry = {
        "policy": {
            "policy-type": "sts",
            "policy-domain": "example.com",
            "policy-string": text_of().splitlines(),
            "mx-host": ["mail.example.com"],
        },
        "summary": {"total-successful-session-count": ok, "total-failure-session-count": failures},
        "failure-details": details if failures else [],
    }
    span = {"start-datetime": f"2026-03-{day:02}T00:00:00Z", "end-datetime": f"2026-03-{day:02}T23:59:59Z"}
    report = {"organization-name": "Google Inc.", "date-range": span, "contact-info": contact}
    return json.dumps({**report, "report-id": f"{day}-{contact}-{failures}", "policies": [entry]}).encode()


def daily(who: str, ok: int = 10, days: range = range(16, 29), signer: str = "", **more) -> list[tuple[bytes, str]]:
    """A mail a day, with who signs it."""
    named = {"google.com": "smtp-tls-reporting@google.com", "microsoft.com": "tlsrpt-noreply@microsoft.com"}
    contact = named.get(who, f"tls@{who}")
    mails = [report_mail(who, who, said(day, contact, ok, **more)) for day in days]
    return [(mail, signer or who) for mail in mails]


def judged(verifier: DkimVerifier, folder: Path, *mails: tuple[bytes, str], **rollout) -> Verdict:
    """The verdict on what the intake kept of these mails, everything else being as it should be."""
    with open_store(str(folder), create=True) as store:
        for number, (mail, signer) in enumerate(mails):
            keep(store, Intake(verifier).prepare(Item(f"m{number}", signed(mail, signer)), march(30)))
        kept = list(store.window("example.com", march(1).date(), march(30).date()))
    return verdict(kept, yaml=policy(**rollout))


KNOWN = [*daily("google.com"), *daily("microsoft.com")]

PUSHES = {
    "known reporters": (KNOWN, ReadyState.READY),
    "one domain under two names": (
        [*daily("attacker.example"), *daily("mail.attacker.example", signer="attacker.example")],
        ReadyState.NOT_ENOUGH,
    ),
    "an absurd count beside one session": (
        [*daily("attacker.example", ok=10**12), *daily("stranger.example", ok=1, days=range(28, 29))],
        ReadyState.NOT_ENOUGH,
    ),
    "an absurd count beside a known reporter": (
        [*daily("google.com", ok=1), *daily("attacker.example", ok=10**12), *daily("stranger.example", ok=10**12)],
        ReadyState.NOT_ENOUGH,
    ),
    "a stranger as google": (
        [(mail, "attacker.example") for mail, _ in KNOWN],
        ReadyState.NOT_ENOUGH,
    ),
    "a customer's mailbox": (
        [*daily("gmail.com"), *daily("yahoo.com")],
        ReadyState.NOT_ENOUGH,
    ),
    "one stranger's failure": (
        [*KNOWN, *daily("attacker.example", ok=0, failures=1, days=range(27, 28))],
        ReadyState.LOOK,
    ),
    "a stranger's failure every day": (
        [*KNOWN, *daily("attacker.example", ok=0, failures=900)],
        ReadyState.LOOK,
    ),
    "a stranger's failure as google": (
        [*KNOWN, *((mail, "attacker.example") for mail, _ in daily("google.com", failures=1, days=range(27, 28)))],
        ReadyState.READY,
    ),
    "a customer's failure": (
        [*KNOWN, *daily("gmail.com", failures=1, days=range(27, 28))],
        ReadyState.READY,
    ),
    "a known reporter's failure": (
        [*KNOWN, *daily("google.com", failures=1, days=range(27, 28))],
        ReadyState.NOT_READY,
    ),
}


@pytest.mark.parametrize(("mails", "state"), PUSHES.values(), ids=PUSHES)
def test_what_signed_mails_do_to_the_verdict(verifier, tmp_path, mails, state):
    """None gets a false ready, none keeps a healthy domain down, and a known reporter is heard."""
    assert judged(verifier, tmp_path, *mails).state is state


def test_trust_in_the_yaml_is_for_that_domain(verifier, tmp_path):
    """And opens nothing to the next stranger."""
    mails = [*daily("google.com"), *daily("stranger.example")]
    assert judged(verifier, tmp_path / "a", *mails, trusted_reporters=("stranger.example",)).state is ReadyState.READY
    assert judged(verifier, tmp_path / "b", *mails, trusted_reporters=("attacker.example",)).state is (
        ReadyState.NOT_ENOUGH
    )
