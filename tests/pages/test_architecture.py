"""docs/architecture.md draws what is: its table has every room, in the contract's order, and what each stands on."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import house

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
# | `mtasts/policy/` | what is in it | words, providers |
ROWS = dict(re.findall(r"^\| `mtasts/(\w+)/` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))
# Beside the rooms: errors, level and the like are for all.
NOTHING = "nothing of ours"


@pytest.fixture(scope="module")
def imports() -> Mapping[str, set[str]]:
    """Room -> the other rooms that its modules import."""
    modules = {module.name: module for module in house.read(ROOT)}
    found: dict[str, set[str]] = {room: set() for room in ROWS}
    for name, module in modules.items():
        room = name.split(".")[1] if name.startswith("mtasts.") else ""
        if room in ROWS:
            targets = {target.split(".")[1] for target in house.imported(module, modules) if "." in target}
            found[room] |= (targets & ROWS.keys()) - {room}
    return found


def layers() -> list[set[str]]:
    """The contract's layers, lowest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if "mtasts.protocol" in one.get("layers", []))
    return [set(re.findall(r"mtasts\.(\w+)", layer)) for layer in reversed(contract["layers"])]


def test_the_table_has_every_room_in_the_order_of_the_contract() -> None:
    """No room is left out, and none stands above one that may not be imported by it."""
    order = layers()
    assert {path.parent.name for path in (ROOT / "mtasts").glob("*/__init__.py")} == set().union(*order)
    assert list(ROWS) == sorted(ROWS, key=lambda room: next(n for n, layer in enumerate(order) if room in layer))
    assert ROWS.keys() == set().union(*order)


@pytest.mark.parametrize("room", ROWS)
def test_a_room_stands_on_what_the_table_says(imports: Mapping[str, set[str]], room: str) -> None:
    """It imports each room named in its row, and beside them only what those stand on."""
    named = set() if ROWS[room] == NOTHING else set(re.findall(r"\w+", re.sub(r"\(.*?\)", "", ROWS[room])))
    assert named <= imports[room], f"{room} does not import {named - imports[room]}"
    below = set(named)
    while more := set().union(*(_named(one) for one in below)) - below:
        below |= more
    assert imports[room] <= below, f"{room} imports {imports[room] - below}"


def test_the_picture_names_rooms_only() -> None:
    """The words between the arrows are rooms, distributions, or what is not code."""
    (picture,) = re.findall(r"```\n(publish:.*?)```", PAGE, re.DOTALL)
    others = {"policies/<stack>/*.yaml", "the world", "stdout, JSON, HTML, JUnit", "engine", "mtasts_pulumi"}
    for line in picture.strip().splitlines():
        for stop in line.partition(":")[2].split("->"):
            named = re.sub(r"\(.*?\)", "", stop).strip()
            assert named in others or set(named.split(", ")) <= ROWS.keys(), named


def _named(room: str) -> set[str]:
    return set() if ROWS[room] == NOTHING else set(re.findall(r"\w+", re.sub(r"\(.*?\)", "", ROWS[room])))
