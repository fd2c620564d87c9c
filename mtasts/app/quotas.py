"""The quotas of the accounts that stacks publish into, as their settings say, held against what is to be published."""

from collections.abc import Mapping
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.project import Project, find_project, program_settings
from mtasts.policy.config import InputProblem, Loaded
from mtasts.policy.desired import host_groups
from mtasts.policy.quota_rules import quota_problems
from mtasts.policy.quotas import DEFAULT_LIMITS, Limits, read_limits


def over_quota(stacks: Mapping[str, Loaded], project: Project | None) -> list[InputProblem]:
    """What AWS would refuse of each stack, by name. Without a project the quotas are AWS's defaults.

    Raises CannotLook when the settings of a stack cannot be read.
    """
    problems: list[InputProblem] = []
    for stack, loaded in stacks.items():
        groups = host_groups(loaded.policies)
        allowed = limits(project, stack) if project is not None else DEFAULT_LIMITS
        problems += quota_problems(groups, allowed, f"Pulumi.{stack}.yaml")
    return problems


def nearest_project(*places: Path) -> Project | None:
    """The project in or above the first of these folders that is in one, None where none is."""
    for place in places:
        try:
            return find_project(place)
        except CannotLook:
            continue
    return None


def limits(project: Project, stack: str) -> Limits:
    """The quotas by the settings of a stack. Raises CannotLook when they cannot be read."""
    try:
        return read_limits(program_settings(project, stack).get)
    except ValueError as error:
        raise CannotLook(str(error), f"see Pulumi.{stack}.yaml and Pulumi.yaml in {project.root}") from None
