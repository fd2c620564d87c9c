"""The mail domains of a stack of which a verdict is asked: those that are named, or all that have a next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.app.policies import no_domain, read_valid
from mtasts.errors import CannotLook
from mtasts.live.domain_file import find_domain_file
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode


@dataclass(frozen=True, slots=True)
class StackDomains:
    """A stack, its domains to judge, in the order asked for, and what a person should know of those left out."""

    stack: str
    policies: tuple[DomainPolicy, ...]
    notes: tuple[str, ...] = ()


def stack_domains(folder: Path, stack: str, named: Sequence[str], *, every: bool) -> StackDomains:
    """The named domains (A-labels); with `every`, or without any name, all of the stack but those of mode none.

    `folder`: the policies. `stack`: "" for the only one that has the named domains. Raises NotValid for a stack with
    problems, and CannotLook for a stack or a domain that is not there.
    """
    stack = stack or _only_stack(folder, named)
    loaded = read_valid(folder, stack)
    known = {policy.domain: policy for policy in loaded.policies}
    for domain in named:
        if domain not in known:
            raise CannotLook(f"{domain} is not in stack {stack}", f"it would be {folder}/{stack}/{domain}.yaml")
    released = [policy for policy in loaded.policies if policy.released is not None]
    if named and not every:
        asked = tuple(known[domain] for domain in named if known[domain].released is None)
        return StackDomains(stack, asked, tuple(map(released_note, (one for one in released if one.domain in named))))
    asked = tuple(policy for policy in loaded.policies if policy.mode is not Mode.NONE and policy.released is None)
    notes = [] if loaded.policies else [no_domain(stack)]
    if left_out := len(loaded.policies) - len(asked) - len(released):
        notes.append(f"left out: {left_out} of mode none, which has no step towards enforce")
    return StackDomains(stack, asked, (*notes, *map(released_note, released)))


def released_note(policy: DomainPolicy) -> str:
    """What a person should know of a domain whose records are another tool's."""
    return f"{policy.domain} was released on {policy.released}: another tool publishes it, so its file asks for nothing"


def _only_stack(folder: Path, named: Sequence[str]) -> str:
    stacks = sorted({find_domain_file(folder, None, domain)[0] for domain in named})
    if len(stacks) > 1:
        raise CannotLook(f"these domains are in several stacks: {', '.join(stacks)}", "judge one stack at a time")
    return stacks[0]
