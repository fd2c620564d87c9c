"""Who vouches for a report mail: real signatures, a real DNS server, and a named server's Authentication-Results."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.live.dkim import DkimVerifier, TrustedResults, Vouchers, related
from mtasts.live.network import Network
from tests.fakes.dns_server import DnsServer
from tests.live.signing import key_record, report_mail, signed

KEY = ("s1._domainkey.reporter.example", "TXT")


@contextmanager
def dns(server: DnsServer) -> Iterator[DkimVerifier]:
    """A verifier that asks a server running in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        with DkimVerifier(Network(server.endpoint), timeout=0.5) as verifier:
            yield verifier
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _vouch(mail: bytes, record: str | None = None, faults: dict[str, str] | None = None) -> Vouchers:
    records = {KEY: (record or key_record(),)} if record != "" else {}
    with dns(DnsServer(records, faults or {})) as verifier:
        return verifier.vouch(mail, ())


def test_a_valid_signature_names_its_domain() -> None:
    """General key or key for reports only (`s=tlsrpt`): both hold; the mail's line ends do not matter."""
    mail = signed(report_mail())
    assert _vouch(mail) == Vouchers(("reporter.example",))
    assert _vouch(mail, key_record("s=tlsrpt; ")) == Vouchers(("reporter.example",))
    assert _vouch(mail.replace(b"\r\n", b"\n")) == Vouchers(("reporter.example",))


def test_all_signatures_are_looked_at() -> None:
    """The mail platform's signature on top of the reporter's own."""
    mail = signed(signed(report_mail()), "platform.example")
    records = {KEY: (key_record(),), ("s1._domainkey.platform.example", "TXT"): (key_record(),)}
    with dns(DnsServer(records)) as verifier:
        assert verifier.vouch(mail, ()).domains == ("platform.example", "reporter.example")


def test_what_is_not_proven_says_why() -> None:
    """No signature, a changed body, no key, a revoked key, a part only (`l=`)."""
    mail = signed(report_mail())
    assert _vouch(report_mail()) == Vouchers((), refused="no DKIM signature")
    changed = _vouch(mail.replace(b"A report.", b"A report!"))
    assert (changed.domains, changed.trouble) == ((), "")
    assert "body hash mismatch" in changed.refused
    header = _vouch(mail.replace(b"TLS-Report-Submitter: reporter.example", b"TLS-Report-Submitter: victim.example"))
    assert header == Vouchers((), refused="the signature of reporter.example is not valid, or has no key")
    assert _vouch(mail, "") == Vouchers((), refused="the signature of reporter.example is not valid, or has no key")
    assert _vouch(mail, '"v=DKIM1; p="').domains == ()
    assert _vouch(signed(report_mail(), length=True) + b"appended\r\n").domains == ()
    partial = _vouch(signed(report_mail(), length=True))
    assert partial == Vouchers((), refused="the signature of reporter.example covers only a part of the mail (l=)")


@pytest.mark.parametrize("fault", ["servfail", "silent", "refused"])
def test_dns_trouble_is_not_a_verdict(fault: str) -> None:
    """Nothing is proven either way; the reason is kept apart from a refusal."""
    found = _vouch(signed(report_mail()), faults={KEY[0]: fault})
    assert found.domains == ()
    assert found.trouble.startswith("s1._domainkey.reporter.example: ")


def test_a_key_is_asked_for_once() -> None:
    """Thousands of mails of one reporter cost one question."""
    server = DnsServer({KEY: (key_record(),)})
    with dns(server) as verifier:
        for _ in range(5):
            assert verifier.vouch(signed(report_mail()), ()).domains == ("reporter.example",)
    assert len([name for name, _, _ in server.asked if name == KEY[0]]) == 1


def test_a_flood_of_signatures_is_bounded() -> None:
    """Only the first few are looked at."""
    mail = report_mail()
    for number in range(30):
        mail = signed(mail, selector=f"s{number}")
    server = DnsServer({})
    with dns(server) as verifier:
        assert verifier.vouch(mail, ()).domains == ()
    assert len({name for name, _, _ in server.asked if name.endswith("reporter.example")}) == 5


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 900), st.binary(max_size=4), st.integers(0, 6))
def test_changed_mails_never_crash_the_verifier(place: int, put: bytes, cut: int) -> None:
    """Whatever bytes change; and no changed body is vouched for."""
    mail = signed(report_mail())
    changed = mail[:place] + put + mail[place + cut :]
    with DkimVerifier(Network("127.0.0.1:1"), timeout=0.1) as verifier:
        assert verifier.vouch(changed, ()).domains == ()


@pytest.mark.parametrize(
    ("signer", "submitter", "expected"),
    [
        ("google.com", "google.com", True),
        ("Google.COM.", "google.com", True),
        ("google.com", "mail.google.com", True),
        ("smtp.google.com", "google.com", True),
        ("oogle.com", "google.com", False),
        ("google.com", "evilgoogle.com", False),
        ("com", "google.com", False),
        ("google.com", "", False),
        ("", "", False),
        ("a.example.com", "b.example.com", False),
    ],
)
def test_who_may_speak_for_whom(signer: str, submitter: str, expected: bool) -> None:
    """Equal, parent or child at a label's edge; siblings and top labels not."""
    assert related(signer, submitter) is expected


@pytest.mark.parametrize(
    ("headers", "domains"),
    [
        (["mx.example.com; dkim=pass header.d=reporter.example header.s=s1"], ("reporter.example",)),
        (["MX.example.com 1; spf=fail; dkim=pass (2048-bit key) header.i=@Reporter.example"], ("reporter.example",)),
        (["mx.example.com; dkim=fail header.d=a.example; dkim=pass header.d=b.example"], ("b.example",)),
        (["mx.example.com; dkim=pass header.d=a.example; dkim=pass header.d=b.example"], ("a.example", "b.example")),
        (["other.example; dkim=pass header.d=a.example"], ()),
        (["mx.example.com; none", "mx.example.com; dkim=pass header.d=forged.example"], ()),
        (["mx.example.com (; dkim=pass header.d=forged.example"], ()),
        (['mx.example.com; dkim=fail reason="; dkim=pass header.d=forged.example"'], ()),
        (["mx.example.com; x-dkim=pass header.d=a.example"], ()),
        ([""], ()),
        ([], ()),
    ],
)
def test_only_the_named_server_is_believed(headers: list[str], domains: tuple[str, ...]) -> None:
    """The top-most header of that name; comments and quoted text prove nothing."""
    assert TrustedResults("mx.example.com").vouch(b"", tuple(headers)).domains == domains
