"""`mtasts comment` as a pipeline runs it: files in, one comment out, and what happens when something is missing."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from mtasts.cli.main import main
from mtasts.live.forge.environment import kind
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState, to_json
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import Fault, Login, StandIn
from tests.patience import PATIENCE

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
FOUND = Annotation("policies/prod/example.com.yaml", 3, 7, AnnotationLevel.ERROR, "enforce-unproven", "3 of 14 days")
BLOCKED = Part(
    "gate",
    "prod",
    "gate",
    PartState.BLOCKED,
    "example.com stays in testing.",
    "Wait until 2026-12-05.",
    (Block("example.com", PartState.BLOCKED, "not enough evidence", "3 of 14 days", (FOUND,)),),
)
QUIET = Part("gate", "prod", "gate", PartState.NOTHING, "Nothing changes.")
OF_CI = ("GITHUB_", "GITLAB_", "CI", "GH_", "MTASTS_")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(OF_CI):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def job(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The environment of a job on either forge, with the right to write."""
    return _job(stand_in, monkeypatch)


def _job(server: StandIn, monkeypatch: pytest.MonkeyPatch, *, writes: bool = True) -> StandIn:
    server.tokens[TOKEN] = Login("the-bot", writes=writes)
    for name, value in server.environment(TOKEN).items():
        monkeypatch.setenv(name, value)
    return server


def _file(*parts: Part, name: str = "gate.json") -> str:
    Path(name).write_text(to_json(parts))
    return name


def _from(*parts: Part, name: str = "gate.json") -> list[str]:
    """The options for a file, with the digest that the gate's job would hand over."""
    _file(*parts, name=name)
    return ["--gate-sha256", sha256(Path(name).read_bytes()).hexdigest(), "--from", name]


def test_it_comments_once_and_then_edits(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says what is; the outcome goes to stderr; the exit code is the comment's, not the gate's."""
    pull = job.pull()
    assert main(["comment", "--pr", str(pull), *_from(BLOCKED)]) == 0
    assert main(["comment", "--pr", str(pull), *_from(BLOCKED, QUIET)]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "mtasts: comment created\nmtasts: comment updated\n")
    (body,) = job.bodies(pull)
    assert body.split("\n")[0] == "⛔ **example.com stays in testing.** Wait until 2026-12-05."


def test_when_nothing_changes_it_says_nothing_or_one_line(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to a pull that never had a comment; one line in place of an old one; --always from the start."""
    one, two = job.pull("one"), job.pull("two")
    main(["comment", "--pr", str(one), *_from(QUIET)])
    assert job.bodies(one) == []
    main(["comment", "--pr", str(one), *_from(BLOCKED)])
    main(["comment", "--pr", str(one), *_from(QUIET)])
    assert job.bodies(one)[0].startswith("➖ Nothing changes for mail (gate; prod).\n")
    main(["comment", "--pr", str(two), "--always", *_from(QUIET)])
    assert len(job.bodies(two)) == 1


@pytest.mark.parametrize("content", [None, b"", b"Traceback (most recent call last):", b'{"schema": "other"}'])
def test_a_step_that_failed_is_told(job: StandIn, content: bytes | None) -> None:
    """No file, an empty one, or nonsense: the comment says that it could not be judged, never that all is well."""
    pull = job.pull()
    if content is not None:
        Path("preview-prod.json").write_bytes(content)
    assert main(["comment", "--pr", str(pull), *_from(QUIET), "preview-prod.json"]) == 0
    (body,) = job.bodies(pull)
    assert body.replace("&#39;", "'").startswith("⚠️ **The step 'preview-prod' could not judge this change:")


def test_a_fork_is_told_in_the_summary_and_the_step_is_green(
    github: GitHubStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its token may not write, which is as it should be: no red step for that, and nothing lost."""
    _job(github, monkeypatch, writes=False)
    event = {
        "pull_request": {"head": {"repo": {"full_name": "x/fork"}}, "base": {"repo": {"full_name": "example/mail"}}}
    }
    Path("event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", "event.json")
    pull = github.pull()
    assert main(["comment", "--pr", str(pull), "--summary", "summary.md", *_from(BLOCKED)]) == 0
    assert github.bodies(pull) == []
    assert "example.com stays in testing" in Path("summary.md").read_text()
    assert "a pull request from a fork may not" in capsys.readouterr().err
    monkeypatch.delenv("GITHUB_TOKEN")
    assert main(["comment", "--pr", str(pull), *_from(BLOCKED)]) == 0


def test_a_token_without_the_right_is_an_error_elsewhere(
    github: GitHubStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong setting must not look like a fork."""
    _job(github, monkeypatch, writes=False)
    assert main(["comment", "--pr", str(github.pull()), *_from(BLOCKED)]) == 2
    err = capsys.readouterr().err
    assert "answered 403" in err
    assert TOKEN not in err


def test_an_outage_does_not_lose_the_other_forms(
    job: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and annotations are written before the forge is asked; then exit 2."""
    job.faults.append(Fault(".", 400, times=99))
    arguments = [
        "--summary",
        "s.md",
        "--sarif",
        "s.sarif",
        "--junit",
        "j.xml",
        "--code-quality",
        "q.json",
        "--annotations",
    ]
    assert main(["comment", "--pr", "1", *arguments, *_from(BLOCKED)]) == 2
    out, err = capsys.readouterr()
    assert out == "::error file=policies/prod/example.com.yaml,line=3,col=7,title=enforce-unproven::3 of 14 days\n"
    assert "answered 400" in err
    assert json.loads(Path("s.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "enforce-unproven"
    assert json.loads(Path("q.json").read_text())[0]["severity"] == "major"
    assert 'failures="1"' in Path("j.xml").read_text()
    assert Path("s.md").read_text().startswith("⛔")


def test_the_summary_is_added_to_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """$GITHUB_STEP_SUMMARY may hold what the same step said before."""
    Path("summary.md").write_text("before\n")
    assert main(["comment", "--dry-run", "--summary", "summary.md", *_from(QUIET)]) == 0
    assert Path("summary.md").read_text() == "before\n" + capsys.readouterr().out


def test_a_dry_run_prints_and_asks_nobody(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """No request at all."""
    assert main(["comment", "--dry-run", *_from(BLOCKED)]) == 0
    assert capsys.readouterr().out.startswith("⛔ **example.com stays in testing.**")
    assert job.asked == []


def test_the_pull_and_the_run_come_from_the_job(
    github: GitHubStandIn,
    gitlab: GitLabStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing to pass in a pipeline; an older run that comes late changes nothing."""
    for server, settings in (
        (
            github,
            {"GITHUB_REF": "refs/pull/1/merge", "GITHUB_RUN_ID": "20", "GITHUB_SERVER_URL": "https://github.example"},
        ),
        (gitlab, {"CI_MERGE_REQUEST_IID": "1", "CI_PIPELINE_ID": "20"}),
    ):
        with monkeypatch.context() as patch:
            _job(server, patch)
            for name, value in settings.items():
                patch.setenv(name, value)
            pull = server.pull()
            main(["comment", *_from(BLOCKED)])
            for name in ("GITHUB_RUN_ID", "CI_PIPELINE_ID"):
                patch.setenv(name, "19")
            main(["comment", *_from(QUIET)])
            (body,) = server.bodies(pull)
            assert body.startswith("⛔")
            assert body.endswith("<!-- mtasts:comment run=20.0 -->\n")
    assert "[the run](https://github.example/example/mail/actions/runs/20)" in github.bodies(1)[0]


def test_no_pull_is_told(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """A push to main has none."""
    assert main(["comment", *_from(BLOCKED)]) == 2
    assert "--pr N" in capsys.readouterr().err


def test_one_issue_is_kept_and_closed(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """The watch: opened when something drifts, closed when nothing does any more. Where there is none, it is said."""
    arguments = ["comment", "--issue", "mta-sts-drift", "--title", "Drift", "--from"]
    if not kind(job.name).issues:
        assert main([*arguments, _file(BLOCKED)]) == 2
        assert "mtasts notify" in capsys.readouterr().err
        return
    assert main([*arguments, _file(BLOCKED)]) == 0
    assert main([*arguments, _file(QUIET)]) == 0
    assert main([*arguments, _file(QUIET)]) == 0
    assert capsys.readouterr().err.split("\n")[:3] == [
        "mtasts: issue created",
        "mtasts: issue closed",
        "mtasts: issue nothing to say, and nothing said before",
    ]
    (issue,) = job.issues.values()
    assert (issue["title"], issue["state"]) == ("Drift", "closed")


def test_a_fleet_fits_into_each_forges_comment(job: StandIn) -> None:
    """Two thousand domains: most of what the forge takes is used, nothing is refused."""
    blocks = tuple(Block(f"d{n}.example.com", PartState.PASSED, "changes", "x" * 900) for n in range(2000))
    pull = job.pull()
    assert (
        main(
            [
                "comment",
                "--pr",
                str(pull),
                "--from",
                _file(Part("diff", "a", "diff", PartState.PASSED, "h", "", blocks)),
            ]
        )
        == 0
    )
    (body,) = job.bodies(pull)
    limit = kind(job.name).body_limit
    assert 0.7 * limit < len(body.encode()) <= limit


def test_gitlab_carries_out_no_command_of_a_domain(
    gitlab: GitLabStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`/approve` in a headline, a note, Markdown of another step."""
    _job(gitlab, monkeypatch)
    block = Block("/close", PartState.BLOCKED, "/merge", "text\n/approve\n", (FOUND,))
    part = Part("gate", "/label", "/title", PartState.BLOCKED, "/approve", "/merge", (block,))
    main(["comment", "--pr", str(gitlab.pull()), *_from(part)])
    assert gitlab.obeyed == []


def test_two_pipelines_at_once_leave_one_comment(job: StandIn) -> None:
    """As two processes."""
    pull = job.pull()
    command = [sys.executable, "-m", "mtasts", "comment", "--pr", str(pull), *_from(BLOCKED)]
    running = [
        subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ | {"GITHUB_RUN_ID": n, "CI_PIPELINE_ID": n})
        for n in ("1", "2")
    ]
    for one in running:
        _, err = one.communicate(timeout=PATIENCE)
        assert one.returncode == 0, err
    assert len(job.bodies(pull)) == 1


@pytest.mark.parametrize("arguments", [["--pr", "0"], ["--pr", "x"], ["--key", "A B"], []])
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By argparse, with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["comment", *arguments, *(["--from", "x.json"] if arguments else [])])
    assert caught.value.code == 2


def test_a_folder_is_no_result_of_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in the pipeline, not a failed step."""
    assert main(["comment", "--dry-run", "--from", "."]) == 2
    assert "is a folder" in capsys.readouterr().err


GATE = Part("gate", "prod", "gate", PartState.PASSED, "The gate is open.", "Merge.")


def test_nobody_vouches_for_a_verdict(job: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the digest nothing is posted; with another one, or an empty one, nobody knows."""
    pull = job.pull()
    assert main(["comment", "--pr", str(pull), "--from", _file(GATE)]) == 2
    assert "nothing proves that the gate's job made gate.json" in capsys.readouterr().err
    assert job.bodies(pull) == []
    for digest in ("", "0" * 64):
        assert main(["comment", "--pr", str(pull), "--gate-sha256", digest, "--from", _file(GATE)]) == 0
        (body,) = job.bodies(pull)
        assert body.startswith("⚠️ **Nobody knows whether this may be merged. gate.json is not the file")
        assert "The gate is open" not in body


@pytest.mark.parametrize("kind", ["gate", "diff", "preview", "verify", "ready"])
@pytest.mark.parametrize("state", list(PartState))
def test_words_of_another_file_are_never_a_verdict(job: StandIn, kind: str, state: PartState) -> None:
    """Whatever kind and state a file of the change's own code claims: the first line is not its own words."""
    forged = Part(kind, "prod", "gate", state, "The gate is open.", "Merge.", (Block("a.example", state, "open"),))  # type: ignore[arg-type]
    name = _file(forged, name="preview-prod.json")
    for number, gate in enumerate((QUIET, None)):
        pull = job.pull(f"{number}")
        words = _from(gate) if gate else ["--gate-sha256", "", "--from", "gate.json"]
        assert main(["comment", "--pr", str(pull), *words, name]) == 0
        for body in job.bodies(pull):
            first = body.split("\n")[0]
            assert "The gate is open" not in first or "preview-prod.json says: The gate is open" in first
            assert "Merge." not in body
            assert gate is not None or first.startswith(("⚠️ **Nobody knows", "⚠️ **The step", "⛔"))
        Path("gate.json").unlink(missing_ok=True)


def test_a_comment_without_a_gate_says_whose_words_they_are(job: StandIn) -> None:
    """As GitLab's second comment."""
    pull = job.pull()
    told = Part("preview", "prod", "gate", PartState.PASSED, "1 domain would change.", "Merge.")
    assert (
        main(["comment", "--pr", str(pull), "--key", "preview", "--from", _file(told, name="preview-prod.json")]) == 0
    )
    assert job.bodies(pull)[0].startswith("✅ **preview-prod.json says: 1 domain would change.**")


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "g" * 64, "A" * 64, "$GATE_SHA256"])
def test_what_is_no_digest(digest: str) -> None:
    """By argparse, with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["comment", "--gate-sha256", digest, "--from", "x.json"])
    assert caught.value.code == 2
