"""Policies, publications and facts for tests of change rules, in few words."""

import dataclasses
from datetime import UTC, datetime, timedelta

from mtasts.changes.rules import RULES, ChangeFinding, Facts, judge_change
from mtasts.history.eras import Publication
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.settings import RolloutSettings
from mtasts.protocol.mta_sts import Mode, Policy, render_policy

DAY = 86400
WEEK = 7 * DAY
SECOND = timedelta(seconds=1)
TTL = 300
MX = ("mx1.example.com", "mx2.example.com")
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def at(day: float, *, seconds: int = 0) -> datetime:
    """Days (and seconds) after the beginning of March 2026."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day, seconds=seconds)


def policy(mode: str = "enforce", max_age: int = WEEK, mx: tuple[str, ...] = MX, **more: object) -> DomainPolicy:
    """What the YAML of example.com says; `hold`, `adopted` and `first_max_age` go to its roll-out settings.

    `before` is its `adopted` block.
    """
    settings = {key: more.pop(key) for key in ("hold", "adopted", "first_max_age") if key in more}
    more = {"adopted" if key == "before" else key: value for key, value in more.items()}
    whole = DomainPolicy(
        domain="example.com",
        mode=Mode(mode),
        max_age=max_age,
        mx=mx,
        rua=("mailto:tls-reports@example.org",),
        ttl=TTL,
        dns=DnsZone("route53", "Z0123456789EXAMPLE"),
        host_group="example.com",
        owner="mail team",
        notes="",
        source="policies/test/example.com.yaml",
        rollout=RolloutSettings(**settings),  # type: ignore[arg-type]
    )
    return dataclasses.replace(whole, **more)  # type: ignore[arg-type]


def published(
    of: DomainPolicy | Policy | str,
    since: datetime,
    until: datetime | None = None,
    *,
    named_until: datetime | str | None = "until",
    ttl: int = TTL,
) -> Publication:
    """A publication; its TXT went when its body did, unless said otherwise. Its id tells its beginning."""
    plain = of.policy if isinstance(of, DomainPolicy) else of
    text = plain if isinstance(plain, str) else render_policy(plain)
    named = until if isinstance(named_until, str) else named_until
    return Publication(f"id{since:%m%dT%H%M%S}", text, since, until, timedelta(seconds=ttl), named)


def facts(*ledger: Publication, **more: object) -> Facts:
    """All well known at NOW: the ledger read, the live MX hosts as in MX, the newest id in DNS since its time."""
    newest = next((one for one in ledger if one.until is None), None)
    known: dict[str, object] = {
        "now": NOW,
        "ledger": ledger,
        "ledger_read": True,
        "mx_hosts": MX,
        "mx_ttl": 3600,
        "mx_watched_since": at(0),
        "txt_id": newest.id if newest else None,
        "txt_since": newest.since if newest else None,
        "ready": True,
    }
    return Facts(**(known | more))  # type: ignore[arg-type]


def findings(old: DomainPolicy | None, new: DomainPolicy | None, known: Facts, code: str) -> list[ChangeFinding]:
    """What the rule `code`, alone, says of the step."""
    rules = [rule for rule in RULES if rule.code == code]
    assert len(rules) == 1, code
    return list(judge_change(old, new, known, rules))


def codes(old: DomainPolicy | None, new: DomainPolicy | None, known: Facts) -> list[str]:
    """All that is said of the step, as `level code`, once each."""
    return list(dict.fromkeys(f"{one.level} {one.code}" for one in judge_change(old, new, known)))
