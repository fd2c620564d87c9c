"""A plan held against DNS before it is carried out: what it creates, what is in the way, and what is left out for it.

The engine's preview says which records it would make; nothing in it knows whether somebody else's stand there already.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from mtasts.live.accounts.ways import Ways
from mtasts.live.first_look import Told
from mtasts.live.network import Network
from mtasts.live.standing import Names
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import HostGroup
from mtasts.policy.published_names import CERTIFICATE, CERTIFICATE_VALIDATION, DISTRIBUTION, HOST, VALIDATION
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import HOSTINGS
from mtasts.verify.model import Standing
from mtasts.verify.standing import Creates, Refusal, ended_wildcard, refusals
from mtasts_pulumi.engine.existing import NOTHING, Existing, begun
from mtasts_pulumi.engine.new_zone import look_there
from mtasts_pulumi.engine.outcome import DomainRow, Outcome, RunProblem
from mtasts_pulumi.engine.steps import ResourceFacts, Step

_AT_A_TIME = 64  # domains
_ISSUED = ("create", "replace")


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was found. `left_out`: the refused domains of which nothing is published yet, so that a run can do without
    them; `notes`: one line each, nothing wrong; `replaced`: names of our own records that the plan makes anew;
    `existing`: what is taken over, whose refusals are among these."""

    refusals: tuple[Refusal, ...] = ()
    left_out: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    replaced: frozenset[str] = frozenset()
    existing: Existing = NOTHING

    @property
    def told(self) -> Told:
        """What the program has to know of it."""
        refused = begun(self.refusals, self.left_out)
        own = self.replaced | self.existing.own
        return Told(self.left_out, refused, own, self.existing.ids, self.existing.waiting)

    @property
    def problems(self) -> tuple[RunProblem, ...]:
        """The refusals as a run tells what went wrong."""
        return tuple(RunProblem(refusal.text, refusal.remedy, refusal.domain) for refusal in self.refusals)


def look_first(
    plan: Outcome,
    policies: Sequence[DomainPolicy],
    network: Network,
    ways: Ways,
    existing: Existing = NOTHING,
) -> FirstLook:
    """Look at all that `plan` (of a preview) creates, and at what a wildcard gives when a domain's last record goes.

    `existing`: what was seen before it, which it takes over. `ways` lead to the APIs of DNS providers, as far as there
    are credentials. Raises CannotLook when this machine has no resolver.
    """
    refused_before = {refusal.domain for refusal in existing.refusals}
    policies = [policy for policy in policies if policy.domain not in refused_before]
    domains = [policy.domain for policy in policies]
    wanted = creates(plan, domains, existing.own)
    gone = [row.domain for row in plan.domains if row.op == "delete"]
    seen = asyncio.run(_standings([*wanted, *gone], network)) if wanted or gone else {}
    found = tuple(refusal for domain in sorted(wanted) for refusal in refusals(domain, seen[domain], wanted[domain]))
    refused = {refusal.domain for refusal in found}
    found += look_there(plan, policies, ways)
    fresh = {row.domain for row in plan.domains if row.op == "create"}
    # A host that is not to be created is published already, which a domain left out would lose.
    left_out = existing.left_out | {domain for domain in refused & fresh if wanted[domain].host}
    notes = [
        f"{domain} has no records of its own: when those below it are gone, {wildcard} answers for it again"
        for domain in gone
        if (wildcard := ended_wildcard(seen[domain]))
    ]
    replaced = _made(plan, {"create", "replace"}) & plan.owned
    return FirstLook((*existing.refusals, *found), left_out, tuple(notes), replaced, existing)


def _made(plan: Outcome, operations: Collection[str]) -> frozenset[str]:
    """The names of the records on which `plan` does one of these operations."""
    steps = (*(step for row in plan.domains for step in row.steps), *plan.shared)
    wanted = (step.new or {} for step in steps if step.is_record and step.op in operations)
    return frozenset(str(inputs.get("name")).rstrip(".") for inputs in wanted)


def creates(plan: Outcome, domains: Iterable[str], own: Collection[str] = ()) -> dict[str, Creates]:
    """What a preview's plan creates of each mail domain, for those of which it creates anything. Pure.

    `own`: names of records that are taken over, beside which others of the same name may be made.
    """
    made = _made(plan, {"create"}) - plan.owned - frozenset(own)
    issued = [step for step in plan.shared if step.op in _ISSUED]
    certified = {
        name
        for hosting in HOSTINGS.values()
        for step in issued
        if step.type == hosting.certificate_type
        for name in hosting.certificate_names(step.new or {})
    }
    found = {
        domain: Creates(
            mta_sts=txt_name(domain) in made,
            tls_rpt=record_name(domain) in made,
            host=policy_host(domain) in made,
            certificate=policy_host(domain) in certified,
        )
        for domain in domains
    }
    return {domain: what for domain, what in found.items() if what != Creates()}


def without(outcome: Outcome, look: FirstLook, groups: Sequence[HostGroup]) -> Outcome:
    """The outcome of a run with what was refused: nothing of a domain that is left out, and each as failed. Pure."""
    if not look.refusals:
        return outcome
    refused = {refusal.domain for refusal in look.refusals}
    rows = {row.domain: row for row in outcome.domains}
    for domain in refused:
        row = rows.get(domain)
        empty = DomainRow(domain, ResourceFacts(), ResourceFacts(), (), "create", failed=True)
        rows[domain] = replace(row, failed=True) if row and domain not in look.left_out else empty
    told = {problem.message: problem for problem in (*look.problems, *outcome.problems)}
    return replace(
        outcome,
        result="failed" if outcome.result == "succeeded" else outcome.result,
        domains=tuple(rows[domain] for domain in sorted(rows)),
        shared=tuple(step for step in outcome.shared if not _is_of(step, look.left_out, groups)),
        problems=tuple(told.values()),
    )


def seen_twice(domains: Iterable[str], network: Network) -> tuple[RunProblem, ...]:
    """A problem for each name where DNS shows more records than senders take: they use none then. Late is not wrong."""
    return asyncio.run(_seen_twice(sorted(domains), network))


async def _seen_twice(domains: Sequence[str], network: Network) -> tuple[RunProblem, ...]:
    names, slots = Names(network), asyncio.Semaphore(_AT_A_TIME)

    async def one(domain: str) -> list[RunProblem]:
        async with slots:
            mta_sts, tls_rpt = await names.texts(domain)
        told = []
        for answer, prefix, source in ((mta_sts, "v=STSv1;", "8461 s3.1"), (tls_rpt, "v=TLSRPTv1;", "8460 s3")):
            count = sum(value.startswith(prefix) for value in answer.values)
            if count > 1:
                text = f'{answer.name}: DNS shows {count} records that begin with "{prefix}"; they count as none'
                told.append(RunProblem(f"{text} (RFC {source})", "delete those that this stack did not make", domain))
        return told

    try:
        return tuple(problem for told in await asyncio.gather(*map(one, domains)) for problem in told)
    finally:
        names.close()


async def _standings(domains: Sequence[str], network: Network) -> dict[str, Standing]:
    names, slots = Names(network), asyncio.Semaphore(_AT_A_TIME)

    async def one(domain: str) -> tuple[str, Standing]:
        async with slots:
            return domain, await names.look(domain)

    try:
        return dict(await asyncio.gather(*map(one, domains)))
    finally:
        names.close()


def _is_of(step: Step, left_out: frozenset[str], groups: Sequence[HostGroup]) -> bool:
    """Whether a shared step is for domains that are left out alone."""
    own = [f"{domain}{end}" for domain in left_out for end in (VALIDATION, f"{HOST}-")]
    empty = [group.name for group in groups if all(member.domain in left_out for member in group.members)]
    alone = [f"{name}{end}" for name in empty for end in (CERTIFICATE, CERTIFICATE_VALIDATION, DISTRIBUTION)]
    return step.name in alone or step.name.startswith(tuple(own))
