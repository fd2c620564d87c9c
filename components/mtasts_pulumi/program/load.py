"""The host groups of a stack, from its policy files and from what is held as it was published last.

RunError wherever the run must not begin: nothing is published then.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi

from mtasts.changes.releases import torn_release
from mtasts.errors import CannotLook
from mtasts.live.files import read_stack
from mtasts.live.held import Told as Holding
from mtasts.policy import held
from mtasts.policy.account_rules import account_problems
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import HostGroup, host_groups
from mtasts.policy.quota_rules import quota_problems
from mtasts_pulumi.program.settings import accounts_of, quota_limits
from mtasts_pulumi.published import published_before


def load(
    root: Path, config: pulumi.Config, leave_out: Collection[str], holding: Holding, before: Mapping[str, Any]
) -> tuple[HostGroup, ...]:
    """The host groups of the project in `root`, without the domains to be left out; RunError with every problem.

    A problem of a file that `mtasts up` has told in `holding` does not count: its domain is as the outputs `before`
    have it.
    """
    folder = Path(os.environ.get("MTASTS_POLICIES") or root / "policies")
    try:
        loaded = read_stack(folder, pulumi.get_stack())
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}".strip()) from None
    if not loaded.policies and not loaded.problems:
        # Without this, all that was ever published would be deleted here.
        stack = pulumi.get_stack()
        raise pulumi.RunError(f"no mail domain in {folder / stack}; what was published is taken down by `destroy`")
    aside = {*leave_out, *holding.left_out, *holding.held}
    right = [policy for policy in loaded.policies if policy.domain not in aside]
    groups = host_groups([*right, *held_policies(holding, before)])
    found = [problem for problem in loaded.problems if Path(problem.place.path).name not in holding.wrong]
    settings, places = f"Pulumi.{pulumi.get_stack()}.yaml", host_groups_before(before) if holding.wrong else {}
    problems = [
        *found,
        *quota_problems(groups, quota_limits(config), settings, places),
        *(account_problems(right, accounts_of(config), settings) if any(any(one.accounts) for one in right) else ()),
    ]
    if problems:
        told = "\n".join(map(str, problems))
        raise pulumi.RunError(f"nothing is published, the desired state has problems:\n{told}")
    if holding.wrong:
        nothing_lost(groups, leave_out, before)
    return groups


def serving(
    groups: Sequence[HostGroup], before: Mapping[str, Any], released: Mapping[str, str]
) -> tuple[HostGroup, ...]:
    """The groups without the released domains whose names their hosts do not have any more.

    `released`: since when, of those whose names they have. `before`: the outputs up to now. RunError for a domain that
    the state and the file do not agree about: what is another tool's is neither deleted nor made again.
    """
    for member in (member for group in groups for member in group.members):
        at = released.get(member.domain, "")
        said = torn_release(member, published=published_before(before, member.domain), at=at)
        if said:
            raise pulumi.RunError(f"{member.domain}: {said}; nothing is published")
    kept = [replace(group, members=_served(group, released)) for group in groups]
    return tuple(group for group in kept if group.members)


def _served(group: HostGroup, released: Collection[str]) -> tuple[DomainPolicy, ...]:
    return tuple(one for one in group.members if one.released is None or one.domain in released)


def held_policies(holding: Holding, before: Mapping[str, Any]) -> list[DomainPolicy]:
    """The domains that are held, as the outputs `before` have them; RunError for one that they do not have."""
    known = mapping(before.get("desired"))
    found = {domain: held.policy_of(domain, known.get(domain)) for domain in sorted(holding.held)}
    lost = [domain for domain, policy in found.items() if policy is None]
    if lost:
        raise pulumi.RunError(f"{lost[0]} is to be held, and the stack's outputs do not say how it was published")
    return [policy for policy in found.values() if policy is not None]


def host_groups_before(before: Mapping[str, Any]) -> dict[str, str]:
    """The host group in which each domain is, by the outputs `before`."""
    return {policy.domain: policy.host_group for policy in policies_before(before)}


def policies_before(before: Mapping[str, Any]) -> list[DomainPolicy]:
    """Each domain as it was published last, by the outputs `before`, where those say so."""
    known = mapping(before.get("desired"))
    found = [held.policy_of(domain, told) for domain, told in known.items()]
    return [policy for policy in found if policy is not None]


def nothing_lost(groups: Sequence[HostGroup], leave_out: Collection[str], before: Mapping[str, Any]) -> None:
    """RunError where a published domain would go in a run in which a file is wrong: that may be the reason."""
    named = {policy.domain for group in groups for policy in group.members}
    lost = sorted(mapping(before.get("domains")).keys() - named - set(leave_out))
    if lost:
        raise pulumi.RunError(f"{lost[0]} would be taken down by a run in which a file is wrong; nothing is published")


def mapping(value: object) -> Mapping[str, Any]:
    """`value` where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}
