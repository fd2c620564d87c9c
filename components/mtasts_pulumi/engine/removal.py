"""May a mail domain be taken away? Judged by its ledger at the moment at which the engine is about to do it.

The hook is recorded in the engine's state with the `_mta-sts` TXT, so it also holds for a domain that no file names any
more, and for `pulumi` itself, which refuses to delete such a record without a program that has the hook.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pulumi

from mtasts.changes.change_end import too_early
from mtasts.changes.facts import Facts
from mtasts.errors import CannotLook
from mtasts.history.ledger import with_history
from mtasts.live.leads import look_where
from mtasts.live.ledger import read_ledger
from mtasts.live.network import Network
from mtasts.live.project import Project
from mtasts.live.s3 import settings_of
from mtasts.policy.held import released_in
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.providers import of_host, of_record
from mtasts.verify.leads import Leads
from mtasts_pulumi.engine.failures import OF_HOST, REMOVAL_HOOK, REMOVE_EARLY, STILL_LED_HERE
from mtasts_pulumi.engine.published import asked_early, exported, past_updates, published
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.engine.steps import facts

Bucket = Callable[[], Awaitable[str]]


class NotRemoved(Exception):  # noqa: N818 - what the engine prints after "before hook failed:"
    """The domain stays as it is: senders may still hold what was published, or nobody can tell."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A mail domain that is to go. `txt_id` is the id in its TXT, `ttl` of that record in seconds, as the state says.

    `zone` is the provider's id of the zone that the record is in.
    """

    domain: str
    txt_id: str | None = None
    ttl: int = 0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class LedgerDates:
    """When the domains of a stack may go. `s3` is how S3 is reached, as of `live.s3.connect`.

    `early` names the domains that somebody wants to go before their date, at their own risk.
    """

    project: Project
    stack: str
    environ: Mapping[str, str]
    s3: Mapping[str, str]
    early: frozenset[str] = frozenset()

    def refusal(self, leaving: Leaving, bucket: str) -> str | None:
        """Why a domain may not go yet, None when it may (RFC 8461 s8.3). Blocking. What cannot be read refuses.

        The file is gone by now, and what it told of another tool's publication with it. The date is the same: the
        bucket's first version is that very text, and how long it was served before moves no end.
        """
        try:
            ttls = {leaving.domain: leaving.ttl} if leaving.ttl else None
            read = read_ledger(f"s3://{bucket}", [leaving.domain], ttls=ttls, seconds=None, **self.s3)
            updates = past_updates(self.project, self.stack, self.environ)
        except CannotLook as error:
            return f"its ledger cannot be read, so nobody can tell what senders hold: {error.message}"
        ledger = with_history(read.get(leaving.domain, ()), updates)
        known = Facts(now=datetime.now(UTC), ledger=ledger, ledger_read=True, txt_id=leaving.txt_id)
        said = too_early(known, leaving.ttl)
        return None if said is None else said.text

    async def may_go(self, leaving: Leaving, bucket: Bucket) -> None:
        """Raise NotRemoved when a domain may not go yet. Who was told to remove it early is only warned."""
        reason = await asyncio.to_thread(self.refusal, leaving, await bucket())
        if reason is None:
            return
        if leaving.domain in self.early:
            pulumi.log.warn(f"{leaving.domain}: removed all the same, as asked: {reason}")
            return
        raise NotRemoved(f"{leaving.domain}: not removed: {reason}. {REMOVE_EARLY}={leaving.domain} skips this look")


def own_name(args: pulumi.ResourceHookArgs) -> str:
    """The name under which a web host answers by itself, "" where nobody knows."""
    hosting = of_host(args.type)
    return hosting.own_name(args.old_outputs or {}) if hosting else ""


async def may_be_let_go(domain: str, web_host: str, network: Network, *, early: bool) -> None:
    """Raise NotRemoved while DNS leads the policy host of a released domain to the stack's `web_host`, or may do so.

    Who was told to remove it early is only warned where nobody can tell.
    """
    seen = await look_where(domain, web_host, network) if web_host else Leads.UNKNOWN
    if seen is Leads.ELSEWHERE:
        return
    host = policy_host(domain)
    if seen is Leads.HERE:
        raise NotRemoved(f"{domain}: {STILL_LED_HERE}: its records are released, and DNS still leads {host} there")
    told = f"{domain}: {STILL_LED_HERE}: its records are released, and nobody can tell where DNS leads {host}"
    if not early:
        raise NotRemoved(told)
    pulumi.log.warn(f"{told} - taken away all the same, as asked")


def leaving_of(args: pulumi.ResourceHookArgs) -> Leaving:
    """The domain whose `_mta-sts` TXT the engine is about to delete."""
    inputs = args.old_inputs or {}
    provider = of_record(args.type)
    if provider is None:
        raise NotRemoved(f"{args.name}: not removed: {args.type} is not a record of a DNS provider that is installed")
    record = provider.records.read(inputs)
    return Leaving(record.name.removeprefix(txt_name("")), facts(inputs, args.type).id, record.ttl, record.zone)


def taking_down(dates: LedgerDates) -> Callable[[], None]:
    """A program that publishes nothing and only holds the hooks, for a stack that is taken down as a whole."""

    async def bucket() -> str:
        return published(dates.project, dates.stack, dates.environ).bucket

    async def before_delete(args: pulumi.ResourceHookArgs) -> None:
        await dates.may_go(leaving_of(args), bucket)

    async def before_host(args: pulumi.ResourceHookArgs) -> None:
        network = Network.from_environment(os.environ)
        released = released_in(read_state(exported(dates.project, dates.stack, dates.environ)).desired)
        hosting = of_host(args.type)
        for host in hosting.host_names(args.old_inputs or {}) if hosting else ():
            domain = host.removeprefix(policy_host(""))
            if domain in released:
                await may_be_let_go(domain, own_name(args), network, early=domain in dates.early)

    def program() -> None:
        early = pulumi.ResourceHookOptions(on_dry_run=True)
        pulumi.ResourceHook(REMOVAL_HOOK, before_delete, early)
        pulumi.ResourceHook(f"{REMOVAL_HOOK}{OF_HOST}", before_host, early)

    return program


def ledger_dates(project: Project, stack: str, settings: Mapping[str, Any]) -> LedgerDates:
    """For the stack that this process works on, with its environment as it is now."""
    environ = dict(os.environ)
    return LedgerDates(project, stack, environ, settings_of(environ, settings), asked_early(environ))
