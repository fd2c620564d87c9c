"""The quotas of the accounts that stacks publish into, as their settings say, held against what is to be published."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.project import Project
    from mtasts.policy.config import InputProblem, Loaded
    from mtasts.policy.quotas import Limits


def over_quota(stacks: "Mapping[str, Loaded]", project: "Project | None") -> "list[InputProblem]":
    """What AWS would refuse of each stack, by name. Without a project the quotas are AWS's defaults.

    Raises CannotLook when the settings of a stack cannot be read.
    """
    from mtasts.policy.desired import host_groups
    from mtasts.policy.quota_rules import quota_problems
    from mtasts.policy.quotas import DEFAULT_LIMITS

    problems: list[InputProblem] = []
    for stack, loaded in stacks.items():
        groups = host_groups(loaded.policies)
        allowed = limits(project, stack) if project is not None else DEFAULT_LIMITS
        problems += quota_problems(groups, allowed, f"Pulumi.{stack}.yaml")
    return problems


def nearest_project(*places: Path) -> "Project | None":
    """The project in or above the first of these folders that is in one, None where none is."""
    from mtasts.live.project import find_project

    for place in places:
        try:
            return find_project(place)
        except CannotLook:
            continue
    return None


def limits(project: "Project", stack: str) -> "Limits":
    """The quotas by the settings of a stack. Raises CannotLook when they cannot be read."""
    from mtasts.live.project import program_settings
    from mtasts.policy.quotas import read_limits

    try:
        return read_limits(program_settings(project, stack).get)
    except ValueError as error:
        raise CannotLook(str(error), f"see Pulumi.{stack}.yaml and Pulumi.yaml in {project.root}") from None
