"""MX hosts of one mail domain come and go: what is asked for, the dated plan, and the next edit."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtasts.app.steps.edit import DomainFile, Edit, edit_domain
from mtasts.changes.facts import Facts
from mtasts.changes.mx_plan import ADD, PROBE, REMOVE, MxStep, next_step, plan
from mtasts.errors import CannotLook
from mtasts.policy.rules import pattern_rule


@dataclass(frozen=True, slots=True)
class HostChange:
    """MX hosts or patterns, A-labels, to bring in and to take out."""

    add: tuple[str, ...]
    remove: tuple[str, ...]

    @property
    def added_hosts(self) -> tuple[str, ...]:
        """Those to bring in that name one host, which can be probed."""
        return tuple(name for name in self.add if not name.startswith("*."))


@dataclass(frozen=True, slots=True)
class MxPlan:
    """The steps of a change, and what is known now."""

    file: DomainFile
    change: HostChange
    facts: Facts
    steps: tuple[MxStep, ...]

    @property
    def next(self) -> MxStep | None:
        """The first step that is not done."""
        return next_step(self.steps)


def host_change(add: Sequence[str], remove: Sequence[str]) -> HostChange:
    """The change from what a person wrote. Raises CannotLook for what is no pattern, for nothing, and for both."""
    added, removed = _patterns(add), _patterns(remove)
    if not added and not removed:
        raise CannotLook("which MX host?", "say --add HOST, --remove HOST or --swap OLD=NEW")
    if both := set(added) & set(removed):
        raise CannotLook(f"{min(both)} cannot be added and removed at once", "name it once")
    return HostChange(added, removed)


def mx_plan(file: DomainFile, change: HostChange, facts: Facts) -> MxPlan:
    """The plan by the present facts."""
    return MxPlan(file, change, facts, plan(file.policy, facts, change.add, change.remove))


def next_edit(made: MxPlan) -> Edit | None:
    """The edit that the next step is; None where somebody else has to act. Raises CannotLook."""
    action = made.next.action if made.next is not None else None
    if action in (PROBE, ADD):
        return edit_domain(made.file, add_mx=made.change.add)
    if action == REMOVE:
        return edit_domain(made.file, remove_mx=[name for name in made.change.remove if name in made.file.policy.mx])
    return None


def _patterns(texts: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        said: list[str] = []
        pattern = pattern_rule(text, lambda message, *_, warning=False, said=said: said.append(message))
        if pattern is None:
            raise CannotLook(f"no MX host or pattern: {said[0]}", "e.g. mx3.example.com")
        found[pattern] = None
    return tuple(found)
