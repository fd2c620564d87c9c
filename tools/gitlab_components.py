"""Check templates/*.yml, the GitLab components, against GitLab's schema: `make lint`.

A component is a specification of its inputs and a pipeline with their places in it. The schema knows pipelines alone,
so each is filled in first, as GitLab does it: in the text, a list as JSON.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

TEMPLATES = Path(__file__).parent.parent / "templates"
# What a caller gives that has no default.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "mtasts": {"path": "mail/", "first": ["staging", "lab.eu"]},
    "mtasts-later": {"path": "mail/", "later": ["prod"]},
}
_PLACE = re.compile(r"\$\[\[\s*inputs\.([a-z-]+)\s*\]\]")


def specification(name: str) -> Mapping[str, Any]:
    """The inputs of a component, by name."""
    first, _ = _parts(name)
    inputs: Mapping[str, Any] = yaml.safe_load(first)["spec"]["inputs"]
    return inputs


def pipeline(name: str, given: Mapping[str, Any]) -> str:
    """The text of a component's pipeline with these inputs. Raises ValueError or TypeError for a wrong one."""
    known = specification(name)
    if unknown := given.keys() - known.keys():
        raise ValueError(f"{name}: no such input: {', '.join(sorted(unknown))}")
    values = {key: given.get(key, one.get("default")) for key, one in known.items()}
    for key, value in values.items():
        if not isinstance(value, list if known[key].get("type") == "array" else str):
            raise TypeError(f"{name}: {key} is {value!r}")
        if "regex" in known[key] and not re.search(known[key]["regex"], value):
            raise ValueError(f"{name}: {key} is {value!r}, not {known[key]['regex']}")
    _, text = _parts(name)
    return _PLACE.sub(lambda found: _shown(values[found[1]]), text)


def main() -> int:
    """0 when all are as the schema has it."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for path in sorted(TEMPLATES.glob("*.yml")):
            files.append(str(Path(folder) / path.name))
            Path(files[-1]).write_text(pipeline(path.stem, EXAMPLES[path.stem]), encoding="utf-8")
        command = ["check-jsonschema", "--quiet", "--builtin-schema", "vendor.gitlab-ci", *files]
        return subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:]], check=False).returncode


def _parts(name: str) -> tuple[str, str]:
    first, mark, rest = (TEMPLATES / f"{name}.yml").read_text(encoding="utf-8").partition("\n---\n")
    if not mark:
        raise ValueError(f"{name}: has no specification")
    return first, rest


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
