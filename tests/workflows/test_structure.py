"""The pipelines' files: what they may do, and that they call what is there."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtasts.cli import dispatch
from tests.workflows.steps import GITLAB, ROOT, WORKFLOWS, gitlab, gitlab_script, parsed, steps, workflow

OURS = ("preview", "deploy", "watch")
# Every right that any job has, and nothing else: one more is a decision, to be written here.
RIGHTS = {
    ("ci", "check"): None,  # the workflow's: contents: read
    ("preview", "validate"): {"contents": "read"},
    ("preview", "gate"): {"contents": "read", "id-token": "write"},
    ("preview", "preview"): {"contents": "read", "id-token": "write"},
    ("preview", "comment"): {"contents": "read", "pull-requests": "write"},
    ("deploy", "staging"): {"contents": "read", "id-token": "write"},
    ("deploy", "plan"): {"contents": "read", "id-token": "write"},
    ("deploy", "prod"): {"contents": "read", "id-token": "write"},
    ("watch", "import"): {"contents": "read", "id-token": "write"},
    ("watch", "look"): {"contents": "read", "id-token": "write"},
    ("watch", "tell"): {"contents": "read", "issues": "write"},
    ("watch", "promote"): {"contents": "write", "id-token": "write", "pull-requests": "write"},
}
ENVIRONMENTS = {
    ("preview", "gate"): "preview",
    ("preview", "preview"): "preview",
    ("deploy", "staging"): "staging",
    ("deploy", "plan"): "preview",
    ("deploy", "prod"): "prod",
    ("watch", "import"): "watch",
    ("watch", "look"): "watch",
    ("watch", "tell"): "watch",
    ("watch", "promote"): "watch",
}
JOBS = [(name, job) for name in sorted(path.stem for path in WORKFLOWS.glob("*.yml")) for job in workflow(name)["jobs"]]
GITLAB_JOBS = [
    name
    for name, value in parsed(GITLAB).items()
    if isinstance(value, dict) and not name.startswith(".") and name not in ("default", "variables", "workflow")
]


def commands() -> Iterator[Any]:
    """Every call of `mtasts` in the pipelines, by place."""
    places = [(f"{name} {job} {step.name}", step.run) for name, job in JOBS for step in steps(name, job) if step.run]
    places += [(f"gitlab {job}", "\n".join(gitlab_script(job))) for job in GITLAB_JOBS]
    for place, script in places:
        for line in script.splitlines():
            for call in re.findall(r"(?:^|[\s/])mtasts ((?:(?!\|\||&&|;|\s>+\s).)+)", line):
                yield pytest.param(call, id=f"{place}: {call[:40]}")


def test_every_job_has_just_the_rights_it_needs() -> None:
    """The workflow grants none, each job its own."""
    assert {(name, job): workflow(name)["jobs"][job].get("permissions") for name, job in JOBS} == RIGHTS
    assert {name: workflow(name)["permissions"] for name in OURS} == {name: {} for name in OURS}
    assert workflow("ci")["permissions"] == {"contents": "read"}


def test_credentials_belong_to_environments() -> None:
    """A job with secrets or a cloud role is in an environment, which is what the cloud's trust policy names."""
    assert {(n, j): env for n, j in JOBS if (env := workflow(n)["jobs"][j].get("environment"))} == ENVIRONMENTS
    for name, job in JOBS:
        rights = RIGHTS[name, job] or {}
        if "secrets." in yaml.safe_dump(workflow(name)["jobs"][job]) or "id-token" in rights:
            assert (name, job) in ENVIRONMENTS


@pytest.mark.parametrize("path", [*WORKFLOWS.glob("*.yml"), *WORKFLOWS.parent.glob("actions/*/*.yml")], ids=str)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved; a commit cannot. The comment tells people, and their updater, the version."""
    for line in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/actions/setup", line), line


def test_one_pin_for_each_action() -> None:
    """The same action is at the same commit everywhere."""
    files = [*WORKFLOWS.glob("*.yml"), *WORKFLOWS.parent.glob("actions/*/*.yml")]
    pins = {pin for path in files for pin in re.findall(r"uses: (\S+@.+)", path.read_text(encoding="utf-8"))}

    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


def test_no_cache_of_a_pull_request_reaches_a_job_with_credentials() -> None:
    """A pull request's code writes to the caches of its scope; an engine from there would run with the job's rights."""
    action = parsed(WORKFLOWS.parent / "actions" / "setup" / "action.yml")
    caches = [step for step in action["runs"]["steps"] if step.get("uses", "").startswith("actions/cache")]
    assert [step["if"] for step in caches] == [
        "inputs.engine == 'true' && github.event_name != 'pull_request' && github.event_name != 'merge_group'"
    ]
    # What a workflow that runs for pull requests caches by itself: only where no job has credentials.
    for name, job in JOBS:
        own = [step.uses for step in steps(name, job) if step.uses.startswith("actions/cache")]
        assert not own or name == "ci" or "pull_request" not in workflow(name)[True], (name, job)
    assert not any(name == "ci" for name, _ in ENVIRONMENTS)


def test_gitlab_jobs_with_credentials_read_no_cache() -> None:
    """But the one that keeps what it told, as data, and runs for a schedule only."""
    for job in GITLAB_JOBS:
        settled = gitlab(job)
        if job == "tell":
            assert [each["paths"] for each in settled["cache"]] == [["told.json"]]
        elif "id_tokens" in settled or "environment" in settled:
            assert settled["cache"] == [], job
        else:
            assert job == "validate"


def test_triggers() -> None:
    """None that runs a stranger's code with our rights."""
    assert {name: set(workflow(name)[True]) for name in OURS} == {
        "preview": {"pull_request", "merge_group"},
        "deploy": {"push"},
        "watch": {"schedule", "workflow_dispatch"},
    }


def test_concurrency() -> None:
    """A newer commit ends a preview; a deployment is never ended, and there is one at a time."""
    found = {name: workflow(name)["concurrency"] for name in OURS}

    assert found["preview"]["cancel-in-progress"] is True
    assert "github.event.pull_request.number" in found["preview"]["group"]
    assert found["deploy"] == {"group": "deploy", "cancel-in-progress": False}
    assert found["watch"] == {"group": "watch", "cancel-in-progress": False}


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_checkouts_leave_no_token_behind(name: str, job: str) -> None:
    """Else every later step could push with it."""
    for step in steps(name, job):
        if step.uses.startswith("actions/checkout@"):
            assert step.options["persist-credentials"] is False


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_shell_steps_are_short_and_hold_no_expressions(name: str, job: str) -> None:
    """What is longer belongs into `mtasts`, where it is tested; an expression in a script is an injection waiting."""
    assert workflow(name)["jobs"][job]["timeout-minutes"] <= 120
    for step in steps(name, job):
        assert len(step.run.splitlines()) <= 3, step.name
        assert "${{" not in step.run, step.name


def test_the_gate_runs_the_target_branch() -> None:
    """Its code and settings come from there; the pull request is fetched beside, and gone before anything is judged."""
    found = steps("preview", "gate")
    names = [step.name for step in found]

    assert found[0].options["ref"] == "${{ github.base_ref || github.event.merge_group.base_ref }}"
    assert found[1].options["path"] == "change"
    assert names.index("Take the change in") < names.index("Gate")
    assert "rm -rf change" in found[names.index("Take the change in")].run
    assert "if" not in workflow("preview")["jobs"]["gate"]  # a required check that is skipped counts as passed
    assert steps("preview", "comment")[0].options["ref"] == "${{ github.base_ref }}"


@pytest.mark.parametrize("call", list(commands()))
def test_commands_are_ones_that_are_there(call: str) -> None:
    """Every verb and option that a step names is understood by its parser."""
    words = shlex.split(
        re.sub(r"\$\{\w+:\+([^}]*)\}", r"\1", call)
        .replace("$NUMBER", "7")
        .replace("$CI_MERGE_REQUEST_IID", "7")
        .replace("$GATE_SHA256", "0" * 64)
    )
    path = [words.pop(0)]
    while words and words[0] in dispatch.below(dispatch.find(path)):
        path.append(words.pop(0))
    parser = ArgumentParser(exit_on_error=False)
    dispatch.find(path).add_arguments(parser)

    parser.parse_args(words)


def test_both_forges_do_the_same() -> None:
    """The same verbs, in merge requests, deployments and the watch."""

    def verbs(scripts: list[str]) -> set[str]:
        return {found for script in scripts for found in re.findall(r"(?:^|[\s/])mtasts (\w+)", script)}

    github = {name: verbs([s.run for job in workflow(name)["jobs"] for s in steps(name, job)]) for name in OURS}
    by_stage: dict[str, list[str]] = {}
    for job in GITLAB_JOBS:
        by_stage.setdefault(gitlab(job)["stage"], []).append("\n".join(gitlab_script(job)))
    stages = {"preview": ("judge", "comment"), "deploy": ("staging", "plan", "prod"), "watch": ("look", "tell")}
    there = {name: verbs([s for stage in own for s in by_stage[stage]]) for name, own in stages.items()}

    assert there["preview"] == github["preview"] == {"validate", "diff", "gate", "preview", "comment"}
    assert there["deploy"] == github["deploy"] - {"comment"} == {"up", "verify", "preview"}
    assert there["watch"] == github["watch"] == {"reports", "verify", "preview", "ready", "comment", "notify", "bot"}


def test_gitlab_publishes_one_at_a_time() -> None:
    """Never interrupted, in one resource group, prod by hand and not passed over."""
    for job in ("staging", "prod"):
        assert (gitlab(job)["resource_group"], gitlab(job)["interruptible"]) == ("deploy", False)
    (rule,) = gitlab("prod")["rules"]
    assert (rule["when"], rule["allow_failure"]) == ("manual", False)
    assert gitlab("gate")["interruptible"] is True


def test_gitlab_anchors_merge_as_the_file_means() -> None:
    """`prod` runs for the same changes as `staging`."""
    (staging,), (prod,) = gitlab("staging")["rules"], gitlab("prod")["rules"]
    assert {key: prod[key] for key in staging} == staging


def test_what_is_published_is_named_alike_everywhere() -> None:
    """The paths that start a deployment are those whose later change stops an older one."""
    script = (ROOT / "tools" / "newest.sh").read_text(encoding="utf-8")
    paths = re.findall(r"^    '?(?::\(glob\))?([\w*./]+)'?(?: \\|;)", script, re.MULTILINE)

    assert workflow("deploy")[True]["push"]["paths"] == paths
    assert [path.replace("/**/*", "/**") for path in gitlab("staging")["rules"][0]["changes"]] == paths
    for path in paths:
        assert list(ROOT.glob(path)), path


def test_code_owners_name_what_is_there() -> None:
    """The sample covers files of this repository, and what could loosen the gate."""
    lines = (ROOT / "docs" / "examples" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line and not line.startswith("#")]

    for pattern in patterns:
        if "example" not in pattern and pattern != "*":
            assert list(ROOT.glob(pattern.strip("/"))), pattern
    assert {"/.github/", "/.gitlab-ci.yml", "/mtasts/", "/policies/**/_defaults.yaml", "/requirements.lock"} <= set(
        patterns
    )
