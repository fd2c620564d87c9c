"""The pipelines that `mtasts new --ci` writes for Bitbucket, Azure DevOps and Forgejo, and the one for Atlantis.

They are what those forges take, and their steps, run from the files, judge and comment as the others do.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtasts.app.project.new import NewRequest, plan, write
from mtasts.app.project.requirements import DISTRIBUTIONS, Release
from tests.app.project.conftest import wheel
from tests.forge.azure_stand_in import AzureStandIn
from tests.forge.bitbucket_stand_in import BitbucketStandIn
from tests.forge.forgejo_stand_in import ForgejoStandIn
from tests.forge.stand_in import Login, StandIn, serving
from tests.repositories import domain_file, git
from tests.workflows.steps import ROOT, shell, with_mtasts

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
SCHEMAS = {
    "bitbucket": ("bitbucket-pipelines.yml", "vendor.bitbucket-pipelines"),
    "azure": ("azure-pipelines.yml", "vendor.azure-pipelines"),
    "forgejo": (".forgejo/workflows/mtasts.yml", "vendor.github-workflows"),  # GitHub's grammar
}
STAND_INS = {"bitbucket": BitbucketStandIn, "azure": AzureStandIn, "forgejo": ForgejoStandIn}
# What install.sh makes of a project is what the tests run in.
_INSTALL = f'cd "$(dirname "$0")" && ln -sfn {ROOT / ".venv"} .venv\n'
VERBS = {
    "validate",
    "diff",
    "engine",
    "gate",
    "comment",
    "stacks",
    "preview",
    "up",
    "verify",
    "ready",
    "reports",
    "bot",
}


@pytest.fixture
def release() -> Release:
    """One that need not be built: what it would install is replaced."""
    return Release(
        "1.2.3", tuple(wheel(name, "1.2.3") for name in DISTRIBUTIONS), "six==1.17.0\n", "x==1\n", carried=True
    )


@pytest.fixture(params=list(SCHEMAS))
def ci(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["", "dns/mail/"], ids=["top", "subfolder"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(origin: Path, ci: str, path: str, release: Release) -> Path:
    """A repository with a project in it, and a domain in its stack `live`."""
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    write(plan(NewRequest(origin / path, release, ("live",), ci, None)))
    (origin / path / "install.sh").write_text(_INSTALL)
    (origin / path / "policies" / "live" / "example.com.yaml").write_text(domain_file(mode="testing"))
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "one")
    return origin


def scripts(ci: str, path: Path) -> dict[str, list[str]]:
    """The shell of each step by its name, in their order, with what runs in any case at the end."""
    whole = yaml.safe_load(path.read_text())
    found: dict[str, list[str]] = {}
    for one in _steps(whole):
        if ci == "bitbucket" and "script" in one and "name" in one:
            found[one["name"]] = ["\n".join(one["script"]), "\n".join(one.get("after-script", []))]
        elif ci == "azure" and "bash" in one:
            found.setdefault(one["displayName"], []).append(one["bash"])
        elif ci == "forgejo" and "run" in one:
            found[one["name"].lower()] = [one["run"]]
    return found


def _steps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _steps(inner)


def test_each_is_what_its_forge_takes(tmp_path: Path, ci: str, path: str, release: Release) -> None:
    """By the schemas that check-jsonschema carries. Azure's has patterns that only the older grammar knows."""
    file, schema = SCHEMAS[ci]
    origin = made(tmp_path / "origin", ci, path, release)
    words = [sys.executable, "-m", "check_jsonschema", "--regex-variant", "nonunicode", "--builtin-schema", schema]
    done = subprocess.run([*words, str(origin / file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "@" not in re.sub(r"@[0-9a-f]{40}", "", (origin / file).read_text().replace("@path@", "LEFT"))


def test_each_has_the_same_verbs(tmp_path: Path, ci: str, release: Release) -> None:
    """As GitHub's and GitLab's; and Bash takes every script of it."""
    file = made(tmp_path / "origin", ci, "", release) / SCHEMAS[ci][0]
    verbs = set()
    for step in scripts(ci, file).values():
        for script in step:
            done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
            assert done.returncode == 0, (done.stderr, script)
            verbs |= set(re.findall(r"(?:^|[\s/(])mtasts ([a-z]+)", script))
    assert verbs - {"notify"} == VERBS - ({"ready"} if ci == "forgejo" else set())


@pytest.fixture
def forge(ci: str) -> Iterator[StandIn]:
    with serving(STAND_INS[ci]()) as server:
        server.tokens[TOKEN] = Login("the-bot")
        yield server


def job(ci: str, folder: Path, forge: StandIn, number: int, engine: Path) -> dict[str, str]:
    """What the forge gives a job of a pull request, with an empty home and no way out."""
    head = git(folder, "rev-parse", "HEAD")
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "LANG": "C.UTF-8", "MTASTS_RESOLVER": "127.0.0.1:1", "MTASTS_ENGINE": str(engine)}
    by_forge = {
        "bitbucket": {
            "BITBUCKET_CLONE_DIR": str(folder),
            "BITBUCKET_PR_DESTINATION_BRANCH": "main",
            "BITBUCKET_PR_ID": str(number),
            "BITBUCKET_COMMIT": head,
        },
        "azure": {
            "BUILD_SOURCESDIRECTORY": str(folder),
            "BUILD_SOURCEVERSION": head,
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": str(number),
        },
        "forgejo": {"GITHUB_WORKSPACE": str(folder), "GITHUB_SHA": head, "BASE": "main", "NUMBER": str(number)},
    }
    return with_mtasts({**forge.environment(TOKEN), **own, **by_forge[ci], "PATH": os.environ["PATH"]})


def test_the_gate_judges_by_the_target_branch_and_comments(
    tmp_path: Path,
    ci: str,
    path: str,
    forge: StandIn,
    engine: Path,
    release: Release,
) -> None:
    """A change that may not be merged is red and told; the program that judges is not the change's own."""
    origin = made(tmp_path / "origin", ci, path, release)
    git(origin, "checkout", "-q", "-b", "change")
    domain = origin / path / "policies" / "live" / "example.com.yaml"
    domain.write_text(domain_file(mode="enforced"))
    (origin / path / "install.sh").write_text("echo evil > evil; exit 1\n")
    git(origin, "commit", "-q", "-a", "-m", "flip")
    git(origin, "checkout", "-q", "main")
    folder = tmp_path / "work"
    git(tmp_path, "clone", "-q", "-b", "change", str(origin), str(folder))
    number = forge.pull("change")
    environ = job(ci, folder, forge, number, engine)
    steps = scripts(ci, origin / SCHEMAS[ci][0])

    gate, after = (*steps["gate"], "")[:2] if ci == "bitbucket" else (steps["gate"][0], steps["comment"][0])
    judged = shell(gate, folder, environ)
    told = shell(after, folder, environ)

    assert judged.returncode == 1, judged
    assert not list(folder.rglob("evil"))
    assert told.returncode == 0, told
    (body,) = forge.bodies(number)
    assert "example.com" in body
    (folder / "gate.json").unlink()
    assert shell(after, folder, environ).returncode == 0
    (body,) = forge.bodies(number)
    assert "left no result" in body or "could not" in body.splitlines()[0]


def test_an_empty_stack_is_green(
    tmp_path: Path, ci: str, path: str, forge: StandIn, engine: Path, release: Release
) -> None:
    """The first pull request of a repository that was just made: validated, nothing to preview."""
    origin = made(tmp_path / "origin", ci, path, release)
    git(origin, "rm", "-q", "-r", str(Path(path) / "policies" / "live" / "example.com.yaml"))
    git(origin, "commit", "-q", "-m", "none")
    folder = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(origin), str(folder))
    environ = job(ci, folder, forge, 1, engine)
    steps = scripts(ci, origin / SCHEMAS[ci][0])

    for name in ("validate", "preview"):
        done = shell(steps[name][0], folder, environ)
        assert done.returncode == 0, (name, done)


def test_an_atlantis_judges_by_the_target_branch(tmp_path: Path, engine: Path, release: Release) -> None:
    """Its plan is there only where the gate is open."""
    example = yaml.safe_load((ROOT / "docs" / "examples" / "pipelines" / "atlantis.yaml").read_text())
    assert example["repos"][0]["allow_custom_workflows"] is False
    gate, preview = (one["run"] for one in example["workflows"]["mtasts"]["plan"]["steps"])
    origin = made(tmp_path / "origin", "", "", release)
    (origin / "policies" / "live" / "example.com.yaml").unlink()
    git(origin, "commit", "-q", "-a", "-m", "none")
    git(origin, "checkout", "-q", "-b", "change")
    (origin / "words.txt").write_text("words\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "words")
    git(origin, "checkout", "-q", "main")
    folder = tmp_path / "work"
    git(tmp_path, "clone", "-q", "--depth", "1", "-b", "change", f"file://{origin}", str(folder))
    planned = tmp_path / "plan"
    own = {
        "HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MTASTS_ENGINE": str(engine),
        "BASE_BRANCH_NAME": "main", "HEAD_COMMIT": git(folder, "rev-parse", "HEAD"), "PLANFILE": str(planned),
    }  # fmt: skip
    for script in (gate, preview):
        done = shell(script, folder, own)
        assert done.returncode == 0, done
    assert planned.exists()
    assert shutil.which("mtasts", path=str(folder / ".mtasts-trusted" / ".venv" / "bin"))
