"""The pipelines' shell steps, run from their files in a repository as a job finds it."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from mtasts.render.ci.parts import to_json
from mtasts.render.ci.preview import preview_part
from mtasts.render.run import document
from tests.repositories import git
from tests.workflows.repository import Origin
from tests.workflows.steps import Run, begins, gitlab_script, play, shell, steps, with_mtasts

FILE = "policies/staging/example.com.yaml"


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path)


@pytest.fixture
def mono(tmp_path: Path) -> Origin:
    """The project in a folder of a larger repository."""
    return Origin(tmp_path / "mono", "infra/mail")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A job's: an empty home, and no way out."""
    (tmp_path / "home").mkdir()
    own = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return with_mtasts({**own, "MTASTS_RESOLVER": "127.0.0.1:1", "GIT_CONFIG_GLOBAL": "/dev/null"})


def gate(origin: Origin, environ: dict[str, str]) -> tuple[Run, Path]:
    """The job `gate` of a pull request, with both its checkouts in place; and the folder."""
    folder = origin.clone()
    origin.clone("merged", folder / ".mtasts-change")
    values = {"inputs.project": origin.project}
    return play("preview", "gate", folder, {**environ, "GITHUB_ACTIONS": "true"}, values), folder / origin.project


def test_a_change_of_nothing_passes_without_credentials(origin: Origin, environ: dict[str, str]) -> None:
    """So that forks can be merged, too; and the summary says so in its first line."""
    origin.pull({"README.md": "words\n"})

    run, folder = gate(origin, environ)

    assert run.passed, run.results
    assert list(run.results) == ["Take the change in", "Gate", "Digest", "Show"]
    assert run.outputs == f"digest={sha256((folder / 'gate.json').read_bytes()).hexdigest()}\n"
    assert {part["state"] for part in json.loads((folder / "gate.json").read_text())["parts"]} == {"nothing"}
    assert len(run.summary.splitlines()) == 1


def test_a_flip_without_evidence_is_red_and_told(origin: Origin, environ: dict[str, str]) -> None:
    """Nothing can be looked at: exit code 2, and the summary says that it could not be judged."""
    origin.pull({FILE: origin.file(FILE).replace("mode: testing", "mode: enforce")})

    run, _ = gate(origin, environ)

    assert (run.results["Gate"].returncode, run.results["Show"].returncode) == (2, 0)
    assert "could not judge this change" in run.summary.splitlines()[0]


def test_nothing_of_the_change_lies_about_when_it_is_judged(origin: Origin, environ: dict[str, str]) -> None:
    """Settings, tools and policies in the gate's folder are the target branch's; git's objects hold the change."""
    origin.pull({"Pulumi.yaml": "name: evil\n", "install.sh": "touch evil\n", FILE: "domain: evil.example\n"})

    run, folder = gate(origin, environ)

    assert run.results["Gate"].returncode == 1
    assert git(folder, "status", "--porcelain") == "?? gate.json"
    assert (folder / "Pulumi.yaml").read_text() == origin.file("Pulumi.yaml")
    assert git(folder, "log", "-1", "--format=%s", "refs/change") == "try"


def test_what_a_change_says_commands_nobody(origin: Origin, environ: dict[str, str]) -> None:
    """Log commands, mentions and HTML in a policy come out of the log and the summary as plain text."""
    evil = '"\\n::set-output name=x::y\\n::error::z @everyone <script>"'
    origin.pull({FILE: origin.file(FILE) + f"owner: {evil}\nrollout:\n  hold: {evil}\n  window: {evil}\n"})

    run, _ = gate(origin, environ)

    shown = run.results["Show"].stdout
    assert "set-output" in shown
    commands = [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    assert commands
    assert all(line.startswith("::error file=policies/staging/example.com.yaml,line=") for line in commands)
    for text in (shown, run.summary):
        assert not any(line.lstrip().startswith("::") for line in text.splitlines() if line not in commands)
        assert "<script>" not in text.partition("<details")[2] + run.summary
    assert "@everyone" not in run.summary


def test_a_bad_file_is_pointed_at(origin: Origin, environ: dict[str, str]) -> None:
    """The job `validate` runs on the change itself, annotates the line, and ends there."""
    origin.pull({FILE: origin.file(FILE).replace("mode: testing", "mode: enforced")})
    folder = origin.clone("merged")

    run = play("preview", "validate", folder, environ, {})

    assert list(run.results) == ["Stacks", "Validate"]
    assert run.results["Validate"].returncode == 1
    assert f"::error file={FILE},line=" in run.results["Validate"].stdout


def test_a_good_file_is_shown_as_a_diff(origin: Origin, environ: dict[str, str]) -> None:
    """The first parent of the tried merge is the target branch."""
    origin.pull({FILE: origin.file(FILE).replace("mode: testing", "mode: none")})

    run = play("preview", "validate", origin.clone("merged"), environ, {})

    assert run.passed, run.results
    assert "example.com" in run.summary


def test_a_project_in_a_folder_of_a_repository(mono: Origin, environ: dict[str, str]) -> None:
    """It is judged alone, and every path is the repository's, where the forge shows it beside its line."""
    file = f"{mono.path}policies/staging/example.com.yaml"
    mono.pull({file: mono.file(file).replace("mode: testing", "mode: enforced")})
    folder, values = mono.clone("merged"), {"inputs.project": mono.project}

    run = play("preview", "validate", folder, environ, values)
    assert (run.results["Stacks"].returncode, run.results["Validate"].returncode) == (0, 1)
    assert f"::error file={file},line=" in run.results["Validate"].stdout
    assert 'stacks=["staging", "prod"]\n' in run.outputs

    judged, where = gate(mono, environ)
    assert judged.results["Gate"].returncode == 1
    assert f"::error file={file},line=" in judged.results["Show"].stdout
    assert git(where, "status", "--porcelain") == f"?? {mono.path}gate.json"

    mono.pull({"services/web/main.py": "other()\n", "README.md": "words\n"})
    judged, where = gate(mono, environ)
    assert judged.passed, judged.results
    assert len(judged.summary.splitlines()) == 1

    mono.pull({f"{mono.path}requirements.txt": "mtasts==6.6.6\n", file: mono.file(file).replace("testing", "none")})
    judged, where = gate(mono, environ)
    told = json.loads((where / "gate.json").read_text())
    assert f"{mono.path}requirements.txt" in told["details"]["deciding"]["paths"]


def test_a_project_without_a_domain_is_green(
    origin: Origin, environ: dict[str, str], engine: Path, tmp_path: Path
) -> None:
    """Every step of every job that has no forge to speak to; of one stack only the settings are there."""
    for name in ("example.com", "example.net"):
        (origin.folder / "policies" / "staging" / f"{name}.yaml").unlink()
    shutil.rmtree(origin.folder / "policies" / "prod")
    origin.commit({})
    origin.pull({"README.md": "words\n"})
    (tmp_path / "state").mkdir()
    job = {**environ, "MTASTS_ENGINE": str(engine), "GITHUB_SHA": git(origin.folder, "rev-parse", "HEAD")}
    values = {
        "vars.PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "vars.MTASTS_REPORTS": str(tmp_path / "store"),
    }

    folder = origin.clone("merged")
    validated = play("preview", "validate", folder, job, values)
    assert validated.passed, validated.results
    stacks = json.loads(dict(line.split("=", 1) for line in validated.outputs.splitlines())["stacks"])
    assert stacks == ["staging", "prod"]
    assert gate(origin, job)[0].passed
    for stack in stacks:
        of_stack = {**values, "matrix.stack": stack}
        for name, one in (("preview", "preview"), ("deploy", "first"), ("deploy", "later"), ("watch", "look")):
            run = play(name, one, origin.clone(), job, of_stack)
            assert run.passed, (name, one, stack, [done.stderr for done in run.results.values()])
    planned = play("deploy", "plan", origin.clone(), job, values)
    assert planned.passed, planned.results
    assert "stacks=[]\n" in planned.outputs
    assert not begins("deploy", "later", {"needs.plan.outputs.stacks": "[]"})


def test_only_the_newest_commit_is_published(
    origin: Origin, environ: dict[str, str], engine: Path, tmp_path: Path
) -> None:
    """An older run goes on after a later change of words, and ends after a later change of policies."""
    (publish,) = [step for step in steps("deploy", "later") if step.name == "Publish"]
    (tmp_path / "state").mkdir()
    job = {**environ, "MTASTS_ENGINE": str(engine), "STACK": "staging", "PULUMI_CONFIG_PASSPHRASE": "of a test"}
    job |= {"PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}", "GITHUB_SHA": git(origin.folder, "rev-parse", "HEAD")}
    origin.commit({"README.md": "words\n", "docs/policies/x.yaml": "words\n"})
    done = shell(publish.run, origin.clone(), job)
    assert "a later commit" not in done.stderr
    assert "no AWS credentials" in done.stderr  # so far it came

    origin.commit({"requirements.txt": "mtasts==1.2.4\n"})
    done = shell(publish.run, origin.clone(), job)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"requirements.txt:1:1: file: a later commit than {job['GITHUB_SHA'][:12]} changes it" in done.stderr
    assert "nothing was touched" in done.stderr


@pytest.mark.parametrize(("touched", "says"), [(False, "[]"), (True, '["prod"]')])
def test_nobody_is_asked_to_approve_nothing(origin: Origin, environ: dict[str, str], touched: bool, says: str) -> None:
    """The step reads what a preview writes, and the next job's matrix is what it says."""
    same, made = document.Before("1", "1"), document.StepRow("update", "TXT", "", "txt", "") if touched else None
    row = document.Domain(
        domain="example.com", op="update", failed=False, mode=same, max_age=document.Before(1, 1), id=same,
        steps=(made,) if made else (),
    )  # fmt: skip
    part = preview_part(
        document.Run(
            operation="preview", stack="prod", result="succeeded", seconds=1.0, changes={}, domains=(row,), shared=(),
            problems=(), notes=(), outputs={},
        )
    )  # fmt: skip
    (step,) = [step for step in steps("deploy", "plan") if step.name == "Changes"]
    folder = origin.clone()
    (folder / "preview-prod.json").write_text(to_json([part]))
    output = folder / "output"
    output.touch()

    assert shell(step.run, folder, {**environ, "GITHUB_OUTPUT": str(output)}).returncode == 0
    found = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert found["stacks"] == says
    values = {"needs.plan.outputs.stacks": found["stacks"]}
    assert begins("deploy", "later", values) is touched


def test_gitlab_judges_by_the_target_branch(origin: Origin, environ: dict[str, str], engine: Path) -> None:
    """The whole job, with what follows it: in a work tree of the target branch, the change as a commit."""
    origin.pull({"Pulumi.yaml": "name: evil\n"})
    folder = origin.clone("change")
    job = {
        **environ,
        "MTASTS_ENGINE": str(engine),
        "CI_PROJECT_DIR": str(folder),
        "CI_COMMIT_SHA": git(folder, "rev-parse", "HEAD"),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "MTASTS_ID_TOKEN": "not-a-real-token",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / ".aws-token"),
    }
    script, after = gitlab_script("gate")

    done = shell(script, folder, job)

    assert done.returncode == 0, done
    assert json.loads((folder / "gate.json").read_text())["parts"]
    assert (folder / ".mtasts-trusted" / "Pulumi.yaml").read_text() == origin.file("Pulumi.yaml")
    assert (folder / ".aws-token").stat().st_mode & 0o777 == 0o600
    assert shell(after, folder, job).returncode == 0
    (found,) = json.loads((folder / "quality.json").read_text())
    assert (found["check_name"], found["location"]["path"]) == ("code-changed", "Pulumi.yaml")


def test_gitlab_judges_the_merge(origin: Origin, environ: dict[str, str]) -> None:
    """Of a branch that is behind, whose defaults reach a domain that the target branch got since."""
    defaults = "policies/staging/_defaults.yaml"
    origin.pull({defaults: origin.file(defaults) + "mode: enforce\n"})
    more = origin.file(FILE).replace("example.com", "example.edu").replace("mode: testing\n", "")
    origin.commit({"policies/staging/example.edu.yaml": more})
    folder = origin.clone("change")
    job = {**environ, "CI_COMMIT_SHA": git(folder, "rev-parse", "HEAD"), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    script, _ = gitlab_script("validate")
    _, _, judge = script.rpartition("mtasts validate\n")

    done = shell(judge, folder, job)

    assert done.returncode == 0, done
    assert "example.edu, testing -> enforce" in done.stdout
