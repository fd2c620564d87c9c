"""The pipelines' files: what they may do, and that they call what is there."""

import os
import re
import shlex
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mtasts.cli import dispatch
from mtasts.gate.newest import PUBLISHED
from mtasts.live.forge.settings import CHECK, PREVIEW, WATCH
from tests.repositories import Repo
from tests.workflows.repository import PIPELINES, new_project
from tests.workflows.steps import (
    ROOT,
    WORKFLOWS,
    begins,
    gitlab,
    gitlab_jobs,
    gitlab_script,
    inputs,
    parsed,
    steps,
    workflow,
)
from tools import actionlint
from tools.gitlab_components import EXAMPLES, TEMPLATES, pipeline, specification
from tools.gitlab_components import main as check_components

OURS = ("preview", "deploy", "watch")
# Every right that any job has, and nothing else: one more is a decision, to be written here.
RIGHTS = {
    ("ci", "check"): None,
    ("ci", "engines"): None,  # the workflow's: contents: read
    ("preview", "validate"): {"contents": "read"},
    ("preview", "gate"): {"contents": "read", "id-token": "write"},
    ("preview", "preview"): {"contents": "read", "id-token": "write"},
    ("preview", "comment"): {"contents": "read", "pull-requests": "write"},
    ("deploy", "stacks"): {"contents": "read"},
    ("deploy", "first"): {"contents": "read", "id-token": "write"},
    ("deploy", "plan"): {"contents": "read", "id-token": "write"},
    ("deploy", "later"): {"contents": "read", "id-token": "write"},
    ("watch", "import"): {"contents": "read", "id-token": "write"},
    ("watch", "look"): {"contents": "read", "id-token": "write"},
    ("watch", "tell"): {"contents": "read", "issues": "write"},
    ("watch", "promote"): {"contents": "write", "id-token": "write", "pull-requests": "write"},
    ("release", "build"): {"contents": "read"},
    ("release", "publish"): {"attestations": "write", "id-token": "write"},
}
ENVIRONMENTS = {
    ("preview", "gate"): "preview",
    ("preview", "preview"): "preview",
    ("deploy", "first"): "${{ matrix.stack }}",
    ("deploy", "plan"): "preview",
    ("deploy", "later"): "${{ matrix.stack }}",
    ("watch", "import"): "watch",
    ("watch", "look"): "watch",
    ("watch", "tell"): "watch",
    ("watch", "promote"): "watch",
    ("release", "publish"): "release",
}
# Of the project's own workflows, what each hands on: a called job never has more.
CALLERS = {
    "preview": {"contents": "read", "id-token": "write", "pull-requests": "write"},
    "deploy": {"contents": "read", "id-token": "write"},
    "watch": {"contents": "write", "id-token": "write", "issues": "write", "pull-requests": "write"},
}
JOBS = [(name, job) for name in sorted(path.stem for path in WORKFLOWS.glob("*.yml")) for job in workflow(name)["jobs"]]
REUSED = [(name, job) for name, job in JOBS if name in OURS]
GITLAB_JOBS = [name.partition(" ")[2] for name in gitlab_jobs() if name.startswith("mtasts ")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a project in the folder `mail`, with the pipelines of GitHub, and of GitLab beside them."""
    folder = tmp_path_factory.mktemp("repository")
    Repo(folder)
    for ci in ("github", "gitlab"):
        new_project(folder / "mail", ci, "staging", "prod")
    return folder


def caller(project: Path, name: str) -> dict[Any, Any]:
    """A workflow of the project's own."""
    read = parsed(project / ".github" / "workflows" / f"mtasts-{name}.yml")
    assert isinstance(read, dict)
    return read


def commands() -> Iterator[Any]:
    """Every call of `mtasts` in the pipelines, by place."""
    places = [(f"{name} {job} {step.name}", step.run) for name, job in JOBS for step in steps(name, job) if step.run]
    places += [(f"gitlab {job}", "\n".join(gitlab_script(job))) for job in GITLAB_JOBS]
    for place, script in places:
        for line in script.splitlines():
            for call in re.findall(r"(?:^|[\s/(])mtasts ((?:(?!\|\||&&|;|\)|\s>+\s).)+)", line):
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
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\$/\.github/actions/setup", line), line


def test_one_pin_for_each_action() -> None:
    """The same action is at the same commit everywhere."""
    files = [*WORKFLOWS.glob("*.yml"), *WORKFLOWS.parent.glob("actions/*/*.yml")]
    pins = {pin for path in files for pin in re.findall(r"uses: (\S+@.+)", path.read_text(encoding="utf-8"))}

    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


def test_no_cache_of_a_pull_request_reaches_a_job_that_decides() -> None:
    """A pull request's code writes to the caches of its scope; pip and the engine from there would run with the job's
    rights, and could say that the gate is open."""
    action = parsed(WORKFLOWS.parent / "actions" / "setup" / "action.yml")
    caches = [step for step in action["runs"]["steps"] if "cache" in step.get("uses", "") + str(step.get("with"))]
    assert [(step["uses"].partition("@")[0], step["if"]) for step in caches] == [
        ("actions/cache", "inputs.cache == 'true'")
    ]
    uncached = {
        (name, job)
        for name, job in REUSED
        for step in steps(name, job)
        if step.uses.startswith("$/") and step.options.get("cache") == "false"
    }
    # `validate` has no rights; `preview` runs the change's own code with its rights in any case.
    assert uncached == {("preview", "gate"), ("preview", "comment")}
    for name, job in JOBS:
        own = [step.uses for step in steps(name, job) if step.uses.startswith("actions/cache")]
        assert not own or (name, job) in {("ci", "check"), ("ci", "engines"), ("watch", "tell")}


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


def test_only_callers_start_anything() -> None:
    """None that runs a stranger's code with our rights; and our own test suite is nobody else's."""
    assert {name: set(workflow(name)[True]) for name in OURS} == {name: {"workflow_call"} for name in OURS}
    assert workflow("ci")["jobs"]["check"]["if"] == "${{ !github.event.repository.fork }}"
    assert not (ROOT / ".gitlab-ci.yml").exists()


def test_callers_of_a_new_project(project: Path) -> None:
    """They hold triggers, rights and one pinned call: nothing that an upgrade would have to merge."""
    triggers = {name: caller(project, name)[True] for name in OURS}
    assert {name: set(of_one) for name, of_one in triggers.items()} == {
        "preview": {"pull_request", "merge_group"},
        "deploy": {"push"},
        "watch": {"schedule", "workflow_dispatch"},
    }
    for name in OURS:
        whole = caller(project, name)
        (call,) = whole["jobs"].values()
        assert whole["permissions"] == {}
        assert call["permissions"] == CALLERS[name]
        assert call["uses"] == f"{PIPELINES.repository}/.github/workflows/{name}.yml@{PIPELINES.commit}"
        assert call["with"] == {"project": "mail"}
        assert call["with"].keys() <= {key.removeprefix("inputs.") for key in inputs(name)}
        assert call["secrets"] == "inherit"
        assert not call.keys() - {"permissions", "uses", "with", "secrets"}


def test_called_jobs_have_no_more_rights_than_their_callers_hand_on() -> None:
    """GitHub ends a run at once where a called job asks for more; and none is handed on in vain."""
    for name in OURS:
        asked = [RIGHTS[one] or {} for one in REUSED if one[0] == name]
        most = {right: max(of_one.get(right, "") for of_one in asked) for right in {r for one in asked for r in one}}
        assert most == CALLERS[name]


def test_the_required_check_is_called_what_github_calls_it(project: Path) -> None:
    """The job of the caller, and that of the called workflow; neither can be skipped, which GitHub takes for passed."""
    (job,) = caller(project, "preview")["jobs"]
    assert f"{job} / {workflow('preview')['jobs']['gate']['name']}" == CHECK
    assert caller(project, "preview")[True] == {"pull_request": None, "merge_group": None}
    assert "if" not in workflow("preview")["jobs"]["gate"]


def test_secrets_are_declared() -> None:
    """A called workflow names what it reads, and reads what it names."""
    for name in OURS:
        text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
        declared = set(workflow(name)[True]["workflow_call"]["secrets"])
        assert declared == set(re.findall(r"\bsecrets\.([A-Z_]+)", text))


def test_the_forges_side_of_set_up_knows_the_environments() -> None:
    """Beside those of the stacks, and that of our own releases, which no project has."""
    named = {env for env in ENVIRONMENTS.values() if "matrix" not in env}
    assert named == {PREVIEW, WATCH, "release"}


def test_linters_of_others_find_nothing_in_a_new_project(project: Path) -> None:
    """actionlint on what is written for GitHub, zizmor as strict as on our own."""
    binary = actionlint.binary(os.environ)
    files = sorted((project / ".github" / "workflows").glob("*.yml"))
    assert len(files) == 3
    done = subprocess.run([binary, *files], capture_output=True, text=True, check=False, cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    zizmor = [ROOT / ".venv" / "bin" / "zizmor", "--offline", "--strict-collection", "--persona=pedantic", "--quiet"]
    done = subprocess.run([*zizmor, project / ".github"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_gitlabs_schema_takes_the_components(project: Path, tmp_path: Path) -> None:
    """And the file that includes them, which gives every input that has no default."""
    assert {path.stem for path in TEMPLATES.glob("*.yml")} == EXAMPLES.keys()
    assert check_components() == 0
    text = (project / ".gitlab-ci.yml").read_text(encoding="utf-8")
    whole = re.sub(r"^  # (  )?", r"  \1", text.replace("  # Stacks that", "  ## Stacks that"), flags=re.MULTILINE)
    for given in (text, whole):
        (tmp_path / "ci.yml").write_text(given)
        check = [
            ROOT / ".venv" / "bin" / "check-jsonschema",
            "--builtin-schema",
            "vendor.gitlab-ci",
            tmp_path / "ci.yml",
        ]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    included = yaml.safe_load(whole)["include"]
    assert [one["component"] for one in included] == [
        f"$CI_SERVER_FQDN/{PIPELINES.repository}/{name}@{PIPELINES.commit}" for name in ("mtasts", "mtasts-later")
    ]
    assert included[0]["inputs"] == {"path": "mail/", "first": ["staging", "prod"]}
    for one, name in zip(included, ("mtasts", "mtasts-later"), strict=True):
        assert pipeline(name, one["inputs"])
        assert {key for key, own in specification(name).items() if "default" not in own} <= one["inputs"].keys()


def test_two_projects_of_one_gitlab_repository_share_no_name() -> None:
    """Neither jobs nor variables, caches, locks, comments."""
    first, second = (
        yaml.safe_load(pipeline("mtasts", {"first": ["prod"], "name": name, "path": f"{name}/"}))
        for name in ("mail", "other")
    )
    assert not first.keys() & second.keys()
    assert first["mail publish"]["needs"] == []
    groups = {job.get("resource_group", "") for job in first.values()}
    assert not groups & {job.get("resource_group", "") for job in second.values()} - {""}


def test_a_component_refuses_what_would_leave_the_repository() -> None:
    """A path stands in shell lines."""
    for wrong in ("../x/", "mail", '"; true/', "/etc/", "a b/"):
        with pytest.raises(ValueError, match="path"):
            pipeline("mtasts", {"first": [], "path": wrong})


def test_concurrency() -> None:
    """A newer commit ends a preview; a deployment is never ended, and there is one at a time in each project."""
    found = {name: workflow(name)["concurrency"] for name in OURS}

    assert found["preview"]["cancel-in-progress"] is True
    assert "github.event.pull_request.number" in found["preview"]["group"]
    for name in ("deploy", "watch"):
        assert found[name] == {"group": f"mtasts-{name}-${{{{ inputs.project }}}}", "cancel-in-progress": False}
    assert (workflow("deploy")["jobs"]["later"]["strategy"]["max-parallel"]) == 1


FORK = {"github.event_name": "pull_request", "github.event.pull_request.head.repo.full_name": "stranger/fork"}
OWN = {**FORK, "github.event.pull_request.head.repo.full_name": "example/mail"}
SET_UP = {"vars.PULUMI_BACKEND_URL": "s3://example-state", "github.repository": "example/mail"}
NONE, ONE = "[]", '["prod"]'


@pytest.mark.parametrize(
    ("name", "values", "begin"),
    [
        ("preview", FORK | {"github.repository": "example/mail"}, {"validate", "gate"}),
        ("preview", OWN | {"github.repository": "example/mail"}, {"validate", "gate"}),
        ("preview", OWN | SET_UP | {"needs.validate.outputs.stacks": ONE}, {"validate", "gate", "preview", "comment"}),
        ("preview", OWN | SET_UP | {"needs.validate.outputs.stacks": NONE}, {"validate", "gate", "comment"}),
        ("preview", OWN | SET_UP, {"validate", "gate", "comment"}),
        ("preview", FORK | SET_UP | {"needs.validate.outputs.stacks": ONE}, {"validate", "gate"}),
        ("watch", {}, {"promote", "tell"}),
        ("watch", SET_UP | {"needs.import.outputs.stacks": NONE}, {"import", "tell"}),
        ("watch", SET_UP | {"needs.import.outputs.stacks": ONE}, {"import", "look", "tell", "promote"}),
        ("deploy", SET_UP | {"needs.stacks.outputs.first": ONE, "needs.stacks.outputs.later": NONE,
                             "needs.plan.outputs.stacks": NONE}, {"stacks", "first"}),
        ("deploy", SET_UP | {"needs.stacks.outputs.first": ONE, "needs.stacks.outputs.later": ONE,
                             "needs.plan.outputs.stacks": ONE}, {"stacks", "first", "plan", "later"}),
    ],
)  # fmt: skip
def test_jobs_begin_where_there_is_something_to_do(name: str, values: dict[str, str], begin: set[str]) -> None:
    """Before set-up, for forks, and without a stack: a matrix of nothing would be an error. (What needs a job that was
    skipped is skipped as well, whatever its own condition says: `tell` and `promote` before set-up.)"""
    skipped = {"needs.import.result": "skipped"} if name == "watch" and not values else {}
    if skipped:
        begin = begin - {"tell"}
    found = {job for job in workflow(name)["jobs"] if begins(name, job, values | skipped)}
    assert found == begin


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
    assert found[1].options["path"] == ".mtasts-change"
    assert names.index("Take the change in") < names.index("Gate")
    assert "rm -rf .mtasts-change" in found[names.index("Take the change in")].run
    assert steps("preview", "comment")[0].options["ref"] == "${{ github.base_ref }}"


@pytest.mark.parametrize("call", list(commands()))
def test_commands_are_ones_that_are_there(call: str) -> None:
    """Every verb and option that a step names is understood by its parser."""
    words = shlex.split(
        re.sub(r"\$\{\w+:\+([^}]*)\}", r"\1", call)
        .replace("$NUMBER", "7")
        .replace("$CI_MERGE_REQUEST_IID", "7")
        .replace("$GATE_SHA256", "0" * 64)
        .replace("$KEY", "mail")
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
        return {found for script in scripts for found in re.findall(r"(?:^|[\s/(])mtasts (\w+)", script)}

    github = {name: verbs([s.run for job in workflow(name)["jobs"] for s in steps(name, job)]) for name in OURS}
    kinds = {"preview": "merge_request_event", "deploy": "push", "watch": "schedule"}
    there = {
        name: verbs(["\n".join(gitlab_script(job)) for job in GITLAB_JOBS if kind in gitlab(job)["rules"][0]["if"]])
        for name, kind in kinds.items()
    }

    engine = {"engine"}  # which is a step of the action, on GitHub
    assert (
        there["preview"] - engine == github["preview"] == {"stacks", "validate", "diff", "gate", "preview", "comment"}
    )
    assert there["deploy"] - engine == github["deploy"] - {"comment"} == {"stacks", "up", "verify", "preview"}
    told = {"stacks", "reports", "verify", "preview", "ready", "comment", "notify", "bot"}
    assert there["watch"] - engine == github["watch"] == told


def test_gitlab_publishes_one_at_a_time() -> None:
    """Never interrupted, in one resource group; later stacks by hand and not passed over."""
    for job in ("publish", "publish-later"):
        assert (gitlab(job)["resource_group"], gitlab(job)["interruptible"]) == ("mtasts-deploy", False)
        assert gitlab(job)["environment"] == {"name": "$STACK"}
    (rule,) = gitlab("publish-later")["rules"]
    assert (rule["when"], rule["allow_failure"]) == ("manual", False)
    assert gitlab("gate")["interruptible"] is True


def test_what_is_published_is_named_alike_everywhere(project: Path) -> None:
    """What starts a deployment is what a later change of stops an older one."""
    paths = [f"mail/{one}**" if one.endswith("/") else f"mail/{one}" for one in PUBLISHED]

    assert caller(project, "deploy")[True]["push"]["paths"] == paths
    for job in ("publish", "plan", "publish-later"):
        found = gitlab(job, path="mail/")["rules"][0]["changes"]
        assert [path.replace("/**/*", "/**") for path in found] == paths


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_code_owners_name_what_is_there(project: Path, ci: str) -> None:
    """They cover files of the project, and what could loosen the gate."""
    path = {"github": ".github/CODEOWNERS", "gitlab": "CODEOWNERS"}[ci]
    lines = (project / path).read_text(encoding="utf-8").splitlines()
    patterns = [line.removeprefix("# ").split()[0] for line in lines if "@your-organization" in line]

    for pattern in patterns:
        assert list(project.glob(pattern.strip("/"))), pattern
    pipelines = {"github": "/.github/", "gitlab": "/.gitlab-ci.yml"}[ci]
    assert {pipelines, "/mail/policies/**/_defaults.yaml", "/mail/requirements*.txt", "/mail/install.sh"} <= set(
        patterns
    )
