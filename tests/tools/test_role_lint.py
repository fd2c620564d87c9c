"""The roles' policies, judged by a linter that nobody here wrote."""

import copy

import pytest

from tools.role_examples import examples
from tools.role_lint import MEANT, findings, unmeant


def test_nothing_is_found_but_what_is_meant():
    """Unknown actions, wrong resources, conditions that AWS does not take, `*` where there are names."""
    assert unmeant() == []
    assert all(MEANT.values())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"Resource": "*"}, "RESOURCE_STAR"),
        ({"Action": "cloudfront:UpdateDistributions"}, "UNKNOWN_ACTION"),
        ({"Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
        ({"Condition": {"StringEquals": {"cloudfront:Stack": "x"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
    ],
)
def test_what_is_too_wide_or_wrong_is_found(change, found):
    """The same policy with one thing that must not be."""
    document = copy.deepcopy(examples()["publish-prod"])
    (statement,) = (one for one in document["Statement"] if one["Sid"] == "PolicyHosts")
    statement.update(change)

    assert (found, "PolicyHosts") in set(findings(document))
