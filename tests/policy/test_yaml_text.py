"""YAML is read with its places, within bounds, and without the surprises of YAML 1.1."""

import importlib.util
import sys
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.policy import yaml_text
from mtasts.policy.inputs import Source
from mtasts.policy.yaml_text import TEXT_LIMIT, NotText, read_document


def lines(text):
    return [str(problem) for problem in read_document(Source("f.yaml", text)).problems]


WRONG = [
    ("", "f.yaml:1:1: yaml: the file is empty"),
    ("# only a comment\n", "f.yaml:1:1: yaml: the file is empty"),
    ("- a\n", "f.yaml:1:1: yaml: the file must hold keys such as domain: and mode:, not a list or a single value"),
    ("text\n", "f.yaml:1:1: yaml: the file must hold keys such as domain: and mode:, not a list or a single value"),
    ("---\n", "f.yaml:2:1: yaml: the file must hold keys such as domain: and mode:, not a list or a single value"),
    ("a: 1\n---\nb: 2\n", "f.yaml:2:1: yaml: a second document begins here; one file is one mail domain"),
    ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: a: given twice; the first is on line 1"),
    ("d:\n  a: 1\n  a: 2\n", "f.yaml:3:3: d.a: given twice; the first is on line 2"),
    (
        "mx: [*.example.com]\n",
        'f.yaml:1:7: yaml: * begins an alias in YAML; put a wildcard pattern in quotes, such as "*.example.com"',
    ),
    (
        "mx: *all\n",
        'f.yaml:1:5: yaml: * begins an alias in YAML; put a wildcard pattern in quotes, such as "*.example.com"',
    ),
    (
        "a: &x 1\nb: *x\n",
        "f.yaml:2:4: yaml: aliases (*name) are not allowed; write the value out, or move it to _defaults.yaml",
    ),
    ("\ta: 1\n", "f.yaml:1:1: yaml: a tab is used here; YAML needs spaces for indentation"),
    ("a:\n\tb: 1\n", "f.yaml:2:1: yaml: a tab is used here; YAML needs spaces for indentation"),
    (
        "a: b: c\n",
        "f.yaml:1:5: yaml: a colon followed by a space is not allowed here; check the indentation, or put the"
        " value in quotes",
    ),
    ("a: @x\n", 'f.yaml:1:4: yaml: a value cannot begin with "@"; put it in quotes'),
    ("a: 'x\n", "f.yaml:2:1: yaml: a quote is opened and never closed"),
    ("a: 1\nb: \x01\n", 'f.yaml:2:4: yaml: the character "\\x01" is not allowed in YAML'),
    ("a: \ud800\n", 'f.yaml:1:4: yaml: the character "\\ud800" is not allowed in YAML'),
    ("yes: 1\n", 'f.yaml:1:1: yaml: "yes" is a boolean in YAML, not a key'),
    ("1: 1\n", 'f.yaml:1:1: yaml: "1" is a number in YAML, not a key'),
    ("? [a]\n: 1\n", "f.yaml:1:3: yaml: a list or a mapping cannot be a key"),
    ("<<: {a: 1}\n", "f.yaml:1:1: yaml: merge keys (<<) are not allowed; put what domains share in _defaults.yaml"),
    ("a: !x 1\n", 'f.yaml:1:4: a: the tag "!x" is not allowed'),
    ("a: !!set {b, c}\n", 'f.yaml:1:4: a: the tag "tag:yaml.org,2002:set" is not allowed'),
    (
        "a: !!python/object/apply:os.system [x]\n",
        'f.yaml:1:4: a: the tag "tag:yaml.org,2002:python/object/apply:os.system" is not allowed',
    ),
    ("[" * 1000, "f.yaml:1:8: yaml: nested deeper than 8 levels"),
    ("- " * 30000, "f.yaml:1:15: yaml: nested deeper than 8 levels"),
    ("? " * 30000, "f.yaml:1:15: yaml: nested deeper than 8 levels"),
    ("a: [" + "1," * 201 + "]\n", "f.yaml:1:4: a: has 201 entries, more than the 200 that are read"),
    (
        "".join(f"k{n}: 1\n" for n in range(201)),
        "f.yaml:1:1: yaml: has 201 entries, more than the 200 that are read",
    ),
    (
        "a" * (TEXT_LIMIT + 1),
        "f.yaml:1:1: file: the file has 65537 characters, more than the 65536 that one mail domain may take",
    ),
]


def test_values_and_their_places():
    """Lines and columns count from 1; a value that is not there stands where its mapping does."""
    document = read_document(Source("f.yaml", "domain: example.com\ndns:\n  zone: Z1\nmx:\n  - a\n  - b\n"))
    assert document.values == {"domain": "example.com", "dns": {"zone": "Z1"}, "mx": ["a", "b"]}
    assert document.problems == []
    assert str(document.place("domain")) == "f.yaml:1:9"
    assert str(document.key_place("domain")) == "f.yaml:1:1"
    assert str(document.place("dns", "zone")) == "f.yaml:3:9"
    assert str(document.place("mx", 1)) == "f.yaml:6:5"
    assert str(document.place("dns", "provider")) == "f.yaml:3:3"
    assert str(document.place("nothing")) == "f.yaml:1:1"


@pytest.mark.parametrize(("text", "line"), WRONG)
def test_one_line_for_what_is_no_desired_state(text, line):
    """At its place, in words for someone who edits the file."""
    assert lines(text) == [line]


def test_the_largest_lists_and_mappings_are_read():
    """200 entries; the schema allows fewer."""
    assert lines("a: [" + "1," * 200 + "]\n") == []
    assert lines("".join(f"k{n}: 1\n" for n in range(200))) == []


def test_an_anchor_that_nobody_uses_is_harmless():
    """Only aliases can multiply what is written; an & in text is no anchor."""
    assert lines("a: &x 1\nb: R&D\n") == []


def test_an_alias_bomb_costs_nothing():
    """Nine levels of nine aliases would be 387 million values."""
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    start = time.process_time()
    assert len(lines(bomb)) == 1
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("no", "a boolean"),
        ("Off", "a boolean"),
        ("true", "a boolean"),
        ("1:30", "a number"),
        ("010", "a number"),
        ("0x10", "a number"),
        ("1_000", "a number"),
        ("+5", "a number"),
        ("86400.0", "a number"),
        (".inf", "a number"),
        ("1.5", "a number"),
        ("2024-01-01", "a date"),
        ("~", "nothing"),
        ("null", "nothing"),
        ("", "nothing"),
        ("=", "a default key"),
    ],
)
def test_what_yaml_1_1_reads_as_nobody_means_it(written, read_as):
    """Kept as written, with what YAML would have made of it."""
    value = read_document(Source("f.yaml", f"a: {written}\n")).values["a"]
    assert isinstance(value, NotText)
    assert (value.written, value.read_as) == (written, read_as)


@pytest.mark.parametrize(
    ("written", "value"), [("0", 0), ("86400", 86400), ("-5", -5), ("'010'", "010"), ("none", "none")]
)
def test_plain_numbers_and_text_are_themselves(written, value):
    """Quotes make text."""
    assert read_document(Source("f.yaml", f"a: {written}\n")).values == {"a": value}


def test_a_plain_day_is_text_where_a_day_is_meant():
    """Only under the keys named, also in a list, and only a whole day; the rest is what YAML makes of it."""
    text = "until: 2026-12-31\nother: 2026-12-31\nlist:\n  - until: 2026-12-31\n  - until: 2026-12-31T10:00:00Z\n"
    document = read_document(Source("f.yaml", text), frozenset({"until", "list.until"}))
    assert document.values["until"] == "2026-12-31"
    assert isinstance(document.values["other"], NotText)
    assert document.values["list"][0] == {"until": "2026-12-31"}
    assert isinstance(document.values["list"][1]["until"], NotText)


_plain = st.sampled_from(
    [
        "a",
        "none",
        "86400",
        "-1",
        "0",
        "'no'",
        '"x: y"',
        "mailto:a@example.com",
        "R&D",
        "0123456789abcdef",
        "[a, 'b']",
        "[]",
    ]
)


@given(
    st.dictionaries(st.sampled_from(["domain", "mode", "notes", "mx"]), _plain), st.sampled_from(["", "---\n", "# c\n"])
)
def test_ordinary_yaml_means_what_pyyaml_says(pairs, head):
    """Against the loader that the rest of the world uses."""
    text = head + "".join(f"{key}: {value}\n" for key, value in pairs.items())
    document = read_document(Source("f.yaml", text))
    assert document.values == (yaml.load(text, Loader=yaml.CSafeLoader) or {})


_scraps = st.sampled_from(
    ["a", ":", " ", "\n", "  ", "- ", "[", "{", "}", "'", '"', "&x", "*x", "!", "\t", "#", "?", "|", "%", "é"]
)


@given(st.text() | st.lists(_scraps, max_size=30).map("".join))
@settings(max_examples=1000)
def test_any_text_gives_values_or_problems(text):
    """Never an exception, and every problem is one printable line inside the file."""
    document = read_document(Source("f.yaml", text))
    for problem in document.problems:
        assert str(problem).isprintable()
        assert 1 <= problem.place.line <= len(text.splitlines()) + 1
    assert document.problems or document.node is not None


def test_without_libyaml_the_answers_are_the_same(monkeypatch):
    """PyYAML is also built without it; its own parser then gives the same lines at the same places."""
    monkeypatch.delattr(yaml, "CSafeLoader")
    spec = importlib.util.spec_from_file_location("yaml_text_without_libyaml", yaml_text.__file__)
    pure = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, pure)
    spec.loader.exec_module(pure)
    assert pure._Loader is yaml.SafeLoader
    for text, _ in WRONG:
        assert str(pure.read_document(Source("f.yaml", text)).problems) == str(
            read_document(Source("f.yaml", text)).problems
        )
