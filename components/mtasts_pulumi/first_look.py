"""Before the first record of a mail domain: does anything stand at its names, and would a wildcard end by it?

`mtasts up` has looked at all of it before the run. These hooks look once more, so that nothing is begun beside what
somebody made in the meantime, nor by plain `pulumi up`, which did not look.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import pulumi

from mtasts.live.first_look import Told
from mtasts.live.network import Network
from mtasts.live.standing import Names
from mtasts.protocol.mta_sts import policy_host, select_txt, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.verify.model import Standing
from mtasts.verify.standing import Creates, refusals
from mtasts_pulumi.dns import Existing

# The form of rollout.policy_id: 14 digits of time, 16 of the text's hash.
_OWN_ID = re.compile(r"[0-9]{14}[0-9a-f]{16}")


class InTheWay(Exception):  # noqa: N818 - what the engine prints after "before hook failed:"
    """What is there and what to do about it; nothing was written."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    domains: tuple[str, ...]
    creates: Creates
    host_types: tuple[str, ...]


class FirstLook:
    """Looks at a mail domain's names in DNS before its records are created.

    `told`: what `mtasts up` saw before. One for a whole program is enough; two in one deployment need two names.
    """

    def __init__(self, network: Network = Network(), told: Told = Told(), name: str = "first-look"):  # noqa: B008 - frozen
        self._network = network
        self._told = told
        self._name = name
        self._wanted: dict[str, _Wanted] = {}
        self._seen: dict[str, asyncio.Task[Standing]] = {}
        self._names: Optional[Names] = None
        self._moving: dict[str, pulumi.ResourceHook] = {}
        self._hooks: Optional[tuple[pulumi.ResourceHook, pulumi.ResourceHook]] = None

    def before(
        self, resource_name: str, domains: Sequence[str], creates: Creates, host_types: Sequence[str] = ("A", "AAAA")
    ) -> pulumi.ResourceHookBinding:
        """For the resource `resource_name` of these mail domains, whose creation is what `creates` says.

        `host_types`: the record types at the policy host that would be in its way. An update is refused where
        `mtasts up` has refused the domain.
        """
        self._wanted[resource_name] = _Wanted(tuple(domains), creates, tuple(host_types))
        if self._hooks is None:
            self._hooks = (
                pulumi.ResourceHook(self._name, self._before_create),
                pulumi.ResourceHook(f"{self._name}-refused", self._before_update),
            )
        create, update = self._hooks
        return pulumi.ResourceHookBinding(before_create=[create], before_update=[update])

    @property
    def existing(self) -> Existing:
        """What is taken over, as the functions of `mtasts_pulumi.dns` want it."""
        return self._told.existing

    def unless_refused(self, domain: str) -> Optional[pulumi.ResourceHookBinding]:
        """For the records of a domain that moves: DNS shows its own, so only what `mtasts up` has seen counts."""
        if domain not in self._told.refused:
            return None

        async def before_create(args: pulumi.ResourceHookArgs) -> None:
            raise InTheWay(self._told.refused[domain])

        if domain not in self._moving:
            self._moving[domain] = pulumi.ResourceHook(f"{self._name}-{domain}", before_create)
        return pulumi.ResourceHookBinding(before_create=[self._moving[domain]])

    async def _before_update(self, args: pulumi.ResourceHookArgs) -> None:
        for domain in self._wanted[args.name].domains:
            if domain in self._told.refused:
                raise InTheWay(self._told.refused[domain])

    async def _before_create(self, args: pulumi.ResourceHookArgs) -> None:
        await self._before_update(args)
        wanted = self._wanted[args.name]
        for domain in wanted.domains:
            # The TXT comes last, perhaps long after the first look, and is the one that harms as soon as it stands.
            standing = await self._standing(domain, again=wanted.creates.mta_sts)
            host = tuple(answer for answer in standing.host.answers if answer.type in wanted.host_types)
            standing = replace(standing, host=replace(standing.host, answers=host))
            for refusal in refusals(domain, standing, self._judged(domain, standing, wanted.creates)):
                raise InTheWay(f"{refusal.text}. To do: {refusal.remedy}")

    def _judged(self, domain: str, standing: Standing, creates: Creates) -> Creates:
        """What is held against DNS: what is created but not replaced; and always the `_mta-sts` TXT, if it is not ours.

        Its own resource creates it last: by its id it is known before whether it may be.
        """
        own = self._told.own
        txt = select_txt([value for answer in standing.mta_sts.answers for value in answer.values]).value
        ours = not creates.mta_sts and txt is not None and _OWN_ID.fullmatch(txt.id) is not None
        return replace(
            creates,
            mta_sts=creates.record and not ours and txt_name(domain) not in own,
            tls_rpt=creates.tls_rpt and record_name(domain) not in own,
            host=creates.host and policy_host(domain) not in own,
        )

    async def _standing(self, domain: str, *, again: bool) -> Standing:
        if self._names is None:
            self._names = Names(self._network)
        task = self._seen.get(domain)
        if task is None or again:
            task = self._seen[domain] = asyncio.ensure_future(self._names.look(domain))
        return await asyncio.shield(task)
