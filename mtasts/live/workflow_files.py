"""The workflow files of a repository, and what each runs: every `uses` of its jobs and steps. Bounded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mtasts.errors import CannotLook

FOLDERS = (".github/workflows", ".forgejo/workflows", ".gitea/workflows")
BYTES_LIMIT, DEPTH_LIMIT = 500_000, 40


class _Loader(yaml.CSafeLoader):
    """With a bound on the depth, which libyaml's recursion does not have."""

    depth = 0

    def descend_resolver(self, node: Any, index: Any) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise yaml.YAMLError(f"nested more than {DEPTH_LIMIT} deep")
        super().descend_resolver(node, index)

    def ascend_resolver(self) -> None:
        self.depth -= 1
        super().ascend_resolver()


def repository_of(folder: Path) -> Path:
    """The folder itself, or the nearest above it, with `.git`, which is a file in a work tree; else `folder`."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def workflow_files(repository: Path) -> list[Path]:
    """Those of every forge that has GitHub's form, in order."""
    return [path for folder in FOLDERS for path in sorted((repository / folder).glob("*.y*ml"))]


def uses_of(path: Path) -> tuple[str, ...]:
    """What a workflow uses. Raises CannotLook for a file that cannot be read as one."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_LIMIT + 1)
        if len(data) > BYTES_LIMIT:
            raise CannotLook(f"{path.name} is longer than {BYTES_LIMIT} bytes")
        document = yaml.load(data, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CannotLook(f"{path.name} cannot be read: {' '.join(str(error).split()):.120}") from None
    if not isinstance(document, dict):
        raise CannotLook(f"{path.name} is not a workflow")
    return tuple(_uses(document, set()))


def _uses(node: Any, seen: set[int]) -> Iterator[str]:
    """`seen`: each mapping and list once, however many aliases lead to it."""
    if not isinstance(node, dict | list) or id(node) in seen:
        return
    seen.add(id(node))
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "uses" and isinstance(value, str):
            yield value
        else:
            yield from _uses(value, seen)
