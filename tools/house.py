"""The house in figures: `python -m tools.house [CHECKOUT]`. Ends with 1 where one of the promises at the end is broken.

Everything is read from the syntax trees, nothing is imported. Imports for the type checker alone count as well.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Where packages of ours begin, with the folder that is on sys.path. Former layouts are in it, for a look back.
ROOTS = {"mtasts": "", "mtasts_pulumi": "components", "mtasts_sandbox": "sandbox", "components": ""}
RECIPES = "docs/contributing.md"
LONG = 40  # lines of a function
MOST = 3  # files that a recipe may name


@dataclass(frozen=True, slots=True)
class Module:
    """A module of ours: its dotted name, its source and the tree of it."""

    name: str
    text: str
    tree: ast.Module
    is_package: bool

    @property
    def package(self) -> str:
        """The dotted name of the package it stands in; of a package, its own."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return self.text.count("\n")


def main(root: Path) -> int:
    """Print the figures of a checkout; 1 where a promise is broken."""
    modules = {module.name: module for module in read(root)}
    imports = {name: imported(module, modules) for name, module in modules.items()}
    circles = circles_of(imports)
    outside = namespaces(modules)
    recipes = recipes_of(root)
    long = sorted(((lines, where) for where, lines in functions(modules.values()) if lines > LONG), reverse=True)
    print(f"{'package':<28}{'modules':>8}{'lines':>8}")
    for package, members in sorted(by_room(modules).items()):
        print(f"{package:<28}{len(members):>8}{sum(module.lines for module in members):>8}")
    print(f"{'all':<28}{len(modules):>8}{sum(module.lines for module in modules.values()):>8}")
    tests = list((root / "tests").rglob("*.py"))
    print(f"{'tests':<28}{len(tests):>8}{sum(path.read_text().count(chr(10)) for path in tests):>8}\n")
    longest = max(functions(modules.values()), key=lambda found: found[1], default=("none", 0))
    print(f"longest function: {longest[1]} lines ({longest[0]}); over {LONG} lines: {len(long)}")
    for name, files in recipes.items():
        print(f"{name}: {len(files)} files ({', '.join(files)})")
    lost = [file for files in recipes.values() for file in files if not exists(root, file)]
    broken = {
        "circles of modules": [" -> ".join(circle) for circle in circles],
        "argparse.Namespace outside of a command line": outside,
        "recipes that touch more than three files, or name none": [
            name for name, files in recipes.items() if not 0 < len(files) <= MOST
        ],
        "files that a recipe names and that are not there": lost,
    }
    for promise, found in broken.items():
        print(f"{promise}: {len(found)}{': ' if found else ''}{'; '.join(found)}")
    return 1 if any(broken.values()) else 0


def read(root: Path) -> Iterator[Module]:
    """The modules of ours in a checkout."""
    for package, folder in ROOTS.items():
        top = root / folder / package
        if not (top / "__init__.py").is_file():
            continue
        for path in sorted(top.rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            text = path.read_text(encoding="utf-8")
            yield Module(".".join(parts[:-1] if is_package else parts), text, ast.parse(text), is_package)


def imported(module: Module, modules: Mapping[str, Module]) -> set[str]:
    """The modules of ours that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = module.package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(part for part in (base, node.module or "") if part)
            found |= {
                f"{source}.{alias.name}" if f"{source}.{alias.name}" in modules else source for alias in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & modules.keys()) - {module.name}


def circles_of(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """The circles: groups of modules of which each reaches each (Tarjan's components of more than one)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for target in sorted(imports[name]):
            if target not in number:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], number[target])
        if low[name] == number[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                circles.append(sorted(group))

    for name in imports:
        if name not in number:
            visit(name)
    return circles


def namespaces(modules: Mapping[str, Module]) -> list[str]:
    """Modules that know argparse.Namespace and are not of a command line (a package `cli` or `verbs`)."""
    return [
        name
        for name, module in modules.items()
        if re.search(r"\bNamespace\b", module.text) and not {"cli", "verbs"} & set(name.split("."))
    ]


def functions(modules: Iterable[Module]) -> Iterator[tuple[str, int]]:
    """Each function with its length in lines, from `def` to its end."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module.name}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def by_room(modules: Mapping[str, Module]) -> dict[str, list[Module]]:
    """The modules by the package below the top that they are in."""
    rooms: dict[str, list[Module]] = {}
    for module in modules.values():
        rooms.setdefault(".".join(module.package.split(".")[:2]), []).append(module)
    return rooms


def recipes_of(root: Path) -> dict[str, list[str]]:
    """The recipes of the page for contributors: heading -> the files that it says to write or to edit.

    A recipe is a section "### To add ..."; its files are the first word in backquotes of each of its numbered lines.
    """
    page = root / RECIPES
    if not page.is_file():
        return {}
    found = {}
    for section in page.read_text(encoding="utf-8").split("\n### ")[1:]:
        heading, _, body = section.partition("\n")
        if heading.startswith("To add "):
            found[heading] = re.findall(r"^\d+\. `([^`]+)`", body.split("\n## ")[0], re.MULTILINE)
    return found


def exists(root: Path, file: str) -> bool:
    """Whether a file of a recipe is there; one with a NAME to be chosen has its folder."""
    return (root / file).exists() if file == file.lower() else (root / file).parent.is_dir()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
