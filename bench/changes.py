"""The change rules beside merely reading the texts that they judge: `python -m bench.changes [DOMAINS]` (10,000).

Every kind of step is in it, each domain has its own names, a ledger of five publications and two live MX hosts. The
texts of the ledger are read within the time of both sides, which alternate; each begins with nothing read. Loading the
code is not in it. The time is the processor's, since nothing here waits for anything.
"""

import dataclasses
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from mtasts.changes.rules import Facts, judge_change
from mtasts.history import ledger
from mtasts.history.eras import Publication
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import Mode, Policy, render_policy

ROUNDS = 5
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = 86400
Case = tuple[DomainPolicy | None, DomainPolicy | None, Facts]


def case(number: int) -> Case:
    """One domain with a step of one of ten kinds."""
    domain = f"d{number}.example.com"
    mx = (f"mx1.{domain}", f"mx2.{domain}")
    policy = DomainPolicy(
        domain=domain,
        mode=Mode.ENFORCE,
        max_age=7 * DAY,
        mx=mx,
        rua=("mailto:tls-reports@example.org",),
        ttl=300,
        dns=DnsZone("route53", "Z0123456789EXAMPLE"),
        host_group=domain,
        owner="mail team",
        notes="",
        source=f"policies/bench/{domain}.yaml",
    )
    testing = dataclasses.replace(policy, mode=Mode.TESTING, max_age=DAY)
    none = dataclasses.replace(policy, mode=Mode.NONE, max_age=DAY)
    wider = dataclasses.replace(policy, mx=(*mx, f"mx3.{domain}"))
    steps: tuple[tuple[DomainPolicy | None, DomainPolicy | None], ...] = (
        (policy, policy),
        (None, testing),
        (testing, dataclasses.replace(testing, mode=Mode.ENFORCE)),
        (policy, dataclasses.replace(policy, max_age=14 * DAY)),
        (policy, wider),
        (policy, dataclasses.replace(policy, mx=mx[:1])),
        (policy, dataclasses.replace(policy, mx=(mx[0], f"mx3.{domain}"))),
        (policy, testing),
        (policy, none),
        (none, None),
    )
    old, new = steps[number % len(steps)]
    return old, new, facts(old, mx, number)


def facts(old: DomainPolicy | None, mx: tuple[str, ...], number: int) -> Facts:
    """Five publications, a month apart, the last of what the YAML says now."""
    modes = (Mode.TESTING, Mode.TESTING, Mode.ENFORCE, Mode.ENFORCE)
    texts = [render_policy(Policy(mode, (place + 1) * DAY, mx)) for place, mode in enumerate(modes)]
    texts.append(render_policy((old.policy if old else None) or Policy(Mode.TESTING, DAY, mx)))
    times = [NOW - timedelta(days=30 * (len(texts) - place), seconds=number) for place in range(len(texts))]
    publications = tuple(
        Publication(policy_id(since, text), text, since, until, timedelta(seconds=300), until)
        for text, since, until in zip(texts, times, (*times[1:], None), strict=True)
    )
    gone = {f"old.{mx[0]}": NOW - timedelta(hours=number % 48)}
    newest = publications[-1].id
    return Facts(
        now=NOW,
        ledger=publications,
        mx_hosts=mx,
        mx_ttl=3600,
        mx_last_seen=gone,
        txt_id=newest,
        ready=True,
        ledger_read=True,
        mx_watched_since=NOW - timedelta(days=60),
        txt_since=times[-1],
    )


def read(cases: list[Case]) -> None:
    """What any judge of these steps must do at least."""
    for _, _, known in cases:
        for publication in known.ledger:
            ledger.read_text(publication.text)


def judge(cases: list[Case]) -> Counter[str]:
    """The rules' findings, counted."""
    return Counter(f"{one.level} {one.code}" for each in cases for one in judge_change(*each))


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    cases = [case(number) for number in range(count)]
    reading, judging, found = [], [], Counter[str]()
    for _ in range(ROUNDS):
        ledger.read_text.cache_clear()
        start = time.process_time()
        read(cases)
        reading.append(time.process_time() - start)
        ledger.read_text.cache_clear()
        start = time.process_time()
        found = judge(cases)
        judging.append(time.process_time() - start)
    best, least = min(judging), min(reading)
    print(f"{count} domains, best of {ROUNDS} alternating rounds, seconds of processor:")
    print(
        f"  rules {best:.3f}, texts alone {least:.3f}, ratio {best / least:.2f}; {best / count * 1e6:.0f} us a domain"
    )
    print("  findings: " + ", ".join(f"{number} {name}" for name, number in sorted(found.items())))


if __name__ == "__main__":
    main()
