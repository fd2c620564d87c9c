"""A few of the kills of `bench/kills.py`, and that its judge of the event log sees what is wrong."""

import hashlib
from pathlib import Path

import pytest

from bench.kills import Lab, disorder, rounds

_TEXT = hashlib.sha256(b"a text").hexdigest()
_ID = "20261124120000" + _TEXT[:16]


def event(seq: int, kind: str, value: object) -> dict[str, object]:
    """As the sandbox writes it."""
    name = "_mta-sts.a.example" if kind == "txt" else "mta-sts.a.example/.well-known/mta-sts.txt"
    return {"seq": seq, "kind": kind, "name": name, "value": value}


def test_disorder() -> None:
    """A TXT before its text, one of another text, and one without an id are seen; the right order is not."""
    body, txt = {"sha256": _TEXT}, f"v=STSv1; id={_ID};"
    assert disorder([event(1, "body", body), event(2, "txt", txt)]) == []
    assert len(disorder([event(1, "txt", txt), event(2, "body", body)])) == 1
    assert len(disorder([event(1, "body", {"sha256": "0" * 64}), event(2, "txt", txt)])) == 1
    assert len(disorder([event(1, "body", body), event(2, "txt", "v=STSv1;")])) == 1


def test_kills(tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was killed whenever: no TXT ahead of its text, and the next runs converge."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    lab = Lab(tmp_path)
    lab.start()
    try:
        tally = rounds(lab, kills=3, seed=1)
    finally:
        lab.run("sandbox", "down")
    assert (tally.stuck, tally.disorder) == ([], [])
    assert any(found["kind"] == "txt" for found in lab.events())
