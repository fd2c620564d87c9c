"""Runs of the real engine: what is told, what is done, and what a second run does."""

import os
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts.live.project import Project
from mtasts_pulumi.engine.drive import Request, Talk, run
from mtasts_pulumi.engine.outcome import Outcome
from tests.publishing.program import read_state, write_plan, write_project

_UNREACHABLE = "s3://b?endpoint=127.0.0.1:9&region=eu-central-1&disableSSL=true&s3ForcePathStyle=true"
FIRST = {"example.com": {"value": "a"}, "example.net": {"value": "a"}}


class Bench:
    """One project with its own backend."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.project = write_project(folder / "project")
        self.backend = folder / "backend"
        self.backend.mkdir()
        self.engine = engine
        self.notes: list[str] = []
        self.lines: list[str] = []

    def run(self, operation: str, *, stack: str = "dev", **options: object) -> Outcome:
        """Run it, making the stack if need be."""
        request = Request(
            operation,
            Project(self.project, "tiny"),
            stack,
            self.engine,
            **{"create": True, **options},  # type: ignore[arg-type]
        )
        return run(request, Talk(note=self.notes.append, output=self.lines.append))

    def up(self, **plan: object) -> Outcome:
        """Write the plan and run `up`."""
        write_plan(self.project, **plan)
        return self.run("up")


@pytest.fixture
def bench(tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A project whose state lies in a folder of its own."""
    made = Bench(tmp_path, engine)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{made.backend}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
    monkeypatch.delenv("MTASTS_SANDBOX_DIR", raising=False)
    return made


@pytest.mark.engines
def test_up_twice_then_destroy(bench: Bench) -> None:
    """Publish; nothing to do the second time; take down."""
    first = bench.up(domains=FIRST)
    assert (first.result, first.problems, bench.notes) == ("succeeded", (), ["stack dev is new"])
    assert [(row.domain, row.op, [step.name for step in row.steps]) for row in first.domains] == [
        ("example.com", "create", ["example.com-policy", "example.com-mta-sts"]),
        ("example.net", "create", ["example.net-policy", "example.net-mta-sts"]),
    ]
    assert first.outputs["domains"]["example.com"] == {"mode": "none", "id": "a"}
    second = bench.run("up")
    assert (second.result, second.changed) == ("succeeded", False)
    assert [row.op for row in second.domains] == ["same", "same"]
    gone = bench.run("destroy")
    assert gone.result == "succeeded"
    assert [(row.op, [step.name for step in row.steps]) for row in gone.domains] == [
        ("delete", [f"{domain}-mta-sts", f"{domain}-policy"]) for domain in ("example.com", "example.net")
    ]
    assert read_state(bench.backend) == {"pending": []}


def test_change_is_told_in_its_order(bench: Bench) -> None:
    """One domain's change: its steps in the order in which they were done; the other is unchanged."""
    bench.up(domains=FIRST)
    changed = bench.up(domains={**FIRST, "example.com": {"value": "b"}})
    rows = {row.domain: row for row in changed.domains}
    assert [(step.op, step.name) for step in rows["example.com"].steps] == [
        ("update", "example.com-policy"),
        ("update", "example.com-mta-sts"),
    ]
    assert not rows["example.net"].changed


def test_preview_changes_nothing(bench: Bench) -> None:
    """What would be done is told as it would be by `up`; the state stays."""
    bench.up(domains=FIRST)
    before = read_state(bench.backend)
    write_plan(bench.project, domains={**FIRST, "example.org": {"value": "a"}})
    planned = bench.run("preview")
    assert [row.domain for row in planned.domains if row.changed] == ["example.org"]
    assert read_state(bench.backend) == before


def test_environment_is_put_back(bench: Bench) -> None:
    """What a run lays over the process's environment is gone after it."""
    before = dict(os.environ)
    write_plan(bench.project, domains=FIRST)
    bench.run("preview", environment={"MTASTS_POLICIES": "/elsewhere"})
    assert dict(os.environ) == before


def test_one_run_of_the_engine_per_verb(bench: Bench, tmp_path: Path) -> None:
    """No call of `pulumi` besides the verb itself once the stack is there: each would cost a third of a second.

    But a destroy is looked at first: a refusal half-way would leave a state that lost its root.
    """
    bench.up(domains=FIRST)
    log = tmp_path / "calls"
    counting = tmp_path / "counting-pulumi"
    counting.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {bench.engine} "$@"\n')
    counting.chmod(0o755)
    bench.engine = counting
    for operation in ("preview", "up", "destroy"):
        bench.run(operation)
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["preview", "up", "destroy", "destroy"]


def test_refused_read_back(bench: Bench) -> None:
    """A hook that refuses: one line with what was seen; that TXT is untouched, the other domain is published."""
    bench.up(domains=FIRST)
    seen = "mta-sts.example.com still serves mode: testing"
    failed = bench.up(domains={"example.com": {"value": "b", "refuse": seen}, "example.net": {"value": "b", "slow": 1}})
    assert failed.result == "failed"
    assert [problem.message for problem in failed.problems] == [f"example.com-mta-sts: not published: {seen}"]
    assert "the TXT is as it was" in failed.problems[0].hint
    assert [(row.domain, row.failed, len(row.steps)) for row in failed.domains] == [
        ("example.com", True, 1),
        ("example.net", False, 2),
    ]
    state = read_state(bench.backend)
    assert (state["example.com-policy"], state["example.com-mta-sts"], state["example.net-mta-sts"]) == ("b", "a", "b")
    healed = bench.up(domains={"example.com": {"value": "b"}, "example.net": {"value": "b"}})
    assert healed.result == "succeeded"
    assert read_state(bench.backend)["example.com-mta-sts"] == "b"


@pytest.mark.parametrize("operation", ["preview", "up", "destroy"])
@pytest.mark.engines
def test_protected_domain(bench: Bench, operation: str) -> None:
    """A domain whose file is gone while its mode is not none: refused, told with mode and way out, nothing touched."""
    bench.up(domains={"example.com": {"value": "a", "mode": "enforce"}})
    before = read_state(bench.backend)
    write_plan(bench.project, domains={})
    refused = bench.run(operation)
    assert refused.result == "failed"
    assert [problem.message for problem in refused.problems] == [
        "example.com: what was last published is mode enforce, which senders keep"
        if operation == "destroy"
        else "example.com: its file is gone, but what was last published is mode enforce, which senders keep"
    ]
    assert "mode: none" in refused.problems[0].hint
    assert "RFC 8461 s8.3" in refused.problems[0].hint
    assert read_state(bench.backend) == before


def test_program_that_fails(bench: Bench) -> None:
    """The program's own error is told once, without its traceback."""
    failed = bench.up(**{"raise": "boom"})
    assert [problem.message for problem in failed.problems] == ["boom"]
    failed = bench.up(run_error="nothing is published:\na.yaml:1:1: mode: no")
    assert [problem.message for problem in failed.problems] == ["nothing is published: a.yaml:1:1: mode: no"]


def test_no_such_stack(bench: Bench) -> None:
    """Named with those that there are, and how to make it; not made by itself."""
    bench.up(domains=FIRST)
    with pytest.raises(CannotLook, match=r"no such stack in the state backend: prod \(there: dev\)") as refused:
        bench.run("up", stack="prod", create=False)
    assert "mtasts up --stack prod --create" in refused.value.hint


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PULUMI_CONFIG_PASSPHRASE", "another", "the passphrase is not this stack's"),
        ("PULUMI_CONFIG_PASSPHRASE", None, "the stack's secrets need a passphrase, and none is set"),
        (
            "PULUMI_BACKEND_URL",
            "file:///nonexistent",
            "the state backend file:///nonexistent cannot be opened: no such",
        ),
        ("PULUMI_BACKEND_URL", _UNREACHABLE, f"the state backend {_UNREACHABLE} cannot be read: "),
    ],
)
def test_could_not_begin(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None, message: str
) -> None:
    """Backend or passphrase wrong: CannotLook with a hint, before the program runs."""
    bench.up(domains={})
    with monkeypatch.context() as patch:
        patch.setenv(variable, value) if value is not None else patch.delenv(variable)
        patch.setenv("AWS_ACCESS_KEY_ID", "x")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        with pytest.raises(CannotLook) as refused:
            bench.run("preview", create=False)
    assert refused.value.message.startswith(message)
    assert refused.value.hint


def test_no_backend_at_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody logged in: told with the ways to."""
    with monkeypatch.context() as patch:
        patch.delenv("PULUMI_BACKEND_URL")
        with pytest.raises(CannotLook, match="no backend to keep its state in") as refused:
            bench.run("preview")
    assert "pulumi login" in refused.value.hint


def test_plugin_that_is_missing_is_met_late(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs no plugin comes first. A preview did nothing, so it could not look; a run says the way out, too."""
    monkeypatch.setenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    write_plan(bench.project, domains=FIRST, needs_plugin=True)
    with pytest.raises(CannotLook, match="the provider plugin nowhere is not installed") as refused:
        bench.run("preview")
    assert refused.value.hint.startswith("`pulumi plugin install resource nowhere`")
    done = bench.run("up")
    assert (done.result, done.changed) == ("failed", True)
    assert [(problem.message, problem.hint) for problem in done.problems] == [
        (refused.value.message, refused.value.hint)
    ]
    # The engine went away while the program was running; the next run in this process is none the worse for it.
    again = bench.up(domains=FIRST)
    assert (again.result, again.problems) == ("succeeded", ())


def test_sandbox_leaves_the_project_clean(bench: Bench, tmp_path: Path) -> None:
    """In the sandbox the engine writes its salt into copies; encrypted settings are left out, and that is told."""
    sandbox = tmp_path / "sandbox"
    tracked = bench.project / "Pulumi.dev.yaml"
    tracked.write_text("secretsprovider: awskms://x\nencryptedkey: y\nconfig:\n  a:b: c\n  a:d: {secure: v1:x}\n")
    before = tracked.read_text()
    environment = {"MTASTS_SANDBOX_DIR": str(sandbox), "PULUMI_DEBUG_PROVIDERS": "aws:1"}
    write_plan(bench.project, domains=FIRST)
    assert bench.run("up", environment=environment).result == "succeeded"
    assert tracked.read_text() == before
    assert "sandbox: encrypted settings are left out: a:d" in bench.notes
    private = (sandbox / "workspace" / "Pulumi.dev.yaml").read_text()
    assert "encryptionsalt: v1:" in private
    assert "secure" not in private
    assert not bench.run("up", environment=environment).changed  # with the salt of the first run


def test_what_the_program_prints_is_talk(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    """stdout is for the result; the program's words and the engine's go elsewhere."""
    bench.up(domains={})
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "the program speaks" in captured.err
    assert any("Updating (dev)" in line for line in bench.lines)


def test_state_that_was_cut_off_in_writing(bench: Bench) -> None:
    """A kill can leave the file backend's attributes empty, which the engine never gets over by itself."""
    bench.up(domains=FIRST)
    attributes = bench.backend / ".pulumi/stacks/tiny/dev.json.attrs"
    assert attributes.exists()
    attributes.write_bytes(b"")
    assert bench.run("up").result == "succeeded"
    assert "an earlier run was killed while it wrote the state; the state itself is whole" in bench.notes
