"""The desired state of the mail domains of one stack: a pure function of their validated YAML.

The id is left out on purpose: it depends on when a text first became desired, which only the engine's state knows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mtasts.policy.config import DomainPolicy
from mtasts.policy.policy_id import belongs
from mtasts.protocol.mta_sts import Mode, Policy, policy_host, policy_url, render_policy, txt_name
from mtasts.protocol.tls_rpt import record_name, render_tls_rpt


@dataclass(frozen=True, slots=True)
class DesiredState:
    """One mail domain as a sender shall see it."""

    domain: str
    mode: Mode
    text: str
    """The policy file, byte for byte in UTF-8: ASCII, unless it was taken over."""
    policy_host: str
    policy_url: str
    txt_name: str
    tls_rpt_name: str
    tls_rpt_value: str | None
    """The `_smtp._tls` TXT; None when no report address is wanted."""
    adopted_id: str | None = None
    """The id under which `text` was published before the domain came here; None for a text of ours."""


@dataclass(frozen=True, slots=True)
class HostGroup:
    """Mail domains whose policy hosts share one certificate and one distribution."""

    name: str
    members: tuple[DomainPolicy, ...]

    @property
    def published(self) -> tuple[DomainPolicy, ...]:
        """The members whose records are made here; of the others, which were released, only the name is left."""
        return tuple(member for member in self.members if member.released is None)

    @property
    def retired(self) -> bool:
        """Whether nothing but `none` is published here, so that the host may go away (RFC 8461 s8.3).

        Of what was released nothing is; a hook sees that DNS leads its name elsewhere before its host goes.
        """
        return all(member.mode is Mode.NONE or member.released is not None for member in self.members)


def desired_state(policy: DomainPolicy) -> DesiredState:
    """What `policy` asks for: the text that was taken over, as long as it says the same."""
    state = _desired(policy.domain, policy.policy, policy.rua)
    adopted = policy.adopted
    if adopted is None or adopted.text is None or not adopted.still_meant(policy.policy):
        return state
    return replace(state, text=adopted.text, adopted_id=adopted.id)


def desired_from(domain: str, mode: str, max_age: float, mx: Sequence[str], rua: Sequence[str] = ()) -> DesiredState:
    """The same from plain values, such as a Pulumi program has: the domain in A-labels, max_age in seconds.

    Whole numbers may be floats, as they arrive from other languages. Raises ValueError for what cannot be published.
    """
    if max_age != int(max_age):
        raise ValueError(f"max_age {max_age} is not a whole number of seconds")
    return _desired(domain, Policy(Mode(mode), int(max_age), tuple(mx)), tuple(rua))


def _desired(domain: str, policy: Policy, rua: Sequence[str]) -> DesiredState:
    return DesiredState(
        domain=domain,
        mode=policy.mode,
        text=render_policy(policy),
        policy_host=policy_host(domain),
        policy_url=policy_url(domain),
        txt_name=txt_name(domain),
        tls_rpt_name=record_name(domain),
        tls_rpt_value=render_tls_rpt(rua) if rua else None,
    )


def gave_up_its_id(policy: DomainPolicy, id_now: str) -> bool:
    """Whether DNS names `id_now` for a domain that was taken over without a policy because a run of ours was cut off.

    Its first id is one of ours, made for the text that is to be published; the one in its file is given up.
    """
    without = policy.adopted is not None and policy.adopted.text is None
    return without and belongs(id_now, desired_state(policy).text) is True


def host_groups(policies: Iterable[DomainPolicy]) -> tuple[HostGroup, ...]:
    """The host groups of a stack, and each group's members, in the order of their names."""
    members: defaultdict[str, list[DomainPolicy]] = defaultdict(list)
    for policy in policies:
        members[policy.host_group].append(policy)
    return tuple(
        HostGroup(name, tuple(sorted(members[name], key=lambda policy: policy.domain))) for name in sorted(members)
    )
