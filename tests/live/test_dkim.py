"""Who vouches for a report mail: real signatures, a real DNS server, and a named server's Authentication-Results."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.live.dkim import DkimVerifier
from mtasts.live.network import Network
from mtasts.live.vouchers import TrustedResults, Vouchers
from mtasts.protocol.registrable import related
from tests.fakes.dns_server import DnsServer, seconds_for
from tests.live.signing import (
    SHORT,
    key_record,
    public_key,
    report_mail,
    short_key,
    signed,
    signed_ed25519,
    zone_text,
)
from tests.patience import PATIENCE

KEY = ("s1._domainkey.reporter.example", "TXT")


@contextmanager
def dns(server: DnsServer, timeout: float = PATIENCE) -> Iterator[DkimVerifier]:
    """A verifier that asks a server running in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(PATIENCE)
    try:
        with DkimVerifier(Network(server.endpoint), timeout=timeout) as verifier:
            yield verifier
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def _vouch(mail: bytes, record: str | None = None, faults: dict[str, str] | None = None) -> Vouchers:
    records = {KEY: (record or key_record(),)} if record != "" else {}
    with dns(DnsServer(records, faults or {}), seconds_for(faults or {})) as verifier:
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


# What may stand before p=: whoever knows RFC 6376 s3.6.1 sees a key that may sign reports.
USABLE = [
    "v=DKIM1; k=rsa; ",
    "",
    "v=DKIM1; s=email:tlsrpt; ",
    "v=DKIM1; s=tlsrpt:email; ",
    "v=DKIM1; s = email :\t tlsrpt ; ",
    "v=DKIM1; s=tlsrpt; ",
    "v=DKIM1; s=email; ",
    "v=DKIM1; s=*; ",
    "v=DKIM1; s=other:*; ",
    "v=DKIM1; s=future:tlsrpt; ",
    "v=DKIM1; s=; ",
    "v=DKIM1; h=sha1:sha256; ",
    "v=DKIM1; h=sha256; t=s; ",
    "v=DKIM1; t=y:s; n=notes; unknown=1; ",
    "v=DKIM1; g=*; ",
    "v=DKIM1; g=someone; ",
]


@pytest.mark.parametrize("before", USABLE)
def test_a_key_for_mail_or_for_reports_authenticates(before: str) -> None:
    """Lists, any order of tags, folding, old and unknown tags."""
    mail = signed(report_mail())
    assert _vouch(mail, zone_text(f"{before}p={public_key()}")) == Vouchers(("reporter.example",))
    version, _, rest = before.partition("v=DKIM1; ")
    turned = f"{'v=DKIM1; ' if version != before else ''}p={public_key()[:90]} {public_key()[90:]}; {rest or version}"
    assert _vouch(mail, zone_text(turned)) == Vouchers(("reporter.example",))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("v=DKIM1; s=other; p={p}", "the key s1._domainkey is not for email or tlsrpt, only for other (s=)"),
        ("v=DKIM1; s=a:b; p={p}", "is not for email or tlsrpt, only for a:b (s=)"),
        ("v=DKIM1; h=sha1; p={p}", "is not for sha256, only for sha1 (h=)"),
        ("v=DKIM1; k=ed25519; p={p}", "is damaged: 294 bytes, and Ed25519 has 32"),
        ("v=DKIM1; k=dsa; p={p}", "has an unknown key type: k=dsa"),
        ("v=DKIM1; p=", "the key s1._domainkey is revoked (its p= is empty)"),
        ("v=DKIM1; s=email", "has no p="),
        ("v=DKIM1; p=!!!", "is damaged: its p= is not base64"),
        ("v=DKIM1; p=aGVsbG8=", "is damaged: its p= is not an RSA key"),
        ("v=DKIM1; s=email; s=tlsrpt; p={p}", "has the tag s= twice"),
        ("k=rsa; v=DKIM1; p={p}", "is not a DKIM record: v=DKIM1 is not its first tag"),
        ("v=DKIM2; p={p}", "is not a DKIM record"),
        ("no tags at all", "is not a list of tags"),
        ("v=DKIM1; p={short}", "has 512 bits, fewer than 1024"),
        ("v=DKIM1; p={other}", "the headers that it covers were changed, or the key was"),
    ],
)
def test_a_key_that_proves_nothing_says_why(record: str, reason: str) -> None:
    """Never "None": the kind of failure in words, and whose signature it is."""
    keys = {"p": public_key(), "short": SHORT, "other": short_key(1024)}
    found = _vouch(signed(report_mail()), zone_text(record.format(**keys)))
    assert (found.domains, found.trouble) == ((), "")
    assert found.refused.startswith("signature 1, of reporter.example: ")
    assert reason in found.refused


def test_one_good_record_among_several_is_enough() -> None:
    """RFC 6376 s3.6.2.2: several TXT at one name may be tried one after the other."""
    records = {KEY: ('"v=spf1 -all"', key_record("s=tlsrpt; "))}
    with dns(DnsServer(records)) as verifier:
        assert verifier.vouch(signed(report_mail()), ()).domains == ("reporter.example",)


def test_what_is_not_proven_says_why() -> None:
    """No signature, a changed body or header, no key, a part only (`l=`), a subdomain in i=, an old algorithm."""
    mail = signed(report_mail())
    assert _vouch(report_mail()) == Vouchers((), refused="no DKIM signature")
    changed = _vouch(mail.replace(b"A report.", b"A report!"))
    assert changed.refused.endswith("the body was changed after signing (body hash mismatch)")
    header = _vouch(mail.replace(b"TLS-Report-Submitter: reporter.example", b"TLS-Report-Submitter: victim.example"))
    where = "signature 1, of reporter.example: "
    assert header == Vouchers((), refused=f"{where}the headers that it covers were changed, or the key was")
    assert _vouch(mail, "") == Vouchers((), refused=f"{where}there is no key at s1._domainkey.reporter.example")
    assert _vouch(signed(report_mail(), length=True) + b"appended\r\n").domains == ()
    partial = _vouch(signed(report_mail(), length=True))
    assert partial == Vouchers((), refused=f"{where}covers only a part of the mail (l=)")
    below = signed(report_mail(), identity="@mail.reporter.example")
    assert _vouch(below).domains == ("reporter.example",)
    assert "is not for subdomains (t=s)" in _vouch(below, key_record("t=s; ")).refused
    assert "rsa-sha1 proves nothing any more" in _vouch(signed(report_mail(), algorithm="rsa-sha1")).refused


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"a=rsa-sha256", b"a=md5", "unknown signature algorithm: md5"),
        (b" d=reporter.example;", b"", "missing d="),
        (b" v=1;", b" v=2;", "v= value is not 1 (2)"),
        (b" v=1;", b" v=1; x=1700000000;", "expired 2023-11-14 22:13 UTC (x=)"),
        (b" t=", b" t=9", "t= value is in the future"),
        (b" q=dns/txt;", b" q=dns/txt; nonsense;", "is not a list of tags: nonsense"),
        (b"h=from :", b"h=", "does not cover From (RFC 6376 s6.1.1)"),
        (b" d=reporter.example;", b" d=reporter.example; d=x.example;", "has the tag d= twice"),
    ],
)
def test_a_signature_that_cannot_hold_says_why(old: bytes, new: bytes, reason: str) -> None:
    """What stands in the header itself."""
    mail = signed(report_mail())
    assert old in mail
    assert reason in _vouch(mail.replace(old, new, 1)).refused


def test_an_ed25519_key_authenticates() -> None:
    """RFC 8463, and a changed header or a key of the other type does not."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    record = f'"v=DKIM1; k=ed25519; s=email:tlsrpt; p={base64.b64encode(public).decode()}"'
    mail = signed_ed25519(report_mail(), private)
    assert _vouch(mail, record) == Vouchers(("reporter.example",))
    assert "were changed" in _vouch(mail.replace(b"Subject: Report", b"Subject: No report"), record).refused
    assert "is of type rsa, the signature is ed25519-sha256" in _vouch(mail).refused
    assert "is of type ed25519, the signature is rsa-sha256" in _vouch(signed(report_mail()), record).refused


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
    """Only the first few are looked at, and the reason says so."""
    mail = report_mail()
    for number in range(30):
        mail = signed(mail, selector=f"s{number}")
    server = DnsServer({})
    with dns(server) as verifier:
        found = verifier.vouch(mail, ())
    assert found.domains == ()
    assert found.refused.startswith("of 30 signatures only the first 5 were looked at; signature 1")
    assert len({name for name, _, _ in server.asked if name.endswith("reporter.example")}) == 5


@settings(max_examples=150)
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
        ("co.uk", "shop.co.uk", False),
        ("github.io", "someone.github.io", False),
        ("shop.co.uk", "mail.shop.co.uk", True),
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


EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=reporter.example; dkim=pass (signature was verified)"
    " header.d=reporter.example;dmarc=pass action=none header.from=reporter.example;compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("headers", "domains"),
    [
        ([EXCHANGE], ("reporter.example",)),
        (["dkim=pass header.d=a.example"], ("a.example",)),
        ([EXCHANGE, "dkim=pass header.d=forged.example"], ("reporter.example",)),
        (["dkim=none (message not signed) header.d=none;dmarc=none"], ()),
        (["mx.example.com; dkim=pass header.d=forged.example", EXCHANGE], ()),
        (["mx.example.com 1; dkim=pass header.d=forged.example"], ()),
        (["(dkim=pass header.d=forged.example)"], ()),
        ([""], ()),
        ([], ()),
    ],
)
def test_a_server_without_a_name_is_believed_on_top_only(headers: list[str], domains: tuple[str, ...]) -> None:
    """Exchange writes no authserv-id. What stands below, or bears another server's name, proves nothing."""
    found = TrustedResults("-").vouch(b"", tuple(headers))
    assert found.domains == domains
    assert found.domains or found.refused
