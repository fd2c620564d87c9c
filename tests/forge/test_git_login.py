"""How git shows the forge's token, and which branch a job runs on: from the environment alone."""

import base64

import pytest

from mtasts.errors import CannotLook
from mtasts.live.forge.environment import git_login, job_of
from tests.forge.clients import TOKEN


def shown(login) -> str:
    """User and password, as HTTP has them."""
    scheme, _, text = login.authorization.reveal().partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(text).decode()


@pytest.mark.parametrize(
    ("name", "environ", "url", "user"),
    [
        ("github", {"GITHUB_TOKEN": TOKEN}, "https://github.com", "x-access-token"),
        ("github", {"GH_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://git.test/"}, "https://git.test", "x-access-token"),
        ("gitlab", {"GITLAB_TOKEN": TOKEN, "CI_JOB_TOKEN": "other"}, "https://gitlab.com", "oauth2"),
        ("gitlab", {"CI_JOB_TOKEN": TOKEN, "CI_SERVER_URL": "https://git.test"}, "https://git.test", "gitlab-ci-token"),
        ("forgejo", {"GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://git.test"}, "https://git.test", "oauth2"),
        ("bitbucket", {"BITBUCKET_TOKEN": TOKEN}, "https://bitbucket.org", "x-token-auth"),
    ],
)
def test_the_login_of_each_forge(name, environ, url, user):
    """As the forges document it; for the forge's own server alone, and never shown."""
    login = git_login(name, environ)

    assert login is not None
    assert (login.url, shown(login)) == (url, f"{user}:{TOKEN}")
    assert TOKEN not in repr(login)
    assert login.authorization.reveal() not in repr(login)


def test_azure_takes_the_token_as_it_is():
    """Its own checkout sends no password; the organisation is part of the place that gets it."""
    environ = {"SYSTEM_ACCESSTOKEN": TOKEN, "SYSTEM_COLLECTIONURI": "https://dev.azure.com/example/"}
    login = git_login("azure", environ)

    assert login is not None
    assert (login.url, login.authorization.reveal()) == ("https://dev.azure.com/example", f"Bearer {TOKEN}")


def test_no_token_no_login():
    """A clone over ssh, or of a folder, needs none."""
    assert git_login("github", {}) is None
    assert git_login("gitlab", {"GITLAB_TOKEN": " "}) is None


@pytest.mark.parametrize("url", ["http://git.example", "ftp://git.example", "https://user@git.example", "git.example"])
def test_only_where_a_secret_may_go(url):
    """Not in clear, and not to what is no server."""
    with pytest.raises(CannotLook):
        git_login("github", {"GITHUB_TOKEN": TOKEN, "GITHUB_SERVER_URL": url})


@pytest.mark.parametrize(
    ("environ", "branch"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main", "GITHUB_REF_TYPE": "branch"}, "main"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/tags/v1", "GITHUB_REF_TYPE": "tag"}, ""),
        ({"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "release/1"}, "release/1"),
        ({}, ""),
    ],
)
def test_the_branch_of_a_job(environ, branch):
    """What is not a branch is none."""
    assert job_of(environ).branch == branch
