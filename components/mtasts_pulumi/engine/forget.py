"""A state without the records of a mail domain, which stay in DNS: what another tool takes over. Pure.

The name of the policy host stays with its distribution, so that stays, too, and gets the hook that holds it.
"""

import copy
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from mtasts.adoption.handover import Handed
from mtasts.policy.config import DomainPolicy
from mtasts.policy.held import LEFT, kept, policy_of, released_in
from mtasts.policy.published_names import AT_ZONE, DOMAIN_TYPE, HOST, MTA_STS, STACK_TYPE, STASH_TYPE, VALIDATION
from mtasts.protocol.mta_sts import policy_host
from mtasts.providers import of_host, of_record
from mtasts_pulumi.engine.failures import OF_HOST, REMOVAL_HOOK
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.engine.steps import facts

Resource = Mapping[str, Any]
# The lists of other resources that a resource has; a map of lists has the same by property.
_NAMED = ("dependencies", "replaceWith")
_BY_PROPERTY = "propertyDependencies"


def refusal(deployment: Resource, policy: DomainPolicy) -> str:
    """Why the state may not forget the records of a domain, "" if it may. `policy`: what its file says."""
    own = _own(deployment, policy.domain)
    if not own:
        return "nothing of it is published from this stack, so there is nothing to release"
    if policy.leaving is not None or any(AT_ZONE.search(_name(one)) for one in own):
        return "its records leave a zone (`dns.leaving`): finish or undo the move first"
    urns = {_urn(one) for one in own}
    begun = (operation.get("resource") or {} for operation in deployment.get("pending_operations") or [])
    if any(one.get("delete") for one in own) or any(_urn(one) in urns for one in begun):
        return "an earlier run was killed or refused in the middle of it: run `mtasts up` first"
    named = {_name(one): facts(one.get("inputs"), str(one.get("type"))).id for one in own}
    wanted = next((one.get("outputs") or {} for one in own if one.get("type") == STASH_TYPE), {}).get("output")
    txt = named.get(f"{policy.domain}{MTA_STS}")
    if txt is None or txt != wanted:
        return "it is not wholly published: run `mtasts up` first, or take its file away if it never was"
    last = policy_of(policy.domain, _desired(deployment).get(policy.domain))
    if last is not None and _said(last) != _said(policy):
        return "its file asks for something that is not published yet: run `mtasts up` first, or take that back"
    return ""


def released_at(deployment: Resource, domain: str) -> str:
    """Since when the state has forgotten the records of a domain, as ISO 8601; "" if it was not told to."""
    return "" if _own(deployment, domain) else released_in(_desired(deployment)).get(domain, "")


def left_in_dns(deployment: Resource, domain: str) -> tuple[Handed, ...]:
    """The records of a domain that the state holds, or held until it was told to forget them, by their names."""
    own = [one for one in _own(deployment, domain) if of_record(str(one.get("type")))]
    told = _desired(deployment).get(domain)
    kept_list = told.get(LEFT) if isinstance(told, Mapping) and not own else None
    every = own or [one for one in kept_list or () if isinstance(one, Mapping)]
    found = (Handed(domain, str(one.get("type")), str(one.get("id")), one.get("inputs") or {}) for one in every)
    return tuple(sorted(found, key=lambda record: (record.name, record.kind)))


def forget(deployment: Resource, policies: Collection[DomainPolicy], now: datetime) -> dict[str, Any]:
    """The `deployment` (of `stack export`) without all of these domains but the names of their hosts.

    The stack's outputs say since when (`now`, aware). What is left names nothing that is gone.
    """
    left: dict[str, Any] = copy.deepcopy(dict(deployment))
    gone = {_urn(one) for policy in policies for one in _own(deployment, policy.domain)}
    left["resources"] = [_without(one, gone) for one in left.get("resources") or [] if _urn(one) not in gone]
    hosts = {policy_host(policy.domain) for policy in policies}
    for one in left["resources"]:
        hosting = of_host(str(one.get("type")))
        if hosting and hosts & {*hosting.host_names(one.get("inputs") or {})}:
            _hold(one)
        if one.get("type") == STACK_TYPE:
            left_here = {policy.domain: left_in_dns(deployment, policy.domain) for policy in policies}
            _tell(one.setdefault("outputs", {}), policies, now, left_here)
    return left


def _own(deployment: Resource, domain: str) -> list[Resource]:
    """The domain's component, all that is in it, and its records among those of its host group."""
    every = deployment.get("resources") or []
    inside = {_urn(one) for one in every if one.get("type") == DOMAIN_TYPE and _name(one) == domain}
    found = []
    for one in every:  # a parent stands before its children
        if _urn(one) in inside or one.get("parent") in inside:
            inside.add(_urn(one))
            found.append(one)
        elif of_record(str(one.get("type"))) and _leads(AT_ZONE.sub("", _name(one)), domain):
            found.append(one)
    return found


def _leads(name: str, domain: str) -> bool:
    return name == f"{domain}{VALIDATION}" or name.startswith(f"{domain}{HOST}-")


def _without(resource: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """The resource without what it says of those that are gone: the engine reads no state that names what is not."""
    for name in _NAMED:
        if resource.get(name):
            resource[name] = [urn for urn in resource[name] if urn not in gone]
    by_property = resource.get(_BY_PROPERTY)
    if by_property:
        resource[_BY_PROPERTY] = {
            name: [urn for urn in urns or [] if urn not in gone] for name, urns in by_property.items()
        }
    return resource


def _hold(host: dict[str, Any]) -> None:
    """Have the hook asked before the web host goes; the next publication would write the same."""
    hooks = host.setdefault("resourceHooks", {})
    name = f"{REMOVAL_HOOK}{OF_HOST}"
    hooks["BeforeDelete"] = [*(one for one in hooks.get("BeforeDelete") or [] if one != name), name]


def _tell(
    outputs: dict[str, Any],
    policies: Collection[DomainPolicy],
    now: datetime,
    left: Mapping[str, Collection[Handed]],
) -> None:
    """Have the stack's outputs say that the domains are published by another tool, since when, and as what.

    The records stand there as well, for who runs the release again.
    """
    published, desired = outputs.get("domains"), outputs.get("desired")
    told = dict(desired) if isinstance(desired, Mapping) else {}
    for policy in policies:
        if isinstance(published, dict):
            published.pop(policy.domain, None)
        last = told.get(policy.domain)
        as_published = last if isinstance(last, Mapping) else kept(policy)
        records = [{"type": one.type, "id": one.id, "inputs": dict(one.inputs)} for one in left[policy.domain]]
        told[policy.domain] = {**as_published, "released": f"{now:%Y-%m-%dT%H:%M:%SZ}", LEFT: records}
    outputs["desired"] = told


def _desired(deployment: Resource) -> Mapping[str, Any]:
    return read_state(deployment).desired


def _urn(resource: Resource) -> str:
    return str(resource.get("urn"))


def _name(resource: Resource) -> str:
    return _urn(resource).rsplit("::", 1)[-1]


def _said(policy: DomainPolicy) -> Mapping[str, Any]:
    """All that is published of it; how it came here is not."""
    return {name: value for name, value in kept(policy).items() if name not in {"adopted", "released"}}
