"""What a CI job's environment says: which forge, which repository, which pull, which run, from a fork or not."""

import json
from pathlib import Path
from typing import Any

import pytest

from mtasts.errors import CannotLook
from mtasts.live.forge.contract import NotAllowed
from mtasts.live.forge.environment import forge_from, job_of, named
from mtasts.live.forge.github import GitHub
from mtasts.live.forge.gitlab import GitLab
from mtasts.live.forge.kind import Job
from mtasts.live.web import checked_base

GITHUB = {"GITHUB_REPOSITORY": "example/mail", "GITHUB_TOKEN": "t"}
GITLAB = {"CI_PROJECT_ID": "42", "GITLAB_TOKEN": "t"}
ON_GITHUB, ON_GITLAB = {"GITHUB_ACTIONS": "true"}, {"GITLAB_CI": "true"}


def test_the_forge_is_the_named_one_or_the_jobs() -> None:
    """A named one wins; neither is told."""
    assert named("gitlab", {"GITHUB_ACTIONS": "true"}) == "gitlab"
    assert named(None, {"GITHUB_ACTIONS": "true"}) == "github"
    assert named(None, {"GITLAB_CI": "true"}) == "gitlab"
    assert named(None, {"GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true"}) == "forgejo"
    assert named(None, {"BITBUCKET_BUILD_NUMBER": "7"}) == "bitbucket"
    assert named(None, {"TF_BUILD": "True"}) == "azure"
    with pytest.raises(CannotLook, match="no forge"):
        named(None, {})


def test_each_forge_comes_from_its_variables() -> None:
    """With the public servers as the default."""
    assert isinstance(forge_from("github", GITHUB), GitHub)
    assert isinstance(forge_from("gitlab", GITLAB), GitLab)


@pytest.mark.parametrize(
    ("name", "environ", "said"),
    [
        ("github", {**GITHUB, "GITHUB_REPOSITORY": "../../user"}, "GITHUB_REPOSITORY"),
        ("github", {**GITHUB, "GITHUB_REPOSITORY": "a/b?x=1"}, "GITHUB_REPOSITORY"),
        ("github", {**GITHUB, "GITHUB_API_URL": "http://github.example"}, "GITHUB_API_URL is not an https URL"),
        ("github", {**GITHUB, "GITHUB_TOKEN": "two words"}, "GITHUB_TOKEN is not a token"),
        ("github", {**GITHUB, "GITHUB_TOKEN": "a\nHost: evil.example"}, "GITHUB_TOKEN is not a token"),
        ("gitlab", {**GITLAB, "CI_PROJECT_ID": "4 2"}, "CI_PROJECT_ID"),
        ("gitlab", {**GITLAB, "CI_API_V4_URL": "ftp://x.example"}, "CI_API_V4_URL"),
        ("gitlab", {"GITLAB_TOKEN": "t"}, "CI_PROJECT_ID"),
    ],
)
def test_what_is_not_of_its_form_is_told_by_its_name(name: Any, environ: dict[str, str], said: str) -> None:
    """The value is not repeated: it may be the secret in the wrong place."""
    with pytest.raises(CannotLook) as caught:
        forge_from(name, environ)
    assert said in caught.value.message
    assert "evil" not in caught.value.message


@pytest.mark.parametrize(("name", "environ"), [("github", GITHUB), ("gitlab", GITLAB)])
def test_no_token_is_not_allowed(name: Any, environ: dict[str, str]) -> None:
    """As a pull from a fork has it; the verb decides what follows."""
    with pytest.raises(NotAllowed, match="no token"):
        forge_from(name, {key: value for key, value in environ.items() if "TOKEN" not in key})


def test_a_merge_request_of_a_fork_is_looked_for_where_it_is_to_be_merged() -> None:
    """CI_PROJECT_ID is the fork then."""
    forge = forge_from("gitlab", {**GITLAB, "CI_PROJECT_ID": "77", "CI_MERGE_REQUEST_PROJECT_ID": "42"})
    assert "/projects/42" in vars(forge).values()


@pytest.mark.parametrize(
    ("environ", "number"),
    [
        ({**ON_GITHUB, "GITHUB_REF": "refs/pull/17/merge"}, 17),
        ({**ON_GITHUB, "GITHUB_REF": "refs/heads/main"}, None),
        ({**ON_GITHUB, "GITHUB_REF": "refs/pull/17/merge/../x"}, None),
        ({**ON_GITLAB, "CI_MERGE_REQUEST_IID": "9"}, 9),
        ({**ON_GITLAB, "CI_MERGE_REQUEST_IID": "٩"}, None),
        ({}, None),
    ],
)
def test_the_pull_is_the_jobs(environ: dict[str, str], number: int | None) -> None:
    """From the ref on GitHub, from the variable on GitLab."""
    assert job_of(environ).pull == number


@pytest.mark.parametrize(
    ("environ", "run"),
    [
        ({**ON_GITHUB, "GITHUB_RUN_ID": "123", "GITHUB_RUN_ATTEMPT": "2"}, (123, 2)),
        ({**ON_GITLAB, "CI_PIPELINE_ID": "55", "CI_JOB_ID": "700"}, (55, 700)),
        ({**ON_GITHUB, "GITHUB_RUN_ID": "x"}, (0, 0)),
        ({}, (0, 0)),
    ],
)
def test_runs_are_numbered_in_their_order(environ: dict[str, str], run: tuple[int, int]) -> None:
    """So that a late old one does not overwrite a newer one's word."""
    assert job_of(environ).run == run


AZURE = {
    "TF_BUILD": "True", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/example/", "SYSTEM_TEAMPROJECT": "Our Mail",
    "BUILD_BUILDID": "31", "SYSTEM_JOBATTEMPT": "2", "BUILD_SOURCEVERSION": "3" * 40,
}  # fmt: skip
BITBUCKET = {"BITBUCKET_BUILD_NUMBER": "31", "BITBUCKET_REPO_FULL_NAME": "a/b", "BITBUCKET_COMMIT": "4" * 40}
FORGEJO = {
    "FORGEJO_ACTIONS": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_NUMBER": "5",
    "GITHUB_SERVER_URL": "https://git.example", "GITHUB_RUN_ID": "77", "GITHUB_SHA": "5" * 40,
}  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "job"),
    [
        (
            {**AZURE, "BUILD_SOURCEBRANCH": "refs/heads/main"},
            Job("main", None, (31, 2), False, "3" * 40, "https://dev.azure.com/example/Our%20Mail/_build/results?buildId=31"),
        ),
        (
            {**AZURE, "BUILD_SOURCEBRANCH": "refs/pull/9/merge", "SYSTEM_PULLREQUEST_PULLREQUESTID": "9",
             "SYSTEM_PULLREQUEST_ISFORK": "True", "SYSTEM_PULLREQUEST_SOURCECOMMITID": "6" * 40},
            Job("", 9, (31, 2), True, "6" * 40, "https://dev.azure.com/example/Our%20Mail/_build/results?buildId=31"),
        ),
        (
            {**BITBUCKET, "BITBUCKET_BRANCH": "main"},
            Job("main", None, (31, 0), False, "4" * 40, "https://bitbucket.org/a/b/pipelines/results/31"),
        ),
        (
            {**BITBUCKET, "BITBUCKET_BRANCH": "change", "BITBUCKET_PR_ID": "9", "BITBUCKET_STEP_RUN_NUMBER": "2"},
            Job("", 9, (31, 2), False, "4" * 40, "https://bitbucket.org/a/b/pipelines/results/31"),
        ),
        (
            {**FORGEJO, "GITHUB_REF": "refs/pull/9/head"},
            Job("", 9, (77, 0), False, "5" * 40, "https://git.example/a/b/actions/runs/5"),
        ),
    ],
)  # fmt: skip
def test_what_each_job_says_of_itself(environ: dict[str, str], job: Job) -> None:
    """Forgejo's Actions have GitHub's variables, too; their run's page has another number."""
    assert job_of(environ) == job


def _event(tmp_path: Path, value: object) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(value))
    return {**ON_GITHUB, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": "1" * 40}


def _pull(head: str | None) -> dict[str, Any]:
    repository = {"full_name": head} if head else None
    return {"pull_request": {"head": {"repo": repository, "sha": "2" * 40}, "base": {"repo": {"full_name": "a/b"}}}}


@pytest.mark.parametrize(
    ("event", "fork", "commit"),
    [
        (_pull("a/b"), False, "2" * 40),
        (_pull("c/b"), True, "2" * 40),
        (_pull(None), True, "2" * 40),
        ({"ref": "refs/heads/main"}, False, "1" * 40),
        ({"pull_request": []}, False, "1" * 40),
        ([], False, "1" * 40),
    ],
)
def test_a_fork_and_the_commit_are_read_from_the_event(tmp_path: Path, event: object, fork: bool, commit: str) -> None:
    """The pull's own head: what is checked out is a merge that nobody wrote."""
    job = job_of(_event(tmp_path, event))
    assert (job.fork, job.commit) == (fork, commit)


def test_a_fork_on_gitlab_has_another_source_project() -> None:
    """Two variables say so."""
    into = {**ON_GITLAB, "CI_MERGE_REQUEST_PROJECT_ID": "42"}
    assert job_of({**into, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "77"}).fork
    assert not job_of({**into, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42"}).fork
    assert not job_of({**ON_GITHUB, "GITHUB_EVENT_PATH": "/nonexistent/event.json"}).fork


def test_the_page_of_the_run_is_for_people() -> None:
    """On both forges, and nowhere else."""
    environ = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}
    assert job_of({**ON_GITHUB, **environ}).page == "https://github.example/a/b/actions/runs/7"
    page = "https://gitlab.example/a/b/-/jobs/7"
    assert job_of({**ON_GITLAB, "CI_JOB_URL": page}).page == page
    assert job_of({}).page == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com",
        "https://10.0.0.1:8443/api/v4",
        "http://127.0.0.1:9/x",
        "http://[::1]:9",
        "http://localhost:9",
    ],
)
def test_a_secret_may_go_to_https_and_to_loopback(url: str) -> None:
    """The URL is given back as it is."""
    assert checked_base(url, "X") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.github.com",
        "http://api.github.com",
        "https://",
        "https://user:secret@x.example",
        "https://x.example/a b",
        "https://x.example/\n",
        "https://[::1",
        "https://x.example:99999",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.example",
        "https://münchen.example",
    ],
)
def test_a_secret_goes_nowhere_else(url: str) -> None:
    """And the URL, which may be a secret itself, is not repeated."""
    with pytest.raises(CannotLook) as caught:
        checked_base(url, "X")
    assert caught.value.message.startswith("X is not a")
    assert "secret@" not in caught.value.message
