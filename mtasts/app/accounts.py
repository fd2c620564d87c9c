"""The accounts of a stack by its settings, held against what its policy files name."""

from collections.abc import Mapping

from mtasts.errors import CannotLook
from mtasts.live.project import Project, program_settings
from mtasts.policy.account_rules import account_problems
from mtasts.policy.accounts import SETTING, Accounts, read_accounts
from mtasts.policy.config import InputProblem, Loaded


def accounts_of(project: Project, stack: str) -> Accounts:
    """By name. Raises CannotLook when the settings cannot be read, or are wrong."""
    short = stack.rsplit("/", 1)[-1]
    try:
        return read_accounts(program_settings(project, stack).get(SETTING))
    except ValueError as error:
        raise CannotLook(f"Pulumi.{short}.yaml: {error}", "docs/accounts.md says how an account is written") from None


def unknown_accounts(stacks: Mapping[str, Loaded], project: Project | None) -> list[InputProblem]:
    """A problem for each account that a file of a stack, by name, names in vain; none is known without a project.

    Raises CannotLook as accounts_of does.
    """
    problems: list[InputProblem] = []
    for stack, loaded in stacks.items():
        if project is not None and any(any(policy.accounts) for policy in loaded.policies):
            problems += account_problems(loaded.policies, accounts_of(project, stack), f"Pulumi.{stack}.yaml")
    return problems
