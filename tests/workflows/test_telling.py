"""The jobs that speak to GitHub, run from their files against a stand-in of it."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from mtasts.render.ci.parts import Block, Part, PartState, to_json
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import Login, serving
from tests.workflows.steps import gitlab, play, shell, with_mtasts

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        server.tokens[TOKEN] = Login("the-bot")
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout, with the place that artifacts are downloaded to."""
    (tmp_path / "work" / "results").mkdir(parents=True)
    (tmp_path / "work" / "__main__.py").touch()
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml"):
        (tmp_path / "work" / name).write_text("name: mail\n" if name == "Pulumi.yaml" else "config: {}\n")
    (tmp_path / "work" / "gate").mkdir()
    return tmp_path / "work"


def job(github: GitHubStandIn, folder: Path) -> dict[str, str]:
    """What GitHub gives every job; the token comes by the steps' own `env`."""
    given = {name: value for name, value in github.environment(TOKEN).items() if value != TOKEN}
    return with_mtasts({"HOME": str(folder.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **given})


def result(folder: Path, name: str, state: PartState, says: str) -> None:
    """What a job before it left."""
    kind, _, stack = name.partition("-")
    part = Part(kind, stack, kind, state, says, "", (Block("example.com", state, says),))  # type: ignore[arg-type]
    place = folder / ("gate" if kind == "gate" and name == "gate" else "results")
    (place / f"{name}.json").write_text(to_json([part]))


def test_the_comment_is_one_and_says_what_is_missing(github: GitHubStandIn, folder: Path) -> None:
    """A preview that left nothing is told as such; the next run edits the same comment."""
    number = github.pull()
    result(folder, "gate", PartState.PASSED, "The gate is open.")
    digest = sha256((folder / "gate" / "gate.json").read_bytes()).hexdigest()
    values = {
        "github.event.pull_request.number": str(number),
        "github.token": TOKEN,
        "needs.gate.outputs.digest": digest,
    }
    values["needs.validate.outputs.stacks"] = '["staging", "prod"]'
    result(folder, "preview-staging", PartState.PASSED, "1 domain would change.")

    assert play("preview", "comment", folder, job(github, folder), values).passed
    (body,) = github.bodies(number)
    assert "preview-prod" in body.splitlines()[0]

    result(folder, "preview-prod", PartState.NOTHING, "Nothing to publish.")
    assert play("preview", "comment", folder, job(github, folder), values).passed
    (body,) = github.bodies(number)
    assert body.startswith("✅ **The gate is open.**")


def test_another_file_in_the_place_of_the_gates(github: GitHubStandIn, folder: Path) -> None:
    """Whatever the jobs left that run the change's own code: nobody is told that the gate is open."""
    number = github.pull()
    result(folder, "gate", PartState.BLOCKED, "The gate is closed.")
    digest = sha256((folder / "gate" / "gate.json").read_bytes()).hexdigest()
    values = {"github.event.pull_request.number": str(number), "github.token": TOKEN}
    values["needs.validate.outputs.stacks"] = '["prod"]'
    open_ = Part("gate", "prod", "gate", PartState.PASSED, "The gate is open.", "Merge.")

    (folder / "results" / "preview-prod.json").write_text(to_json([open_]))
    assert play(
        "preview", "comment", folder, job(github, folder), values | {"needs.gate.outputs.digest": digest}
    ).passed
    (body,) = github.bodies(number)
    assert body.startswith("⛔ **The gate is closed.**")
    assert "preview-prod.json is not the file that the gate" in body
    assert "The gate is open" not in body

    for given in (digest, ""):
        (folder / "gate" / "gate.json").write_text(to_json([open_]))
        values["needs.gate.outputs.digest"] = given
        assert play("preview", "comment", folder, job(github, folder), values).passed
        (body,) = github.bodies(number)
        assert body.startswith("⚠️ **Nobody knows whether this may be merged.")
        assert "The gate is open" not in body


def test_gitlab_says_that_the_gate_left_nothing(folder: Path) -> None:
    """Its job may end before it writes a file; with one, the comment is the verdict."""
    script = "\n".join(gitlab("comment")["script"])
    with serving(GitLabStandIn()) as forge:
        forge.tokens[TOKEN] = Login("the-bot")
        number = forge.pull()
        own = {**forge.environment(TOKEN), "CI_MERGE_REQUEST_IID": str(number)}
        environ = with_mtasts({"HOME": str(folder.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **own})

        for begin in ("⚠️ **The step", "✅ **The gate is open.**"):
            done = shell(script, folder, environ)
            assert done.returncode == 0, done
            (body,) = forge.bodies(number)
            assert body.startswith(begin)
            result(folder, "gate", PartState.PASSED, "The gate is open.")
            (folder / "gate" / "gate.json").rename(folder / "gate.json")


def test_drift_is_one_issue_and_ends_with_it(github: GitHubStandIn, folder: Path) -> None:
    """Opened, kept, closed, and opened again; without a webhook nobody is notified."""
    values = {"github.token": TOKEN}

    def look(clouds: PartState) -> list[tuple[str, str]]:
        for name in ("verify-staging", "verify-prod", "preview-staging"):
            result(folder, name, PartState.PASSED, "All as declared.")
        result(folder, "preview-prod", clouds, "Not as it was published. 1 domain would change.")
        run = play("watch", "tell", folder, job(github, folder), values)
        assert (run.passed, list(run.results)) == (True, ["Issue"]), run.results
        return [(issue["title"], issue["state"]) for issue in github.issues.values()]

    title = "Mail domains are not as declared"
    assert look(PartState.NOTHING) == []
    assert look(PartState.BLOCKED) == [(title, "open")]
    assert look(PartState.BLOCKED) == [(title, "open")]
    assert look(PartState.PASSED) == [(title, "closed")]
    assert look(PartState.FAILED) == [(title, "open")]


def test_a_look_that_failed_is_told(github: GitHubStandIn, folder: Path) -> None:
    """No result at all is not the same as no drift."""
    run = play("watch", "tell", folder, job(github, folder), {"github.token": TOKEN})

    assert run.passed, run.results
    (issue,) = github.issues.values()
    assert "left no result" in issue["body"]
