"""Files of domains that published before they came here, held against what is taken over of them already. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.published_names import HOST, MTA_STS
from mtasts.protocol.mta_sts import policy_host
from mtasts.providers import PROVIDERS
from mtasts_pulumi.engine.existing import resources_of
from mtasts_pulumi.engine.taken_over import host_parts

_CLOCKS = timedelta(days=1)  # by which the clock of who looked may be ahead of this one


def adoption_problems(
    policies: Sequence[DomainPolicy], state: Mapping[str, Any], now: datetime
) -> Iterator[InputProblem]:
    """What a file asks for before its domain is wholly taken over, and what would tear its policy host's record down.

    `state`: the engine's, a `deployment` object; `now`: aware.
    """
    held = resources_of(state)
    for policy in policies:
        if policy.released is None:
            if policy.adopted is not None and f"{policy.domain}{MTA_STS}" not in held:
                yield from _not_yet(policy, policy.adopted, now)
            yield from _other_host_record(policy, held)


def _not_yet(policy: DomainPolicy, adopted: Adopted, now: datetime) -> Iterator[InputProblem]:
    if adopted.seen > now + _CLOCKS:
        yield _problem(policy, "adopted.seen", f"{adopted.seen:%Y-%m-%d %H:%M} UTC is in the future")
    if adopted.text is not None and not adopted.still_meant(policy.policy):
        text = f"asks for another policy than is served under id {adopted.id}, and the domain is not taken over yet"
        yield _problem(
            policy, "adopted", f"{text}: take it over with mode, max_age and mx as served first, then change"
        )
    if policy.leaving is not None:
        yield _problem(policy, "dns.leaving", "the domain is not taken over yet: take it over first, then move it")


def _other_host_record(policy: DomainPolicy, held: frozenset[str]) -> Iterator[InputProblem]:
    """Records of other types cannot stand beside each other for a moment, and one is not changed into two."""
    records = PROVIDERS[policy.dns.provider].records
    parts = {record.part for record in (records.cname("", "", ""), *records.host("", "", "", ""))}
    there = {part for part in parts if f"{policy.domain}{HOST}-{part}" in held}
    if policy.leaving is None and there and not there & host_parts(policy).keys():
        write = "write `host_record: cname`" if "cname" in there else "take `host_record` out"
        led = " and ".join(part.upper() for part in sorted(there))
        said = (
            f"{policy_host(policy.domain)} is led by {led}, which cannot become another record without a gap; {write}"
        )
        yield _problem(policy, "dns.host_record", said)


def _problem(policy: DomainPolicy, key: str, message: str) -> InputProblem:
    return InputProblem(Place(policy.source, 1, 1), key, message)
