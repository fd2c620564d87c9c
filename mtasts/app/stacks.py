"""The stacks of a project in the order of publication, for people and for pipelines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import NotValid
from mtasts.live.files import count_domains
from mtasts.live.project import Project, program_settings, settings_name
from mtasts.policy.inputs import InputProblem, Place
from mtasts.policy.stack_order import SETTING, BadOrder, in_order


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: the one published before it ("" for none), and how many mail domains it has; with 0 nothing is done."""

    name: str
    after: str
    domains: int


def stacks_of(project: Project, environ: Mapping[str, str]) -> tuple[Stack, ...]:
    """All that have a folder of policies or settings. Raises CannotLook, and NotValid where they give no order."""
    policies = project.policies(environ)
    settings = {name: program_settings(project, name).get(SETTING) for name in project.stack_names(environ)}
    try:
        return tuple(Stack(one.name, one.after, count_domains(policies / one.name)) for one in in_order(settings))
    except BadOrder as error:
        raise NotValid(_problems(project, error)) from None


def order_problems(project: Project, environ: Mapping[str, str]) -> tuple[InputProblem, ...]:
    """What keeps the stacks from having an order, at the settings' files. Raises CannotLook."""
    try:
        stacks_of(project, environ)
    except NotValid as error:
        return error.problems
    return ()


def to_change(stacks: Sequence[Stack], previews: Sequence[Path]) -> tuple[Stack, ...]:
    """Those that a deployment changes, by the files that `preview --format json` wrote for them.

    A preview that is missing, or could not be made, does not say that nothing changes. Raises CannotLook.
    """
    # Late: these cost 0.1 s, which `validate` need not wait for.
    from mtasts.app.parts import read_parts  # noqa: PLC0415
    from mtasts.render.ci.parts import PartState  # noqa: PLC0415

    parts = read_parts(previews)
    unchanged = {part.stack for part in parts if part.kind == "preview" and part.state is PartState.NOTHING}
    return tuple(stack for stack in stacks if stack.name not in unchanged)


def wave(stacks: Collection[Stack], which: str) -> tuple[Stack, ...]:
    """`first`: those that wait for none. `later`: the others, in order. Anything else: all of them."""
    if which == "first":
        return tuple(stack for stack in stacks if not stack.after)
    if which == "later":
        return tuple(stack for stack in stacks if stack.after)
    return tuple(stacks)


def _problems(project: Project, error: BadOrder) -> tuple[InputProblem, ...]:
    root = project.root
    shown = root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root
    return tuple(
        InputProblem(Place(str(shown / settings_name(stack)), 1, 1), f"mtasts:{SETTING}", problem)
        for stack, problem in error.problems.items()
    )
