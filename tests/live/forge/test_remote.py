"""Which repository a git remote names, and what a job of it would have in its environment."""

import pytest

from mtasts.live.forge.environment import kind
from mtasts.live.forge.remote import forge_of_host, remote_place
from tests.repositories import git


@pytest.mark.parametrize(
    ("url", "forge", "variables"),
    [
        ("https://github.com/example/mail.git", "github", {"GITHUB_REPOSITORY": "example/mail"}),
        (
            "git@gitlab.com:example/group/mail.git",
            "gitlab",
            {
                "CI_PROJECT_PATH": "example/group/mail",
                "CI_API_V4_URL": "https://gitlab.com/api/v4",
                "CI_SERVER_URL": "https://gitlab.com",
            },
        ),
        ("https://somebody@bitbucket.org/example/mail.git", "bitbucket", {"BITBUCKET_REPO_FULL_NAME": "example/mail"}),
        (
            "https://codeberg.org/example/mail",
            "forgejo",
            {
                "GITHUB_REPOSITORY": "example/mail",
                "GITHUB_SERVER_URL": "https://codeberg.org",
                "GITHUB_API_URL": "https://codeberg.org/api/v1",
            },
        ),
        *(
            (
                url,
                "azure",
                {
                    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/example",
                    "SYSTEM_TEAMPROJECT": "Our Mail",
                    "BUILD_REPOSITORY_NAME": "mail",
                },
            )
            for url in (
                "https://example@dev.azure.com/example/Our%20Mail/_git/mail",
                "git@ssh.dev.azure.com:v3/example/Our%20Mail/mail",
            )
        ),
    ],
)
def test_a_public_server_is_known(tmp_path, url: str, forge: str, variables: dict[str, str]) -> None:
    """By https and by ssh."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", url)
    there = remote_place(tmp_path, "origin")
    assert there is not None
    assert forge_of_host(there[0]) == forge
    assert kind(forge).variables(*there) == variables


@pytest.mark.parametrize("url", ["../mail", "file:///srv/mail.git", "/srv/mail.git", "https://", "git@:x"])
def test_a_remote_that_is_on_no_server(tmp_path, url: str) -> None:
    """A folder names no forge."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "remote.origin.url", url)
    assert remote_place(tmp_path, "origin") is None
