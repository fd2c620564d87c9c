"""Where a test file stands: beside its module, or among the scenes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# Folders that mirror no package: each holds what plays through several of them, and says why it is not beside a module.
SCENES: Mapping[str, str] = {
    "browser": "pages, drawn by a real browser",
    "cli/world": "several verbs, and the Python API, on the published world of tests/cli",
    "components": "all components together, registered without an engine",
    "fidelity": "the sandbox's providers beside recorded facts of the real ones",
    "forge": "both clients of forges, and the verb that uses them, against stand-ins of GitHub and GitLab",
    "fuzz": "every reader of foreign bytes, given random ones",
    "gitops": "the pipelines from a proposal to what is published",
    "hostile": "attacks and bad luck, played against all that is in their way",
    "house": "what holds of every file of the project",
    "installation": "the wheels, installed where there is no checkout",
    "languages": "the component package, used by programs in every language of Pulumi",
    "matrix": "real servers and other people's clients, beside `verify`",
    "pages": "documents that must say what the code says",
    "publishing": "the real engine, played from a change to what senders see",
    "recipes": "what docs/contributing.md says of adding something, done in a copy",
    "remedies": "the commands that messages name, run",
    "simulation": "histories of domains, played against senders",
    "terminal": "what a person sees while verbs work",
    "workflows": "the pipelines' files, and their steps",
}
# Not among the pages: whoever changes an option runs the tests of mtasts/cli, and this page is made of its options.
OF_A_PACKAGE = frozenset({"cli/test_reference.py"})
# Packages that are not at the top of the repository; their tests are in a folder of the package's name.
_DISTRIBUTIONS = {"mtasts_pulumi": "components/mtasts_pulumi", "mtasts_sandbox": "sandbox/mtasts_sandbox"}


@dataclass(frozen=True, slots=True)
class Places:
    """What is wrong with the places of test files, and how many modules have no test file of their own."""

    wrong: tuple[str, ...]
    untested: int


def judge(root: Path) -> Places:
    """Look at the test files and modules of a checkout."""
    tests = sorted(path.relative_to(root / "tests") for path in (root / "tests").rglob("test_*.py"))
    of_module: dict[str, list[str]] = {}
    wrong = []
    for test in (PurePosixPath(path) for path in tests):
        if str(test) in OF_A_PACKAGE or any(PurePosixPath(scene) in test.parents for scene in SCENES):
            continue
        modules = _tested(root, test)
        if not modules:
            wrong.append(f"tests/{test}: no module has this name there; put it beside its module, or among the scenes")
        for module in modules:
            of_module.setdefault(module, []).append(f"tests/{test}")
    wrong += [f"{module}: tested by {' and '.join(files)}" for module, files in of_module.items() if len(files) > 1]
    return Places(tuple(wrong), sum(module not in of_module for module in _modules(root)))


def _tested(root: Path, test: PurePosixPath) -> list[str]:
    """The modules that a test file is named after: X.py, _X.py, X_.py or the folder X; else a family, X_*.py."""
    name = test.stem.removeprefix("test_")
    folders = [root / folder for folder in _folders(test)]
    names = (f"{name}.py", f"_{name}.py", f"{name}_.py", name)
    found = [folder / one for folder in folders for one in names if (folder / one).exists()]
    family = [path for folder in folders for path in sorted(folder.glob(f"{name}_*.py"))]
    if not found and len(family) > 1:
        found = family
    return [path.relative_to(root).as_posix() for path in found]


def _folders(test: PurePosixPath) -> tuple[str, ...]:
    """Where the modules of a test's folder are; at the top also what tests share, and what has no package around it."""
    if len(test.parts) == 1:
        return ("mtasts", "tests", ".")
    first, *rest = test.parts[:-1]
    beside = {"tools": "tools", **_DISTRIBUTIONS}
    return ("/".join((beside.get(first, f"mtasts/{first}"), *rest)),)


def _modules(root: Path) -> list[str]:
    """Every module of the three distributions. A package's __init__.py is not counted: most only name what is in it."""
    return [
        path.relative_to(root).as_posix()
        for package in ("mtasts", *_DISTRIBUTIONS.values())
        for path in sorted((root / package).rglob("*.py"))
        if path.name != "__init__.py"
    ]
