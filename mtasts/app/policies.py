"""A stack's policies as a use case needs them: a stack without mail domains is not an error, an invalid one is."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from mtasts.app.quotas import nearest_project
from mtasts.errors import CannotLook, NotValid
from mtasts.live.domain_file import find_domain_file
from mtasts.live.files import read_file, read_stack
from mtasts.policy.config import DomainPolicy, Loaded


def read_valid(policies: Path, stack: str) -> Loaded:
    """The stack's policies, perhaps none. Raises NotValid, and CannotLook where there is no such stack."""
    loaded = read_named(policies, stack)
    if loaded.problems:
        raise NotValid(loaded.problems)
    return loaded


def read_named(policies: Path, stack: str, project: Path | None = None) -> Loaded:
    """The stack's policies with their problems. Raises CannotLook where there is no such stack.

    Git keeps no empty folder: a stack that has settings, Pulumi.STACK.yaml in the project (the one of this folder by
    default), but no folder any more has no domain.
    """
    short = stack.rsplit("/", 1)[-1]
    if policies.is_dir() and not (policies / short).is_dir():
        found = nearest_project(project or policies, Path.cwd())
        if found is not None and (found.root / f"Pulumi.{short}.yaml").is_file():
            return Loaded((), ())
    return read_stack(policies, short)


def files_of(policies: Path, stack: str, domains: Collection[str]) -> tuple[DomainPolicy, ...]:
    """What the files say of these mail domains, all of the stack if none are named; what cannot be read says nothing.

    `stack` "": for each domain the only one that has it.
    """
    found: list[DomainPolicy] = []
    short = stack.rsplit("/", 1)[-1]
    with suppress(CannotLook):
        if short and not domains:
            found += read_stack(policies, short).policies
    for domain in domains:
        with suppress(CannotLook):
            found += read_file(find_domain_file(policies, short or None, domain)[1]).policies
    return tuple(found)


def no_domain(stack: str) -> str:
    """The note of a run over a stack that has no mail domain."""
    return f"note: stack {stack} has no mail domain; nothing to do"
