"""A template and its values: `@name@` stands for a value, and for nothing else. Pure."""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"@([a-z]+)@")

# What a template may name, and what it stands for.
NAMES: Mapping[str, str] = {
    "commit": "the commit of the reusable pipelines, 40 hexadecimal digits",
    "domain": "the mail domain of the example",
    "list": "all stacks as a list in YAML, without its brackets",
    "path": 'the project\'s folder in the repository, with "/" at its end, and "" at the top: `/@path@policies/`',
    "project": 'the project\'s folder in the repository, "." at the top',
    "release": "the version of mtasts",
    "repository": "the repository of the reusable pipelines, such as OWNER/REPO",
    "stack": "the stack that the file is for; of a file for all of them, the first",
    "stacks": "all stacks, with blanks between them",
}


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text. Raises KeyError for a name without a value."""
    return _PLACE.sub(lambda found: values[found[1]], template)


def names(template: str) -> frozenset[str]:
    """The names in a template."""
    return frozenset(_PLACE.findall(template))
