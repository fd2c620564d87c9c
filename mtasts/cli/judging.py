"""The verdict `ready` of mail domains, as `ready` and `promote` need it: reports, ledger and a look, judged."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as watching
from mtasts.cli.options.ledger import ledger_of
from mtasts.cli.options.probes import add_evidence_arguments, read_evidence

if TYPE_CHECKING:
    from mtasts.history.eras import Publication
    from mtasts.history.sightings import Sighting
    from mtasts.live.store import Store
    from mtasts.policy.config import DomainPolicy
    from mtasts.verdict.ready import ReadyVerdict
    from mtasts.verify.findings import Findings

Ledger = Mapping[str, "tuple[Publication, ...]"]


def add_ready_arguments(parser: argparse.ArgumentParser) -> None:
    """What a verdict is made from: --store, probe evidence, --no-probe, --as-of, and the options of the network.

    Among the latter are --sandbox and --timeout. --ledger is not: add it with `ledger_source.add_ledger_arguments`.
    """
    group = parser.add_argument_group("evidence")
    group.add_argument(
        "--store",
        metavar="DIR|s3://...",
        help="where reports are kept, and what was seen of MX hosts (default: $MTASTS_REPORTS, else .mtasts/reports)",
    )
    add_evidence_arguments(group)
    group.add_argument("--no-probe", action="store_true", help="do not look at the domains now: never ready")
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def verdicts(
    args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime, ledger: Ledger | None = None
) -> "Iterator[ReadyVerdict]":
    """The verdict of each of these domains, in their order, as `args` of `add_ready_arguments` and --ledger ask.

    `now` is the time to judge at (`clock.now_of(args)`). `ledger` holds the publications by domain, if the caller has
    them already. What is seen of MX hosts is kept beside the reports. Raises CannotLook when the store, the ledger or
    a named file cannot be read.
    """
    from mtasts.live.sightings import open_sightings
    from mtasts.live.store import default_location, open_store
    from mtasts.verify.seen import sighting_of

    location = args.store or default_location()
    rehearsed = args.as_of is not None
    with open_store(location) as store:
        known = watching.Watch(open_sightings(location))
        # Another time than now is true of the sandbox only, and only where a place was named for the rehearsal.
        keep = watching.watch_of(args) if args.sandbox or not rehearsed else watching.Watch(None)
        if ledger is None:
            ledger = ledger_of(args, [policy.domain for policy in policies], _ttls(policies))
        for policy, verify in zip(policies, _looks(args, policies, now), strict=True):
            publications = ledger.get(policy.domain, ())
            if rehearsed:
                publications = known_at(publications, now)
            earlier = known.of(policy.domain)
            if verify is not None:
                keep.note(policy.domain, sighting_of(verify.observed))
            yield judge_stored(policy, store, publications, verify, earlier, now)


def judge_stored(
    policy: "DomainPolicy",
    store: "Store",
    publications: "Sequence[Publication]",
    verify: "Findings | None",
    sightings: "Sequence[Sighting]",
    now: datetime,
) -> "ReadyVerdict":
    """The verdict of one domain from the reports of a store and from what else is handed in."""
    from mtasts.verdict.ready import evidence_in, judge_ready, ready_window
    from mtasts.verify.seen import sighting_of

    seen = sighting_of(verify.observed) if verify is not None else None
    window = ready_window(policy.rollout, publications, sightings, now, seen)
    reports = store.window(policy.domain, window.days.since, window.days.until)
    evidence = evidence_in(policy.domain, window, reports, publications, policy.rollout.trusted_reporters)
    return judge_ready(policy, window, evidence, publications, verify, now)


def known_at(publications: "Sequence[Publication]", now: datetime) -> "tuple[Publication, ...]":
    """The ledger as it was at `now`, for a rehearsal: nothing in it has begun or ended later."""
    return tuple(
        publication if publication.until is None or publication.until <= now else replace(publication, until=None)
        for publication in publications
        if publication.since <= now
    )


def _ttls(policies: "Sequence[DomainPolicy]") -> dict[str, int]:
    return {policy.domain: policy.ttl for policy in policies}


def _looks(args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime) -> "Iterator[Findings | None]":
    """What `verify` finds of each domain, in turn; the loop that looks runs while the next is waited for."""
    if args.no_probe:
        yield from [None] * len(policies)
        return
    looks = _observed(args, policies, now)
    with asyncio.Runner() as runner, looking.progress(len(policies), "ready") as bar:
        try:
            while (found := runner.run(_next(looks))) is not None:
                yield found
                bar.step()
        finally:
            runner.run(_close(looks))


async def _next(looks: "AsyncIterator[Findings]") -> "Findings | None":
    return await anext(looks, None)


async def _close(looks: "AsyncIterator[Findings]") -> None:
    close = getattr(looks, "aclose", None)
    if close is not None:
        await close()


async def _observed(
    args: argparse.Namespace, policies: "Sequence[DomainPolicy]", now: datetime
) -> "AsyncIterator[Findings]":
    from mtasts.live.observe import Observer
    from mtasts.policy.desired import desired_state
    from mtasts.verify.model import Desired
    from mtasts.verify.run_checks import judge

    evidence = read_evidence(args)
    observer = Observer(looking.network_of(args), looking.limits_of(args), evidence)
    wanted = [(policy, desired_state(policy)) for policy in policies]
    asked = [(policy.domain, Desired(state.text, state.tls_rpt_value, policy.ttl)) for policy, state in wanted]
    try:
        async for seen in observer.stream(asked):
            if args.as_of is None:
                yield judge(seen, now)
            else:
                # A rehearsal: what is seen now stands for what would be seen then.
                yield judge(replace(seen, at=now, probed_at=now - (seen.at - seen.probed_at)), now)
    finally:
        observer.close()
