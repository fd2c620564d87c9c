"""Records that a domain published before it came here: which of them are there to be taken over, and what is not right.

Asked before a run, of the zone's own servers where a record's id follows from its name and type, else of the provider's
API, which gave it its id. What the engine's state holds already is not looked for again: so a run that was killed goes
on. A name without a record is published as ever, by the rules of the first look.
"""

import asyncio
import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtasts.errors import CannotLook
from mtasts.live.accounts.aws import client, validation_records
from mtasts.live.accounts.ways import Ways
from mtasts.live.dns_api import api_of
from mtasts.live.first_look import Told
from mtasts.live.network import Network
from mtasts.live.standing import Names
from mtasts.policy.config import DomainPolicy
from mtasts.policy.published_names import VALIDATION
from mtasts.protocol.mta_sts import policy_host
from mtasts.protocol.names import same_name
from mtasts.providers import PROVIDERS, DnsProvider
from mtasts.verify.model import NameLook, Standing
from mtasts.verify.standing import Refusal
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.engine.taken_over import Found, Seen, judged, names_of, wanted

_AT_A_TIME = 64  # domains


@dataclass(frozen=True, slots=True)
class Existing:
    """`ids`: for the resource of each record that is taken over, by its name, the engine's import id. `own`: names of
    records of adopted domains that are ours or about to be. `left_out`: refused domains of which the state holds
    nothing. `adopting`: every domain that is not wholly taken over yet. `waiting`: domains whose host name another
    distribution has, so that nothing leads to ours yet."""

    ids: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()
    left_out: frozenset[str] = frozenset()
    adopting: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()

    @property
    def told(self) -> Told:
        """What the program has to know of it."""
        return Told(self.left_out, begun(self.refusals, self.left_out), self.own, self.ids, self.waiting)


NOTHING = Existing()


def look_for_existing(
    policies: Sequence[DomainPolicy],
    state: Mapping[str, Any],
    network: Network,
    ways: Ways,
    profile: str = "",
) -> Existing:
    """What stands at the names of the `policies` that have `adopted` and of which `state`, the engine's, lacks records.

    `ways` lead to the APIs of the zones' accounts, `profile` is the stack's `aws:profile`. Raises CannotLook when this
    machine has no resolver, or an account cannot be reached.
    """
    adopted = [policy for policy in policies if policy.adopted is not None and policy.released is None]
    held = resources_of(state)
    missing = {policy.domain: [name for name in wanted(policy) if name not in held] for policy in adopted}
    looked = [policy for policy in adopted if missing[policy.domain]]
    seen = asyncio.run(_look(looked, network, ways)) if looked else {}
    ids: dict[str, str] = {}
    refusals: list[Refusal] = []
    for policy in looked:
        found, refused = judged(policy, missing[policy.domain], seen[policy.domain])
        refusals += refused
        if not refused:
            ids |= found
    unproven = [
        one for one in looked if f"{one.domain}{VALIDATION}" not in held and one.domain not in refused_of(refusals)
    ]
    ids |= _proofs([one for one in unproven if PROVIDERS[one.dns.provider].identity is None], ways, profile)
    resources = {resource: name for policy in adopted for resource, name in wanted(policy).items()}
    return Existing(
        ids,
        frozenset(name for resource, name in resources.items() if resource in held or resource in ids),
        tuple(refusals),
        refused_of(refusals) - read_state(state).domains,
        frozenset(policy.domain for policy in looked),
    )


def refused_of(refusals: Iterable[Refusal]) -> frozenset[str]:
    """The domains that are refused."""
    return frozenset(refusal.domain for refusal in refusals)


def begun(refusals: Sequence[Refusal], left_out: Collection[str]) -> dict[str, str]:
    """Why nothing of a domain of which the state holds something may be changed: its first refusal."""
    last_first = reversed(refusals)
    return {one.domain: f"{one.text}. To do: {one.remedy}" for one in last_first if one.domain not in left_out}


def resources_of(state: Mapping[str, Any]) -> frozenset[str]:
    """The names of the resources that a state holds or will hold, without those that it is to delete.

    A record whose creation was cut off is put into the state before the run (engine/pending.py), perhaps under another
    form of its id than an import has: importing it as well would be to replace it, and to delete what is there.
    """
    pending = state.get("pending_operations") or []
    begun = [operation.get("resource") or {} for operation in pending if operation.get("type") == "creating"]
    held = [resource for resource in state.get("resources") or [] if not resource.get("delete")]
    return frozenset(str(resource.get("urn", "")).rsplit("::", 1)[-1] for resource in (*held, *begun))


def _proofs(policies: Sequence[DomainPolicy], ways: Ways, profile: str) -> dict[str, str]:
    """The validation CNAMEs that stand for certificates of this account: another one's has another name.

    Where they cannot be asked for they are made, and the provider says so if one is there. Blocking.
    """
    found: dict[str, str] = {}
    with contextlib.suppress(CannotLook):
        acm = client("acm", ways.of(""), profile) if policies else None
        for policy in policies if acm is not None else ():
            provider, zone, environ = PROVIDERS[policy.dns.provider], policy.dns.zone, ways.of(policy.dns.account)
            for name, target in validation_records(policy_host(policy.domain), acm):
                records = _by_api(provider, zone, name, environ) or ()
                for record in records:
                    if record.kind == "CNAME" and same_name(record.value) == target:
                        found[f"{policy.domain}{VALIDATION}"] = record.id
    return found


async def _look(policies: Sequence[DomainPolicy], network: Network, ways: Ways) -> dict[str, Seen]:
    names, slots = Names(network), asyncio.Semaphore(_AT_A_TIME)

    async def one(policy: DomainPolicy) -> tuple[str, Seen]:
        async with slots:
            return policy.domain, await _look_at(policy, names, ways)

    try:
        return dict(await asyncio.gather(*map(one, policies)))
    finally:
        names.close()


async def _look_at(policy: DomainPolicy, names: Names, ways: Ways) -> Seen:
    provider, zone = PROVIDERS[policy.dns.provider], policy.dns.zone
    if provider.identity is not None:
        return _by_dns(provider, zone, await names.look(policy.domain))
    environ = await asyncio.to_thread(ways.of, policy.dns.account)
    told = {name: await asyncio.to_thread(_by_api, provider, zone, name, environ) for name in names_of(policy.domain)}
    silent = [name for name, records in told.items() if records is None]
    standing = await names.look(policy.domain) if silent else None
    return {
        name: records if records is not None else _without_api(provider, zone, _at(standing, name))
        for name, records in told.items()
    }


def _by_api(provider: DnsProvider, zone: str, name: str, environ: Mapping[str, str]) -> Sequence[Found] | None:
    """None where the API cannot be asked. Blocking."""
    api = api_of(provider)
    records = api.records_at(zone, name, environ) if api else None
    if records is None:
        return None
    return [
        Found(
            str(record.get("type", "")),
            provider.records.text(record.get("content", "")),
            provider.import_id.format(zone=zone, id=record.get("id", "")),
            bool((record.get("meta") or {}).get("read_only")) if isinstance(record.get("meta"), dict) else False,
        )
        for record in records
    ]


def _without_api(provider: DnsProvider, zone: str, look: NameLook | None) -> Sequence[Found] | str:
    """Where DNS says that there is nothing, there is nothing to take over."""
    if look is not None and not look.trouble and not look.own:
        return []
    return f"{look.name if look else zone}: the API of {provider.title} does not tell, which alone knows a record's id"


def _at(standing: Standing | None, name: str) -> NameLook | None:
    looks = (standing.mta_sts, standing.tls_rpt, standing.host) if standing else ()
    return next((look for look in looks if look.name == name), None)


def _by_dns(provider: DnsProvider, zone: str, standing: Standing) -> Seen:
    looks = (standing.mta_sts, standing.tls_rpt, standing.host)
    return {look.name: _answered(provider, zone, look) for look in looks}


def _answered(provider: DnsProvider, zone: str, look: NameLook) -> Sequence[Found] | str:
    if look.trouble:
        return look.trouble
    if not look.own:
        return []

    def record(kind: str, value: str) -> Found:
        inputs = {"zoneId": zone, "name": look.name, "type": kind}
        named = provider.identity(inputs) if provider.identity else ""
        return Found(kind, value, provider.import_id.format(zone=zone, id=named))

    alias = next((answer.chain[0] for answer in look.answers if answer.chain), "")
    if alias:
        return [record("CNAME", alias)]
    return [record(answer.type, value) for answer in look.answers for value in answer.values]
