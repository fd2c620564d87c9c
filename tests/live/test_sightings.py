"""Sightings kept beside the reports: several at once, torn lines, bounded; in a folder and on S3."""

import json
import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest

from mtasts.errors import CannotLook
from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting
from mtasts.live.sightings import KEPT, open_sightings, read_sighting, write_sighting
from tests.fakes.s3_server import new_bucket, s3_server
from tests.patience import PATIENCE

START = datetime(2026, 3, 1, tzinfo=UTC)


def sighting(minutes: float, issuer: str = "CN=R11", host: str = "mx.example.com") -> Sighting:
    return Sighting(START + timedelta(minutes=minutes), (SeenHost(host, (Shown((host,), issuer),)),))


@pytest.fixture(scope="module")
def s3():
    """An S3 server."""
    with s3_server():
        yield


@pytest.fixture(params=["folder", "s3"])
def location(request, tmp_path):
    """An empty place of each kind."""
    if request.param == "folder":
        return str(tmp_path)
    request.getfixturevalue("s3")
    return f"s3://{new_bucket()}/store"


def test_what_was_kept_comes_back_oldest_first(location):
    """Domain by domain, whatever the order of keeping."""
    place = open_sightings(location)
    place.add("example.com", sighting(60, "CN=R12"))
    place.add("example.com", sighting(0))
    place.add("example.net", sighting(30, host="mx.example.net"))
    assert place.of("example.com") == (sighting(0), sighting(60, "CN=R12"))
    assert open_sightings(location).of("example.net") == (sighting(30, host="mx.example.net"),)
    assert place.of("example.org") == ()


def test_of_equal_ones_the_first_and_the_last_come_back(location):
    """However often somebody looks."""
    place = open_sightings(location)
    for minute in range(12):
        place.add("example.com", sighting(minute))
    assert place.of("example.com") == (sighting(0), sighting(11))


def test_a_hostile_name_stays_in_its_place(location):
    """It cannot climb out of the folder, nor reach another domain's."""
    place = open_sightings(location)
    place.add("../../x/example.com", sighting(0))
    assert place.of("../../x/example.com") == (sighting(0),)
    assert place.of("example.com") == ()


def test_old_ones_go_but_the_last_to_compare_with(location):
    """A change since then would still be seen."""
    place = open_sightings(location)
    old = [sighting(-24 * 60 * days, f"CN=R{days}") for days in (400, 300, 200)]
    for one in (*old, sighting(0)):
        place.add("example.com", one)
    assert place.of("example.com") == (old[-1], sighting(0))
    assert timedelta(days=90) < KEPT


def _keep(folder: str, number: int) -> None:
    place = open_sightings(folder)
    for minute in range(1000):
        place.add("example.com", sighting(number * 1000 + minute, f"CN={number}-{minute // 10}"))


def test_processes_that_keep_at_once_lose_nothing(tmp_path):
    """Four of them, while the file is made anew again and again."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_keep, args=(str(tmp_path), number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    found = open_sightings(str(tmp_path)).of("example.com")
    assert (tmp_path / "sightings" / "example.com.jsonl").stat().st_size < 4000 * 100
    assert {host.certificates[0][1] for one in found for host in one.hosts} == {
        f"CN={number}-{minute}" for number in range(4) for minute in range(100)
    }


@pytest.mark.parametrize(
    "torn", [b'{"at":"2026-03-01T0', b"\xff\xfe\x00", b"[]", b"{}", b'{"at":1,"hosts":[]}', b"[" * 5000]
)
def test_a_torn_line_harms_no_other(tmp_path, torn):
    """Neither the one before nor the one that is appended next."""
    place = open_sightings(str(tmp_path))
    place.add("example.com", sighting(0))
    with (tmp_path / "sightings" / "example.com.jsonl").open("ab") as file:
        file.write(torn)
    place.add("example.com", sighting(1, "CN=R12"))
    assert place.of("example.com") == (sighting(0), sighting(1, "CN=R12"))


def test_the_file_does_not_grow_with_the_looks(tmp_path):
    """2,000 looks at the same hosts stay below 70 KB."""
    place = open_sightings(str(tmp_path))
    for minute in range(2000):
        place.add("example.com", sighting(minute))
    assert (tmp_path / "sightings" / "example.com.jsonl").stat().st_size < 70_000
    assert place.of("example.com") == (sighting(0), sighting(1999))
    assert {path.name for path in (tmp_path / "sightings").iterdir()} == {".lock", "example.com.jsonl"}


def test_a_line_is_what_it_says():
    """One JSON object of ASCII, read back as it was; anything else is nothing."""
    one = Sighting(
        START,
        (
            SeenHost(
                "mx.example.com",
                (Shown((), "CN=\u202eR11"), Shown(("a.example", "b.example"), "CN=X", ("CN=Root [ab]",), "EC")),
            ),
        ),
    )
    line = write_sighting(one)
    assert line.isascii()
    assert b"\n" not in line
    assert json.loads(line)["hosts"][0]["name"] == "mx.example.com"
    assert read_sighting(line) == one
    assert read_sighting(b"") is None
    assert read_sighting(line[:-1]) is None


def test_no_store_is_made_for_it(tmp_path):
    """The place of the reports must be there."""
    with pytest.raises(CannotLook, match="no such folder"):
        open_sightings(str(tmp_path / "nothing"))


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    """One clear line."""
    (tmp_path / "sightings").write_text("a file")
    with pytest.raises(CannotLook, match="sightings"):
        open_sightings(str(tmp_path)).add("example.com", sighting(0))
