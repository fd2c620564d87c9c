"""Files of a repository that change what a project publishes: a later commit with one of them goes first. Pure."""

import posixpath
from collections.abc import Iterable
from typing import Final

# In the project's folder; one that ends in "/" is all that is in a folder. The same as what starts a deployment:
# `paths` and `changes` in mtasts/app/project/files. Were there more here, a run could end for one that nothing starts.
PUBLISHED: Final = (
    "Pulumi.yaml",
    "Pulumi.*.yaml",
    "__main__.py",
    "install.sh",
    "policies/",
    "requirements.txt",
    "requirements-build.txt",
    "wheels/",
)


def publishing(paths: Iterable[str], project: str) -> tuple[str, ...]:
    """Those of the paths (from the repository's root) that change what is published.

    `project`: the project's folder in the repository, "" at the top.
    """
    inside = f"{project}/" if project not in ("", ".") else ""
    found = (path for path in sorted(paths) if path.startswith(inside))
    return tuple(path for path in found if any(_is(path.removeprefix(inside), one) for one in PUBLISHED))


def _is(path: str, what: str) -> bool:
    if what.endswith("/"):
        return path.startswith(what)
    before, star, after = what.partition("*")
    return path == what if not star else path.startswith(before) and path.endswith(after) and _flat(path)


def _flat(path: str) -> bool:
    return posixpath.basename(path) == path
