"""Many reporters, or hosts of one, that give the same report-id to different reports (seen from tlsrpt-reporter)."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtasts.live.store import Added, Incoming, Store, open_store
from mtasts.live.store.s3 import S3Store
from mtasts.live.store.s3_names import COPIES, REPORTS
from mtasts.reports.stored import TRUST_RANK, Trust
from mtasts.reports.summary import summarise
from mtasts.reports.window import Window
from tests.live.store.reports import body, incoming

EVER = (date.min, date.max)
MARCH = Window(date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 10))
ID = "2026-03-01T00:00:00Z_idx1_example.com"

# Host, totals, how it came; what one host says is one report however it is written.
_sent = st.tuples(
    st.sampled_from(["one.example", "two.example"]),
    st.sampled_from([(9, 0), (12, 9), (12, 1), (0, 0)]),
    st.sampled_from(["", " ", "\n"]),
    st.sampled_from(list(Trust)),
)


def _incoming(sent: tuple[str, tuple[int, int], str, Trust]) -> Incoming:
    submitter, (good, bad), padding, trust = sent
    return incoming(body(ID, successes=good, failures=bad, padding=padding), trust, submitter)


def _sums(store: Store) -> tuple[int, int, int, int]:
    """Sessions that count, and those that are shown apart, by the reports and by the rows of the fleet alike."""
    found = summarise("example.com", MARCH, store.window("example.com", *EVER))
    rows: Counter[tuple[bool, str]] = Counter()
    for row in store.fleet(*EVER):
        trusted = row.trust in (Trust.LOCAL, Trust.AUTHENTICATED)
        rows.update({(trusted, "good"): row.successes, (trusted, "bad"): row.failures})
    sums = found.counts.sts, found.untrusted.counts.sts
    assert [rows[True, "good"], rows[True, "bad"]] == [sums[0].successes, sums[0].failures]
    assert [rows[False, "good"], rows[False, "bad"]] == [sums[1].successes, sums[1].failures]
    return sums[0].successes, sums[0].failures, sums[1].successes, sums[1].failures


def _expected(sent: list[tuple[str, tuple[int, int], str, Trust]]) -> tuple[int, int, int, int]:
    """Each different report of each host once, at the best trust of its copies."""
    best: dict[tuple[str, tuple[int, int]], Trust] = {}
    for submitter, totals, _, trust in sent:
        known = best.get((submitter, totals), Trust.POSTED)
        best[submitter, totals] = max(known, trust, key=TRUST_RANK.__getitem__)
    sums = [0, 0, 0, 0]
    for (_, (good, bad)), trust in best.items():
        at = 0 if trust in (Trust.LOCAL, Trust.AUTHENTICATED) else 2
        sums[at : at + 2] = [sums[at] + good, sums[at + 1] + bad]
    return sums[0], sums[1], sums[2], sums[3]


def _import(location: str, reports: list[Incoming], chance: random.Random) -> None:
    """In any order, split over runs and batches, some of it twice."""
    left = [*reports, *chance.sample(reports, len(reports) // 2)]
    chance.shuffle(left)
    while left:
        size = chance.randint(1, 5)
        run, left = left[:size], left[size:]
        with open_store(location, create=True) as store, store.batch():
            for one in run:
                store.add(one)
    with open_store(location, create=True) as store:
        for one in reports:
            store.add(one)


@pytest.mark.parametrize(("kind", "examples"), [("folder", 60), ("s3", 8)])
def test_every_different_report_counts_once(fresh: Callable[[str], str], kind: str, examples: int) -> None:
    """Whatever the order, the split over runs, repetition or a reindex, and in either store."""

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(st.lists(_sent, min_size=1, max_size=7), st.integers(0, 2**32).map(random.Random))
    def holds(sent: list[tuple[str, tuple[int, int], str, Trust]], chance: random.Random) -> None:
        location = fresh(kind)
        _import(location, list(map(_incoming, sent)), chance)
        with open_store(location) as store:
            assert _sums(store) == _expected(sent)
            store.reindex()
            assert _sums(store) == _expected(sent)

    holds()


def _requests(location: str, reports: list[Incoming]) -> Counter[str]:
    """What an import of these asks of S3, by operation."""
    asked: Counter[str] = Counter()
    with open_store(location) as store:
        store._client.meta.events.register(  # type: ignore[attr-defined]
            "before-call.s3", lambda model, **_: asked.update([model.name])
        )
        for one in reports:
            store.add(one)
    return asked


@pytest.mark.parametrize(
    "made",
    [
        lambda number: incoming(body(ID, successes=1), submitter=f"reporter{number}.example"),
        lambda number: incoming(body(ID, organization=f"R{number}", contact=None), Trust.LOCAL, f"R{number}"),
        lambda number: incoming(body(ID, successes=number)),
    ],
    ids=["reporters-that-say-the-same", "nameless-reporters", "hosts-of-one-reporter"],
)
def test_sharing_an_id_costs_s3_nothing_more(
    s3: str, fresh: Callable[[str], str], made: Callable[[int], Incoming]
) -> None:
    """Ten or fifty: as many requests a report as for one."""
    for count in (1, 10, 50):
        asked = _requests(fresh("s3"), [made(number) for number in range(count)])
        assert asked == {"PutObject": 2 * count, "ListObjectsV2": 2 * count}


def test_a_known_report_costs_s3_three_requests(s3: str, fresh: Callable[[str], str]) -> None:
    """However many others share its id."""
    location = fresh("s3")
    reports = [incoming(body(ID, successes=1), submitter=f"reporter{number}.example") for number in range(20)]
    _requests(location, reports)
    assert _requests(location, reports) == {"ListObjectsV2": 20, "GetObject": 20, "HeadObject": 20}


def test_a_folder_of_the_first_layout_is_brought_up_to_date(tmp_path: Path) -> None:
    """What was thrown away as a copy counts from the first question on."""
    reports = [incoming(body(ID, successes=12, failures=9)), incoming(body(ID, successes=9))]
    with open_store(str(tmp_path), create=True) as store:
        for one in reports:
            store.add(one)
    with sqlite3.connect(tmp_path / "reports.sqlite3") as database:
        database.executescript(
            "DELETE FROM filed WHERE failures > 0; DELETE FROM failed; DROP TABLE identity; DROP TABLE report;"
            "CREATE TABLE identity (hash INTEGER, raw INTEGER, PRIMARY KEY (hash, raw)) WITHOUT ROWID;"
            "CREATE TABLE report (id INTEGER PRIMARY KEY, key BLOB, day INTEGER, nameless INTEGER);"
            "PRAGMA user_version = 1"
        )
    with open_store(str(tmp_path)) as store:
        assert _sums(store) == (21, 9, 0, 0)
        assert store.add(reports[0]) is Added.DUPLICATE


def test_a_bucket_of_the_first_layout_is_brought_up_to_date(s3: str, fresh: Callable[[str], str]) -> None:
    """The same: the report was put aside as a copy, with a note under `ids/`."""
    import boto3

    location = fresh("s3")
    bucket, client = location.removeprefix("s3://").split("/")[0], boto3.client("s3")
    reports = [incoming(body(ID, successes=12, failures=9)), incoming(body(ID, successes=9))]
    with open_store(location) as store:
        for one in reports:
            store.add(one)
    first, _ = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket, Prefix="p/reports/")["Contents"]]
    copy = first.replace("p/reports/", "p/copies/")
    client.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": first})
    for entry in client.list_objects_v2(Bucket=bucket, Prefix="p/notes/")["Contents"]:
        client.delete_object(Bucket=bucket, Key=entry["Key"])
    client.delete_object(Bucket=bucket, Key=first)
    client.put_object(Bucket=bucket, Key="p/ids/domain=example.com/0/1.json", Body=b"{}")
    with open_store(location) as store:
        assert _sums(store) == (21, 9, 0, 0)
        assert store.add(reports[0]) is Added.DUPLICATE
    assert client.list_objects_v2(Bucket=bucket, Prefix="p/ids/")["KeyCount"] == 0


def test_copies_that_come_at_once_count_once_at_the_best_trust(s3: str, fresh: Callable[[str], str]) -> None:
    """A mail, its attachment as a file, and a post of it, in the threads of one import."""
    sent = [
        ("one.example", (number, number % 3), padding, trust)
        for number in range(1, 7)
        for padding in ("", " ")
        for trust in Trust
    ]
    random.Random(1).shuffle(sent)
    location = fresh("s3")
    with open_store(location, create=True) as store:
        with ThreadPoolExecutor(store.width) as pool:
            outcomes = list(pool.map(store.add, map(_incoming, sent)))
        assert _sums(store) == _expected(sent)
        assert {one.trust for one in store.window("example.com", *EVER)} == {Trust.AUTHENTICATED}
    assert outcomes.count(Added.DUPLICATE) == len(sent) - 6


@pytest.mark.parametrize("late", [Trust.UNAUTHENTICATED, Trust.AUTHENTICATED])
@pytest.mark.parametrize("written", ["gzip", "json"])  # before the late one's report, or before its note
def test_two_imports_of_one_report_at_once_agree_on_its_trust(
    s3: str, fresh: Callable[[str], str], late: Trust, written: str
) -> None:
    """Two runners that read one mailbox, of which one had no answer from DNS."""
    location = fresh("s3")
    other = {Trust.UNAUTHENTICATED: Trust.AUTHENTICATED, Trust.AUTHENTICATED: Trust.UNAUTHENTICATED}[late]
    with open_store(location, create=True) as first, open_store(location) as second:
        between = [incoming(body(ID), other)]

        def interfere(params: dict[str, str], **_: object) -> None:
            if between and params["Key"].endswith(written if written == "json" else "gz"):
                second.add(between.pop())

        first._client.meta.events.register("provide-client-params.s3.PutObject", interfere)  # type: ignore[attr-defined]
        first.add(incoming(body(ID), late))
        assert not between
        found = list(first.window("example.com", *EVER))
        assert [one.trust for one in found] == [Trust.AUTHENTICATED]
        first.reindex()
        assert [one.trust for one in first.window("example.com", *EVER)] == [Trust.AUTHENTICATED]
        assert first.add(incoming(body(ID), Trust.AUTHENTICATED)) is Added.DUPLICATE


def test_a_report_that_two_imports_move_at_once_is_not_lost(s3: str, fresh: Callable[[str], str]) -> None:
    """Each has copied it to where it belonged, in opposite directions, before either deletes what it copied."""
    with open_store(fresh("s3"), create=True) as first, open_store(first.location) as second:
        assert isinstance(first, S3Store)
        assert isinstance(second, S3Store)
        first.add(incoming(body(ID)))
        (name,) = (entry["Key"].removeprefix(first._prefix) for entry in first._list(REPORTS))
        there, back = name, COPIES + name.removeprefix(REPORTS)
        moves = [lambda: second._move(back, there)]

        def interfere(**_: object) -> None:
            while moves:
                moves.pop()()

        first._client.meta.events.register("provide-client-params.s3.DeleteObject", interfere)
        first._move(there, back)
        assert not moves
        kept = [entry["Key"] for folder in (REPORTS, COPIES) for entry in first._list(folder)]
        assert kept
