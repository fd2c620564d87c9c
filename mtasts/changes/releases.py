"""Releases: domains whose records another tool took over. Does the file say what the state says? Pure.

What the state has forgotten is neither deleted nor made again, so a file may not say otherwise by itself:
docs/decisions/adopt.md, Release.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem, Place


def torn_release(policy: DomainPolicy, *, published: bool, at: str) -> str:
    """What is wrong between a domain's file and its stack, "" for nothing.

    `published`: whether the state holds its `_mta-sts` record; `at`: since when its records are released, by the
    stack's outputs, "" if they are not.
    """
    if policy.released is not None and published:
        return (
            "its file says that its records are released, and this stack holds them still:"
            f" run `mtasts release {policy.domain}`, or take `released` out of its file"
        )
    if policy.released is None and at and not _taken_back(policy.adopted, at):
        return (
            f"its records were released on {at[:10]}, and its file does not say so: `mtasts release {policy.domain}`"
            f" writes it; `mtasts adopt {policy.domain}` takes them back"
        )
    return ""


def _taken_back(adopted: Adopted | None, at: str) -> bool:
    """Whether what stands there was looked at after the release, to be taken over again."""
    try:
        since = datetime.fromisoformat(at)
    except ValueError:
        return False
    return adopted is not None and adopted.seen >= (since if since.tzinfo else since.replace(tzinfo=UTC))


def release_problems(
    policies: Iterable[DomainPolicy], published: Iterable[str], released: Mapping[str, str]
) -> tuple[InputProblem, ...]:
    """What is wrong with releases, at each file. `published`: the domains that the state holds; `released` as `at`."""
    there = frozenset(published)
    return tuple(
        InputProblem(Place(policy.source, 1, 1), "released", message)
        for policy in policies
        if (message := torn_release(policy, published=policy.domain in there, at=released.get(policy.domain, "")))
    )
