"""The check that a stack fits its account's quotas, before anything is made: AWS would refuse in the middle. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import HostGroup
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.quotas import DEFAULT_LIMITS, DISTRIBUTIONS, NAMES_PER_CERTIFICATE, Limits, Quota

_NOWHERE: Mapping[str, str] = {}


def quota_problems(
    groups: Sequence[HostGroup],
    limits: Limits = DEFAULT_LIMITS,
    settings: str = "the stack's settings",
    places: Mapping[str, str] = _NOWHERE,
) -> tuple[InputProblem, ...]:
    """A problem for each host group with too many names, and one for too many host groups, at the first file too many.

    `settings` is the file with the stack's settings, to be named. `places`: the host group in which a domain is
    published already. Such a one is never too many: AWS has let it in.
    """
    return tuple(sorted(problem for _, problem in _over(groups, limits, settings, places)))


def newcomers(
    groups: Sequence[HostGroup], limits: Limits, settings: str, places: Mapping[str, str]
) -> dict[str, InputProblem]:
    """Each domain that is too many, with its problem at its own file; arguments as those of `quota_problems`."""
    return {
        member.domain: replace(problem, place=Place(member.source, 1, 1))
        for members, problem in _over(groups, limits, settings, places)
        for member in members
    }


def _over(
    groups: Sequence[HostGroup], limits: Limits, settings: str, places: Mapping[str, str]
) -> Iterator[tuple[Sequence[DomainPolicy], InputProblem]]:
    yield from _crowded(groups, limits, settings, places)
    yield from _too_many(groups, limits, settings, places)


def _crowded(
    groups: Sequence[HostGroup], limits: Limits, settings: str, places: Mapping[str, str]
) -> Iterator[tuple[Sequence[DomainPolicy], InputProblem]]:
    most = limits.of(NAMES_PER_CERTIFICATE)
    raised = _raise((NAMES_PER_CERTIFICATE,), settings) if most < NAMES_PER_CERTIFICATE.most else ""
    for group in groups:
        over = len(group.members) - most
        new = [member for member in group.members if places.get(member.domain) != group.name]
        if over > 0 and new:
            message = (
                f'"{group.name}" has {len(group.members)} domains, and the quota is {most} names a certificate: write'
                f" another group into the files of those that are not published yet{raised}"
            )
            yield new[-over:], InputProblem(Place(new[-over:][0].source, 1, 1), "host_group", message)


def _too_many(
    groups: Sequence[HostGroup], limits: Limits, settings: str, places: Mapping[str, str]
) -> Iterator[tuple[Sequence[DomainPolicy], InputProblem]]:
    count = len(groups)
    exceeded = [quota for quota in DISTRIBUTIONS if count > limits.of(quota)]
    new = [group for group in groups if all(places.get(member.domain) != group.name for member in group.members)]
    if not exceeded or not new:
        return
    most = min(limits.of(quota) for quota in exceeded)
    names, domains = limits.of(NAMES_PER_CERTIFICATE), sum(len(group.members) for group in groups)
    quotas = ", ".join(f"{limits.of(quota)} {quota.counts}" for quota in exceeded)
    # Bundling moves a living domain to another host, which is refused: only new ones can be bundled.
    message = (
        f"{count} host groups need {count} distributions, and the quotas are {quotas}: write the same"
        f" `host_group: NAME` into the files of up to {names} domains that are not published yet ({domains} domains fit"
        f" {ceil(domains / names)} host groups){_raise(exceeded, settings)}"
    )
    members = [member for group in new[-(count - most) :] for member in group.members]
    yield members, InputProblem(Place(members[0].source, 1, 1), "host_group", message)


def _raise(quotas: Sequence[Quota], settings: str) -> str:
    keys = ", ".join(f"`mtasts:{quota.setting}: N`" for quota in quotas)
    return f"; or have AWS raise {'it' if len(quotas) == 1 else 'them'}, and write {keys} into {settings}"
