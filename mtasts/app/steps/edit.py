"""The edit of one mail domain's YAML: the file as it is, what it is to say, and what the change rules say of that."""

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtasts.changes.facts import Facts
from mtasts.changes.rules import ChangeFinding, allowed, judge_change
from mtasts.errors import CannotLook, NotValid
from mtasts.live.domain_file import find_domain_file, read_text, replace_text
from mtasts.live.files import DEFAULTS_NAME, read_defaults, read_file
from mtasts.policy.config import DomainPolicy, Source, load
from mtasts.policy.edit import CannotEdit, edit_policy
from mtasts.protocol.names import BadName, to_a_labels


@dataclass(frozen=True, slots=True)
class DomainFile:
    """One mail domain's YAML file: its stack, where it is, what it says, what that means, and the stack's defaults."""

    stack: str
    path: Path
    text: str
    policy: DomainPolicy
    defaults: Source | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What the file is to say, and what that means."""

    file: DomainFile
    text: str
    policy: DomainPolicy

    @property
    def diff(self) -> str:
        """A unified diff of the file, as `patch` takes it; "" if nothing changes."""
        name = str(self.file.path)
        before, after = self.file.text.splitlines(keepends=True), self.text.splitlines(keepends=True)
        lines = difflib.unified_diff(before, after, name, name, n=1)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def judged(self, facts: Facts) -> "JudgedEdit":
        """The edit with what the change rules say of it."""
        return JudgedEdit(self, tuple(judge_change(self.file.policy, self.policy, facts)))

    def write(self) -> None:
        """Put it in place. Raises CannotLook, also when somebody else has changed the file meanwhile."""
        replace_text(self.file.path, self.file.text, self.text)


@dataclass(frozen=True, slots=True)
class JudgedEdit:
    """An edit, and what the change rules say of it."""

    edit: Edit
    findings: tuple[ChangeFinding, ...]

    @property
    def allowed(self) -> bool:
        """Whether no rule forbids it."""
        return allowed(self.findings)


def open_domain(domain: str, policies: Path, stack: str) -> DomainFile:
    """The file of `domain` in the policies folder; `stack` "": the only stack that has it.

    Raises CannotLook, and NotValid for a file that has problems.
    """
    try:
        name = to_a_labels(domain)
    except BadName as error:
        raise CannotLook(f"{domain!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
    found, path = find_domain_file(policies, stack.rsplit("/", 1)[-1] or None, name)
    text = read_text(path)
    loaded = read_file(path)
    if loaded.problems:
        raise NotValid(loaded.problems)
    return DomainFile(found, path, text, loaded.policies[0], read_defaults(path.with_name(DEFAULTS_NAME)))


def edit_domain(file: DomainFile, **wanted: Any) -> Edit:
    """The file with `wanted` changed, as `policy.edit.edit_policy` takes it.

    Raises CannotLook when it cannot be edited, or would not be valid then.
    """
    try:
        text = edit_policy(file.text, inherited_mx=file.policy.mx, **wanted)
    except CannotEdit as error:
        raise CannotLook(
            f"{file.path} cannot be edited: {error}", "edit it by hand; `mtasts validate` checks it"
        ) from None
    # A byte order mark is what some editors put in front; it stays in the file and is no part of the YAML.
    loaded = load([Source(str(file.path), text.removeprefix("\ufeff"))], file.defaults)
    if loaded.problems:
        raise CannotLook(f"the edit would not be valid: {loaded.problems[0]}", "edit the file by hand")
    return Edit(file, text, loaded.policies[0])
