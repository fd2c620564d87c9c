"""What an editor is told of a wrong file by the schema alone, and that it refuses no file that `validate` takes."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mtasts.policy import editor_schema
from mtasts.policy.config import Source, load
from mtasts.policy.editor_schema import EDITOR_DEFAULTS_SCHEMA, EDITOR_POLICY_SCHEMA
from mtasts.providers import PROVIDERS
from tests.policy.test_config import MX, ROUTE53, RUA, WRONG_DOMAINS, WRONG_VALUES, ZONE_32
from tests.policy.test_settings_rules import HEAD, WRONG_SETTINGS
from tools.schemas import POLICIES

POLICY = Draft202012Validator(EDITOR_POLICY_SCHEMA)
DEFAULTS = Draft202012Validator(EDITOR_DEFAULTS_SCHEMA)


def read(text):
    """As an editor reads it: by YAML 1.2, in which `no` is a word, and with no tag for dates."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return yaml.load(io.StringIO(text))


def refused(text, schema=POLICY):
    try:
        return not schema.is_valid(read(text))
    except YAMLError:
        return True


def wrong_value(line):
    key = line.partition(":")[0]
    parts = {"mx": MX, "tls_rpt": RUA, "dns": ROUTE53}
    return "domain: example.com\n" + line + "\n" + "".join(part for name, part in parts.items() if name != key)


BAD = {
    **{line: wrong_value(line) for line, _ in WRONG_VALUES},
    **{f"domain: {name}": f"domain: {name}\n" + MX + RUA + ROUTE53 for name, _ in WRONG_DOMAINS},
    **{inside: HEAD + f"rollout: {{{inside}}}\n" for inside, _ in WRONG_SETTINGS},
}
# Right by the rules of YAML 1.2, which editors read; or what is missing may stand in the defaults; or wrong only beside
# another value, or by a list that a schema cannot hold.
TAKEN = {
    "max_age: 010",
    "owner: no",
    "hold: yes",
    "notes: 2024-01-01",
    "hold: 2026-12-31",
    "mx: [a.example, A.Example.]",
    "mx: []",
    "days: 15",
    "dns: {provider: route53}",
    "days: 15, window: 15, recency: 16",
    "trusted_reporters: [co.uk]",
    "trusted_reporters: [gmail.com]",
}


def test_an_editor_refuses_nearly_all_that_validate_refuses():
    """Of the wrong files of validate's own tests; what it takes is named, so that more of that is noticed."""
    assert len(BAD) >= 80
    taken = {name for name, text in BAD.items() if not refused(text)}
    assert sorted(taken - TAKEN) == []
    assert len(taken) <= len(BAD) / 5


@pytest.mark.parametrize(
    "line",
    [
        "dns: {provider: cloudflare, zone: Z0123456789EXAMPLE}",
        f"dns: {{provider: cloudflare, zone: {ZONE_32}}}\nttl: 30",
        f"dns: {{provider: cloudflare, zone: {ZONE_32}}}\nttl: 59s",
        f"dns: {{provider: route53, zone: Z1, leaving: {{provider: route53, zone: {ZONE_32}}}}}",
        "dns: {zone: example.com}",
        "mode: enforce\nmx: []",
        "mode: testing\nmx: []",
        "rollout: {waivers: [{reason: x, until: 2026-12-31}]}",
        "rollout: {waivers: [{reason: x, until: 2026-13-31, mx: mx.example.com}]}",
        "rollout: {first_max_age: 53w}",
        "max_age: 366d",
        "released: 2026-11-31x",
    ],
)
def test_values_are_judged_together(line):
    """The zone's id by its provider, the TTL by it too, mx by the mode; in a domain's file and in the defaults."""
    assert refused("domain: example.com\n" + line + "\n")
    assert refused(line + "\n", DEFAULTS)


def test_the_schema_says_in_words_what_a_pattern_asks():
    """Editors show `patternErrorMessage` instead of the regular expression."""
    keys = EDITOR_POLICY_SCHEMA["properties"]
    texts = [keys["domain"], keys["mx"]["items"], keys["tls_rpt"]["properties"]["rua"]["items"], keys["ttl"]]
    texts += [keys["max_age"], keys["dns"]["properties"]["zone"], keys["rollout"]["properties"]["hold"]]
    assert all(text["pattern"] and text["patternErrorMessage"] for text in texts)


@pytest.mark.parametrize("path", [*POLICIES.glob("*/*.yaml"), *POLICIES.glob("*/*.yaml.example")], ids=lambda p: p.name)
def test_every_example_is_right(path):
    """As it lies there."""
    schema = DEFAULTS if path.name == "_defaults.yaml" else POLICY
    assert [error.message for error in schema.iter_errors(read(path.read_text(encoding="utf-8")))] == []


def test_odd_names_that_are_right_are_taken():
    """U-labels, capitals, the last dot, one-label reporters, percent-encoding."""
    text = (
        "domain: BÜCHER.example.\n"
        "mx: ['*.Mail.bücher.example', MX.example., 'a。b', 1.example, xn--bcher-kva.example]\n"
        "tls_rpt: {rua: ['MAILTO:a%40b.example', 'mailto:a.b+c@d.example?subject=x', 'HTTPS://r.example:8443/a?b=c#d',"
        " 'https://[2001:db8::1]/x', 'https://user@r.example']}\n"
        f"dns: {{provider: cloudflare, zone: {ZONE_32}, leaving: {{provider: route53, zone: Z1}}}}\n"
        "max_age: 0007d\nttl: 01h\nreleased: 2026-11-28\n"
        "rollout: {trusted_reporters: [bücher.example., localhost], hold: ' x ', first_max_age: 31557600s}\n"
    )
    assert [error.message for error in POLICY.iter_errors(read(text))] == []


SECONDS = st.one_of(st.integers(0, 40_000_000), st.integers(0, 100_000)).map(str)
SPANS = st.one_of(SECONDS, st.tuples(SECONDS, st.sampled_from("smhdw")).map("".join))
LABELS = st.text("ab1-üÜß。٢_*", min_size=1, max_size=4)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
URIS = st.tuples(st.sampled_from(["mailto:", "https://", "HTTPS://", "x:"]), st.text("a@b.c%40/?#:2[];1-", max_size=14))
ZONES = st.sampled_from(["Z1", "Z0123456789EXAMPLE", ZONE_32, "f" * 32, "z1", "example.com"])


@given(
    domain=NAMES,
    mode=st.sampled_from(["testing", "enforce", "none"]),
    spans=st.tuples(SPANS, SPANS),
    mx=st.lists(st.tuples(st.sampled_from(["", "*.", "."]), NAMES).map("".join), max_size=3),
    rua=st.lists(URIS.map("".join), max_size=2),
    zone=st.tuples(st.sampled_from([*PROVIDERS]), ZONES),
)
def test_no_file_that_is_right_is_refused(domain, mode, spans, mx, rua, zone):
    """Whatever `validate` takes, the editor takes."""
    quoted = "[" + ", ".join(f"'{name}'" for name in mx) + "]"
    text = (
        f"domain: '{domain}'\nmode: {mode}\nmax_age: {spans[0]}\nttl: {spans[1]}\nmx: {quoted}\n"
        f"tls_rpt: {{rua: [{', '.join(repr(uri) for uri in rua)}]}}\ndns: {{provider: {zone[0]}, zone: {zone[1]}}}\n"
    )
    judged = load([Source(f"{domain}.yaml", text)])
    if not judged.problems:
        assert [error.message for error in POLICY.iter_errors(read(text))] == []


@given(text=st.text("ab1-üß。*.", min_size=1, max_size=12))
def test_no_name_that_is_right_is_refused(text):
    """The part that a whole file seldom reaches."""
    judged = load([Source("example.com.yaml", f"domain: example.com\nmx: ['{text}']\n" + RUA + ROUTE53)])
    if not judged.problems:
        assert POLICY.is_valid({"domain": "example.com", "mx": [text]})


@given(text=st.text("a@b.c%402E/?#:1[]-üx", max_size=16), scheme=st.sampled_from(["mailto:", "https://"]))
def test_no_uri_that_is_right_is_refused(text, scheme):
    """The same of where reports go."""
    source = f"domain: example.com\ntls_rpt: {{rua: ['{scheme}{text}']}}\n" + MX + ROUTE53
    if not load([Source("example.com.yaml", source)]).problems:
        assert POLICY.is_valid({"domain": "example.com", "tls_rpt": {"rua": [scheme + text]}})


@given(least=st.integers(1, 500), more=st.integers(0, 5000), number=st.integers(0, 6000))
def test_a_pattern_of_numbers_is_exact(least, more, number):
    """Neither one more nor one less."""
    pattern = re.compile(f"^{editor_schema._numbers(least, least + more)}$")
    assert bool(pattern.match(str(number))) == (least <= number <= least + more)
