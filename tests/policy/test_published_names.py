"""The names of what a stack has published: spelled in one module, and never changed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtasts.policy import published_names as names

ROOT = Path(__file__).parents[2]
OURS = ("mtasts", "components/mtasts_pulumi", "sandbox/mtasts_sandbox")
SPELLED = ROOT / "mtasts" / "policy" / "published_names.py"
# Wherever in a text.
INSIDE = (names.OURS, names.STACK_TYPE, names.STASH_TYPE, names.ID_METADATA, names.TTL_METADATA, names.ORIGIN_BUCKET)
# A whole text, or a piece of one with values in it.
ENDS = frozenset(
    {
        *(names.POLICY, names.ID, names.MOVE, names.MARK, names.MTA_STS, names.TLS_RPT, names.VALIDATION, names.HOST),
        *(names.CERTIFICATE, names.CERTIFICATE_VALIDATION, names.DISTRIBUTION, names.BUCKET),
        *(f"{names.HOST}-", names.at_zone("")),
    }
)


def spelled(source: str) -> Iterator[str]:
    """The texts of a module that are, or hold, one of the names; of what is said about it, none."""
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            text = node.value
            if text in ENDS or any(name in text for name in INSIDE):
                yield text


def test_no_other_module_spells_them() -> None:
    modules = [path for package in OURS for path in (ROOT / package).rglob("*.py")]
    assert SPELLED in modules
    assert {
        str(path.relative_to(ROOT)): found
        for path in modules
        if path != SPELLED and (found := list(spelled(path.read_text(encoding="utf-8"))))
    } == {}


@pytest.mark.parametrize(
    "source", ['"mta-sts-id"', 'f"{domain}-policy"', 'kind == "mtasts:index:PolicyHost"', 'f"{name}-at-{zone}"']
)
def test_a_spelled_name_is_seen(source: str) -> None:
    assert list(spelled(f"a = {source}"))


def test_states_and_buckets_that_are_there_have_these() -> None:
    """A change here loses what was published: the engine would make everything again, and the ledger would be empty."""
    assert (names.DOMAIN_TYPE, names.HOST_TYPE, names.ORIGIN_TYPE) == (
        "mtasts:index:MtaStsDomain",
        "mtasts:index:PolicyHost",
        "mtasts:index:PolicyOrigin",
    )
    assert (names.ID_METADATA, names.TTL_METADATA, names.ORIGIN_BUCKET, names.GROUP_INPUT) == (
        "mta-sts-id",
        "mta-sts-ttl",
        "policies-bucket",
        "policyHost",
    )
    assert names.policy_key("example.com") == "mta-sts.example.com/.well-known/mta-sts.txt"


@pytest.mark.parametrize(
    ("key", "domain"),
    [
        (names.policy_key("example.com"), "example.com"),
        (f"{names.policy_key('example.com')}.bak", None),
        ("index.html", None),
        ("", None),
    ],
)
def test_a_key_says_whose_it_is(key: str, domain: str | None) -> None:
    assert names.domain_of_key(key) == domain
