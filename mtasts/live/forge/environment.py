"""Reads forge, repository and pull from a CI job's environment.

GitHub Actions and GitLab CI document these variables. Tokens come from here alone, never from the command line, where
every process of the machine could read them.
"""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.contract import Forge, NotAllowed
from mtasts.live.forge.github import GitHub
from mtasts.live.forge.gitlab import GitLab
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret, checked_base

ForgeName = Literal["github", "gitlab"]
FORGES: tuple[ForgeName, ...] = ("github", "gitlab")

Environ = Mapping[str, str]
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_PROJECT = re.compile(r"\d{1,18}|[\w.+-]{1,200}(?:/[\w.+-]{1,200}){1,20}")
_EVENT_LIMIT = 26 * 1024 * 1024  # GitHub caps a webhook's payload at 25 MB


def named(given: str | None, environ: Environ) -> ForgeName:
    """The forge that was named, else the one whose job this is."""
    if given in FORGES:
        return given
    if environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    if environ.get("GITLAB_CI") == "true":
        return "gitlab"
    raise CannotLook("no forge: neither a GitHub nor a GitLab job", "name it: --forge github or --forge gitlab")


def forge_from(name: ForgeName, environ: Environ, *, author: str = "", patience: Patience | None = None) -> Forge:
    """The client; raises CannotLook, or NotAllowed when there is no token (as for a pull request from a fork)."""
    if name == "github":
        base = checked_base(environ.get("GITHUB_API_URL") or "https://api.github.com", "GITHUB_API_URL")
        repository = environ.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            raise CannotLook("GITHUB_REPOSITORY does not name a repository", "it looks like OWNER/NAME")
        token = _token(environ, "GITHUB_TOKEN", "GH_TOKEN")
        return GitHub(base.rstrip("/"), repository, Secret(token), author=author, patience=patience)
    base = checked_base(environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", "CI_API_V4_URL")
    # In a pipeline of a fork, CI_PROJECT_ID is the fork; the merge request lives where it is to be merged.
    names = ("CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID", "CI_PROJECT_PATH")
    project = next((environ[name] for name in names if environ.get(name)), "")
    if not _PROJECT.fullmatch(project):
        raise CannotLook("CI_PROJECT_ID does not name a project", "it is the number on the project's page, or its path")
    own = bool(environ.get("GITLAB_TOKEN"))
    token = _token(environ, "GITLAB_TOKEN", "CI_JOB_TOKEN")
    return GitLab(base.rstrip("/"), project, Secret(token), job_token=not own, author=author, patience=patience)


def git_login(name: ForgeName, environ: Environ) -> Login | None:
    """How git shows the forge's token to the forge's own server; None where there is no token."""
    try:
        if name == "github":
            server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
            user, token = "x-access-token", _token(environ, "GITHUB_TOKEN", "GH_TOKEN")
        else:
            server = environ.get("CI_SERVER_URL") or "https://gitlab.com"
            own = bool(environ.get("GITLAB_TOKEN"))
            user, token = "oauth2" if own else "gitlab-ci-token", _token(environ, "GITLAB_TOKEN", "CI_JOB_TOKEN")
    except NotAllowed:
        return None
    base = checked_base(server, "GITHUB_SERVER_URL" if name == "github" else "CI_SERVER_URL")
    basic = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
    return Login(base.rstrip("/"), Secret(f"Basic {basic}"))


def own_branch(environ: Environ) -> str:
    """The branch that this job runs on, without a pull; "" outside CI and where none is."""
    if environ.get("GITHUB_REF_TYPE") == "branch":
        return environ.get("GITHUB_REF", "").removeprefix("refs/heads/")
    return environ.get("CI_COMMIT_BRANCH", "")


def pull_number(environ: Environ) -> int | None:
    """The pull that this job runs for, if it runs for one."""
    found = re.fullmatch(r"refs/pull/(\d{1,18})/(?:merge|head)", environ.get("GITHUB_REF", ""))
    text = found[1] if found else environ.get("CI_MERGE_REQUEST_IID", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def run_number(environ: Environ) -> tuple[int, int]:
    """(run, attempt) of this job, later ones greater; (0, 0) outside CI."""
    for run, attempt in (("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"), ("CI_PIPELINE_ID", "CI_JOB_ID")):
        value = environ.get(run, "")
        if re.fullmatch(r"[0-9]{1,18}", value):
            again = environ.get(attempt, "")
            return int(value), int(again) if re.fullmatch(r"[0-9]{1,18}", again) else 0
    return 0, 0


def from_fork(environ: Environ) -> bool:
    """True when this job runs for a pull from a fork, which has no right to write. What cannot be told is no fork."""
    source, target = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), environ.get("CI_MERGE_REQUEST_PROJECT_ID")
    if source and target:
        return source != target
    try:
        pull = _event(environ)["pull_request"]
        # The fork may be gone by now: then there is no repository, and surely not ours.
        head = pull["head"]["repo"]["full_name"] if pull["head"]["repo"] else None
        return bool(head != pull["base"]["repo"]["full_name"])
    except (KeyError, TypeError):
        return False


def head_commit(environ: Environ) -> str:
    """The commit under review: on GitHub a pull's own head, not the merge that is checked out; "" if unknown."""
    try:
        commit = _event(environ)["pull_request"]["head"]["sha"]
    except (KeyError, TypeError):
        names = ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA", "GITHUB_SHA")
        commit = next((environ[name] for name in names if environ.get(name)), "")
    return commit if isinstance(commit, str) else ""


def run_page(environ: Environ) -> str:
    """The page of this run, for people; "" outside CI."""
    if environ.get("GITHUB_RUN_ID"):
        place = f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}"
        return f"{place}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return environ.get("CI_JOB_URL", "")


def _event(environ: Environ) -> Any:
    """What GitHub says about the event that started the job; None when nothing can be read."""
    try:
        path = Path(environ["GITHUB_EVENT_PATH"])
        return json.loads(path.read_bytes()) if path.stat().st_size <= _EVENT_LIMIT else None
    except (OSError, ValueError, KeyError, RecursionError):
        return None


def _token(environ: Environ, *names: str) -> str:
    for name in names:
        value = environ.get(name, "").strip()
        if value:
            if not re.fullmatch(r"[!-~]{1,4096}", value):
                raise CannotLook(f"{name} is not a token", "it holds a space, a line end or a sign that no token has")
            return value
    raise NotAllowed(f"no token: {names[0]} is not set", "a pull request from a fork is given none", 401)
