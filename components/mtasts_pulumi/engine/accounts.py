"""Accounts that a run needs and cannot reach, found before anything is touched.

The engine configures each provider before its first step, and one that refuses ends the run for every domain. One whose
token is not set would get that of the stack.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from mtasts.changes.moves import named
from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts.policy.account_rules import left_accounts
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem, Place
from mtasts.words.counted import few
from mtasts_pulumi.engine.held import last_published

_SHOWN = 3  # domains named in one line


def out_of_reach(policies: Sequence[DomainPolicy], state: Mapping[str, Any], ways: Ways) -> list[InputProblem]:
    """A problem for each domain that nothing is published of yet, and whose account cannot be reached. Blocking.

    `state`: the engine's, a `deployment` object. Raises CannotLook where the account has what is published: a run
    without its provider would be one that deletes.
    """
    before = [policy for policy in last_published(state).values() if policy is not None]
    begun = {policy.domain for policy in before}
    users: dict[str, list[DomainPolicy]] = defaultdict(list)
    for policy in policies:
        for name in filter(None, policy.accounts):
            users[name].append(policy)
    problems = []
    for name, troubled in users.items():
        if trouble := ways.trouble(name):
            published = [policy.domain for policy in troubled if policy.domain in begun]
            if published:
                raise _needed(trouble, published)
            problems += [_problem(policy, name, trouble) for policy in troubled]
    _check(left_accounts(policies, before), ways)
    return problems


def check_accounts(state: Mapping[str, Any], ways: Ways) -> None:
    """Raise CannotLook for an account that cannot be reached and has what is to be taken down. Blocking."""
    before = [policy for policy in last_published(state).values() if policy is not None]
    _check(left_accounts((), before), ways)


def _check(left: Mapping[str, Sequence[str]], ways: Ways) -> None:
    for name, domains in left.items():
        if trouble := ways.trouble(name):
            raise _needed(trouble, domains)


def _needed(trouble: CannotLook, domains: Sequence[str]) -> CannotLook:
    return CannotLook(f"{trouble.message}; published through it: {few(domains, _SHOWN)}", trouble.hint)


def _problem(policy: DomainPolicy, name: str, trouble: CannotLook) -> InputProblem:
    key, zone = ("dns.account", policy.dns)
    if policy.dns.account != name and policy.leaving is not None:
        key, zone = "dns.leaving.account", policy.leaving
    return InputProblem(zone.place or Place(policy.source, 1, 1), key, f"{trouble.message}: {trouble.hint}")


def account_notes(policies: Sequence[DomainPolicy], state: Mapping[str, Any]) -> list[str]:
    """A line for each domain whose zone stays and is reached through another account than it was published through."""
    before = {policy.domain: policy for policy in last_published(state).values() if policy is not None}
    notes = []
    for policy in policies:
        had = {zone: zone.account for zone in before[policy.domain].zones} if policy.domain in before else {}
        for zone in sorted(policy.zones, key=named):
            if had.get(zone, zone.account) != zone.account:
                notes.append(
                    f"{policy.domain}: its records are written through {_named(zone.account)} instead of"
                    f" {_named(had[zone])} from now on; they stay in {named(zone)}, and none is made anew for that"
                )
    return notes


def _named(account: str) -> str:
    return f"account {account}" if account else "the stack's own account"
