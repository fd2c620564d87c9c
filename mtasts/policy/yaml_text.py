"""YAML text -> plain values that know their places, or every reason why not. Bounded: hostile text costs little.

Only what desired state needs: one document, mappings with string keys, no aliases, no tags. YAML 1.1 reads some words
and numbers in a way nobody means (`no`, `1:30`, `010`); such a value is a problem here, not a surprise later.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from mtasts.policy.inputs import InputProblem, Place, Source
from mtasts.protocol.problem import quote

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml: the same answers, some ten times as slowly
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

TEXT_LIMIT = 65536  # characters of one file
DEPTH_LIMIT = 8  # the schema needs 3
ENTRIES_LIMIT = 200  # of one list or mapping; the schema needs 100, and what looks at them may take quadratic time

_TAG = "tag:yaml.org,2002:"
_STRING = f"{_TAG}str"
_MAPPING = f"{_TAG}map"
_SEQUENCE = f"{_TAG}seq"
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PLAIN_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[-+][0-9]{2}:[0-9]{2})", re.ASCII
)
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,39}", re.ASCII)
_READ_AS = {
    f"{_TAG}bool": "a boolean",
    f"{_TAG}int": "a number",
    f"{_TAG}float": "a number",
    f"{_TAG}null": "nothing",
    f"{_TAG}timestamp": "a date",
    f"{_TAG}merge": "a merge key",
    f"{_TAG}value": "a default key",
}


class NotText:
    """Stands for a plain scalar that YAML does not read as text or as a number in plain digits."""

    def __init__(self, written: str, read_as: str) -> None:
        self.written = written
        self.read_as = read_as


class _TooDeep(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, node: Node | None) -> None:
        super().__init__()
        self.node = node


# PyYAML's own YAML 1.1 rules, by first character; a few calls shorter than Resolver.resolve, which is half the reading.
_IMPLICIT: dict[str, list[tuple[str, re.Pattern[str]]]] = Resolver.yaml_implicit_resolvers


class _Composer(_Loader):
    """PyYAML's parser with its YAML 1.1 rules, and a bound on the depth, which recursion needs."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def resolve(self, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is not ScalarNode:
            return _MAPPING if kind is MappingNode else _SEQUENCE
        if implicit[0]:
            for tag, pattern in _IMPLICIT.get(value[:1], ()):
                if pattern.match(value):
                    return tag
        return _STRING

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise _TooDeep(parent)

    def ascend_resolver(self) -> None:
        self._depth -= 1


@dataclass(slots=True)
class Document:
    """One file's mapping as plain values, and the nodes that say where each stands.

    Keys that were refused are not in `values`; their names are in `refused`, so that nobody calls them missing.
    """

    source: Source
    values: dict[str, Any]
    node: MappingNode | None
    problems: list[InputProblem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    day_keys: frozenset[str] = frozenset()
    moment_keys: frozenset[str] = frozenset()

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` stands; the nearest that encloses it, if it is not there."""
        return place_of(self.source, self._find(path)[1])

    def key_place(self, *path: str | int) -> Place:
        """Where the key at `path` stands, not its value."""
        return place_of(self.source, self._find(path)[0])

    def _find(self, path: tuple[str | int, ...]) -> tuple[Node | None, Node | None]:
        key: Node | None = self.node
        value: Node | None = self.node
        for step in path:
            if isinstance(value, MappingNode):
                found = next(((k, v) for k, v in value.value if k.value == step), None)
            elif isinstance(value, SequenceNode) and isinstance(step, int) and step < len(value.value):
                found = (value.value[step], value.value[step])
            else:
                found = None
            if found is None:
                break
            key, value = found
        return key, value


def place_of(source: Source, node: Node | None) -> Place:
    """Where `node` begins; the beginning of the file if there is none."""
    if node is None:
        return Place(source.path, 1, 1)
    return Place(source.path, node.start_mark.line + 1, node.start_mark.column + 1)


def read_document(
    source: Source, day_keys: frozenset[str] = frozenset(), moment_keys: frozenset[str] = frozenset()
) -> Document:
    """Read one file. Never raises for what the text holds; look at `problems`.

    Under the dotted keys of `day_keys` a plain 2026-12-31 is that text, though YAML 1.1 makes a date of it; so is a
    plain 2026-12-31T12:00:00Z under those of `moment_keys`.
    """
    document = Document(source, {}, None, day_keys=day_keys, moment_keys=moment_keys)
    root = _compose(document)
    if root is None:
        return document
    if not isinstance(root, MappingNode):
        _note(document, root, "yaml", "the file must hold keys such as domain: and mode:, not a list or a single value")
        return document
    if len(root.value) > ENTRIES_LIMIT:
        _note(document, root, "yaml", _too_many(root))
        return document
    document.node = root
    document.values = _mapping(document, root, "")
    return document


def _note(document: Document, node: Node | None, key: str, message: str) -> None:
    document.problems.append(InputProblem(place_of(document.source, node), key, message))


def _note_at(document: Document, line: int, column: int, message: str, key: str = "yaml") -> None:
    document.problems.append(InputProblem(Place(document.source.path, line, column), key, message))


def _compose(document: Document) -> Node | None:
    text = document.source.text
    if len(text) > TEXT_LIMIT:
        message = f"the file has {len(text)} characters, more than the {TEXT_LIMIT} that one mail domain may take"
        _note_at(document, 1, 1, message, "file")
        return None
    try:
        root = _Composer(text).get_single_node()
        # Only where there is an anchor can there be an alias; the first one is looked for slowly.
        alias = _first_alias(text) if "&" in text else None
    except _TooDeep as error:
        _note(document, error.node, "yaml", f"nested deeper than {DEPTH_LIMIT} levels")
        return None
    except yaml.reader.ReaderError as error:
        _note_character(document, error.position)
        return None
    except UnicodeEncodeError as error:
        _note_character(document, error.start)
        return None
    except yaml.MarkedYAMLError as error:
        _note_syntax(document, error)
        return None
    if alias is not None:
        _note_at(document, *alias, "aliases (*name) are not allowed; write the value out, or move it to _defaults.yaml")
        return None
    if root is None:
        _note_at(document, 1, 1, "the file is empty")
    return root


def _first_alias(text: str) -> tuple[int, int] | None:
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) and event.start_mark is not None:
            return event.start_mark.line + 1, event.start_mark.column + 1
    return None


def _note_character(document: Document, position: int) -> None:
    before = document.source.text[:position]
    shown = document.source.text[position : position + 1]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    _note_at(document, line, column, f"the character {quote(shown)} is not allowed in YAML")


def _note_syntax(document: Document, error: yaml.MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    lines = document.source.text.split("\n")
    around = lines[line - 1] if line <= len(lines) else ""
    _note_at(document, line, column, _explain(str(error.problem), str(error.context or ""), around, column))


def _explain(problem: str, context: str, around: str, column: int) -> str:
    """libyaml's complaint in the words of someone who edits the file."""
    here = around[column - 1 : column]
    if "alias" in problem or "alias" in context:
        return '* begins an alias in YAML; put a wildcard pattern in quotes, such as "*.example.com"'
    if "another document" in problem:
        return "a second document begins here; one file is one mail domain"
    if "\t" in around[: len(around) - len(around.lstrip())]:
        return "a tab is used here; YAML needs spaces for indentation"
    if "mapping values are not allowed" in problem:
        return "a colon followed by a space is not allowed here; check the indentation, or put the value in quotes"
    if "cannot start any token" in problem and here:
        return f"a value cannot begin with {quote(here)}; put it in quotes"
    if "unexpected end of stream" in problem:
        return "a quote is opened and never closed"
    return f"{problem} ({context})" if context else problem


def _mapping(document: Document, node: MappingNode, prefix: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    first: dict[str, Node] = {}
    for key_node, value_node in node.value:
        if key_node.tag != _STRING or not isinstance(key_node, ScalarNode):
            _note(document, key_node, prefix[:-1] or "yaml", _bad_key(key_node))
            continue
        name = key_node.value
        if name in first:
            earlier = first[name].start_mark.line + 1
            _note(document, key_node, prefix + name, f"given twice; the first is on line {earlier}")
            continue
        first[name] = key_node
        values[name] = _value(document, value_node, prefix + name)
    return values


def _too_many(node: Node) -> str:
    return f"has {len(node.value)} entries, more than the {ENTRIES_LIMIT} that are read"


def _bad_key(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        return "a list or a mapping cannot be a key"
    if node.tag == f"{_TAG}merge":
        return "merge keys (<<) are not allowed; put what domains share in _defaults.yaml"
    return f"{quote(node.value)} is {_READ_AS.get(node.tag, 'tagged')} in YAML, not a key"


def _value(document: Document, node: Node, key: str) -> Any:
    if isinstance(node, ScalarNode):
        return node.value if node.tag == _STRING else _scalar(document, node, key)
    if node.tag != (_MAPPING if isinstance(node, MappingNode) else _SEQUENCE):
        _note(document, node, key, f"the tag {quote(node.tag)} is not allowed")
        document.refused.add(key)
        return None
    if len(node.value) > ENTRIES_LIMIT:
        _note(document, node, key, _too_many(node))
        document.refused.add(key)
        return None
    if isinstance(node, MappingNode):
        return _mapping(document, node, f"{key}.")
    return [_value(document, item, key) for item in node.value]


def _scalar(document: Document, node: ScalarNode, key: str) -> Any:
    text: str = node.value
    if node.tag == f"{_TAG}int" and _PLAIN_INTEGER.fullmatch(text):
        return int(text)
    if node.tag == f"{_TAG}timestamp" and _is_meant(document, key, text):
        return text
    if node.tag in _READ_AS:
        return NotText(text, _READ_AS[node.tag])
    _note(document, node, key, f"the tag {quote(node.tag)} is not allowed")
    document.refused.add(key)
    return None


def _is_meant(document: Document, key: str, text: str) -> bool:
    """Whether a plain date or moment stands where one is wanted."""
    if key in document.day_keys:
        return _PLAIN_DAY.fullmatch(text) is not None
    return key in document.moment_keys and _PLAIN_MOMENT.fullmatch(text) is not None
