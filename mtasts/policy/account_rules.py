"""The check that each account a policy file names is in the stack's settings, and is of the zone's provider. Pure."""

from collections.abc import Iterable

from mtasts.policy.accounts import Accounts, unfit
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.inputs import InputProblem, Place


def account_problems(policies: Iterable[DomainPolicy], accounts: Accounts, settings: str) -> tuple[InputProblem, ...]:
    """A problem at each `account` that nobody can use, once where it is in the defaults.

    `settings`: the file with the stack's settings, to be named.
    """
    found = {
        InputProblem(zone.place or Place(policy.source, 1, 1), key, reason): None
        for policy in policies
        for key, zone in _zones(policy)
        if (reason := unfit(zone.account, zone.provider, accounts, settings))
    }
    return tuple(sorted(found))


def _zones(policy: DomainPolicy) -> Iterable[tuple[str, DnsZone]]:
    yield "dns.account", policy.dns
    if policy.leaving is not None:
        yield "dns.leaving.account", policy.leaving


def left_accounts(wanted: Iterable[DomainPolicy], before: Iterable[DomainPolicy]) -> dict[str, list[str]]:
    """The accounts whose zones lose the records of domains: by name, with the domains.

    `before`: the domains as they were published last. A zone that a domain stays in is reached as the domain says now.
    """
    kept = {(policy.domain, zone) for policy in wanted for zone in policy.zones}
    found: dict[str, list[str]] = {}
    for policy in before:
        for zone in policy.zones if policy.released is None else ():
            if zone.account and (policy.domain, zone) not in kept:
                found.setdefault(zone.account, []).append(policy.domain)
    return found
