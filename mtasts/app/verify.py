"""Verify mail domains: looked at as a sender does, each held against its YAML where a stack is named, and judged."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtasts.app.policies import read_valid
from mtasts.app.stack_domains import released_note
from mtasts.errors import CannotLook
from mtasts.history.sightings import Sighting
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network
from mtasts.live.observe import Evidence, Observer
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.verify.findings import Findings
from mtasts.verify.model import Desired
from mtasts.verify.run_checks import PROBE_MAX_AGE, judge
from mtasts.verify.seen import sighting_of

Wanted = tuple[str, Desired | None]
Keep = Callable[[str, Sighting | None], None]


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """Which domains (A-labels, each with what its YAML wants or None), and how to look at them.

    `evidence`: MX probes made elsewhere, instead of probes made now; older than `evidence_max_age` they are unknown.
    """

    domains: Sequence[Wanted]
    network: Network = field(default_factory=Network)
    limits: Limits = USUAL
    evidence: Evidence | None = None
    evidence_max_age: timedelta = PROBE_MAX_AGE


async def findings_of(request: VerifyRequest, keep: Keep | None = None) -> AsyncGenerator[Findings, None]:
    """What the checks find of each domain, in the order asked for, as it becomes known.

    `keep` takes what was seen of a domain's MX hosts, for later verdicts. Raises CannotLook where this machine cannot
    look at all; what one domain does not answer is in its findings.
    """
    observer = Observer(request.network, request.limits, request.evidence)
    try:
        async with aclosing(observer.stream(request.domains)) as looks:
            async for observed in looks:
                yield judge(observed, datetime.now(UTC), request.evidence_max_age)
                if keep is not None:
                    # In a thread: other domains are being looked at meanwhile, against the clock.
                    await asyncio.to_thread(keep, observed.domain, sighting_of(observed, request.evidence_max_age))
    finally:
        observer.close()


def wanted_of(
    policies: Path, stack: str, named: Sequence[str] = (), note: Callable[[str], None] = lambda _: None
) -> list[Wanted]:
    """The named mail domains of a stack, without any all of them, each with what its YAML wants.

    Nothing is wanted of a released one, which is told by `note`. Raises NotValid, and CannotLook for a stack or a
    domain that is not there.
    """
    wanted: dict[str, Desired | None] = {}
    for policy in read_valid(policies, stack).policies:
        wanted[policy.domain] = None if policy.released else desired_of(policy)
        if policy.released and (not named or policy.domain in named):
            note(released_note(policy))
    for domain in named:
        if domain not in wanted:
            raise CannotLook(f"{domain} is not in stack {stack}", "leave --stack out to look at any domain")
    return [(domain, wanted[domain]) for domain in (named or wanted)]


def desired_of(policy: DomainPolicy) -> Desired:
    """What a domain's YAML wants, as the checks compare it with what is seen."""
    state = desired_state(policy)
    return Desired(state.text, state.tls_rpt_value, policy.ttl)
