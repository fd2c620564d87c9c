"""The order in which stacks are published: each after the one that its setting `mtasts:after` names. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SETTING: Final = "after"


class BadOrder(ValueError):  # noqa: N818 - reads better where it is raised
    """The settings of some stacks give no order; `problems`: by stack, what is wrong with its setting."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{stack}: {problem}" for stack, problem in problems.items()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Ordered:
    """One stack, and the stack that is published before it; "" for none."""

    name: str
    after: str = ""


def in_order(after: Mapping[str, object]) -> tuple[Ordered, ...]:
    """The stacks in the order of publication: first those that wait for none, by name.

    `after`: every stack with the value of its setting, None where it has none. Raises BadOrder with every problem.
    """
    problems = {name: why for name, value in after.items() if (why := _wrong(name, value, after))}
    if problems:
        raise BadOrder(problems)
    waiting = {name: str(value or "") for name, value in sorted(after.items())}
    done: dict[str, str] = {}
    while waiting:
        free = {name: before for name, before in waiting.items() if not before or before in done}
        if not free:
            circle = ", ".join(waiting)
            raise BadOrder(dict.fromkeys(waiting, f"these stacks wait for each other, so none would begin: {circle}"))
        done |= free
        waiting = {name: before for name, before in waiting.items() if name not in free}
    return tuple(Ordered(name, before) for name, before in done.items())


def _wrong(name: str, value: object, known: Mapping[str, object]) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        return f"{str(value)[:40]!r} is not the name of a stack"
    if value == name:
        return "the stack would wait for itself"
    if value not in known:
        return f"no stack {value[:100]!r}; stacks: {', '.join(sorted(known))}"
    return ""
