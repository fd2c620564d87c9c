"""Policy hosts that other CloudFront distributions of the account have, moved to those of a stack: before the run that
leads them here.

First a run that makes everything for them but what leads a sender here; then each name moves. At whatever point this is
killed, running it again goes on: the name is with the other distribution, or with ours.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mtasts.adoption.survey import AliasHolder
from mtasts.app.policies import read_named
from mtasts.errors import CannotLook
from mtasts.live.accounts import aws
from mtasts.live.dns_api import api_of
from mtasts.live.network import Network
from mtasts.live.project import aws_profile, program_settings
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import policy_host
from mtasts.providers import PROVIDERS
from mtasts_pulumi.engine.outcome import RunProblem
from mtasts_pulumi.engine.published import deployment
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.engine.web_hosts import WebHost, led_here, web_hosts
from mtasts_pulumi.publish.alias_move import Move, Tools, asking, is_here, looking, move, proofs_among
from mtasts_pulumi.publish.desk import Desk
from mtasts_pulumi.publish.publication import carry_out
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.result import Done, Result
from mtasts_pulumi.publish.stack import Stack, laid_over, stack_of


@dataclass(frozen=True, slots=True)
class HostsMoved:
    """How it ended. `waiting`: domains whose name is still elsewhere, which a run that follows has to leave there.

    `problems`: what went wrong, a domain each; `left`: what is of no use any more, a line each. `stop`: no run may
    follow; `prepared`: the end of the one that made everything ready, where that is why.
    """

    waiting: frozenset[str] = frozenset()
    problems: tuple[RunProblem, ...] = ()
    left: tuple[str, ...] = ()
    stop: bool = False
    prepared: Result | None = None


def move_hosts_here(request: PublishRequest, desk: Desk, domains: Collection[str]) -> HostsMoved:
    """Move the policy hosts of these domains of the stack of `request` here, as far as others of the account have them.

    Nothing is done for a domain that has been led here already, and nobody is asked. Raises CannotLook where nothing
    could be begun.
    """
    stack = stack_of(request, laid_over(request))
    clients = _Clients(stack)
    state = deployment(stack.project, stack.name, stack.environ)
    led = led_here(state)
    policies = [policy for policy in _policies(stack) if policy.domain in domains and policy.domain not in led]
    holders = {policy.domain: clients.holder(policy.domain) for policy in policies}
    own = {host.id for host in web_hosts(state).values()}
    here = [policy for policy in policies if (holder := holders[policy.domain]) and holder.id in own]
    found = _Moves(stack, clients, desk)
    for policy in here:  # by an earlier run, which may not have seen to its end
        found.finish(policy)
    held = {domain: holder for domain, holder in holders.items() if holder and holder.id not in own}
    if not held or found.stop:
        return found.end()
    for domain, holder in held.items():
        desk.note(f"{policy_host(domain)} is an alias of CloudFront distribution {holder.id} ({holder.host}) until now")
    waiting = frozenset(held) | found.waiting
    prepared = carry_out(replace(request, waiting=waiting, asking=False), desk)
    if not (isinstance(prepared, Done) and prepared.outcome.result == "succeeded"):
        return replace(found.end(), waiting=waiting, stop=True, prepared=prepared)
    for policy in policies:
        if policy.domain in held:
            found.move(policy, held[policy.domain])
    return found.end()


class _Moves:
    """Moves one after another, and what has come of them."""

    def __init__(self, stack: Stack, clients: "_Clients", desk: Desk) -> None:
        self._stack, self._clients, self._desk = stack, clients, desk
        self._problems: list[RunProblem] = []
        self._gone: dict[str, list[AliasHolder]] = {}  # by domain, who had it
        self.waiting: frozenset[str] = frozenset()
        self.stop = False

    def end(self) -> HostsMoved:
        """What has come of them."""
        hosts = {policy_host(domain) for domain in self._gone}
        sources = {source.id: source for every in self._gone.values() for source in every}
        left = tuple(_left(source, hosts) for source in sources.values())
        return HostsMoved(self.waiting, tuple(self._problems), left, self.stop)

    def finish(self, policy: DomainPolicy) -> None:
        """What an earlier run has moved, if it did not come to its end: the proofs are still there then."""
        network = Network.from_environment(self._stack.environ)
        told = asyncio.run(asking(network)(policy.domain))
        proofs = frozenset(proof for texts in told for proof in proofs_among(texts))
        target = self._target(policy)
        if target.name.lower() in proofs:
            had = self._clients.named(proofs - {target.name.lower()})
            source = replace(had, aliases=(*had.aliases, policy_host(policy.domain))) if had else None
            self.move(policy, source)

    def move(self, policy: DomainPolicy, source: AliasHolder | None) -> None:
        """Move one, and note how it ended."""
        domain, host = policy.domain, policy_host(policy.domain)
        try:
            task, tools = self._task(policy, source), self._clients.tools(policy)
            stays = move(task, tools)
        except CannotLook as error:
            self._problems.append(RunProblem(error.message, error.hint, domain))
            self._where(policy, source)
            return
        if stays:
            self._problems.append(RunProblem(stays.text, stays.remedy, domain))
            self._where(policy, source)
            return
        self._gone[domain] = [source] if source else []
        self._desk.note(f"{host} is an alias of {task.target.id} ({task.target.name}) now, and the policy is served")

    def _where(self, policy: DomainPolicy, source: AliasHolder | None) -> None:
        """A name that is here already must not be left out by a run: the distribution would lose it."""
        try:
            if not is_here(self._task(policy, source), self._clients.tools(policy)):
                self.waiting |= {policy.domain}
        except CannotLook:
            self.stop = True

    def _target(self, policy: DomainPolicy) -> WebHost:
        state = deployment(self._stack.project, self._stack.name, self._stack.environ)
        target = web_hosts(state).get(policy.host_group)
        if target is None:
            raise CannotLook(f"{policy.domain}: the state does not have the distribution of its host group", "")
        return target

    def _task(self, policy: DomainPolicy, source: AliasHolder | None) -> Move:
        desired = desired_state(policy)
        state = deployment(self._stack.project, self._stack.name, self._stack.environ)
        same, bucket = desired.adopted_id is not None, read_state(state).bucket
        return Move(policy.domain, policy.dns.zone, desired.text, same, source, self._target(policy), bucket)


def _left(source: AliasHolder, gone: Collection[str]) -> str:
    still = [alias for alias in source.aliases if alias not in gone]
    if still:
        return f"CloudFront distribution {source.id} ({source.host}) goes on serving {', '.join(still[:6])}"
    return (
        f"CloudFront distribution {source.id} ({source.host}) has no name any more; disable and delete it when the old"
        " records have run out of resolvers, with the certificate and the bucket that only it uses"
    )


def _policies(stack: Stack) -> Sequence[DomainPolicy]:
    return read_named(stack.project.policies(stack.environ), stack.name, stack.project.root).policies


class _Clients:
    """Of AWS, by the settings of a stack; made when they are needed."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._profile = aws_profile(stack.project, stack.name)
        self._ways = stack.ways
        self._made: dict[str, Any] = {}

    def of(self, service: str) -> Any:
        if service not in self._made:
            client = aws.client(service, self._stack.environ, self._profile)
            if client is None:
                raise CannotLook(aws.NO_CREDENTIALS, "the usual AWS settings give them")
            self._made[service] = client
        return self._made[service]

    def holder(self, domain: str) -> AliasHolder | None:
        """The distribution of this account that has the policy host: by its exact name before a wildcard."""
        host = policy_host(domain)
        every = sorted(aws.alias_holders(host, self.of("cloudfront")), key=lambda each: host not in each.aliases)
        return every[0] if every else None

    def named(self, names: Collection[str]) -> AliasHolder | None:
        """The distribution of this account with one of these own names."""
        return next((each for each in aws.distributions(self.of("cloudfront")) if each.host in names), None)

    def tools(self, policy: DomainPolicy) -> Tools:
        dns = api_of(PROVIDERS[policy.dns.provider])
        if dns is None:
            title = PROVIDERS[policy.dns.provider].title
            raise CannotLook(f"{title} cannot be asked to write CloudFront's proof", "docs/adopt.md says what to write")
        environ, network = self._stack.environ, Network.from_environment(self._stack.environ)
        dns_environ = self._ways.of(policy.dns.account)
        return Tools(
            cloudfront=self.of("cloudfront"),
            acm=self.of("acm"),
            s3=self.of("s3"),
            dns=dns,
            environ=dns_environ,
            deadline=deadline_of(environ, program_settings(self._stack.project, self._stack.name)),
            look=looking(network),
            texts=asking(network),
        )


def deadline_of(environ: Mapping[str, str], settings: Mapping[str, Any]) -> float:
    """Seconds, as the program reads them; what it would refuse is refused by the run before."""
    return float(environ.get("MTASTS_READ_BACK_DEADLINE") or settings.get("readBackDeadline") or 300)
