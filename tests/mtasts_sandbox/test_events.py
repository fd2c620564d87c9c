"""The event log: what is in it, that it survives, and that readers can follow it."""

import json
import re
import threading
import time
from pathlib import Path

from mtasts_sandbox.events import EventLog, follow, read_file
from tests.patience import PATIENCE


def test_lines_have_the_documented_form(tmp_path: Path) -> None:
    """One JSON object a line, UTC with microseconds, seq from 1."""
    log = EventLog.open(tmp_path / "new")
    log.append("txt", "_mta-sts.example.com", "v=STSv1; id=1; ünï\n")
    (line,) = (tmp_path / "new" / "events.jsonl").read_text("ascii").splitlines()
    fields = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", fields.pop("at"))
    assert fields == {"seq": 1, "kind": "txt", "name": "_mta-sts.example.com", "value": "v=STSv1; id=1; ünï\n"}
    log.close()


def test_show_and_hide_write_changes_only(tmp_path: Path) -> None:
    """The same value again is no event, nor is the end of what was not there; types of a name are told apart."""
    log = EventLog.open(tmp_path)
    a, aaaa = {"type": "A", "ttl": 1, "values": []}, {"type": "AAAA", "ttl": 1, "values": []}
    wrote = [
        log.show("record", "n", a),
        log.show("record", "n", aaaa),
        log.show("record", "n", a),
        log.hide("record CNAME", "n"),
        log.hide("record A", "n"),
        log.hide("record A", "n"),
        log.show("record", "n", a),
    ]
    assert [event.seq if event else None for event in wrote] == [1, 2, None, None, 3, None, 4]
    assert log.visible() == {("record A", "n"): a, ("record AAAA", "n"): aaaa}
    assert [(e.kind, e.value) for e in log.read(2)] == [("gone", "record A"), ("record", a)]
    log.close()


def test_seq_and_what_is_visible_survive_a_restart(tmp_path: Path) -> None:
    """Opened again the log goes on counting and still knows what clients see."""
    log = EventLog.open(tmp_path)
    log.show("txt", "a", "1")
    log.show("txt", "b", "1")
    log.hide("txt", "a")
    log.close()
    log = EventLog.open(tmp_path)
    assert log.show("txt", "b", "1") is None
    event = log.show("txt", "a", "2")
    assert event is not None
    assert event.seq == 4
    log.close()


def test_a_line_cut_short_is_written_over(tmp_path: Path) -> None:
    """A crash in the middle of a write costs that event, not the log; garbage at the end goes the same way."""
    log = EventLog.open(tmp_path)
    log.append("txt", "a", "1")
    log.close()
    path = tmp_path / "events.jsonl"
    for tail in (b'{"at": "2026-', b"\xff\xfe\n", b"[]\n", b'{"at":1,"seq":"x","kind":1,"name":1,"value":1}\n'):
        whole = path.read_bytes()
        path.write_bytes(whole + tail)
        assert [event.seq for event in read_file(path)] == list(range(1, whole.count(b"\n") + 1))
        log = EventLog.open(tmp_path)
        log.append("txt", "a", tail.hex())
        log.close()
    assert [event.seq for event in read_file(path)] == [1, 2, 3, 4, 5]


def test_follow_gives_old_and_new_events_once(tmp_path: Path) -> None:
    """A follower started before the file exists sees every event, in order, also one written in two pieces."""
    path = tmp_path / "events.jsonl"

    def write() -> None:
        time.sleep(0.1)
        log = EventLog.open(tmp_path)
        for n in range(50):
            log.append("txt", "a", n)
        log.close()
        line = b'{"at": "t", "seq": 51, "kind": "txt", "name": "a", "value": 50}\n'
        for piece in (line[:20], line[20:]):
            with path.open("ab") as file:
                file.write(piece)
            time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    for event in follow(path, since=10, until=time.monotonic() + PATIENCE):
        seen.append(event.seq)
        if event.seq == 51:
            break
    writer.join()
    assert seen == list(range(11, 52))
    assert [event.seq for event in follow(path, since=50, until=0)] == [51]


def test_no_file_is_no_events(tmp_path: Path) -> None:
    """Reading before anything was written is not an error."""
    assert list(read_file(tmp_path / "events.jsonl")) == []


def test_eight_thousand_events_are_cheap(tmp_path: Path) -> None:
    """A thousand domains' first publication must not wait for the log."""
    log = EventLog.open(tmp_path)
    start = time.process_time()
    for n in range(8000):
        log.show("txt", f"_mta-sts.d{n}.example", "v=STSv1; id=20260314101500Z0123456789abcdef;")
    assert time.process_time() - start < 1.5
    log.close()
    start = time.process_time()
    log = EventLog.open(tmp_path)
    assert time.process_time() - start < 1.5
    assert len(log.visible()) == 8000
    log.close()
