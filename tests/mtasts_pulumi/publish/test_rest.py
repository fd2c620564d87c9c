"""What is published while a file is wrong, where the state is asked of a backend that only the engine can read."""

import json
import os
from pathlib import Path

import pytest

from mtasts.live.files import read_stack
from mtasts.live.project import Project
from mtasts_pulumi.engine import find
from mtasts_pulumi.engine.cache import cached_engine
from mtasts_pulumi.publish import rest
from mtasts_pulumi.publish.stack import Stack
from mtasts_pulumi.verbs.desk import Shape, TerminalDesk

FILE = """domain: one.example
mode: testing
mx: [mx.one.example]
max_age: 86400
tls_rpt: {rua: ["mailto:reports@one.example"]}
ttl: 300
host_group: a
owner: mail team
dns: {provider: route53, zone: Z0123456789EXAMPLE}
"""
DESIRED = {
    "two.example": {
        "mode": "testing",
        "max_age": 86400,
        "mx": ["mx.example.com"],
        "rua": [],
        "ttl": 300,
        "provider": "route53",
        "zone": "Z1",
        "host_group": "a",
    }
}
STATE = {
    "deployment": {
        "resources": [
            {
                "type": "pulumi:pulumi:Stack",
                "urn": "urn:pulumi:prod::mtasts::pulumi:pulumi:Stack::mtasts-prod",
                "outputs": {"domains": {"two.example": {"mode": "testing"}}, "desired": DESIRED},
            }
        ]
    }
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two domains, the second of which has a wrong file."""
    folder = tmp_path / "policies" / "prod"
    folder.mkdir(parents=True)
    (folder / "one.example.yaml").write_text(FILE)
    (folder / "two.example.yaml").write_text("")
    (tmp_path / "Pulumi.yaml").write_text("name: mtasts\nruntime: python\n")
    return Project(tmp_path, "mtasts")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A fresh runner: an engine has still to be obtained."""
    return {"PATH": os.defpath, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PULUMI_BACKEND_URL": "s3://state"}


def obtained(script: str):  # type: ignore[no-untyped-def]
    """Obtain an engine that does what `script` says."""

    def obtain(progress: object, environ: dict[str, str]) -> Path:
        engine = cached_engine(environ)
        engine.parent.mkdir(parents=True)
        engine.write_text(f"#!/bin/sh\n{script}\n")
        engine.chmod(0o755)
        return engine

    return obtain


def test_engine_is_obtained_before_the_state_is_asked(
    project: Project, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a fresh runner, too, the wrong file keeps no other domain from being published."""
    monkeypatch.setattr(find, "obtain", obtained(f"cat <<'END'\n{json.dumps(STATE)}\nEND"))
    loaded = read_stack(project.root / "policies", "prod")
    settled = rest.settled(loaded, Stack(project, "prod", environ), TerminalDesk(Shape()))
    assert settled.refusal == ""
    assert [policy.domain for policy in settled.policies] == ["one.example", "two.example"]
    assert list(settled.held) == ["two.example"]


def test_state_that_is_not_told(
    project: Project, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Why nobody knows what is published is said, beside what is wrong with the file."""
    monkeypatch.setattr(find, "obtain", obtained("echo 'error: AccessDenied' >&2; exit 1"))
    loaded = read_stack(project.root / "policies", "prod")
    settled = rest.settled(loaded, Stack(project, "prod", environ), TerminalDesk(Shape()))
    assert settled.refusal.startswith("nothing is known to be published")
    assert len(settled.problems) == 1
    assert (
        "what is published from stack prod is not known: the engine gives no information about the stack: error: Acc"
        in (capsys.readouterr().err)
    )
