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
