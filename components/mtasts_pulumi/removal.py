"""Before a mail domain's records go: is it its time? (RFC 8461 s8.3)

What the engine deletes is no longer in the program, so the engine calls the hook by the name that its state recorded;
a program must register it even where all that used it is gone.
"""

from collections.abc import Collection
from typing import Optional

import pulumi

from mtasts.live.delegation import answering_zone
from mtasts.live.network import Network
from mtasts_pulumi.engine.failures import OF_HOST, REMOVAL_HOOK, STILL_MOVING
from mtasts_pulumi.engine.removal import Leaving, LedgerDates, NotRemoved, leaving_of, may_be_let_go, own_name
from mtasts_pulumi.hosting.backend import hosts_taken_away
from mtasts_pulumi.policy_origin import PolicyOrigin


class Removal:
    """Holds a domain's records and its name on a shared host until no sender can hold an older policy.

    `dates` judges by the ledger in the bucket of `origin`. `released`: mail domains that another tool publishes, of
    which only the name on a host is left here: it stays until DNS leads elsewhere. One for a whole program; two in one
    deployment need two names, and a name must stay the same as long as a state knows it.
    """

    def __init__(
        self,
        dates: LedgerDates,
        origin: PolicyOrigin,
        network: Network = Network(),  # noqa: B008 - frozen
        name: str = REMOVAL_HOOK,
        released: Collection[str] = (),
    ):
        self._dates = dates
        self._network = network
        self._released = frozenset(released)
        self._bucket = origin.bucket
        self._zones: dict[str, set[str]] = {}
        early = pulumi.ResourceHookOptions(on_dry_run=True)
        self._txt_hook = pulumi.ResourceHook(name, self._before_txt_goes, early)
        self._names_hook = pulumi.ResourceHook(f"{name}-of-names", self._before_names_go, early)
        self._host_hook = pulumi.ResourceHook(f"{name}{OF_HOST}", self._before_names_go, early)

    def before_txt_goes(self, domain: str, zone: str) -> pulumi.ResourceHookBinding:
        """For the `_mta-sts` TXT of `domain` in `zone`, the provider's id of it: one of two while the domain moves."""
        self._zones.setdefault(domain, set()).add(zone)
        return pulumi.ResourceHookBinding(before_delete=[self._txt_hook])

    def before_names_go(self) -> pulumi.ResourceHookBinding:
        """For a distribution, which loses a name by an update."""
        return pulumi.ResourceHookBinding(before_update=[self._names_hook])

    def before_host_goes(self) -> pulumi.ResourceHookBinding:
        """For a distribution that serves a released domain, which nothing else keeps from being deleted."""
        return pulumi.ResourceHookBinding(before_delete=[self._host_hook])

    async def _before_txt_goes(self, args: pulumi.ResourceHookArgs) -> None:
        leaving = leaving_of(args)
        stays = self._zones.get(leaving.domain, {leaving.zone})
        if leaving.zone not in stays:
            await self._moves(leaving.domain, stays)  # it stays in another zone: a move, not the end
            return
        await self._dates.may_go(leaving, self._known_bucket)

    async def _moves(self, domain: str, stays: Collection[str]) -> None:
        seen = await answering_zone(domain, self._network)
        if seen.zone not in stays:
            raise NotRemoved(
                f"{domain}: {STILL_MOVING}: the delegation does not lead to zone"
                f" {' or '.join(sorted(stays))} yet ({seen.told})"
            )

    async def _before_names_go(self, args: pulumi.ResourceHookArgs) -> None:
        for host in hosts_taken_away(args):
            domain = host.removeprefix("mta-sts.")
            if domain in self._released:
                await may_be_let_go(domain, own_name(args), self._network, early=domain in self._dates.early)
            elif domain not in self._zones:
                await self._dates.may_go(Leaving(domain), self._known_bucket)

    async def _known_bucket(self) -> str:
        found: Optional[str] = await self._bucket.future()
        if not found:
            raise RuntimeError("the policy bucket is not there, so there is no ledger")
        return found
