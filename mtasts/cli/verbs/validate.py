"""Check policies/*.yaml, offline: every problem of every file, each on one line at its place.

PATH is the policies folder, one stack's folder in it, or one file. Exit code 0: all may be published; 1: problems
found; 2: could not look.
"""

import argparse
import gc
from collections.abc import Sequence
from pathlib import Path

from mtasts.app.policies import read_named
from mtasts.app.quotas import nearest_project, over_quota
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.live import files
from mtasts.policy.config import InputProblem, Loaded, shared_domains
from mtasts.render.ci.inputs import RENDERERS, Validated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `mtasts validate` takes."""
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("policies"), metavar="PATH", help="default: policies"
    )
    parser.add_argument("--stack", help="look only at this stack of the policies folder")
    parser.add_argument("--format", choices=list(RENDERERS), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Validate, print, and say by the exit code whether anything forbids publishing."""
    # Trees of many small files, dropped as soon as they are read, leave the collector nothing to find.
    collecting = gc.isenabled()
    gc.disable()
    try:
        validated = _validate(args.path, args.stack)
    finally:
        if collecting:
            gc.enable()
    for note in validated.notes:
        talk(f"note: {note}")
    text = RENDERERS[args.format](validated)
    if args.format == "text":
        say(text.removesuffix("\n"))
    else:
        document(text, end="")
    if not validated.valid and args.format == "text":
        count = len(validated.problems)
        talk(f"{count} problem{'' if count == 1 else 's'}: nothing will be published")
    return 0 if validated.valid else 1


def _validate(path: Path, stack: str | None) -> Validated:
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
    return _judged(loaded, policies_dir, _empty(loaded, policies_dir), files.strays(policies_dir))


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
    problems += over_quota(loaded, nearest_project(folder, Path.cwd()))
    return Validated(
        {stack: len(read.policies) for stack, read in loaded.items() if read.policies or read.problems},
        tuple(sorted([*problems, *found, *shared_domains(loaded.values())])),
        tuple(warning for read in loaded.values() for warning in read.warnings),
        notes,
    )


def _folder_name(folder: Path) -> str:
    return folder.name or folder.resolve().name
