"""The files of a repository, beside the policies, that decide how policies are published and judged. Pure.

Whatever is not known to be harmless decides: a module at the top, such as `json.py`, is imported by the program in
place of Python's own; a `setup.cfg` or a new folder may steer a tool. So a file that nobody thought of closes the gate
for a step that binds harder, and opens nothing.
"""

import posixpath
from collections import Counter
from collections.abc import Iterable
from typing import Final

# What is at the top of a repository and decides nothing: words for people, tests, measurements.
HARMLESS_FOLDERS: Final = frozenset({"bench", "docs", "findings", "tests"})
HARMLESS_FILES: Final = frozenset({".editorconfig", ".gitignore", "LICENSE", "NOTICE", "README"})
WORDS: Final = (".md", ".rst")
# What is at the top and decides; the list is for people and tests, for what stands in neither list decides as well.
DECIDING: Final = frozenset(
    {
        ".ci",
        ".gitattributes",
        ".github",
        ".gitlab-ci.yml",
        ".gitmodules",
        ".pre-commit-config.yaml",
        ".pre-commit-hooks.yaml",
        "CODEOWNERS",
        "Makefile",
        "Pulumi.yaml",
        "__main__.py",
        "components",
        "examples",
        "install.sh",
        "mtasts",
        "pyproject.toml",
        "requirements-build.txt",
        "requirements.lock",
        "requirements.txt",
        "sandbox",
        "template",
        "templates",
        "tools",
        "wheels",
    }
)
# Git and the forges obey these in any folder: how files are checked out, and who must approve.
OBEYED_ANYWHERE: Final = frozenset({".gitattributes", ".gitmodules", "CODEOWNERS"})
# Of a project in a folder of a larger repository, what lies outside: only what the forge obeys at the top.
_OF_THE_FORGE: Final = (".github/", ".gitlab/", ".gitlab-ci.yml")
_SUFFIX: Final = ".yaml"


def deciding(paths: Iterable[str], policies: str) -> tuple[str, ...]:
    """Those of the changed `paths` (from the repository's root) that decide.

    Where only the first are shown, none is pushed out of sight by many others: one of each entry at the top comes
    first, and of those the entries that are known to decide.

    `policies`: the folder of policies. The YAML of a stack is judged by itself and is none of them. The folder above
    it is the project's; of what lies outside that, only what the forge and git obey counts.
    """
    before: Counter[str] = Counter()
    ranked = []
    for path in sorted(path for path in paths if _decides(path, policies)):
        top = path.partition("/")[0]
        known = top in DECIDING or top.startswith("Pulumi.")
        ranked.append((before[top], not known, path))
        before[top] += 1
    return tuple(path for _, _, path in sorted(ranked))


def _decides(path: str, policies: str) -> bool:
    if posixpath.basename(path) in OBEYED_ANYWHERE or path.startswith(_OF_THE_FORGE):
        return True
    top = "" if policies == "." else f"{policies}/"
    if path.startswith(top):
        return not _is_policy(path.removeprefix(top)) and not path.endswith(WORDS)
    project = posixpath.dirname(policies)
    inside = f"{project}/" if project else ""
    return path.startswith(inside) and not _is_harmless(path.removeprefix(inside))


def _is_policy(path: str) -> bool:
    """`STACK/NAME.yaml`: read, and judged, as a mail domain or the defaults of a stack."""
    stack, _, name = path.partition("/")
    return not stack.startswith(".") and name.lower().endswith((_SUFFIX, ".yml")) and "/" not in name


def _is_harmless(path: str) -> bool:
    first, slash, _ = path.partition("/")
    if slash:
        return first in HARMLESS_FOLDERS
    return path in HARMLESS_FILES or path.endswith(WORDS)
