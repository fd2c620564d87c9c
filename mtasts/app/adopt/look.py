"""Looks at mail domains that may be taken over: as a sender, at the zone's own servers, and in the accounts."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mtasts.adoption.obstacles import Obstacle
from mtasts.adoption.owners import marks
from mtasts.adoption.survey import Accounts, StandingRecord, Survey
from mtasts.app.adopt.request import AdoptRequest
from mtasts.app.adopt.zone import KnownZone, known_zone
from mtasts.errors import CannotLook
from mtasts.live.accounts.look import Credentials, look_at_accounts
from mtasts.live.observe import Observer
from mtasts.live.resolver import Resolver
from mtasts.live.standing import stand
from mtasts.live.zones import name_servers
from mtasts.verify.findings import Findings, view_of
from mtasts.verify.run_checks import judge

_AT_ONCE = 8  # domains looked at at a time


async def findings_now(domains: Sequence[str], request: AdoptRequest) -> tuple[Findings, ...]:
    """What senders see of each domain now, judged, for the look after. Raises CannotLook as `look_and_plan` does."""
    observer, slots = Observer(request.network, request.limits), asyncio.Semaphore(_AT_ONCE)

    async def one(domain: str) -> Findings:
        async with slots:
            return judge(await observer.observe(domain), datetime.now(UTC))

    try:
        return tuple(await asyncio.gather(*map(one, domains)))
    finally:
        observer.close()


async def surveys(domains: Sequence[str], request: AdoptRequest) -> list[tuple[Survey, tuple[Obstacle, ...]]]:
    """What is seen of each mail domain, in their order, and what is in the way by its zone.

    Raises CannotLook where this machine cannot look at all.
    """
    observer, resolver = Observer(request.network, request.limits), Resolver(request.network)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(domain: str) -> tuple[Survey, tuple[Obstacle, ...]]:
        async with slots:
            return await _survey(domain, request, observer, resolver)

    try:
        return list(await asyncio.gather(*map(one, domains)))
    finally:
        observer.close()
        resolver.close()


async def _survey(
    domain: str, request: AdoptRequest, observer: Observer, resolver: Resolver
) -> tuple[Survey, tuple[Obstacle, ...]]:
    observed, standing, servers = await asyncio.gather(
        observer.observe(domain), stand(domain, resolver), name_servers(domain, resolver)
    )
    now = datetime.now(UTC)
    view, findings = view_of(observed, now, timedelta(days=1)), judge(observed, now)
    found = await asyncio.to_thread(known_zone, domain, servers, request)
    served = view.bodies[0][0] if view.bodies else None
    accounts = await asyncio.to_thread(_accounts, domain, found, served, request)
    survey = Survey(
        domain=domain,
        view=view,
        findings=findings,
        standing=standing,
        accounts=accounts,
        provider=found.provider,
        zone=found.zone,
        marks=await _marks(domain, resolver),
    )
    return survey, found.obstacles


def _accounts(domain: str, found: KnownZone, served: bytes | None, request: AdoptRequest) -> Accounts:
    used, dns = Credentials(request.environ, request.profile), None
    if found.account:
        try:
            dns = Credentials(request.environ_of(found.account))
        except CannotLook:  # which is in the way already
            return look_at_accounts(domain, ("", "", ""), served, used)
    return look_at_accounts(domain, found.place, served, used, dns)


async def _marks(domain: str, resolver: Resolver) -> tuple[StandingRecord, ...]:
    """The TXT records by which tools mark the domain's records as theirs."""
    answers = await asyncio.gather(*(resolver.ask(name, "TXT") for name in marks(domain)))
    return tuple(StandingRecord(each.name, "TXT", each.values, each.ttl) for each in answers if each.found)
