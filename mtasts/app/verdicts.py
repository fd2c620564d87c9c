"""The verdict `ready` of mail domains, from what is stored of them and from a look at them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mtasts.app.sightings import KeptSightings
from mtasts.app.verify import VerifyRequest, desired_of, findings_of
from mtasts.history.eras import Publication
from mtasts.history.sightings import Sighting
from mtasts.live.limits import Limits
from mtasts.live.network import Network
from mtasts.live.observe import Evidence
from mtasts.live.sightings import open_sightings
from mtasts.live.store import Store, open_store
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import Verdict, evidence_in, judge_ready, ready_window
from mtasts.verify.findings import Findings
from mtasts.verify.model import Observed
from mtasts.verify.run_checks import judge
from mtasts.verify.seen import sighting_of


@dataclass(frozen=True, slots=True)
class LookSettings:
    """How to look at the domains. `evidence`: MX probes that were made elsewhere, None to connect from here."""

    network: Network
    limits: Limits
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class VerdictRequest:
    """What verdicts are made from, and when.

    `store`: a folder or `s3://BUCKET/PREFIX` with the reports, and what was seen of MX hosts. `look`: None for no look
    at the domains, so that none is ready. `keep`: what is seen of MX hosts now is kept there, too. `rehearsed`: `now`
    was handed in; what is seen now stands for what would be seen then.
    """

    now: datetime
    store: str
    look: LookSettings | None
    keep: bool
    rehearsed: bool = False


def verdicts(
    request: VerdictRequest,
    policies: Sequence[DomainPolicy],
    publications: Mapping[str, Sequence[Publication]],
    tell: Callable[[str], None],
) -> Iterator[Verdict]:
    """The verdict of each of these domains, in their order, each as soon as it is known.

    `publications` by domain, as the ledger has them. `tell` gets a line for people when what is seen cannot be kept.
    Raises CannotLook when the store cannot be read.
    """
    now = request.now
    with open_store(request.store) as store:
        sightings = KeptSightings(open_sightings(request.store), tell)
        for policy, verify in zip(policies, _looks(request, policies), strict=True):
            published = publications.get(policy.domain, ())
            if request.rehearsed:
                published = known_at(published, now)
            earlier = sightings.of(policy.domain)
            if request.keep and verify is not None:
                sightings.note(policy.domain, sighting_of(verify.observed))
            yield judge_stored(policy, store, published, verify, earlier, now)


def judge_stored(
    policy: DomainPolicy,
    store: Store,
    publications: Sequence[Publication],
    verify: Findings | None,
    sightings: Sequence[Sighting],
    now: datetime,
) -> Verdict:
    """The verdict of one domain from the reports of a store and from what else is handed in."""
    seen = sighting_of(verify.observed) if verify is not None else None
    window = ready_window(policy.rollout, publications, sightings, now, seen)
    reports = store.window(policy.domain, window.days.since, window.days.until)
    evidence = evidence_in(policy.domain, window, reports, publications, policy.rollout.trusted_reporters)
    return judge_ready(policy, window, evidence, publications, verify, now)


def known_at(publications: Sequence[Publication], now: datetime) -> tuple[Publication, ...]:
    """The ledger as it was at `now`, for a rehearsal: nothing in it has begun or ended later."""
    return tuple(
        publication if publication.until is None or publication.until <= now else replace(publication, until=None)
        for publication in publications
        if publication.since <= now
    )


def _looks(request: VerdictRequest, policies: Sequence[DomainPolicy]) -> Iterator[Findings | None]:
    """What `verify` finds of each domain, in turn; the loop that looks runs while the next is waited for."""
    look, now = request.look, request.now
    if look is None:
        yield from [None] * len(policies)
        return
    wanted = [(policy.domain, desired_of(policy)) for policy in policies]
    looks = findings_of(VerifyRequest(wanted, look.network, look.limits, look.evidence))
    with asyncio.Runner() as runner:
        try:
            while (found := runner.run(_next(looks))) is not None:
                yield _as_of(found.observed, now) if request.rehearsed else found
        finally:
            runner.run(looks.aclose())


def _as_of(seen: Observed, now: datetime) -> Findings:
    """What is seen now, as if it had been seen at another time."""
    return judge(replace(seen, at=now, probed_at=now - (seen.at - seen.probed_at)), now)


async def _next(looks: AsyncGenerator[Findings, None]) -> Findings | None:
    return await anext(looks, None)
