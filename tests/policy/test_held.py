"""Which domains are held while files are wrong, which are left out, and when nothing can be published."""

import dataclasses
import json
from datetime import date

import pytest

from mtasts.policy.config import DnsZone, Loaded, load
from mtasts.policy.held import kept, named_domain, policy_of, settle
from mtasts.policy.inputs import InputProblem, Place, Source
from mtasts.policy.quotas import Limits
from mtasts.protocol.mta_sts import Mode
from tests.policy.test_desired import BASE, member
from tests.repositories import domain_file

ONE, TWO, THREE = (member(number, group=f"g{number}") for number in (1, 2, 3))
THERE = {policy.domain: policy for policy in (ONE, TWO, THREE)}


def wrong(name: str, message: str = "is wrong") -> InputProblem:
    return InputProblem(Place(f"policies/test/{name}", 1, 1), "file", message)


def names(settled) -> tuple[list[str], list[str], list[str]]:
    return [policy.domain for policy in settled.policies], sorted(settled.held), sorted(settled.left_out)


def test_without_a_problem_all_is_published_and_what_is_gone_goes():
    """Nothing is held then: a deletion counts."""
    settled = settle(Loaded((ONE, TWO), ()), [], THERE)
    assert names(settled) == ([ONE.domain, TWO.domain], [], [])


@pytest.mark.parametrize(
    ("name", "held"),
    [
        (f"{TWO.domain}.yaml", TWO.domain),
        (f"{TWO.domain.upper()}.yaml", TWO.domain),
        (f"{TWO.domain}.yml", TWO.domain),
        (f"{TWO.domain}.YAML", TWO.domain),
        ("policies\\x.yaml", ""),
        (" .yaml", ""),
        ("..yaml", ""),
        ("_other.yaml", ""),
    ],
)
def test_a_wrong_file_is_the_domain_s_that_its_name_says(name, held):
    """One that names nobody's makes no other domain wrong."""
    rolled_back = dataclasses.replace(TWO, mode=Mode.NONE)
    settled = settle(Loaded((ONE, rolled_back, THREE), ()), [wrong(name)], THERE)
    assert sorted(settled.held) == ([held] if held else [])
    assert (TWO if held else rolled_back) in settled.policies
    assert len(settled.policies) == 3
    assert settled.problems == (wrong(name),)


def test_nothing_is_removed_while_a_file_is_wrong():
    """Deleted or renamed in the same change: nobody can tell."""
    settled = settle(Loaded((ONE,), ()), [wrong("new.example.yaml")], THERE)
    assert names(settled) == ([ONE.domain, TWO.domain, THREE.domain], [TWO.domain, THREE.domain], ["new.example"])
    assert "nothing is removed while a file of the stack is wrong" in settled.held[TWO.domain]


def test_a_copy_with_the_first_one_s_domain_does_not_hold_the_first():
    """Only the copy is wrong."""
    right, copy = domain_file("d001.example"), domain_file("d001.example", mode="enforce")
    loaded = load([Source("p/d001.example.yaml", right), Source("p/copy.example.yaml", copy)])
    settled = settle(loaded, loaded.problems, {"d001.example": ONE})
    assert names(settled) == (["d001.example"], [], ["copy.example"])


@pytest.mark.parametrize(
    ("policies", "problem", "there", "words"),
    [
        ((ONE,), wrong("_defaults.yaml"), THERE, "_defaults.yaml is wrong"),
        ((), wrong("d001.example.yaml"), THERE, "no file of the stack is right"),
        ((ONE,), wrong("d002.example.yaml"), {}, "nothing is known to be published"),
        ((ONE,), wrong("d002.example.yaml"), {**THERE, "d002.example": None}, "d002.example cannot be held"),
        ((ONE,), wrong("x.example.yaml"), {"old.example": None, **THERE}, "old.example cannot be held"),
    ],
)
def test_when_nothing_is_published(policies, problem, there, words):
    """The reason is told, and no policy is named."""
    settled = settle(Loaded(policies, ()), [problem], there)
    assert settled.refusal.startswith(words)
    assert (settled.policies, settled.held, settled.problems) == ((), {}, (problem,))


def test_the_newcomers_of_a_full_group_are_the_wrong_ones():
    """Whatever their names are; those that are there stay, one that changes over keeps its own host."""
    group = [member(number) for number in range(5)]
    there = {policy.domain: policy for policy in group[2:4]} | {
        group[4].domain: dataclasses.replace(group[4], host_group="own")
    }
    settled = settle(Loaded(tuple(group), ()), [], there, Limits({"namesPerCertificate": 3}))
    assert names(settled) == (
        ["d000.example", "d002.example", "d003.example", "d004.example"],
        ["d004.example"],
        ["d001.example"],
    )
    assert there["d004.example"] in settled.policies
    assert all('"shared" has' in why for why in (*settled.held.values(), *settled.left_out.values()))
    full = settle(Loaded(tuple(group[2:4]), ()), [], there, Limits({"namesPerCertificate": 1}))
    assert (full.problems, full.held) == ((), {})


def test_too_many_groups_hold_nobody_that_is_there():
    """The new groups are left out, from the end."""
    four = member(4, group="g4")
    limits = Limits({"distributionsPerAccount": 3})
    there = {policy.domain: policy for policy in (four, THREE)}
    settled = settle(Loaded((ONE, TWO, THREE, four), ()), [], there, limits)
    assert names(settled) == ([ONE.domain, THREE.domain, four.domain], [], [TWO.domain])


@pytest.mark.parametrize("leaving", [None, DnsZone("cloudflare", "0123456789abcdef0123456789abcdef")])
def test_what_is_kept_is_read_back_as_it_was(leaving):
    """All that is published, or says where; also with the engine's floats."""
    policy = dataclasses.replace(BASE, leaving=leaving, released=None if leaving else date(2026, 11, 28))
    told = json.loads(json.dumps(kept(policy)))
    told["max_age"], told["ttl"] = float(told["max_age"]), float(told["ttl"])
    back = policy_of(policy.domain, told)
    assert back == dataclasses.replace(policy, owner="", source="the stack's outputs")


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "off"},
        {"mx": "mx1.example.com"},
        {"mx": [1]},
        {"zone": ""},
        {"provider": "x"},
        {"max_age": None},
        {"ttl": "soon"},
        {"host_group": ""},
        {"leaving": {"provider": "route53"}},
        {"released": "soon"},
    ],
)
def test_what_nobody_can_have_kept_is_not_known(change):
    """An unknown state is no policy."""
    assert policy_of(BASE.domain, {**kept(BASE), **change}) is None
    assert policy_of(BASE.domain, None) is None


def test_names_of_files():
    """The domain in A-labels."""
    assert named_domain("policies/prod/Bücher.example.yaml") == "xn--bcher-kva.example"
    assert named_domain("policies/prod/_defaults.yaml") == ""
