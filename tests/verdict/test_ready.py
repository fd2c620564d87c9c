"""The verdict `ready`: what makes it ready, not ready, or not enough evidence, and the border of every threshold."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost
from mtasts.policy.policy_id import policy_id
from mtasts.policy.settings import Acceptance, Waiver
from mtasts.protocol.mta_sts import Mode
from mtasts.reports.stored import Trust
from mtasts.verdict.ready import ReadyState
from mtasts.verify.model import Desired, Dnssec, LookOutcome, Trouble
from tests.reports.making import detail
from tests.verdict.fortnight import (
    BACKUP,
    ISSUER,
    LEDGER,
    MX,
    NOW,
    failed,
    looked,
    march,
    policy,
    published,
    reports,
    seen,
    text_of,
    verdict,
)
from tests.verify import scenes

READY, NOT, LITTLE = ReadyState.READY, ReadyState.NOT_READY, ReadyState.NOT_ENOUGH
MINIMA = ("days", "reporters", "sessions", "last-day")
EXPIRED = detail("certificate-expired", 1, BACKUP)
NO_TLS = Trouble("starttls-not-supported", "no STARTTLS", "starttls-not-supported")
WAIVER = Waiver("certificate-expired", BACKUP, "", "renewed, hook fixed", date(2026, 3, 30))
SILENT = Trouble("smtp-silent", "no answer")
LITTLE_OK = Acceptance("three mails a week, decided in February", date(2026, 3, 30))


BAD = failed(20, EXPIRED)
UNSIGNED = failed(20, EXPIRED, trust=Trust.POSTED, by="evil.example")
OLD_LINES = ("mode: testing", f"mx: {MX}", f"mx: {BACKUP}")
LONG_AGO = (published(march(-1)),)
FEW = reports(16, 20, ok=2, by=("a.example",))
WAIVING = policy(waivers=(WAIVER,))
WAIVED_OUT = policy(waivers=(replace(WAIVER, until=date(2026, 3, 29)),))
ACCEPTING = policy(accept_little=LITTLE_OK)
ACCEPTED_OUT = policy(accept_little=replace(LITTLE_OK, until=date(2026, 3, 29)))
OTHER_NAMES = replace(
    seen(march(9)), hosts=(replace(seen(march(9)).hosts[0], certificates=(Shown(("old.example.com",), ISSUER),)),)
)
LOOKS = ("mx-hosts", "policy-served", "tls-rpt")


def tlsa_of(*values: str, dnssec: Dnssec = Dnssec.SECURE) -> scenes.Bend:
    """Each MX host has these TLSA records."""
    return lambda seen: replace(
        seen, hosts=tuple(replace(h, dane=scenes.tlsa(h.name, *values, dnssec=dnssec)) for h in seen.hosts)
    )


def mail_hosts(*probes, **more):
    """The only MX host is seen so."""
    return looked(NOW, scenes.change(hosts=(scenes.mail_host(MX, *probes),), **more))


ONE_OF_TWO = mail_hosts(scenes.probed(MX, "192.0.2.25"), scenes.probed(MX, "192.0.2.26", NO_TLS))
UNREACHED = mail_hosts(
    scenes.probed(MX, "192.0.2.25", SILENT, outcome=LookOutcome.UNREACHABLE, connected=False, certificate=None),
    smtp_open=False,
)


OLD_BODY = text_of(mx=(MX, BACKUP))
OLD_TXT = scenes.found("_mta-sts.example.com", "TXT", f"v=STSv1; id={policy_id(march(9), OLD_BODY)};")
# All of a piece, so that nothing but the YAML tells: a stack that was not published, or a bucket that is not ours.
SERVES_OLD = looked(
    NOW,
    scenes.change(
        mta_sts=OLD_TXT,
        authorities=(),
        fetches=(scenes.fetched("192.0.2.80", body=OLD_BODY),),
        desired=Desired(text_of(mx=(MX,), max_age=86400), scenes.RPT, 300),
    ),
)


def case(name: str, state: ReadyState, *way: str, said: str = "", **given: Any):
    """A good fortnight bent by `given`, what it comes to, exactly what is in the way, and words that must be said."""
    return pytest.param(given, state, way, said, id=name)


CASES = [
    case("a good fortnight", READY),
    case("silence", LITTLE, *MINIMA, reports=[], said="no counted report at all"),
    case("nobody looked", LITTLE, *LOOKS, look=None, said="nobody has looked"),

    # What says nothing about MTA-STS
    case("only no-policy-found", LITTLE, *MINIMA, reports=reports(kind="no-policy-found"),
         said="not counted, 26 report entries: no-policy-found: TLS without any validation"),
    case("only tlsa", LITTLE, *MINIMA, reports=reports(kind="tlsa"), said="not counted, 26 report entries: tlsa"),
    case("only zeros", LITTLE, *MINIMA, reports=reports(ok=0)),
    case("another policy", LITTLE, *MINIMA, reports=reports(mx=(MX, BACKUP)), said="speaks of another policy"),
    case("only an echo", LITTLE, *MINIMA, reports=reports(ok=1, by=("a.example",)), said="one session a day"),

    # Whom nobody knows; test_criteria_reports.py has the rest
    case("strangers only", LITTLE, *MINIMA, reports=reports(by=("a.example", "b.example")),
         said="neither known nor trusted, so a fifth together at most, and nothing alone: a.example, b.example"),
    case("a stranger's failure", ReadyState.LOOK, reports=[*reports(), failed(20, EXPIRED, by="a.example")],
         said="(1 session in 1 report by a.example, on 2026-03-20)"),

    # Failures
    case("one dead backup MX, under 0.1 % of sessions", NOT, "failures",
         reports=[*reports(ok=1000), failed(20, EXPIRED, ok=999)],
         said="certificate-expired at backup.example.com, last on 2026-03-20"),
    case("details beside a total of 0", NOT, "failures", reports=[*reports(), failed(20, EXPIRED, failures=0)]),
    case("a total without details", NOT, "failures", reports=[*reports(), failed(20)], said="without a reason"),
    case("a failed fetch, which shows no policy", NOT, "failures",
         reports=[*reports(), failed(20, detail("sts-policy-fetch-error", 1, ""), policy_lines=())]),
    case("a failure of DANE", READY, reports=[*reports(), failed(20, detail("tlsa-invalid", 1, MX))], said="of DANE"),
    case("a failure under the policy of before", READY,
         ledger=(published(march(1), march(10, 8), mx=(MX, BACKUP)), *LEDGER),
         reports=[*reports(), failed(17, EXPIRED, policy_lines=OLD_LINES)]),

    # Trust
    case("poisoned: bad, by post", READY, reports=[*reports(), UNSIGNED],
         said="to look at, from reports that nobody vouches for: certificate-expired at backup.example.com"),
    case("poisoned: good, by post", LITTLE, *MINIMA, reports=reports(trust=Trust.POSTED), said="anybody could have"),
    case("poisoned: good, unsigned mail", LITTLE, *MINIMA, reports=reports(trust=Trust.UNAUTHENTICATED)),

    # Time
    case("reports late by 24 days", LITTLE, "last-day", reports=reports(1, 6, ok=20), ledger=LONG_AGO,
         yaml=policy(window_days=29, days=5), said="silent: the last report that counts is of 24 days ago"),
    case("reports about the days before the window", LITTLE, *MINIMA, reports=reports(1, 15), ledger=LONG_AGO),

    # The window restarts
    case("a certificate of a new issuer", LITTLE, "window", "days", "sessions",
         sightings=(seen(march(9), issuer="CN=R10"), seen(march(25, 6))),
         said="9 more days to go: mail.example.com has a certificate of another issuer: CN=R11,O=Let's Encrypt,C=US, "
         "seen 2026-03-25 06:00 UTC"),
    case("a certificate for other names", LITTLE, "window", "days", "sessions",
         sightings=(OTHER_NAMES, seen(march(25, 6))), said="a certificate for other names: mail.example.com"),
    case("an MX host came", NOT, "mx-hosts", "window", *MINIMA,
         sightings=(seen(march(9)),), look=looked(NOW, mx=(MX, BACKUP)), said="MX host backup.example.com came"),
    case("an MX host went", LITTLE, "window", sightings=(seen(march(9), MX, BACKUP), seen(march(20))),
         said="MX host backup.example.com went"),
    case("another policy since the 26th", LITTLE, "window", "days", "sessions",
         ledger=(published(march(1), march(26), mx=(MX, BACKUP)), published(march(26))),
         said="10 more days to go: published everywhere at 2026-03-26 00:05 UTC"),
    case("only another max_age since the 26th", READY,
         ledger=(published(march(1), march(26), max_age=604800), published(march(26)))),
    case("nothing known of MX hosts before", READY, sightings=(),
         said="MX hosts and certificates are known since 2026-03-30 12:00 UTC only"),

    # What is published
    case("no ledger", LITTLE, "publication", "window", ledger=(), said="nothing is known of what was published"),
    case("the YAML is ahead", NOT, "publication", yaml=policy(mx=(MX, BACKUP)),
         said="what is published differs from the YAML in mx: publish first"),
    case("taken away", NOT, "publication", "window", ledger=(published(until=march(28)),), said="away at 2026-03-28"),
    case("mode none", NOT, "publication", *MINIMA, yaml=policy(Mode.NONE), reports=[],
         ledger=(published(mode=Mode.NONE),), said="the way out"),

    # What is seen
    case("an MX address without STARTTLS", NOT, "mx-hosts", look=ONE_OF_TWO, said="[192.0.2.26]"),
    case("TLSA records that match nothing", NOT, "mx-hosts",
         look=looked(NOW, tlsa_of(f"3 1 1 {scenes.NEXT_KEY}")), said="TLSA 3 1 1 2222222222222222… does not match"),
    case("TLSA records that match", READY, look=looked(NOW, tlsa_of(f"3 1 1 {scenes.KEY}"))),
    case("TLSA records that nobody can judge", LITTLE, "mx-hosts",
         look=looked(NOW, tlsa_of(f"3 1 1 {scenes.KEY}", dnssec=Dnssec.UNKNOWN)), said="this resolver does not tell"),
    case("port 25 is closed from here", LITTLE, "mx-hosts", look=UNREACHED),
    case("the policy host serves another policy than the YAML", NOT, "policy-served", look=SERVES_OLD,
         said="serves 'mx: backup.example.com'"),
    case("no TLS-RPT record", NOT, "tls-rpt",
         look=looked(NOW, scenes.change(tls_rpt=scenes.absent("_smtp._tls.example.com", "TXT")))),
    case("DNS does not answer for the MX", LITTLE, "mx-hosts",
         look=looked(NOW, scenes.change(mx=scenes.trouble("example.com", "MX"), hosts=()))),

    # A person's word
    case("held", NOT, "hold", yaml=policy(hold="data centre moves"), said="data centre moves"),
    case("waived by name", READY, reports=[*reports(), BAD], yaml=WAIVING,
         said="waived until 2026-03-30: certificate-expired at backup.example.com (1 report, last on 2026-03-20)"),
    case("the waiver expired", NOT, "failures", reports=[*reports(), BAD], yaml=WAIVED_OUT,
         said="the waiver for certificate-expired at backup.example.com ran out on 2026-03-29"),
    case("a waiver beside another failure of the report", NOT, "failures", yaml=WAIVING,
         reports=[*reports(), failed(20, EXPIRED, detail("certificate-expired", 1, MX), failures=2)],
         said="certificate-expired at mail.example.com"),
    case("a waiver beside failures without details", NOT, "failures", yaml=WAIVING,
         reports=[*reports(), failed(20, EXPIRED, failures=3)], said="failures without a reason"),
    case("waived failures prove nothing", LITTLE, *MINIMA, yaml=WAIVING,
         reports=[failed(day, EXPIRED, by=who) for day in range(16, 29) for who in ("a.example", "b.example")]),
    case("a small domain", LITTLE, *MINIMA, reports=FEW),
    case("a small domain, accepted", READY, reports=FEW, yaml=ACCEPTING,
         said="little evidence is accepted until 2026-03-30: three mails a week"),
    case("silence, accepted", READY, reports=[], yaml=ACCEPTING),
    case("accepted until yesterday", LITTLE, *MINIMA, reports=[], yaml=ACCEPTED_OUT, said="ran out on 2026-03-29"),
    case("accepted, and failing", NOT, "failures", reports=[BAD], yaml=ACCEPTING),
    case("accepted, and nobody looked", LITTLE, *LOOKS, reports=[], look=None, yaml=ACCEPTING),
    case("accepted, in a young window", LITTLE, "window", reports=[], ledger=(published(march(20)),), yaml=ACCEPTING),
]  # fmt: skip


def words(found) -> str:
    return "\n".join([*found.reasons, *found.notes, *(line for c in found.criteria for line in c.detail)])


@pytest.mark.parametrize(("given", "state", "way", "said"), CASES)
def test_case(given, state, way, said):
    """The state, exactly the criteria in the way, and what is said of it."""
    found = verdict(given.get("reports"), **{name: value for name, value in given.items() if name != "reports"})
    assert (found.state, {c.code for c in found.in_the_way}) == (state, set(way)), words(found)
    assert found.ready is state.passes
    assert said in words(found)


def at(code, **given):
    """One criterion of a verdict."""
    return next(criterion for criterion in verdict(**given).criteria if criterion.code == code)


def given_at(**ago):
    """The MX probes come from a file of that long ago."""
    return scenes.change(probed_at=NOW - timedelta(**ago), probed_by="probes.json")


@pytest.mark.parametrize(
    ("code", "given", "met"),
    [
        ("window", {"now": march(24, 8, 4, 59)}, False),
        ("window", {"now": march(24, 8, 5)}, True),
        ("days", {"said": reports(22, 27)}, False),
        ("days", {"said": reports(22, 28)}, True),
        ("reporters", {"said": reports(by=("google.com",))}, False),
        ("reporters", {"said": reports(by=("google.com", "b.example"))}, False),
        ("reporters", {"said": reports(by=("google.com", "mail.ru"))}, True),
        ("sessions", {"said": [*reports(ok=3), *reports(28, 28, ok=21, by=("mail.ru",))]}, False),
        ("sessions", {"said": [*reports(ok=3), *reports(28, 28, ok=22, by=("mail.ru",))]}, True),
        ("last-day", {"said": reports(17, 26)}, False),
        ("last-day", {"said": reports(17, 27)}, True),
        ("failures", {"said": [*reports(), failed(16, EXPIRED)]}, False),
        ("failures", {"said": [*reports(), failed(15, EXPIRED)]}, True),
        ("failures", {"said": [failed(20, EXPIRED)], "yaml": WAIVING, "now": march(30, 23, 59, 59)}, True),
        ("failures", {"said": [failed(20, EXPIRED)], "yaml": WAIVING, "now": march(31)}, False),
        ("mx-hosts", {"look": looked(NOW - timedelta(hours=24))}, True),
        ("mx-hosts", {"look": looked(NOW - timedelta(hours=24, seconds=1))}, False),
        ("mx-hosts", {"look": looked(NOW, given_at(hours=24))}, True),
        ("mx-hosts", {"look": looked(NOW, given_at(hours=24, seconds=1))}, False),
        ("policy-served", {"look": looked(NOW - timedelta(hours=24, seconds=1))}, False),
    ],
)  # fmt: skip
def test_border(code, given, met):
    """Exactly the threshold is enough, one less is not; to the second where it is a time."""
    assert at(code, **given).met is met


def test_accepted_until_the_last_second_of_its_day():
    """`until` is the last day in UTC."""
    yaml = policy(accept_little=LITTLE_OK)
    assert verdict([], yaml=yaml, now=march(30, 23, 59, 59)).state is READY
    assert verdict([], yaml=yaml, now=march(31)).state is LITTLE


@pytest.mark.parametrize(
    ("until", "expires"),
    [(date(2026, 3, 30), march(31)), (date(2026, 3, 31), march(31, 12))],
)
def test_a_verdict_expires_after_a_day_and_never_outlives_an_exception(until, expires):
    """24 hours, or the end of the last day of a waiver that it rests on."""
    waiver = replace(WAIVER, until=until)
    found = verdict([*reports(), failed(20, EXPIRED)], yaml=policy(waivers=(waiver,)))
    assert (found.made_at, found.expires_at) == (NOW, expires)
    assert found.holds_at(expires - timedelta(seconds=1))
    assert not found.holds_at(expires)
    assert not found.holds_at(NOW - timedelta(seconds=1))


def test_an_exception_that_is_not_used_shortens_nothing():
    """A waiver for what did not happen, accepted little evidence where there is enough."""
    found = verdict(yaml=policy(waivers=(WAIVER,), accept_little=LITTLE_OK))
    assert found.expires_at == NOW + timedelta(hours=24)


def test_a_verdict_names_its_evidence():
    """Reports, reporters, counts, days, publication, times of the looks."""
    said = [*reports(), *reports(16, 18, by=("evil.example",), trust=Trust.POSTED)]
    found = verdict(said, look=looked(NOW - timedelta(minutes=3))).evidence
    assert len(found.report_keys) == 26
    assert all("evil" not in key for key in found.report_keys)
    assert (found.reporters, found.successes, found.failures) == (("google.com", "microsoft.com"), 260, 0)
    assert (found.first, found.last) == (date(2026, 3, 16), date(2026, 3, 28))
    assert found.publication == LEDGER[0].id
    assert found.looked_at == found.probed_at == NOW - timedelta(minutes=3)


@pytest.mark.parametrize(
    ("code", "given", "when"),
    [
        # 3 of 7 days since the 26th, the 29th still open: 4 more, the last on 1 April, told on the 2nd.
        ("days", {"ledger": (published(march(25, 20)),)}, date(2026, 4, 2)),
        # 60 sessions in 3 days, 40 more in 2.
        ("sessions", {"ledger": (published(march(25, 20)),)}, date(2026, 3, 31)),
        ("window", {"ledger": (published(march(25, 20)),)}, march(25 + 14, 20, 5)),
        ("failures", {"said": [*reports(), failed(20, EXPIRED)]}, date(2026, 4, 4)),
        ("reporters", {"said": reports(by=("google.com",))}, None),
        ("last-day", {"said": reports(16, 22)}, None),
        ("sessions", {"said": reports(ok=3, by=("google.com",))}, None),
        ("days", {"said": []}, None),
    ],
)
def test_when_it_will_be_met(code, given, when):
    """At the present rate; None where nobody can tell, or where the rate never suffices."""
    found = at(code, **given)
    assert (found.met, found.when) == (False, when)


def test_the_day_that_is_foretold_is_the_day():
    """A failure leaves the window on the day that is named, not a day before."""
    said = [*reports(16, 38), failed(20, EXPIRED)]
    when = at("failures", said=said).when
    assert verdict(said, now=datetime.combine(when, march(1).timetz()) - timedelta(seconds=1)).state is NOT
    assert verdict(said, now=datetime.combine(when, march(1).timetz())).state is READY


def test_a_rate_that_never_suffices_is_said():
    """39 sessions in a fortnight never make 100."""
    assert at("sessions", said=reports(ok=3, by=("google.com",))).missing == (
        "61 more sessions to go; at this rate 14 days hold about 42"
    )


def test_earliest_is_the_last_of_all():
    """Everything must hold; when one cannot be told, nothing can."""
    young = {"ledger": (published(march(25, 20)),)}
    assert verdict(**young).earliest == march(39, 20, 5)
    assert verdict(reports(by=("google.com",)), **young).earliest is None
    assert verdict().earliest is None


def test_what_is_wrong_comes_before_what_is_missing():
    """Reasons in the order in which to act."""
    found = verdict([failed(20, EXPIRED)], yaml=policy(hold="moving"))
    assert [criterion.code for criterion in found.in_the_way][:2] == ["hold", "failures"]
    assert found.reasons[0] == "hold: moving"


def test_enforce_is_judged_by_the_same_criteria():
    """For the next rung of max_age."""
    yaml = policy(Mode.ENFORCE)
    ledger = (published(march(1), march(10), mode=Mode.TESTING), published(march(10), mode=Mode.ENFORCE))
    body = ledger[1].text
    look = looked(
        NOW,
        scenes.serving(body),
    )
    found = verdict(reports(mode=Mode.ENFORCE), yaml=yaml, ledger=ledger, look=look)
    assert found.state is READY, found.reasons
    assert (found.mode, found.window.settled) == (Mode.ENFORCE, march(10, 0, 5))


def test_a_failure_of_the_day_of_the_first_publication_counts():
    """Who applied this policy did so after it was there, though its report began before."""
    ledger = (published(march(16, 6)),)
    found = verdict([*reports(17, 28), failed(16, EXPIRED)], ledger=ledger, now=march(30, 12))
    assert found.state is NOT
    assert {c.code for c in found.in_the_way} == {"failures"}


def test_a_failure_of_the_day_of_a_change_is_to_be_looked_at():
    """Nobody can tell whether it was before or after the new certificate; the days after it tell."""
    sightings = (seen(march(9), issuer="CN=R10"), seen(march(15, 18)))
    found = verdict(
        [*reports(16, 28), failed(15, EXPIRED)],
        sightings=sightings,
        now=march(29, 18),
        look=looked(march(29, 18)),
    )
    assert found.state is READY, found.reasons
    assert any("perhaps from before the last change: certificate-expired" in note for note in found.notes)


def test_what_is_seen_now_is_a_change_now():
    """The look of this very run shows a new issuer: nothing of before proves anything about it."""
    found = verdict(look=looked(NOW, issuer="CN=E8"))
    assert (found.state, found.window.begin) == (LITTLE, NOW)
    assert found.window.full_at == NOW + timedelta(days=14)


def test_certificates_of_six_days_are_ready_in_time():
    """Renewed every other day by intermediates in turn, the window goes on: root, kind of key and host stay."""
    root = "CN=ISRG Root X1,O=Internet Security Research Group,C=US [79b459e67bb6e5e4]"
    renewed = [
        replace(
            seen(at), hosts=(SeenHost(MX, (Shown((MX,), f"CN=YE{n % 2 + 1},O=Let's Encrypt,C=US", (root,), "EC"),)),)
        )
        for n, at in enumerate(march(day, 6) for day in range(9, 30, 2))
    ]
    now = replace(scenes.certificate(MX, issuer="CN=E8,O=Let's Encrypt,C=US"), anchors=(root,), key="EC")
    look = mail_hosts(replace(scenes.probed(MX, "192.0.2.25"), certificate=now))

    assert verdict(sightings=tuple(renewed), look=look).state is READY

    other = verdict(sightings=tuple(renewed), look=mail_hosts(
        replace(scenes.probed(MX, "192.0.2.25"), certificate=replace(now, anchors=("CN=GTS Root R4 [8056]",)))
    ))  # fmt: skip
    assert (other.state, other.window.begin) == (LITTLE, NOW)
    assert f"{MX} has a certificate under another root: CN=GTS Root R4 after CN=ISRG Root X1" in " ".join(other.reasons)


def test_an_adopted_domains_failures_count_under_the_same_text():
    """It had this policy before it came here: what failed then is asked now, until it is older than the window."""
    ledger = (published(march(20)),)
    early = failed(18, detail("validation-failure", 1, "mx9.example.net"))

    found = verdict([*reports(21, 28), early], ledger=ledger)

    (unmet,) = (one for one in found.criteria if one.code == "failures")
    assert (found.state, unmet.met, unmet.have) == (NOT, False, 1)
    assert "1 report of them from before this publication, under the same text, which asks the same" in unmet.detail
    assert found.remedy.startswith("the MX host is not in the policy's mx list: take mx9.example.net out of the MX")
    assert unmet.when == date(2026, 4, 2)
    assert verdict([*reports(21, 28), early], ledger=ledger, now=march(35)).remedy != found.remedy

    other = failed(18, EXPIRED, policy_lines=OLD_LINES)
    assert "failures" not in {one.code for one in verdict([*reports(21, 28), other], ledger=ledger).in_the_way}


def test_what_takes_longest_stands_first():
    """Silence needs somebody to act, so it comes before what only takes days; everything that lacks is there."""
    silent = verdict(reports(16, 19, ok=2))
    assert silent.in_the_way[0].code == "last-day"
    assert silent.reasons[0].startswith("last-day: silent: the last report that counts is of 11 days ago")
    assert silent.remedy.startswith("see that reports still come to the rua addresses")

    slow = verdict(reports(22, 28, ok=3))
    assert slow.in_the_way[0].code == "sessions"


CLOSED = Trouble("connection-refused", "refuses connections", "validation-failure")
ON_PURPOSE = Waiver("", BACKUP, "", "refuses on purpose", date(2026, 3, 30))


@pytest.mark.parametrize(
    ("waiver", "trouble", "others", "met"),
    [
        pytest.param(ON_PURPOSE, CLOSED, (), True, id="nolisting"),
        pytest.param(ON_PURPOSE, NO_TLS, (), False, id="it talks, and lacks STARTTLS"),
        pytest.param(replace(ON_PURPOSE, until=date(2026, 3, 29)), CLOSED, (), False, id="ran out"),
        pytest.param(replace(ON_PURPOSE, mx="mx7.example.com"), CLOSED, (), False, id="another host"),
        pytest.param(replace(ON_PURPOSE, result_type="certificate-expired"), CLOSED, (), False, id="a kind of failure"),
        pytest.param(replace(ON_PURPOSE, mx="*.example.com"), CLOSED, (CLOSED,), False, id="no host takes mail"),
    ],
)
def test_a_host_that_refuses_on_purpose_is_waived_by_name(waiver, trouble, others, met):
    """Nolisting: nobody can connect there, so no mail is lost; what a host that talks does wrong is never waived."""
    hosts = (
        scenes.mail_host(MX, scenes.probed(MX, "192.0.2.25", *others)),
        scenes.mail_host(BACKUP, scenes.probed(BACKUP, "192.0.2.26", trouble)),
    )
    both = {"mx": (MX, BACKUP)}
    body = text_of(**both)
    served = tuple(scenes.fetched(address, body=body) for address in ("192.0.2.80", "2001:db8::80"))
    bend = scenes.change(hosts=hosts, fetches=served, desired=Desired(body, scenes.RPT, 300))
    look = looked(NOW, bend, mx=(MX, BACKUP))
    found = verdict(
        reports(**both), yaml=policy(waivers=(waiver,), **both), ledger=(published(march(10), **both),), look=look,
        sightings=(seen(march(9), MX, BACKUP),),
    )  # fmt: skip

    (unmet,) = (one for one in found.criteria if one.code == "mx-hosts")
    assert unmet.met is met
    assert any("refuses on purpose" in note for note in found.notes) is met


def test_a_sighting_of_later_is_not_known_yet():
    """A rehearsal as of a time before them."""
    found = verdict(sightings=(seen(march(9)), seen(march(35), issuer="CN=R10")))
    assert found.state is READY


def test_no_report_of_before_the_window_is_read():
    """Its first day is the one on which it began: a short window costs little."""
    found = verdict(sightings=(seen(march(9), issuer="CN=R10"), seen(march(25, 6)))).window.days
    assert (found.since, found.until) == (date(2026, 3, 25), date(2026, 3, 30))
    assert verdict().window.days.since == date(2026, 3, 16)
