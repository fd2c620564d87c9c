"""The verdict `ready` of mail domains, as `ready` and `promote` need it: reports, ledger and a look, judged."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import looking
from mtasts.cli.ledger_source import ledger_of
from mtasts.cli.verify import read_evidence
from mtasts.evidence.summary import summarise
from mtasts.readiness.ready import ReadyVerdict, judge_ready, ready_window

if TYPE_CHECKING:
    from mtasts.evidence.eras import Publication
    from mtasts.evidence.sightings import Sighting
    from mtasts.live.store import Store
    from mtasts.readiness.findings import Verdict
    from mtasts.rollout.config import DomainPolicy

Ledger = Mapping[str, "tuple[Publication, ...]"]


def add_ready_arguments(parser: argparse.ArgumentParser) -> None:
    """What a verdict is made from: --store, --probe-evidence, --no-probe, --as-of, and the options of the network.

    Among the latter are --sandbox and --timeout. --ledger is not: add it with `ledger_source.add_ledger_arguments`.
    """
    group = parser.add_argument_group("evidence")
    group.add_argument(
        "--store",
        metavar="DIR|s3://...",
        help="where reports are kept (default: $MTASTS_REPORTS, else .mtasts/reports)",
    )
    group.add_argument("--probe-evidence", metavar="FILE", type=Path, help="MX probes made elsewhere by `mtasts probe`")
    group.add_argument("--no-probe", action="store_true", help="do not look at the domains now: never ready")
    group.add_argument(
        "--as-of",
        metavar="TIME",
        type=_moment,
        help="for rehearsals: judge as if it were TIME, such as 2026-04-15T08:00Z",
    )
    looking.add_network_arguments(parser)


def now_of(args: argparse.Namespace) -> datetime:
    """The time to judge at: --as-of, or now."""
    given: datetime | None = args.as_of
    return given or datetime.now(UTC)


def verdicts(
    args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime, ledger: Ledger | None = None
) -> Iterator[ReadyVerdict]:
    """The verdict of each of these domains, in their order, as `args` of `add_ready_arguments` and --ledger ask.

    `now` is the time to judge at (`now_of(args)`). `ledger` is what `ledger_of` gave, if the caller has it already.
    Raises CannotLook when the store, the ledger or a named file cannot be read.
    """
    from mtasts.live.store import default_location, open_store

    known = ledger_of(args, [policy.domain for policy in policies]) if ledger is None else ledger
    with open_store(args.store or default_location()) as store:
        for policy, verify in zip(policies, _looks(args, policies, now), strict=True):
            yield judge_stored(policy, store, known.get(policy.domain, ()), verify, (), now)


def judge_stored(
    policy: "DomainPolicy",
    store: "Store",
    publications: "tuple[Publication, ...]",
    verify: "Verdict | None",
    sightings: "Sequence[Sighting]",
    now: datetime,
) -> ReadyVerdict:
    """The verdict of one domain from the reports of a store and from what else is handed in."""
    window = ready_window(policy.rollout, publications, sightings, now)
    days = window.days
    changed = window.changed.at if window.changed else None
    reports = store.window(policy.domain, days.since, days.until)
    summary = summarise(policy.domain, days, reports, publications, changed)
    return judge_ready(policy, window, summary, verify, now)


def _looks(args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime) -> "Iterator[Verdict | None]":
    if args.no_probe:
        for _ in policies:
            yield None
        return
    looks = _observed(args, policies, now)
    with asyncio.Runner() as runner:
        try:
            while (found := runner.run(_next(looks))) is not None:
                yield found
        finally:
            runner.run(_closed(looks))


async def _next(looks: "AsyncIterator[Verdict]") -> "Verdict | None":
    return await anext(looks, None)


async def _closed(looks: "AsyncIterator[Verdict]") -> None:
    close = getattr(looks, "aclose", None)
    if close is not None:
        await close()


async def _observed(
    args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime
) -> "AsyncIterator[Verdict]":
    from dataclasses import replace

    from mtasts.live.observe import Observer
    from mtasts.readiness.model import Desired
    from mtasts.readiness.verdict import judge
    from mtasts.rollout.desired import desired_state

    evidence = read_evidence(args.probe_evidence) if args.probe_evidence else None
    observer = Observer(looking.network_of(args), looking.limits_of(args), evidence)
    wanted = [(policy, desired_state(policy)) for policy in policies]
    asked = [(policy.domain, Desired(state.text, state.tls_rpt_value, policy.ttl)) for policy, state in wanted]
    try:
        async for seen in observer.stream(asked):
            if args.as_of is not None:
                # A rehearsal: what is seen now stands for what would be seen then.
                moved = now - seen.at
                yield judge(replace(seen, at=now, probed_at=seen.probed_at + moved), now)
            else:
                yield judge(seen, now)
    finally:
        observer.close()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, write 2026-04-15T08:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r}: a time needs a zone, such as Z") from None
    return moment.astimezone(UTC)
