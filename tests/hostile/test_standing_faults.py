"""A file that was wrong before a change is held against nobody's other change, and lets nothing through with it."""

import pytest

from tests.hostile.conftest import COM, DEFAULTS, ORG
from tests.repositories import domain_file

BAD = "policies/prod/example.net.yaml"
FAULTS = {
    "no YAML": {BAD: "domain: [\n"},
    "empty": {BAD: ""},
    "a folder": {f"{BAD}/inside": "x"},
    "another domain's name": {BAD: domain_file("example.edu")},
    "the ending": {"policies/prod/example.net.yml": "x"},
    "in no stack": {"policies/example.net.yaml": "x"},
    "too many in a group": {
        f"policies/prod/n{number}.example.yaml": domain_file(f"n{number}.example", host_group="full")
        for number in range(11)
    },
    "in two stacks": {"policies/a/twin.example.yaml": domain_file("twin.example")}
    | {"policies/b/twin.example.yaml": domain_file("twin.example")},
}
ENFORCED = domain_file(mode="enforce", max_age="1d")
ROLLED_BACK = domain_file(mode="testing", max_age="1d")


def on_main(repo, files):
    """What stands on the base before the change is begun."""
    repo.switch("main")
    repo.commit(files)
    repo.git("checkout", "-q", "-B", "change")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_roll_back_beside_it_passes(repo, diff, fault):
    """By its own difference; what was wrong before is told."""
    on_main(repo, {COM: ENFORCED, **fault})
    repo.commit({COM: ROLLED_BACK})

    done = diff()

    assert done.code == 0, done.out
    assert done.out.startswith("example.com, enforce -> testing: no rule forbids it.")
    assert "note: wrong before this change, so its domain is held as published: policies/" in done.err


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_change_that_brings_it_does_not(repo, diff, fault):
    """Not even with a roll-back in it: two changes."""
    on_main(repo, {COM: ENFORCED})
    repo.commit({COM: ROLLED_BACK, **fault})

    assert diff().code == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_flip_beside_it_is_judged_as_ever(repo, diff, fault):
    """A standing fault lets no other change through."""
    on_main(repo, fault)
    repo.commit({COM: ENFORCED})

    done = diff()

    assert (
        "example.com, testing -> enforce. example.com: whether the evidence holds is for the gate to say." in done.out
    )


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_deletion_beside_it_is_a_removal(repo, diff, fault):
    """Nobody takes it for the fault's."""
    on_main(repo, {COM: ENFORCED, **fault})
    repo.commit({COM: None})

    done = diff()

    assert done.code == 1
    assert "example.com" in done.out.splitlines()[0]


@pytest.mark.parametrize(
    "files",
    [
        {BAD: "domain: {\n"},
        {BAD: "\ndomain: [\n"},
        {BAD: None},
        {BAD: None, "policies/prod/example.edu.yaml": "domain: [\n"},
        {"policies/prod/EXAMPLE.com.yaml": domain_file(mode="testing", max_age="1d")},
        {DEFAULTS: "ttl: soon\n"},
    ],
)
def test_what_the_change_touches_must_be_right(repo, diff, files):
    """The wrong file itself, edited, taken away or renamed; a second one for the domain that is rolled back."""
    on_main(repo, {COM: ENFORCED, BAD: "domain: [\n"})
    repo.commit({COM: ROLLED_BACK, **files})

    assert diff().code == 1


def test_wrong_defaults_are_every_domain_s(repo, diff):
    """Nothing can be read without them, so nothing passes until they are right."""
    on_main(repo, {COM: ENFORCED, DEFAULTS: "ttl: soon\n"})
    repo.commit({COM: ROLLED_BACK})

    assert diff().code == 1


def test_the_twelfth_of_a_full_group_is_a_fault_of_its_own(repo, diff):
    """It makes the standing one worse."""
    on_main(repo, FAULTS["too many in a group"])
    repo.commit({"policies/prod/n11.example.yaml": domain_file("n11.example", host_group="full")})

    assert diff().code == 1


def test_the_last_of_a_full_group_is_rolled_back(repo, diff):
    """The fault is told at its file, and is not its fault."""
    last = {ORG: domain_file("example.org", mode="enforce", max_age="1d", host_group="full")}
    group = {
        f"policies/prod/a{number}.example.yaml": domain_file(f"a{number}.example", host_group="full")
        for number in range(10)
    }
    on_main(repo, {**group, **last})
    repo.commit({ORG: domain_file("example.org", mode="testing", max_age="1d", host_group="full")})

    done = diff()

    assert done.code == 0, done.out
    assert f"{ORG}:1:1: host_group: " in done.err
