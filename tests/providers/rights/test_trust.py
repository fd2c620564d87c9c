"""Who may take a role."""

import pytest

from mtasts.providers.rights import GITHUB, GITLAB, trust


def test_whole_subjects_are_equal_ones():
    """Several are alternatives of one condition."""
    one = "repo:example/mail-policies:environment:staging"
    other = "repo:example@123456/mail-policies@456789:environment:staging"

    (statement,) = trust("111122223333", GITHUB, [one, other])["Statement"]

    assert statement["Condition"] == {
        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": [one, other]}
    }
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"}


def test_any_branch_is_like_and_the_audience_stays_equal():
    """The role that only reads, on GitLab."""
    subject = "project_path:example/mail-policies:ref_type:branch:ref:*"

    (statement,) = trust("111122223333", GITLAB, [subject])["Statement"]

    assert statement["Condition"] == {
        "StringEquals": {f"{GITLAB}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{GITLAB}:sub": subject},
    }


@pytest.mark.parametrize("subjects", [[], ["*"], ["repo:example/one:environment:prod", "**"], [""]])
def test_nobody_and_everybody_are_no_subjects(subjects):
    """A role for all of the forge would be anybody's."""
    with pytest.raises(ValueError, match="repository"):
        trust("111122223333", GITHUB, subjects)
