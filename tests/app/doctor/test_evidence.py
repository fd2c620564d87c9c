"""The store of reports and the probes."""

from pathlib import Path

from mtasts.app.doctor import evidence
from mtasts.cli.main import main
from mtasts.live.store import open_store
from mtasts.render.doctor import State
from tests.app.doctor.projects import make_project, set_up


def test_a_store(tmp_path: Path) -> None:
    """Not there, empty, open to others: each has its own step."""
    root = make_project(tmp_path)
    (found,) = evidence.reports(set_up(root))
    assert (found.state, "mtasts reports import PATH" in found.step) == (State.MISSING, True)
    location = root / ".mtasts" / "reports"
    open_store(str(location), create=True).close()
    (found,) = evidence.reports(set_up(root))
    assert (found.state, "holds none yet" in found.says) == (State.MISSING, True)
    (location / "reports.sqlite3").chmod(0o644)
    wide = list(evidence.reports(set_up(root)))[-1]
    assert (wide.state, wide.step) == (State.WIDE, f"`chmod -R go= {location}`")


def test_probes(tmp_path: Path, capsys) -> None:
    """None, unsigned for want of a key, a key that is none, a file that is none."""
    root = make_project(tmp_path)
    assert [one.state for one in evidence.probes(set_up(root))] == [State.NOTE]
    named = {"MTASTS_PROBES": str(tmp_path / "probes.json")}
    (found,) = evidence.probes(set_up(root, named))
    assert (found.state, "mtasts probe --make-key FILE" in found.step) == (State.MISSING, True)
    (found,) = evidence.probes(set_up(root, {**named, "MTASTS_PROBE_KEYS": "ed25519:no"}))
    assert found.state is State.WRONG
    # What the step says: the key that is printed is one that is taken.
    assert main(["probe", "--make-key", str(tmp_path / "probe.pem")]) == 0
    key = capsys.readouterr().out.strip()
    (found,) = evidence.probes(set_up(root, {**named, "MTASTS_PROBE_KEYS": key}))
    assert (found.state, "probes.json" in found.says) == (State.WRONG, True)
