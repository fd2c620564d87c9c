"""A mail domain that is ready after a good fortnight, and the ways to bend it: everything by hand, nothing asked.

All of March 2026, in UTC: published on the 10th at 08:00 with a TTL of 5 minutes, judged on the 30th at 12:00. The
window of 14 days then begins on the 16th, and reports about the 29th are still to come.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mtasts.history.eras import Publication
from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.policy_id import policy_id
from mtasts.policy.settings import RolloutSettings
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.verdict.ready import Verdict, evidence_in, judge_ready, ready_window
from mtasts.verify.model import Desired, Observed
from mtasts.verify.run_checks import judge
from mtasts.verify.seen import sighting_of
from tests.reports.making import result, stored
from tests.verify import scenes

MX = "mail.example.com"
BACKUP = "backup.example.com"
ISSUER = "CN=R11,O=Let's Encrypt,C=US"
DOMAIN = "example.com"


def march(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A time of March 2026; days above 31 run on into April."""
    return datetime(2026, 3, 1, hour, minute, second, tzinfo=UTC) + timedelta(days=day - 1)


NOW = march(30, 12)


def text_of(mode: Mode = Mode.TESTING, mx: tuple[str, ...] = (MX,), max_age: int = 86400) -> str:
    """A policy's text."""
    return render_policy(Policy(mode, max_age, mx))


def policy(mode: Mode = Mode.TESTING, mx: tuple[str, ...] = (MX,), max_age: int = 86400, **rollout) -> DomainPolicy:
    """The YAML."""
    return DomainPolicy(
        DOMAIN, mode, max_age, mx, (scenes.RUA,), 300, DnsZone("route53", "Z1"), DOMAIN, "", "",
        "policies/prod/example.com.yaml", RolloutSettings(**rollout),
    )  # fmt: skip


_FIRST = march(10, 8)


def published(since: datetime = _FIRST, until: datetime | None = None, **text) -> Publication:
    """One publication, of the policy of the YAML unless told otherwise."""
    body = text_of(**text)
    return Publication(policy_id(since, body), body, since, until, timedelta(minutes=5))


LEDGER = (published(),)


def looked(at: datetime = NOW, *bends: scenes.Bend, mx: tuple[str, ...] = (MX,), issuer: str = ISSUER) -> Observed:
    """A look at which everything is right, and then bent."""
    body, txt = text_of(), f"v=STSv1; id={policy_id(march(10, 8), text_of())};"
    record = scenes.found(f"_mta-sts.{DOMAIN}", "TXT", txt)
    hosts = tuple(
        scenes.mail_host(
            name, replace(scenes.probed(name, "192.0.2.25"), certificate=scenes.certificate(name, issuer=issuer))
        )
        for name in mx
    )
    seen = replace(
        scenes.good(), at=at, probed_at=at, mta_sts=record,
        authorities=tuple(replace(server, answer=record) for server in scenes.good().authorities),
        mx=scenes.found(DOMAIN, "MX", *(f"10 {name}" for name in mx)),
        fetches=tuple(scenes.fetched(address, body=body) for address in ("192.0.2.80", "2001:db8::80")),
        unnamed=scenes.fetched("192.0.2.80", body=body),
        hosts=hosts, desired=Desired(body, scenes.RPT, 300),
    )  # fmt: skip
    for bend in bends:
        seen = bend(seen)
    return seen


def seen(at: datetime, *names: str, issuer: str = ISSUER) -> Sighting:
    """What a look saw of the MX hosts; `mail.example.com` unless named."""
    return Sighting(at, tuple(SeenHost(name, (Shown((name,), issuer),)) for name in sorted(names or (MX,))))


WATCHED = (seen(march(9)), seen(march(29, 6)))


def reports(first: int = 16, last: int = 28, ok: int = 10, by=("google.com", "microsoft.com"), **more):
    """A report a day of each reporter, about days of March."""
    lines = text_of(**{k: more.pop(k) for k in ("mode", "mx", "max_age") if k in more}).splitlines()
    kind = more.pop("kind", "sts")
    return [
        stored(
            date(2026, 3, 1) + timedelta(days=day - 1), result(ok, 0, kind=kind, policy=tuple(lines)), by=who, **more
        )
        for day in range(first, last + 1)
        for who in by
    ]


def failed(day: int, *details, ok: int = 0, failures: int = 1, by: str = "mail.ru", policy_lines=None, **more):
    """One report with failures."""
    lines = tuple(text_of().splitlines()) if policy_lines is None else policy_lines
    return stored(day, result(ok, failures, *details, policy=lines), by=by, **more)


def verdict(
    said=None, *, yaml: DomainPolicy | None = None, ledger=LEDGER, sightings=WATCHED, look="good", now: datetime = NOW
) -> Verdict:
    """The verdict on a good fortnight but for what is given. `look` None: nobody looked."""
    yaml = yaml or policy()
    observed = looked(now) if look == "good" else look
    verify = None if observed is None else judge(observed, now)
    seen_now = sighting_of(observed) if observed is not None else None
    window = ready_window(yaml.rollout, ledger, sightings, now, seen_now)
    evidence = evidence_in(DOMAIN, window, reports() if said is None else said, ledger, yaml.rollout.trusted_reporters)
    return judge_ready(yaml, window, evidence, ledger, verify, now)
