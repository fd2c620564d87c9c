"""An import called as a function: what it is told, what it tells, and what is kept when it is interrupted."""

import json
from datetime import UTC, date, datetime

import pytest

from mtasts.app.reports import Query, summary
from mtasts.app.reports.explain import explain
from mtasts.app.reports.imports import ImportRequest, import_reports
from mtasts.errors import CannotLook
from tests.cli.filled import document

NOW = datetime(2026, 3, 30, tzinfo=UTC)


class Told:
    """Keeps what an import says; may be interrupted after the first batch."""

    def __init__(self, *, interrupts=False):
        self.begun, self.lines, self.read = None, [], 0
        self._interrupts = interrupts

    def begin(self, total, unit):
        self.begun = (total, unit)

    def advance(self, weight, read):
        self.read = read
        if self._interrupts:
            raise KeyboardInterrupt

    def say(self, text):
        self.lines.append(text)


@pytest.fixture
def sources(tmp_path):
    """Two folders with a report each, and a file that is not one."""
    for number, day in enumerate(("2026-03-05", "2026-03-06")):
        folder = tmp_path / f"in{number}"
        folder.mkdir()
        (folder / "report.json").write_text(json.dumps(document(day, 10)))
    (tmp_path / "in1" / "wrong.json").write_text("{}")
    return str(tmp_path / "in0"), str(tmp_path / "in1")


def _import(request, told, environ=None):
    return import_reports(request, environ or {}, told, lambda: NOW)


def test_what_was_done_is_a_value(sources, tmp_path):
    """Stored, refused with its reason, how far it was; nothing on any stream."""
    store, told = str(tmp_path / "kept"), Told()
    tally = _import(ImportRequest(sources, store), told)
    assert (tally.read, tally.stored, tally.duplicates) == (3, 2, 0)
    assert [one.source.endswith("wrong.json") for one in tally.refused] == [True]
    assert (told.begun[1], told.read, told.lines) == ("bytes", 3, [])
    (row,) = summary(Query(store, since=date(2026, 3, 1), until=date(2026, 3, 30)))
    assert row["sts_successes"] == 20
    assert _import(ImportRequest(sources, store), Told()).duplicates == 2


def test_a_store_that_others_may_read_is_said(sources, tmp_path):
    """Through the progress, before anything is read."""
    store = tmp_path / "kept"
    _import(ImportRequest(sources, str(store)), Told())
    (store / "reports.sqlite3").chmod(0o644)
    told = Told()
    _import(ImportRequest(sources, str(store)), told)
    assert ["open to other users" in line for line in told.lines] == [True]


def test_an_interrupted_watch_ends_with_its_outcome(sources, tmp_path):
    """What was kept is counted; without a watch the interruption is the caller's."""
    tally = _import(ImportRequest(sources[:1], str(tmp_path / "kept"), watch=60.0), Told(interrupts=True))
    assert tally.stored == 1
    with pytest.raises(KeyboardInterrupt):
        _import(ImportRequest(sources[1:], str(tmp_path / "kept")), Told(interrupts=True))
    assert _import(ImportRequest(sources, str(tmp_path / "kept")), Told()).duplicates == 2


def test_the_environment_is_an_argument(tmp_path, monkeypatch):
    """The process's own password opens no mailbox."""
    monkeypatch.setenv("MTASTS_IMAP_PASSWORD", "of the process")
    request = ImportRequest(("imaps://reports@localhost:1/INBOX",), str(tmp_path / "kept"))
    with pytest.raises(CannotLook, match="no password for the mailbox"):
        _import(request, Told())
    with pytest.raises(CannotLook, match="cannot connect"):
        _import(request, Told(), {"MTASTS_IMAP_PASSWORD": "x"})
    with pytest.raises(CannotLook, match="MTASTS_RESOLVER"):
        _import(request, Told(), {"MTASTS_RESOLVER": "no address"})


def test_a_report_is_explained_as_a_value(sources, tmp_path):
    """Its reports with what deviates, and why a file is none."""
    (tmp_path / "in0" / "report.json").rename(tmp_path / "one.json")
    explained = explain("one.json", tmp_path / "one.json", NOW)
    assert [report.day for report, _ in explained.read] == [date(2026, 3, 5)]
    assert explained.refusals == ()
    assert len(explain("wrong.json", tmp_path / "in1" / "wrong.json", NOW).refusals) == 1
    with pytest.raises(CannotLook, match="none"):
        explain("none", tmp_path / "none", NOW)
