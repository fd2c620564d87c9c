"""Validate policies: all problems of one file, of a stack, or of a folder of stacks."""

from collections.abc import Sequence
from pathlib import Path

from mtasts.app.accounts import unknown_accounts
from mtasts.app.policies import read_named
from mtasts.app.quotas import nearest_project, over_quota
from mtasts.app.stacks import order_problems
from mtasts.errors import CannotLook
from mtasts.live import files
from mtasts.policy.config import InputProblem, Loaded, shared_domains
from mtasts.render.ci.inputs import Validated


def validate(path: Path, stack: str | None) -> Validated:
    """Read what `path` names, and find all that is wrong with it.

    `path`: the policies folder, one stack's folder in it, or one file; of the folder, `stack` picks one. Raises
    CannotLook where there is nothing to read.
    """
    if stack is not None:
        loaded = read_named(path, stack)
        return _judged({stack: loaded}, path, _empty({stack: loaded}, path))
    if path.is_file():
        return _judged({_folder_name(path.parent): files.read_file(path)}, path.parent)
    if not path.is_dir():
        raise CannotLook(f"no such file or folder: {path}", "name the policies folder, one stack in it, or one file")
    stacks = [name for name in files.stack_names(path) if files.has_domains(path / name)]
    if not stacks and (files.has_domains(path) or (path / files.DEFAULTS_NAME).is_file()):
        alone = {_folder_name(path): files.read_folder(path)}
        return _judged(alone, path, _empty(alone, path.parent))
    return _validate_all(path)


def _validate_all(policies_dir: Path) -> Validated:
    loaded = {stack: files.read_folder(policies_dir / stack) for stack in files.stack_names(policies_dir)}
    if not loaded:
        hint = f"copy an example to {policies_dir}/<stack>/<domain>{files.SUFFIX} and edit it"
        raise CannotLook(f"no stack in {policies_dir}", hint)
    project = nearest_project(policies_dir, Path.cwd())
    disordered = order_problems(project, {"MTASTS_POLICIES": str(policies_dir)}) if project is not None else ()
    found = [*disordered, *files.strays(policies_dir)]
    return _judged(loaded, policies_dir, _empty(loaded, policies_dir), found)


def _empty(loaded: dict[str, Loaded], policies_dir: Path) -> tuple[str, ...]:
    """A note for each stack without a domain: a new project has them, and it is no error."""
    return tuple(
        f"stack {stack} has no mail domain yet; copy an example to {policies_dir / stack}/<domain>{files.SUFFIX}"
        for stack, read in loaded.items()
        if not read.policies and not read.problems
    )


def _judged(
    loaded: dict[str, Loaded], folder: Path, notes: tuple[str, ...] = (), found: Sequence[InputProblem] = ()
) -> Validated:
    problems = [problem for read in loaded.values() for problem in read.problems]
    project = nearest_project(folder, Path.cwd())
    problems += [*over_quota(loaded, project), *unknown_accounts(loaded, project)]
    return Validated(
        {stack: len(read.policies) for stack, read in loaded.items() if read.policies or read.problems},
        tuple(sorted([*problems, *found, *shared_domains(loaded.values())])),
        tuple(warning for read in loaded.values() for warning in read.warnings),
        notes,
    )


def _folder_name(folder: Path) -> str:
    return folder.name or folder.resolve().name
