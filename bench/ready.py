"""The verdict `ready` of many domains from a folder store: reports, ledger, sightings and a look handed in.

    python -m bench.ready [--domains 1000] [--days 30] [--reporters 5] [--window 14] [--rounds 3]

Every domain has a report a day of every reporter, one in ten with a failure, a publication, a look that found nothing
wrong, and a sighting a day beside the store. Filling the store is not counted. To reach: 1,000 domains under 10 s.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

from bench.reports_corpus import FIRST_DAY as FIRST
from bench.reports_corpus import REPORTERS, report
from mtasts.app.verdicts import judge_stored
from mtasts.history.eras import Publication
from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting
from mtasts.live.sightings import open_sightings
from mtasts.live.store import Incoming, open_store
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.settings import RolloutSettings
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.protocol.report import read_report
from mtasts.reports.stored import Trust
from mtasts.verdict.ready import ReadyState
from mtasts.verify.model import Observed
from mtasts.verify.run_checks import judge
from tests.verify.scenes import certificate, found, good, mail_host, probed


def fill(folder: Path, domains: int, days: int, reporters: int) -> None:
    """Bring all reports, day by day as in life."""
    now = datetime.now(UTC)
    with open_store(str(folder), create=True) as store:
        for day in range(days):
            with store.batch():
                for number in range(domains):
                    for reporter in range(reporters):
                        raw = report(number, day, reporter)
                        read = read_report(raw).value
                        assert read is not None
                        who = REPORTERS[reporter][2]
                        store.add(Incoming(read, raw, Trust.AUTHENTICATED, who, now, "bench", ()))


def policy_of(number: int, window: int) -> DomainPolicy:
    """The YAML of one domain."""
    name = f"d{number}.example.com"
    return DomainPolicy(
        name, Mode.TESTING, 86400, (f"mx1.{name}", f"mx2.{name}"), ("mailto:tls@example.net",), 300,
        DnsZone("route53", "Z1"), name, "", "", f"{name}.yaml", RolloutSettings(window_days=window),
    )  # fmt: skip


def look_of(policy: DomainPolicy, now: datetime) -> Observed:
    """A look that finds one MX host in order."""
    host = policy.mx[0]
    probe = replace(probed(host, "192.0.2.25"), certificate=certificate(host))
    return replace(
        good(), domain=policy.domain, at=now, probed_at=now, mx=found(policy.domain, "MX", f"10 {host}"),
        hosts=(mail_host(host, probe),), desired=None,
    )  # fmt: skip


def run(folder: Path, policies: list[DomainPolicy], now: datetime) -> Counter[ReadyState]:
    """All verdicts, from the store at `folder`."""
    began = datetime.combine(FIRST, clock(), UTC) - timedelta(days=1)
    states: Counter[ReadyState] = Counter()
    sightings = open_sightings(str(folder))
    with open_store(str(folder)) as store:
        for policy in policies:
            served = Publication(
                "20260101000000aaaa", render_policy(Policy(policy.mode, policy.max_age, policy.mx)), began, None
            )
            verdict = judge_stored(
                policy, store, (served,), judge(look_of(policy, now), now), sightings.of(policy.domain), now
            )
            states[verdict.state] += 1
    return states


def watch(folder: Path, policies: list[DomainPolicy], days: int) -> None:
    """A sighting a day of every domain, the one that the look gives too."""
    sightings = open_sightings(str(folder))
    shown = certificate("x").issuer
    for day in range(days):
        at = datetime.combine(FIRST + timedelta(days=day), clock(6), UTC)
        for policy in policies:
            sightings.add(policy.domain, Sighting(at, (SeenHost(policy.mx[0], (Shown((policy.mx[0],), shown),)),)))


def told(states: Counter[ReadyState]) -> str:
    """How many of each."""
    return ", ".join(f"{number} {state.value}" for state, number in states.items())


def timed(what: str, work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor that it took, told."""
    started, spent = time.perf_counter(), time.process_time()
    result = work()
    took = time.perf_counter() - started, time.process_time() - spent
    print(f"{what:<42} {took[0]:8.2f} s, {took[1]:6.2f} s of processor  {result or ''}", flush=True)
    return took


def main() -> int:
    """Fill, measure, say whether the target is reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--reporters", type=int, default=5)
    parser.add_argument("--window", type=int, default=14)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    last: date = FIRST + timedelta(days=args.days - 1)
    now = datetime.combine(last + timedelta(days=1), clock(20), UTC)
    policies = [policy_of(number, args.window) for number in range(args.domains)]
    with tempfile.TemporaryDirectory(prefix="mtasts-bench-") as name:
        folder = Path(name) / "store"
        timed("fill (not counted)", lambda: fill(folder, args.domains, args.days, args.reporters))
        timed("sightings, one a domain and day", lambda: watch(folder, policies, args.days))
        what = f"{args.domains} verdicts, window of {args.window} days"
        rounds = [timed(what, lambda: told(run(folder, policies, now))) for _ in range(args.rounds)]
    median, processor = (statistics.median(one[place] for one in rounds) for place in (0, 1))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    limit = 10 * args.domains / 1000
    print(
        f"median {median:.2f} s ({processor:.2f} s of processor), {args.domains / median:.0f} verdicts a second, "
        f"{memory} MiB; to reach: {limit:g} s"
    )
    return 0 if median <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
