"""Outputs of a stack about mail domains and hosts: what is published, also after a run that did not finish.

The engine overwrites the outputs of a run that failed with whatever the program gives. What was wanted would then be
told as published, of what failed (where an SDK from 3.271 on gives the engine's marker of an unknown value, as a text)
and of what was skipped (`mtasts_pulumi.done`).
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, TypeVar

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from mtasts.policy.held import LEFT, released_in
from mtasts.policy.policy_id import belongs
from mtasts.protocol.mta_sts import policy_host, policy_url, read_txt, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts_pulumi.done import done
from mtasts_pulumi.mta_sts_domain import MtaStsDomain
from mtasts_pulumi.policy_host import PolicyHost, Served

T = TypeVar("T")
_PLACE = ("provider", "zone", "account", "leaving", "host_group")
_PAUSES = (0, 0.05, 0.2, 0.5, 1, 2, 4)  # seconds before each time that the engine is asked


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail domain at the end of a run: what was to be published, and what its records say by the engine.

    `txt` and `tls_rpt` are None when their record is not there, failed, or was not reached. `adopted_id`: the id of the
    text where that was taken over and has it still.
    """

    domain: str
    mode: str
    text: str
    txt: Optional[str]
    tls_rpt: Optional[str]
    adopted_id: Optional[str] = None

    @property
    def reached(self) -> bool:
        """Whether the record names the text that was to be published; a run with --target may leave it as it was."""
        published = id_of(self.txt)
        return published is not None and (published == self.adopted_id or belongs(published, self.text) is True)


async def outputs_before() -> Mapping[str, Any]:
    """The stack's outputs as the last run left them, asked from the engine; none for a new stack.

    Raises RunError when the engine does not tell. It reads its state for that while it writes the same state; what a
    `file://` backend keeps beside it, the attributes, is empty for a moment then (EOF), so it is asked again.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    reason = ""
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        try:
            answer = await pulumi.runtime.invoke_async("pulumi:pulumi:readStackOutputs", {"name": stack})
            return _mapping(_mapping(answer).get("outputs"))
        except Exception as error:
            reason = str(error)
    raise pulumi.RunError(f"the engine does not tell what this stack has published: {reason}")


def published_before(before: Mapping[str, Any], domain: str) -> bool:
    """Whether the outputs `before` say that the `_mta-sts` TXT of `domain` is there."""
    return _text(_mapping(_mapping(before.get("domains")).get(domain)).get("id")) is not None


def released_before(before: Mapping[str, Any], there: Collection[str] = ()) -> dict[str, str]:
    """Since when a domain is another tool's, for each whose name a host has still, by the outputs `before`.

    `there`: domains that the state holds in whatever way; the outputs do not tell of a host whose deletion was refused.
    """
    served = {*_served(_mapping(before.get("hosts"))), *there}
    return {domain: at for domain, at in released_in(_mapping(before.get("desired"))).items() if domain in served}


def served_before(before: Mapping[str, Any], group: str) -> Optional[Served]:
    """What the outputs `before` say that the host of `group` serves; None when they say nothing, or nothing whole."""
    told = _mapping(_mapping(before.get("hosts")).get(group))
    distribution, zone, names = _text(told.get("distribution")), _text(told.get("zone")), told.get("names")
    if not distribution or not zone or not isinstance(names, Sequence) or isinstance(names, str):
        return None
    return {"distribution": distribution, "zone": zone, "names": [name for name in names if _text(name)]}


async def stack_outputs(
    domains: Sequence[MtaStsDomain],
    hosts: Sequence[PolicyHost],
    bucket: pulumi.Output[str],
    before: Mapping[str, Any],
    wanted: Optional[Mapping[str, Mapping[str, Any]]] = None,
    there: Collection[str] = (),
) -> dict[str, Any]:
    """The stack's outputs; `before`: what they were. Returns when all is there or has failed.

    `wanted`: for each domain what `mtasts.policy.held.kept` makes of it, to be kept as it was published last; without
    it none is kept, and `mtasts up` can hold none whose file is wrong. `there`: domains that the state held before this
    run. What is known of one that is named no longer stays for one run more: it may not be allowed to go yet.
    """
    seen = await asyncio.gather(*(_see(domain) for domain in domains))
    serving = await asyncio.gather(*(_serving(host) for host in hosts))
    if pulumi.runtime.is_dry_run():
        return {
            "domains": {domain.desired.domain: _planned(domain) for domain in domains},
            "hosts": {host.group: _host_planned(host) for host in hosts},
            "desired": dict(wanted or {}),
            "bucket": bucket,
        }
    name = await settled(bucket)
    told = before.get("domains")
    entries = {one.domain: entry(one, _mapping(_mapping(told).get(one.domain))) for one in seen}
    groups = {host.group: now or served_before(before, host.group) for host, now in zip(hosts, serving, strict=True)}
    found = {
        "domains": {domain: told for domain, told in entries.items() if told},
        "hosts": {group: told for group, told in groups.items() if told},
        "desired": desired(seen, wanted or {}, _mapping(before.get("desired")), {*there, *released_before(before)}),
    }
    kept = name or _text(before.get("bucket"))
    return {**found, "bucket": kept} if kept else found


def entry(seen: Seen, before: Mapping[str, Any]) -> Optional[dict[str, Any]]:
    """What the outputs say of one domain. `before`: what they said up to now. None: nothing of it is published."""
    published = id_of(seen.txt) or _text(before.get("id"))
    mode = seen.mode if seen.reached else _text(before.get("mode")) if published == before.get("id") else None
    if not published or not mode:
        return None
    records = {txt_name(seen.domain): seen.txt, record_name(seen.domain): seen.tls_rpt}
    old = {} if seen.reached else _mapping(before.get("records"))
    known = {name: value or _text(old.get(name)) for name, value in records.items()}
    return {
        "mode": mode,
        "id": published,
        "policyHost": policy_host(seen.domain),
        "policyUrl": policy_url(seen.domain),
        "records": {name: value for name, value in known.items() if value},
    }


def desired(
    seen: Sequence[Seen], wanted: Mapping[str, Mapping[str, Any]], before: Mapping[str, Any], there: Collection[str]
) -> dict[str, Any]:
    """Each domain as it was published last; one that was not reached keeps the policy from `before`, if it is there.

    Its place is that of this run all the same: its records are in the engine's state there, made or not.
    """
    stays = {domain: told for domain, told in before.items() if domain in there and domain not in wanted}
    released = {
        domain: _with_left(told, _mapping(before.get(domain)))
        for domain, told in wanted.items()
        if told.get("released")
    }
    return (
        stays
        | released
        | {
            one.domain: wanted[one.domain]
            if one.reached or one.domain not in before
            else _moved(_mapping(before[one.domain]), wanted[one.domain])
            for one in seen
            if one.domain in wanted
        }
    )


def _with_left(told: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, LEFT: before[LEFT]} if LEFT in before else {**told}


def id_of(txt: Optional[str]) -> Optional[str]:
    """The id that a record announces, None when there is none."""
    found = read_txt(txt).value if txt else None
    return found.id if found else None


async def settled(output: Optional[pulumi.Output[T]]) -> Optional[T]:
    """The output's value when all that it comes from is done; None when that failed, was skipped, or is not known."""
    if output is None or not await done(output):
        return None
    return await output.future() if await output.is_known() else None


async def _see(domain: MtaStsDomain) -> Seen:
    txt, tls_rpt = await settled(domain.published), await settled(domain.tls_rpt)
    # While it moves: also when the new zone failed, the old one, which may be the one that answers, is waited for.
    left_reports, left_txt = await settled(domain.left[0]), await settled(domain.left[1])
    wanted = domain.desired
    adopted = wanted.adopted_id if wanted.adopted_id == await settled(domain.id) else None
    return Seen(
        wanted.domain,
        wanted.mode.value,
        wanted.text,
        _text(txt) or _text(left_txt),
        _text(tls_rpt) or _text(left_reports),
        adopted,
    )


async def _serving(host: PolicyHost) -> Optional[Served]:
    """By the distribution itself; None when it failed or was not reached."""
    distribution, zone = await settled(host.distribution_name), await settled(host.distribution_zone)
    names = await settled(host.names)
    if not distribution or not zone or names is None:
        return None
    return {"distribution": distribution, "zone": zone, "names": names}


def _host_planned(host: PolicyHost) -> dict[str, Any]:
    return {"distribution": host.distribution_name, "zone": host.distribution_zone, "names": host.names}


def _planned(domain: MtaStsDomain) -> dict[str, Any]:
    """What a preview says: not all of it can be known."""
    wanted = domain.desired
    records = {wanted.txt_name: domain.txt}
    if domain.tls_rpt is not None:
        records[wanted.tls_rpt_name] = domain.tls_rpt
    return {
        "mode": wanted.mode.value,
        "id": domain.id,
        "policyHost": wanted.policy_host,
        "policyUrl": wanted.policy_url,
        "records": records,
    }


def _moved(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    policy = {key: value for key, value in before.items() if key not in _PLACE}
    return policy | {key: wanted[key] for key in _PLACE if key in wanted}


def _served(hosts: Mapping[str, Any]) -> frozenset[str]:
    """The mail domains whose names the hosts have."""
    names = (_mapping(told).get("names") for told in hosts.values())
    return frozenset(name for every in names if isinstance(every, list | tuple) for name in every if _text(name))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> Optional[str]:
    """`value` if it is a text that says something; the engine's marker of an unknown value does not."""
    return value if isinstance(value, str) and value and value != UNKNOWN else None
