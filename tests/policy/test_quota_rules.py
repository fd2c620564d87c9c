"""AWS's quotas, on the edge: as many as AWS gives pass, one more is refused with what to write."""

from pathlib import Path

import pytest
import yaml

from mtasts.policy.desired import host_groups
from mtasts.policy.quota_rules import quota_problems
from mtasts.policy.quotas import QUOTAS, Limits, read_limits
from tests.policy.test_desired import member

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("count", "quota", "words"),
    [
        (10, 10, ""),
        (11, 10, '"shared" has 11 domains, and the quota is 10 names a certificate'),
        (100, 100, ""),
        (101, 100, '"shared" has 101 domains, and the quota is 100 names a certificate'),
        (101, 250, '"shared" has 101 domains, and the quota is 100 names a certificate'),
    ],
)
def test_names_of_one_group(count, quota, words):
    """At the file that is one too many; what cannot be raised any more is not offered."""
    groups = host_groups([member(number) for number in range(count)])
    problems = quota_problems(groups, Limits({"namesPerCertificate": quota}), "Pulumi.prod.yaml")

    assert len(problems) == bool(words)
    if words:
        told = str(problems[0])
        assert told.startswith(f"policies/test/d{min(quota, 100):03}.example.yaml:1:1: host_group: {words}")
        assert ("write `mtasts:namesPerCertificate: N` into Pulumi.prod.yaml" in told) == (quota < 100)


def of_their_own(count):
    return host_groups([member(number, group=f"d{number:03}.example") for number in range(count)])


def test_a_hundred_host_groups_fit():
    """The quotas of what a stack has one of."""
    assert quota_problems(of_their_own(100)) == ()


def test_the_next_host_group_is_refused_with_what_to_write():
    """How many there are, what bundling gives, and which settings say that the quotas are higher: one line."""
    (problem,) = quota_problems(of_their_own(101), settings="Pulumi.prod.yaml")
    assert str(problem) == (
        "policies/test/d100.example.yaml:1:1: host_group: 101 host groups need 101 distributions, and the quotas are"
        " 100 distributions an origin access control, 100 distributions a function, 100 distributions a response"
        " headers policy: write the same `host_group: NAME` into the files of up to 10 domains that are not published"
        " yet (101 domains fit 11 host groups); or have AWS raise them, and write"
        " `mtasts:distributionsPerAccessControl: N`, `mtasts:distributionsPerFunction: N`,"
        " `mtasts:distributionsPerHeadersPolicy: N` into Pulumi.prod.yaml"
    )


def test_the_account_has_a_quota_too():
    """Once the others are raised, it is the one that counts; settings can also be lower than AWS's."""
    raised = {quota.setting: 1000 for quota in QUOTAS if quota.setting != "distributionsPerAccount"}
    assert quota_problems(of_their_own(500), Limits(raised)) == ()
    (problem,) = quota_problems(of_their_own(501), Limits(raised))
    assert "the quotas are 500 distributions an account: " in problem.message
    assert problem.place.path == "policies/test/d500.example.yaml"
    assert len(quota_problems(of_their_own(3), Limits({"distributionsPerAccount": 2}))) == 1


@pytest.mark.parametrize("written", ["ten", "-1", "0", 0, 1.5, True, "١", {}])
def test_a_setting_is_a_whole_number(written):
    """Named with what is wrong with it."""
    with pytest.raises(
        ValueError, match=r"mtasts:namesPerCertificate is .*, not a whole number of names a certificate"
    ):
        read_limits({"namesPerCertificate": written}.get)


def test_settings_may_be_text():
    """As the engine hands them to the program; empty is not set."""
    limits = read_limits(
        {"namesPerCertificate": "50", "distributionsPerFunction": 7, "distributionsPerAccount": ""}.get
    )
    assert limits.given == {"namesPerCertificate": 50, "distributionsPerFunction": 7}


def test_the_project_declares_each_setting_with_its_default():
    """Pulumi.yaml cannot read the table."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert {quota.setting: declared[f"mtasts:{quota.setting}"]["default"] for quota in QUOTAS} == {
        quota.setting: quota.default for quota in QUOTAS
    }
