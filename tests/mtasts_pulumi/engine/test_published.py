"""What the engine knows of a stack's past: from files of a `file://` backend, and from the engine's own answers."""

import gzip
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtasts.app.stack_state import NoState, Published
from mtasts.errors import CannotLook
from mtasts.live.project import Project
from mtasts_pulumi.engine.published import exported_or_new, published, successful_updates
from mtasts_pulumi.engine.version import VERSION, dotted

STATE = {
    "checkpoint": {
        "latest": {"resources": [{"type": "pulumi:pulumi:Stack", "urn": "u", "outputs": {"bucket": "policies-1"}}]}
    }
}


def moment(second):
    return datetime.fromtimestamp(second, UTC)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path, "mtasts")


@pytest.fixture
def backend(tmp_path):
    """The folder of a file backend, with one stack's state."""
    folder = tmp_path / "backend" / ".pulumi"
    (folder / "stacks" / "mtasts").mkdir(parents=True)
    (folder / "stacks" / "mtasts" / "prod.json").write_text(json.dumps(STATE))
    (folder / "history" / "mtasts" / "prod").mkdir(parents=True)
    return folder


def environ(backend: Path):
    return {"PULUMI_BACKEND_URL": f"file://{backend.parent}"}


def test_a_file_backend(backend, project):
    """The bucket from the state; the ends of successful updates from the history, packed or not, oldest first."""
    history = backend / "history" / "mtasts" / "prod"
    for number, (kind, result) in enumerate(
        [("update", "succeeded"), ("update", "failed"), ("refresh", "succeeded"), ("update", "succeeded")], start=1
    ):
        text = json.dumps({"kind": kind, "result": result, "endTime": 1000 * number}).encode()
        name = f"prod-{number}.history.json"
        if number == 4:
            (history / f"{name}.gz").write_bytes(gzip.compress(text))
        else:
            (history / name).write_bytes(text)
        (history / f"{name}.attrs").write_text("{}")
    (history / "prod-9.history.json").write_text('{"kind": "upd')
    packed = gzip.compress(b'{"kind": "update"}' * 9)
    (history / "prod-8.history.json.gz").write_bytes(packed[:12] + b"\xff" * 20)

    found = published(project, "prod", environ(backend))

    assert found == Published("policies-1", (moment(1000), moment(4000)))


def test_no_state(backend, project):
    """No such stack in the backend: it may be the wrong one, so nobody knows whether anything was published."""
    with pytest.raises(NoState, match="no state of stack staging that can be read in file://"):
        published(project, "staging", environ(backend))


def test_nothing_published_yet(backend, project):
    """A stack of which nothing was published: no bucket, no updates; not an error."""
    state = backend / "stacks" / "mtasts" / "staging.json"
    state.write_text('{"version": 3, "checkpoint": {"stack": "staging"}}')
    assert published(project, "staging", environ(backend)) == Published("", ())


def engine(folder: Path, script: str) -> dict[str, str]:
    """An engine that answers as `script` says; `find` asks it for its version first."""
    path = folder / "pulumi"
    path.write_text(f'#!/bin/sh\nif [ "$1" = version ]; then echo v{dotted(VERSION)}; exit; fi\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"MTASTS_ENGINE": str(path), "PULUMI_BACKEND_URL": "s3://state"}


def test_another_backend_is_asked_through_the_engine(project, tmp_path):
    """`stack output` and `stack history` of the engine; its times are texts there."""
    history = [{"kind": "update", "result": "succeeded", "endTime": "2026-03-01T10:00:00.000Z"}, {"kind": "update"}]
    script = f"""case "$*" in
*output*) echo '{{"bucket": "policies-2"}}' ;;
*history*) echo '{json.dumps(history)}' ;;
esac"""

    found = published(project, "prod", engine(tmp_path, script))

    assert found == Published("policies-2", (datetime(2026, 3, 1, 10, tzinfo=UTC),))


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'error: no stack named prod' >&2; exit 255", "no stack named prod"), ("echo x", "not JSON")],
)
def test_an_engine_that_cannot_tell(project, tmp_path, script, said):
    """One line with its reason."""
    with pytest.raises(CannotLook, match=said):
        published(project, "prod", engine(tmp_path, script))


def test_a_new_stack_holds_nothing_and_a_silent_backend_is_not_a_new_stack(project, tmp_path):
    """What is taken over depends on it: a record of ours that is taken for somebody else's would be made anew."""
    new = engine(tmp_path, "echo \"error: no stack named 'prod' found\" >&2; exit 6")
    assert exported_or_new(project, "prod", new) == {}
    with pytest.raises(CannotLook, match="dial tcp"):
        exported_or_new(project, "prod", engine(tmp_path, "echo 'error: dial tcp: x' >&2; exit 255"))


@pytest.mark.parametrize(
    "record", [None, [], {"kind": "update", "result": "succeeded", "endTime": None},
               {"kind": "update", "result": "succeeded", "endTime": 10**30},
               {"kind": "update", "result": "succeeded", "endTime": "yesterday"}]
)  # fmt: skip
def test_a_broken_record_is_passed_over(record):
    """An update that is not known makes dates later, never earlier."""
    good = {"kind": "update", "result": "succeeded", "endTime": 5}

    assert successful_updates([record, good]) == (moment(5),)
