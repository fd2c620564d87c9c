"""Each check: a scene that must raise it and one that must not, with every neighbour forbidden."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.verify.explain import explain
from mtasts.verify.findings import Delivers, State
from mtasts.verify.model import Dane, Desired, Dnssec, LookOutcome, NameLook, RuaLook, ServerAnswer, Standing, Trouble
from mtasts.verify.run_checks import CHECKS, judge
from tests.verify.scenes import (
    CA_KEY,
    DOMAIN,
    HOST,
    KEY,
    MX,
    NEXT_KEY,
    NOW,
    RPT,
    RUA,
    TEXT,
    TXT,
    Bend,
    absent,
    certificate,
    change,
    fetched,
    found,
    good,
    mail_host,
    one_fetch,
    one_probe,
    probed,
    serving,
    trouble,
    with_tlsa,
    with_txt,
)

YES, NO, CANNOT_TELL = Delivers.YES, Delivers.NO, Delivers.CANNOT_TELL
TXT_NAME = f"_mta-sts.{DOMAIN}"
RPT_NAME = f"_smtp._tls.{DOMAIN}"


def unpublished(**seen: object) -> Bend:
    """No TXT yet, and what was seen at the names: the domain's own MX and nothing else, but for `seen`."""
    names = {
        "domain": NameLook(DOMAIN, (found(DOMAIN, "MX", "10 mx1.example.com"),)),
        "mta_sts": NameLook(TXT_NAME, (absent(TXT_NAME, "TXT"),)),
        "tls_rpt": NameLook(RPT_NAME, (absent(RPT_NAME, "TXT"),)),
        "host": NameLook(HOST, (absent(HOST, "A"),)),
    }
    standing = Standing(**{**names, **seen})  # type: ignore[arg-type]
    nothing = absent(TXT_NAME, "TXT", exists=False)
    return change(mta_sts=nothing, authorities=(), authority_trouble="x", desired=None, standing=standing)


UNREACHABLE = {"outcome": LookOutcome.UNREACHABLE}


def text(mode: Mode = Mode.ENFORCE, max_age: int = 1209600, mx: tuple[str, ...] = MX) -> str:
    return render_policy(Policy(mode, max_age, mx))


def fails(check: str, code: str = "") -> tuple[str, str, str]:
    return check, "fail", code or check


def unknown(check: str, code: str = "") -> tuple[str, str, str]:
    return check, "unknown", code or check


# name: (what is bent, delivers, every failed and unknown finding: check, state, code)
UNPUBLISHED = {fails("txt-present"), unknown("servers-agree")}
SCENES: dict[str, tuple[Bend, Delivers, set[tuple[str, str, str]]]] = {
    "good": (change(), YES, set()),
    "no stack named": (change(desired=None), YES, set()),
    "looked at where DNS says": (change(direct=True), YES, {fails("addresses-public", "not-public")}),
    # Records
    "no TXT": (
        change(mta_sts=absent(TXT_NAME, "TXT", exists=False), authorities=(), authority_trouble="x", desired=None),
        NO,
        {fails("txt-present"), unknown("servers-agree")},
    ),
    "a wildcard answers for the domain": (
        unpublished(domain=NameLook(DOMAIN, (found(DOMAIN, "MX", "10 mx1.example.com"),), "*.com")),
        NO,
        {*UNPUBLISHED, fails("own-records", "domain-from-wildcard")},
    ),
    "a wildcard that something below ended": (
        unpublished(
            domain=NameLook(DOMAIN, (absent(DOMAIN, "MX"),)),
            beside=NameLook("x.com", (found("x.com", "MX", "10 mx1.example.com"),), "*.com"),
        ),
        NO,
        {*UNPUBLISHED, fails("own-records", "wildcard-ended")},
    ),
    "nobody knows where the answer comes from": (
        unpublished(domain=NameLook(DOMAIN, (found(DOMAIN, "MX", "10 mx1.example.com"),), None)),
        NO,
        {*UNPUBLISHED, unknown("own-records", "dns-trouble")},
    ),
    "a wildcard answers for a name of the publication": (
        unpublished(mta_sts=NameLook(TXT_NAME, (found(TXT_NAME, "TXT", "v=spf1 -all"),), f"*.{DOMAIN}")),
        NO,
        {*UNPUBLISHED, fails("names-from-wildcard", "name-from-wildcard")},
    ),
    "CAA keeps Amazon out before there is a certificate": (
        lambda observed: replace(
            unpublished(caa=found(DOMAIN, "CAA", '0 issue "pki.goog"'))(observed), fetches=(), caa=absent("com", "CAA")
        ),
        NO,
        {*UNPUBLISHED, unknown("mx-covered"), fails("caa-allows-amazon", "caa-forbids-amazon")},
    ),
    "TXT trouble": (
        change(mta_sts=trouble(TXT_NAME, "TXT"), desired=None),
        CANNOT_TELL,
        {unknown("txt-present", "dns-trouble")},
    ),
    "two TXT": (with_txt(TXT, "v=STSv1; id=2;"), NO, {fails("txt-valid", "several-records")}),
    "CloudFront's proof beside the TXT": (with_txt("d111111abcdef8.cloudfront.net", TXT), YES, set()),
    "bad id": (with_txt("v=STSv1; id=2026-03-01;"), NO, {fails("txt-valid", "id-syntax")}),
    "duplicate field": (with_txt("v=STSv1; id=1; id=2;"), YES, {fails("txt-advice", "duplicate-field")}),
    "half-updated zone": (
        change(
            authorities=(
                *good().authorities[:1],
                ServerAnswer("ns2.example.com", "192.0.2.54", found(TXT_NAME, "TXT", "v=STSv1; id=1;")),
            )
        ),
        YES,
        {fails("servers-agree")},
    ),
    "lame server": (
        change(
            authorities=(
                *good().authorities,
                ServerAnswer("ns3.example.com", "192.0.2.55", trouble(TXT_NAME, "TXT", "REFUSED")),
            )
        ),
        YES,
        {fails("servers-agree", "lame-server")},
    ),
    "silent server": (
        change(
            authorities=(
                *good().authorities,
                ServerAnswer("ns3.example.com", "192.0.2.55", trouble(TXT_NAME, "TXT", "time-out")),
            )
        ),
        YES,
        {unknown("servers-agree", "server-silent")},
    ),
    "bogus": (
        change(mta_sts=trouble(TXT_NAME, "TXT", dnssec=Dnssec.BOGUS), desired=None),
        NO,
        {fails("dnssec"), unknown("txt-present", "dns-trouble")},
    ),
    "no TLS-RPT": (
        change(tls_rpt=absent(RPT_NAME, "TXT"), rua=(), desired=Desired(TEXT, None, 300)),
        YES,
        {fails("tls-rpt-present")},
    ),
    "TLS-RPT trouble": (
        change(tls_rpt=trouble(RPT_NAME, "TXT"), rua=(), desired=None),
        YES,
        {unknown("tls-rpt-present", "dns-trouble")},
    ),
    "TLS-RPT slip": (
        change(tls_rpt=found(RPT_NAME, "TXT", "v=TSLRPTv1; rua=mailto:a@example.net"), rua=(), desired=None),
        YES,
        {fails("tls-rpt-valid", "no-record")},
    ),
    "dead mailbox": (
        change(rua=(RuaLook(RUA, LookOutcome.FAILED, "example.net takes no mail (null MX)"),)),
        YES,
        {fails("rua-works")},
    ),
    "mailbox not looked at": (change(rua=(RuaLook(RUA, LookOutcome.UNREACHABLE, "x"),)), YES, {unknown("rua-works")}),
    "CAA of another CA": (
        change(caa=found(DOMAIN, "CAA", '0 issue "pki.goog"')),
        YES,
        {fails("caa-allows-renewal")},
    ),
    "CAA forbids": (change(caa=found(DOMAIN, "CAA", '0 issue ";"')), YES, {fails("caa-allows-renewal")}),
    "CAA critical": (change(caa=found(DOMAIN, "CAA", '128 tbs "x"')), YES, {fails("caa-allows-renewal")}),
    "CAA iodef only": (change(caa=found(DOMAIN, "CAA", '0 iodef "mailto:a@example.com"')), YES, set()),
    "CAA absent": (change(caa=absent("com", "CAA")), YES, set()),
    "CAA unknown issuer": (
        change(
            fetches=(fetched("192.0.2.80", certificate=certificate(HOST, issuer="CN=x,O=Small CA")),),
        ),
        YES,
        {unknown("caa-allows-renewal", "issuer-unknown")},
    ),
    "CAA trouble": (change(caa=trouble(DOMAIN, "CAA")), YES, {unknown("caa-allows-renewal", "dns-trouble")}),
    # Policy host
    "no policy host": (
        change(
            policy_host=(absent(HOST, "A"), absent(HOST, "AAAA")),
            fetches=(fetched("", Trouble("host-absent", "x"), body="", status=None, certificate=None),),
            desired=None,
        ),
        NO,
        {fails("host-addresses", "host-absent"), *(unknown("mx-covered") for _ in MX)},
    ),
    "AAAA trouble": (
        change(policy_host=(found(HOST, "A", "192.0.2.80"), trouble(HOST, "AAAA"))),
        CANNOT_TELL,
        {unknown("host-addresses", "dns-trouble")},
    ),
    "one address redirects": (
        one_fetch(Trouble("redirect", "status 301"), status=301, body=b""),
        NO,
        {fails("host-serves", "redirect")},
    ),
    "IPv6 out of reach": (
        one_fetch(Trouble("unreachable-from-here", "no route"), status=None, body=b"", certificate=None, **UNREACHABLE),
        CANNOT_TELL,
        {unknown("host-serves", "unreachable-from-here")},
    ),
    "two bodies": (
        one_fetch(body=text(Mode.TESTING)),
        NO,
        {fails("same-body"), fails("id-belongs"), fails("text-as-desired")},
    ),
    "bad policy": (
        serving(TEXT.replace("mode: enforce", "mode: Enforce")),
        NO,
        {fails("policy-valid", "mode"), unknown("mx-covered")},
    ),
    "short max_age": (serving(text(Mode.TESTING, 3600)), YES, {fails("policy-advice", "max-age-short")}),
    "mode none": (serving(text(Mode.NONE)), YES, {fails("policy-active", "mode-none")}),
    "mode none without mx": (
        serving(text(Mode.NONE, mx=())),
        YES,
        {fails("policy-active", "mode-none"), fails("policy-advice", "none-without-mx")},
    ),
    "id of another body": (
        serving(text(Mode.TESTING), mta_sts=good().mta_sts, authorities=good().authorities),
        NO,
        {fails("id-belongs")},
    ),
    "host certificate ends": (
        change(fetches=(fetched("192.0.2.80", days=13),)),
        YES,
        {fails("host-certificate-days")},
    ),
    "host certificate in time": (change(fetches=(fetched("192.0.2.80", days=14),)), YES, set()),
    # MX
    "null MX": (serving(TEXT, mx=found(DOMAIN, "MX", "0 ."), hosts=()), NO, {fails("mx-present", "null-mx")}),
    "domain gone": (serving(TEXT, mx=absent(DOMAIN, "MX", exists=False), hosts=()), NO, {fails("mx-present")}),
    "MX trouble": (
        change(mx=trouble(DOMAIN, "MX"), hosts=()),
        CANNOT_TELL,
        {unknown("mx-present", "dns-trouble")},
    ),
    "implicit MX": (
        serving(
            text(mx=(DOMAIN,)),
            mx=absent(DOMAIN, "MX"),
            hosts=(mail_host(DOMAIN, probed(DOMAIN, "192.0.2.25"), implicit=True),),
        ),
        YES,
        set(),
    ),
    "no MX, no address": (
        serving(
            TEXT,
            mx=absent(DOMAIN, "MX"),
            hosts=(mail_host(DOMAIN, implicit=True, answers=(absent(DOMAIN, "A"), absent(DOMAIN, "AAAA"))),),
        ),
        NO,
        {fails("mx-present"), fails("mx-resolves")},
    ),
    "MX not covered": (
        serving(text(mx=MX[:1])),
        NO,
        {fails("mx-covered", "mx-not-in-policy")},
    ),
    "pattern left over": (serving(text(mx=(*MX, "mx3.example.com"))), YES, {fails("patterns-used")}),
    "wildcard": (
        serving(text(mx=("*.example.com",))),
        YES,
        {fails("patterns-narrow"), fails("policy-advice", "mx-wildcard-broad")},
    ),
    "MX without address": (
        change(hosts=(good().hosts[0], mail_host(MX[1], answers=(absent(MX[1], "A"), absent(MX[1], "AAAA"))))),
        NO,
        {fails("mx-resolves")},
    ),
    "MX address trouble": (
        change(hosts=(good().hosts[0], mail_host(MX[1], answers=(trouble(MX[1], "A"), absent(MX[1], "AAAA"))))),
        CANNOT_TELL,
        {unknown("mx-resolves", "dns-trouble")},
    ),
    "MX alias": (
        change(
            hosts=(
                good().hosts[0],
                replace(
                    good().hosts[1],
                    addresses=(replace(found(MX[1], "A", "192.0.2.26"), chain=("mail.example.net",)),),
                ),
            )
        ),
        YES,
        {fails("mx-no-alias")},
    ),
    "one address without STARTTLS": (
        one_probe(Trouble("starttls-not-supported", "does not offer STARTTLS", "starttls-not-supported")),
        NO,
        {fails("mx-secure", "starttls-not-supported")},
    ),
    "silent where others answer": (
        one_probe(Trouble("connect-timeout", "no answer"), connected=False, certificate=None),
        NO,
        {fails("mx-secure", "connect-timeout")},
    ),
    "port 25 blocked": (
        change(
            smtp_open=False,
            hosts=(
                mail_host(MX[0], probed(MX[0], "192.0.2.25", Trouble("connect-timeout", "x"), certificate=None)),
                good().hosts[1],
            ),
        ),
        CANNOT_TELL,
        {unknown("mx-secure", "connect-timeout")},
    ),
    "no IPv6 here": (
        one_probe(Trouble("unreachable-from-here", "no route"), certificate=None, **UNREACHABLE),
        CANNOT_TELL,
        {unknown("mx-secure", "unreachable-from-here")},
    ),
    "expired evidence": (
        change(probed_at=NOW - timedelta(hours=25), probed_by="probes.json"),
        CANNOT_TELL,
        {unknown("mx-secure", "probe-expired"), unknown("mx-dane", "probe-expired")},
    ),
    "fresh evidence": (change(probed_at=NOW - timedelta(hours=24), probed_by="probes.json"), YES, set()),
    "MX certificate ends inside max_age": (one_probe(days=13), YES, {fails("mx-certificate-outlives")}),
    "MX certificate outlives max_age": (one_probe(days=14), YES, set()),
    "IPv4 only": (change(families=("ipv4",)), YES, {unknown("families-seen")}),
    # Desired
    "another text": (
        change(desired=Desired(text(Mode.TESTING), RPT, 300)),
        YES,
        {fails("text-as-desired"), fails("id-as-desired")},
    ),
    "no body to compare": (
        change(fetches=(fetched("192.0.2.80", Trouble("http-status", "503"), status=503, body=b""),)),
        NO,
        {fails("host-serves", "http-status"), unknown("mx-covered"), unknown("text-as-desired")},
    ),
    # A client that does not name itself
    "a filter of clients without User-Agent": (
        change(unnamed=fetched("192.0.2.80", Trouble("http-status", "status 403 instead of 200"), status=403)),
        YES,
        {fails("host-serves-unnamed")},
    ),
    "another policy without User-Agent": (
        change(unnamed=fetched("192.0.2.80", body=text(Mode.NONE))),
        YES,
        {fails("host-serves-unnamed")},
    ),
    "no time for a second fetch": (change(unnamed=None), YES, {unknown("host-serves-unnamed")}),
    # DANE
    "no TLSA": (one_probe(), YES, set()),
    "TLSA of another key": (
        with_tlsa(f"3 1 1 {NEXT_KEY}"),
        NO,
        {fails("mx-dane", "tlsa-mismatch")},
    ),
    "TLSA of another key, MX not signed": (
        lambda observed: replace(
            with_tlsa(f"3 1 1 {NEXT_KEY}")(observed), mx=replace(observed.mx, dnssec=Dnssec.INSECURE)
        ),
        NO,
        {fails("mx-dane", "tlsa-mismatch")},
    ),
    "TLSA, MX not signed": (
        lambda observed: replace(observed, mx=replace(observed.mx, dnssec=Dnssec.INSECURE)),
        YES,
        {fails("dane-signed")},
    ),
    "one key's TLSA": (with_tlsa(f"3 1 1 {KEY}"), YES, {fails("dane-rollover")}),
    "one certificate's TLSA": (with_tlsa(f"3 0 1 {'a' * 64}"), YES, {fails("dane-rollover")}),
    "one CA's TLSA": (with_tlsa(f"2 1 1 {CA_KEY}"), YES, {fails("dane-rollover")}),
    "a key's and its CA's TLSA": (with_tlsa(f"3 1 1 {KEY}", f"2 1 1 {CA_KEY}"), YES, set()),
    "TLSA not signed": (with_tlsa(f"3 1 1 {NEXT_KEY}", dnssec=Dnssec.INSECURE), YES, {fails("dane-signed")}),
    "TLSA that nobody can use": (with_tlsa(f"1 1 1 {NEXT_KEY}"), YES, {fails("dane-usable")}),
    "TLSA by a resolver that does not validate": (
        with_tlsa(f"3 1 1 {KEY}", dnssec=Dnssec.UNKNOWN, way=Dnssec.UNKNOWN),
        CANNOT_TELL,
        {unknown("mx-dane", "tlsa-unproven")},
    ),
    "TLSA bogus": (
        change(
            hosts=(
                good().hosts[0],
                replace(good().hosts[1], dane=Dane(MX[1], trouble("x", "TLSA", dnssec=Dnssec.BOGUS), Dnssec.SECURE)),
            )
        ),
        NO,
        {fails("mx-dane", "tlsa-bogus")},
    ),
    "TLSA fails": (
        change(
            hosts=(
                good().hosts[0],
                replace(good().hosts[1], dane=Dane(MX[1], trouble("x", "TLSA"), Dnssec.SECURE)),
            )
        ),
        NO,
        {fails("mx-dane", "tlsa-no-answer")},
    ),
    "another id": (
        lambda observed: replace(with_txt("v=STSv1; id=1;")(observed), desired=observed.desired),
        YES,
        {fails("id-as-desired")},
    ),
    "another rua": (
        change(desired=Desired(TEXT, "v=TLSRPTv1; rua=mailto:b@example.net", 300)),
        YES,
        {fails("tls-rpt-as-desired")},
    ),
    "another TTL": (change(desired=Desired(TEXT, RPT, 600)), YES, {fails("ttl-as-desired")}),
    "a cache's TTL runs down": (
        change(desired=Desired(TEXT, RPT, 600), authorities=(), authority_trouble="blocked"),
        YES,
        {unknown("servers-agree")},
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_exactly_these_findings(name: str) -> None:
    """What is wrong is raised under its check and code, and nothing else is."""
    bend, delivers, expected = SCENES[name]
    verdict = judge(bend(good()), NOW)
    raised = {(f.check, f.state.value, f.code) for f in verdict.findings if f.state in (State.FAIL, State.UNKNOWN)}
    assert (raised, verdict.delivers) == (expected, delivers)


def test_every_check_is_raised_by_a_scene_and_passes_in_the_good_one() -> None:
    """A check that no scene fails could be deleted unnoticed; one that never passes would be noise."""
    failed = {check for _, _, expected in SCENES.values() for check, state, _ in expected if state == "fail"}
    # What it cannot see is all that this one tells.
    assert {check.id for check in CHECKS} - failed == {"families-seen"}
    passed = {f.check for f in judge(good(), NOW).findings if f.state is State.PASS}
    # Its addresses are for documentation, so that it is not looked at where they lead.
    assert passed == {check.id for check in CHECKS} - {"addresses-public"}


def test_every_code_explains_itself() -> None:
    """`--explain` knows what any of these scenes prints."""
    codes = {code for _, _, expected in SCENES.values() for _, _, code in expected}
    assert [code for code in sorted(codes) if explain(code) is None] == []


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ((r"v=STSv1\; id=1;", r"v=TLSRPTv1\; rua=mailto:tls@example.net"), "no-record"),
        ((r"v=STSv1\059 id=1", r"v=TLSRPTv1\059 rua=mailto:tls@example.net"), "no-record"),
        (('"v=STSv1; id=1;"', '"v=TLSRPTv1; rua=mailto:tls@example.net"'), "no-record"),
        (("v=STSv1; id=1;", "v=TLSRPTv1; rua=mailto:tls@example.net"), "several-records"),
    ],
    ids=["backslash", "number", "quotes", "two records"],
)
def test_each_record_is_mended_by_its_own_form(records: tuple[str, str], code: str) -> None:
    """The same fault at both TXT records: the remedy of each names that record's version and not the other's."""
    txt, rpt = ((record, record) if code == "several-records" else (record,) for record in records)
    bent = replace(with_txt(*txt)(good()), tls_rpt=found(RPT_NAME, "TXT", *rpt))
    wrong = {f.check: f for f in judge(bent, NOW).findings if f.code == code}
    assert set(wrong) == {"txt-valid", "tls-rpt-valid"}
    for check, own, other in (("txt-valid", "v=STSv1;", "TLSRPT"), ("tls-rpt-valid", "v=TLSRPTv1;", "STSv1;")):
        assert own in wrong[check].remedy
        assert other not in wrong[check].remedy
        if code == "no-record":
            assert "of a zone file" in wrong[check].text or "a zone file's" in wrong[check].text


@pytest.mark.parametrize(
    ("pattern", "shared"),
    [
        ("*.google.com", True),
        ("*.l.GOOGLE.com", True),
        ("*.contoso.mx.microsoft", True),
        ("*.notgoogle.com", False),
        ("*.notmx.microsoft", False),
        ("*.google.com.example", False),
    ],
)
def test_a_provider_s_zone_is_told_by_whole_labels(pattern: str, shared: bool) -> None:
    """A name that only ends in the same letters is somebody else's."""
    view = judge(serving(text(mx=(*MX, pattern)))(good()), NOW)
    (said,) = [f.text for f in view.findings if f.check == "patterns-narrow" and f.subject == pattern]
    assert said.startswith("covers a zone that") is shared
