"""Does a stack fit its account's quotas? Counted before anything is made: AWS would refuse in the middle. Pure."""

from collections.abc import Iterator, Sequence
from math import ceil

from mtasts.rollout.desired import HostGroup
from mtasts.rollout.inputs import InputProblem, Place
from mtasts.rollout.quotas import DEFAULT_LIMITS, DISTRIBUTIONS, NAMES_PER_CERTIFICATE, Limits, Quota


def quota_problems(
    groups: Sequence[HostGroup], limits: Limits = DEFAULT_LIMITS, settings: str = "the stack's settings"
) -> tuple[InputProblem, ...]:
    """A problem for each host group with too many names, and one for too many host groups, at the first file too many.

    `settings` is the file with the stack's settings, to be named.
    """
    return tuple(sorted([*_crowded(groups, limits, settings), *_too_many(groups, limits, settings)]))


def _crowded(groups: Sequence[HostGroup], limits: Limits, settings: str) -> Iterator[InputProblem]:
    most = limits.of(NAMES_PER_CERTIFICATE)
    raised = _raise((NAMES_PER_CERTIFICATE,), settings) if most < NAMES_PER_CERTIFICATE.most else ""
    for group in groups:
        if len(group.members) > most:
            message = (
                f'"{group.name}" has {len(group.members)} domains, and the quota is {most} names a certificate: write'
                f" another group into the files of those that are not published yet{raised}"
            )
            yield InputProblem(Place(group.members[most].source, 1, 1), "host_group", message)


def _too_many(groups: Sequence[HostGroup], limits: Limits, settings: str) -> Iterator[InputProblem]:
    count = len(groups)
    exceeded = [quota for quota in DISTRIBUTIONS if count > limits.of(quota)]
    if not exceeded:
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
    yield InputProblem(Place(groups[most].members[0].source, 1, 1), "host_group", message)


def _raise(quotas: Sequence[Quota], settings: str) -> str:
    keys = ", ".join(f"`mtasts:{quota.setting}: N`" for quota in quotas)
    return f"; or have AWS raise {'it' if len(quotas) == 1 else 'them'}, and write {keys} into {settings}"
