"""What both stores promise: each report once, under its domains and days, the most trusted copy, whatever the order."""

import contextlib
import gzip
import random
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts.live.store import Added, Incoming, Store, open_store
from mtasts.protocol.problem import Problem, Severity
from mtasts.render.reports.summary import summary_object
from mtasts.reports.fleet import fleet_lines
from mtasts.reports.stored import DayRow, FailureRow, Trust
from mtasts.reports.summary import Summary, summarise
from mtasts.reports.window import Window
from tests.live.store.reports import NOW, body, incoming
from tests.patience import PATIENCE

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
EVER = (date.min, date.max)


def _window(store: Store, domain: str = "example.com") -> list[tuple[str, Trust, str, int]]:
    return [
        (one.report.report_id, one.trust, one.submitter, sum(p.successes for p in one.policies_of(domain)))
        for one in store.window(domain, *EVER)
    ]


def test_a_report_comes_back_as_it_went_in(location: str) -> None:
    """Report, trust, submitter, time, source, warnings and domains; the day decides the window, not the arrival."""
    raw = body(day=5, failures=2, domains=("example.com", "example.net"))
    note = Problem(Severity.WARNING, "dkim-none", 'no valid signature: "ü" \x1b', "RFC 8460 s5.3")
    given = incoming(raw, Trust.UNAUTHENTICATED, source="ü/inbox.mbox#12")
    given = Incoming(given.report, raw, given.trust, given.submitter, NOW, given.source, (note,), "")
    with open_store(location, create=True) as store:
        assert store.add(given) is Added.STORED
    with open_store(location) as store:
        (found,) = store.window("example.net", date(2026, 3, 5), date(2026, 3, 5))
        assert (found.report, found.trust, found.submitter) == (given.report, Trust.UNAUTHENTICATED, "reporter.example")
        assert (found.received, found.source) == (NOW, "ü/inbox.mbox#12")
        assert found.warnings == (note,)
        for domain in ("example.com", "example.net"):
            assert [policy.policy_domain for policy in found.policies_of(domain)] == [domain]
        assert found.policies_of("example.org") == ()
        assert store.domains() == ["example.com", "example.net"]
        assert list(store.window("example.com", date(2026, 3, 6), date(2026, 3, 31))) == []
        assert list(store.window("example.com", date(2026, 3, 1), date(2026, 3, 4))) == []


def test_windows_are_in_the_order_of_days(location: str) -> None:
    """However they came."""
    with open_store(location, create=True) as store:
        for day in (7, 3, 30, 12):
            store.add(incoming(body(str(day), day=day)))
        days = [one.report.day.day for one in store.window("example.com", date(2026, 3, 3), date(2026, 3, 12))]
        assert days == [3, 7, 12]


def test_the_same_report_is_kept_once(location: str) -> None:
    """From another source, in another session, in a batch: a duplicate, and one in the window."""
    with open_store(location, create=True) as store, store.batch():
        assert store.add(incoming(body())) is Added.STORED
        assert store.add(incoming(body(), source="elsewhere")) is Added.DUPLICATE
    with open_store(location) as store:
        assert store.add(incoming(body())) is Added.DUPLICATE
        assert len(_window(store)) == 1


def test_the_same_content_is_a_duplicate_though_its_bytes_differ(location: str) -> None:
    """The same report written anew: by mail and by post, say. One is kept whatever came first."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body())) is Added.STORED
        assert store.add(incoming(body(padding="  "))) is Added.DUPLICATE
        assert len(_window(store)) == 1


def test_an_equal_id_is_no_equal_report(location: str) -> None:
    """Two hosts of one organization with tlsrpt-reporter: both count, failures and all, and it is said."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body(successes=12, failures=9))) is Added.STORED
        assert store.add(incoming(body(successes=9))) is Added.BESIDE
        assert store.add(incoming(body(successes=9), Trust.LOCAL)) is Added.DUPLICATE
        assert sorted(number for *_, number in _window(store)) == [9, 12]
        (row,) = store.fleet(*MARCH)
        assert (row.successes, row.failures, row.reports) == (21, 9, 2)
        summary = _summary(store, "example.com")
        assert (summary.counts.sts.successes, summary.counts.sts.failures) == (21, 9)
        assert [note.code for note in summary.notes if note.code == "same-report-id"] == ["same-report-id"]


def test_of_equal_ids_only_a_report_about_the_same_is_said_to_be_beside(location: str) -> None:
    """Parts by policy type, another submitter, another domain: nothing to say."""
    with open_store(location, create=True) as store:
        for other in (
            incoming(body(kinds=("sts",))),
            incoming(body(kinds=("tlsa",))),
            incoming(body(domains=("example.net",))),
            incoming(body(successes=3), submitter="other.example"),
        ):
            assert store.add(other) is Added.STORED
        assert "same-report-id" not in {note.code for note in _summary(store, "example.com").notes}


def test_a_resent_report_with_fewer_failures_takes_none_away(location: str) -> None:
    """A corrected report under the same id: what failed in the first stays a failure."""
    for order in ((0, 1), (1, 0)):
        reports = [incoming(body(successes=10, failures=4)), incoming(body(successes=14))]
        with open_store(f"{location}-{order[0]}", create=True) as store:
            for index in order:
                store.add(reports[index])
            (row,) = store.fleet(*MARCH)
            assert (row.successes, row.failures) == (24, 4)


def test_a_flood_of_copies_pushes_out_nothing_that_counts(tmp_path: Path) -> None:
    """Beyond the bound of copies: whoever has more trust, another reporter or other content is kept all the same."""
    with open_store(str(tmp_path), create=True) as store:
        for number in range(60):
            store.add(incoming(body(padding=" " * number), Trust.POSTED))
            store.add(incoming(body(padding=" "), Trust.POSTED, f"forger{number}.example"))
        store.add(incoming(body(padding=" " * 100), Trust.LOCAL))
        store.add(incoming(body(padding=" "), Trust.LOCAL, "other.example"))
        store.add(incoming(body(failures=3), Trust.POSTED))
        found = {(one.trust, one.submitter) for one in store.window("example.com", *EVER)}
        assert {(Trust.LOCAL, "reporter.example"), (Trust.LOCAL, "other.example")} <= found
        assert sum(row.sessions for row in store.fleet_failures(*EVER)) == 3


def test_the_same_organization_is_enough_where_a_copy_names_no_submitter(location: str) -> None:
    """A bare file without contact-info, and the mail of the same report."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body(contact=None), Trust.LOCAL, "Reporter")) is Added.STORED
        assert store.add(incoming(body(), Trust.AUTHENTICATED, "reporter.example")) is Added.DUPLICATE
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]


def test_anybody_may_write_another_organization_into_a_report_without_hiding_the_real_one(location: str) -> None:
    """Same organization, same id, another submitter: both are kept, each under who sent it."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body(successes=666), Trust.AUTHENTICATED, "forger.example")) is Added.STORED
        assert store.add(incoming(body(successes=10), Trust.AUTHENTICATED, "reporter.example")) is Added.STORED
        assert sorted(_window(store)) == [
            ("1", Trust.AUTHENTICATED, "forger.example", 666),
            ("1", Trust.AUTHENTICATED, "reporter.example", 10),
        ]


def test_a_proven_copy_takes_the_place_of_an_unproven_one(location: str) -> None:
    """A copy that came first by post, under the real submitter's name, gives way."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body(padding=" "), Trust.UNAUTHENTICATED)) is Added.STORED
        assert store.add(incoming(body(), Trust.AUTHENTICATED)) is Added.DUPLICATE
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]
        assert store.add(incoming(body(padding="  "), Trust.POSTED)) is Added.DUPLICATE
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]
        (row,) = store.fleet(*MARCH)
        assert (row.successes, row.trust, row.reports) == (10, Trust.AUTHENTICATED, 1)


def test_the_same_bytes_with_a_proof_raise_the_trust(location: str) -> None:
    """A mail whose key could not be looked up, imported again later."""
    with open_store(location, create=True) as store:
        store.add(incoming(body(), Trust.UNAUTHENTICATED))
        assert store.trust_of(incoming(body())) is Trust.UNAUTHENTICATED
        assert store.add(incoming(body(), Trust.AUTHENTICATED, source="again")) is Added.DUPLICATE
        assert store.trust_of(incoming(body())) is Trust.AUTHENTICATED
        (found,) = store.window("example.com", *MARCH)
        assert (found.trust, found.source) == (Trust.AUTHENTICATED, "again")
        assert store.trust_of(incoming(body("other"))) is None


def test_a_report_split_over_several_mails_is_kept_whole(location: str) -> None:
    """One report-id, a policy type or a domain each: no duplicates."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body(kinds=("sts",)))) is Added.STORED
        assert store.add(incoming(body(kinds=("tlsa",)))) is Added.STORED
        assert store.add(incoming(body(domains=("example.net",)))) is Added.STORED
        assert store.add(incoming(body(kinds=("sts",), padding=" "))) is Added.DUPLICATE
        assert store.domains() == ["example.com", "example.net"]


def test_reports_without_an_id_equal_only_themselves(location: str) -> None:
    """Nothing says that two of them are the same."""
    with open_store(location, create=True) as store:
        assert store.add(incoming(body("", successes=1))) is Added.STORED
        assert store.add(incoming(body("", successes=2))) is Added.STORED
        assert store.add(incoming(body("", successes=2))) is Added.DUPLICATE


def test_the_hint_files_what_names_no_domain(location: str) -> None:
    """A report of tlsa for the MX host is found under the mail domain that the header named, and only there."""
    raw = body(domains=("mx1.example.com",), kinds=("tlsa",))
    with open_store(location, create=True) as store:
        store.add(incoming(raw, hint="example.com"))
        assert store.domains() == ["example.com"]
        (found,) = store.window("example.com", *MARCH)
        assert [policy.policy_domain for policy in found.policies_of("example.com")] == ["mx1.example.com"]


def test_fleet_rows_sum_what_counts(location: str) -> None:
    """By day, domain, policy type and trust; the failure rows by result and MX host beside them."""
    with open_store(location, create=True) as store:
        store.add(incoming(body("1", day=2, successes=5, failures=1)))
        store.add(incoming(body("2", day=2, successes=6), submitter="other.example"))
        store.add(incoming(body("3", day=2, successes=7), Trust.UNAUTHENTICATED))
        store.add(incoming(body("4", day=3, domains=("example.net",), kinds=("sts", "tlsa"))))
        on, next_day = date(2026, 3, 2), date(2026, 3, 3)
        both = ("other.example", "reporter.example")
        assert list(store.fleet(*MARCH)) == [
            DayRow("example.com", on, "sts", Trust.UNAUTHENTICATED, 1, 7, 0, ("reporter.example",)),
            DayRow("example.com", on, "sts", Trust.AUTHENTICATED, 2, 11, 1, both),
            DayRow("example.net", next_day, "sts", Trust.AUTHENTICATED, 1, 10, 0, ("reporter.example",)),
            DayRow("example.net", next_day, "tlsa", Trust.AUTHENTICATED, 1, 10, 0, ("reporter.example",)),
        ]
        expired = "certificate-expired"
        assert list(store.fleet_failures(*MARCH)) == [
            FailureRow("example.com", on, "sts", Trust.AUTHENTICATED, expired, "mx1.example.com", 1, 1)
        ]
        assert list(store.fleet(next_day, next_day)) == list(store.fleet(*MARCH))[2:]


def test_quarantine_keeps_once_with_the_reason(location: str) -> None:
    """Nothing is lost, nothing is counted."""
    with open_store(location, create=True) as store:
        for _ in range(2):
            store.quarantine(b"{broken", "in/a.json", 'is not JSON: "ü"')
        store.quarantine(b"", "in/b.json", "is empty")
        found = [(one.source, one.reason, one.size) for one in store.quarantined()]
        assert sorted(found) == [("in/a.json", 'is not JSON: "ü"', 7), ("in/b.json", "is empty", 0)]
        assert sorted(store.quarantined_bytes(one.key) for one in store.quarantined()) == [b"", b"{broken"]
        assert store.quarantined_bytes("0" * 32) == b""
        assert store.domains() == []


def test_a_deleted_domain_is_gone_and_the_others_stay(location: str) -> None:
    """Also out of reports of several domains, out of the fleet, and after a reindex."""
    with open_store(location, create=True) as store:
        store.add(incoming(body("1")))
        store.add(incoming(body("2", domains=("example.com", "example.net"), failures=1)))
        store.add(incoming(body("3", domains=("example.net",))))
        before = _window(store, "example.net")
        assert store.delete("example.com") == 2
        for _ in range(2):
            assert store.domains() == ["example.net"]
            assert _window(store) == []
            assert _window(store, "example.net") == before
            assert {row.domain for row in store.fleet(*EVER)} == {"example.net"}
            assert {row.domain for row in store.fleet_failures(*EVER)} == {"example.net"}
            store.reindex()
        assert store.delete("example.com") == 0


def test_old_days_expire(location: str) -> None:
    """Days before the date go, the date itself stays; quarantine of before it goes too."""
    with open_store(location, create=True) as store:
        for day in (1, 2, 3):
            store.add(incoming(body(str(day), day=day)))
        store.quarantine(b"x", "old", "old")
        assert store.expire(date(2026, 3, 2)) == 1
        assert [one.report.day.day for one in store.window("example.com", *EVER)] == [2, 3]
        assert len(list(store.quarantined())) == 1
        store.expire(date(2100, 1, 1))
        assert list(store.quarantined()) == []
        assert store.domains() == []
        assert store.add(incoming(body("1"))) is Added.STORED


def test_marks_are_kept(location: str) -> None:
    """Sources find what they noted."""
    with open_store(location, create=True) as store:
        assert store.mark("imap:a@b/c") == ""
        store.set_mark("imap:a@b/c", '{"last": 7}')
        store.set_mark("imap:a@b/c", '{"last": 8}')
    with open_store(location) as store:
        assert store.mark("imap:a@b/c") == '{"last": 8}'


def test_hostile_names_stay_inside(location: str) -> None:
    """A policy domain or submitter that tries to climb out of its folder is text like any other."""
    evil = "../../x/day=2026-03-01/\u202e%2F"
    with open_store(location, create=True) as store:
        store.add(incoming(body(domains=(evil,), report_id="../1"), submitter="../\x00\n" + "é" * 900))
        (domain,) = store.domains()
        (found,) = store.window(domain, *EVER)
        assert found.policies_of(domain)
        assert store.delete(domain) == 1
        assert store.domains() == []


_variant = st.builds(
    lambda report_id, domains, kinds, organization, contact, numbers, padding, trust, submitter: incoming(
        body(report_id, domains, 1, organization, contact, *numbers, kinds, padding), trust, submitter or organization
    ),
    st.sampled_from(["1", "2"]),
    st.sampled_from([("example.com",), ("example.net",), ("example.com", "example.net")]),
    st.sampled_from([("sts",), ("tlsa",), ("sts", "tlsa")]),
    st.sampled_from(["Reporter", "reporter", "Other"]),
    st.sampled_from(["tls@reporter.example", None]),
    st.sampled_from([(1, 0), (2, 0), (1, 3)]),
    st.sampled_from(["", " "]),
    st.sampled_from(list(Trust)),
    st.sampled_from(["reporter.example", "other.example", ""]),
)


# One number an example: an import draws so often that Hypothesis would think its inputs too large.
_chances = st.integers(0, 2**32).map(random.Random)


def _answers(store: Store) -> list[Any]:
    windows = [
        [
            (one.key, one.trust, one.submitter, one.report, one.policies_of(domain))
            for one in store.window(domain, *EVER)
        ]
        for domain in store.domains()
    ]
    summaries = [summary_object(_summary(store, domain), "reporter") for domain in store.domains()]
    return [store.domains(), windows, summaries, list(store.fleet(*EVER)), list(store.fleet_failures(*EVER))]


def _summary(store: Store, domain: str) -> Summary:
    return summarise(domain, Window(*MARCH, date(2026, 4, 10)), store.window(domain, *MARCH))


def _fill(location: str, reports: list[Incoming], chance: random.Random) -> None:
    """Add in several runs and random batches, repeating some, some cut off in the middle; reindex now and then."""
    left = [*reports, *chance.sample(reports, len(reports) // 2)]
    chance.shuffle(left)
    while left:
        with open_store(location, create=True) as store:
            while left and chance.random() < 0.8:
                size = chance.randint(1, 4)
                with contextlib.suppress(_CutOffError), store.batch():
                    for one in left[:size]:
                        store.add(one)
                        if chance.random() < 0.1:
                            raise _CutOffError
                    left = left[size:]
                if chance.random() < 0.1:
                    store.reindex()


class _CutOffError(Exception):
    """An import that ends in the middle of a batch; what was in it is brought again."""


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(_variant, min_size=1, max_size=8), _chances)
def test_order_repetition_and_batches_change_nothing(
    fresh: Callable[[str], str], reports: list[Incoming], chance: random.Random
) -> None:
    """The same set of copies gives the same answers, whatever came first, twice, or before a reindex."""
    second = fresh("folder")
    _fill(second, reports, chance)
    with open_store(fresh("folder"), create=True) as one, open_store(second) as other:
        for report in reports:
            one.add(report)
        assert _answers(one) == _answers(other)
        one.reindex()
        assert _answers(one) == _answers(other)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(_variant, min_size=1, max_size=6), _chances)
def test_both_stores_give_the_same_answers(
    fresh: Callable[[str], str], reports: list[Incoming], chance: random.Random
) -> None:
    """The S3 store is the folder store over again."""
    second = fresh("s3")
    _fill(second, reports, chance)
    with open_store(fresh("folder"), create=True) as folder, open_store(second) as bucket:
        for report in reports:
            folder.add(report)
        assert _answers(folder) == _answers(bucket)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(_variant, min_size=1, max_size=8))
def test_the_fleet_and_the_domain_tell_the_same(fresh: Callable[[str], str], reports: list[Incoming]) -> None:
    """Day rows and the reports themselves: equal sums, reporters and days, split and repeated reports included."""
    with open_store(fresh("folder"), create=True) as store:
        for report in reports:
            store.add(report)
        lines = fleet_lines(store.fleet(*MARCH), store.fleet_failures(*MARCH))
        summaries = [_summary(store, line.domain) for line in lines]
    assert [(line.domain, line.counts, line.untrusted, line.reporters, line.days) for line in lines] == [
        (found.domain, found.counts, found.untrusted.counts, len(found.reporters), len(found.covered))
        for found in summaries
    ]


def test_the_raw_report_is_kept_to_the_byte(tmp_path: Path) -> None:
    """Gzip that came as gzip is not packed anew; the JSON inside is what was sent, blanks and all."""
    raw = body(padding="\n\n  ")
    packed = gzip.compress(raw, 1, mtime=7)
    report = incoming(raw)
    with open_store(str(tmp_path), create=True) as store:
        store.add(Incoming(report.report, raw, report.trust, report.submitter, NOW, "x", (), "", packed))
        store.add(incoming(body("2", padding=" ")))
    with sqlite3.connect(tmp_path / "reports.sqlite3") as database:
        rows = [row[0] for row in database.execute("SELECT packed FROM raw ORDER BY id")]
    assert rows[0] == packed
    assert gzip.decompress(rows[1]) == body("2", padding=" ")


def test_a_failed_batch_leaves_nothing(tmp_path: Path) -> None:
    """All or none of a batch is there, and names that were only in the failed one do no harm later."""
    with open_store(str(tmp_path), create=True) as store:
        with contextlib.suppress(ZeroDivisionError), store.batch():
            store.add(incoming(body()))
            1 / 0  # noqa: B018 - what goes wrong in between
        assert store.domains() == []
        assert store.add(incoming(body())) is Added.STORED
        assert len(_window(store)) == 1


def test_deleted_reports_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    """Neither the report nor its domain's name can be found in the file's bytes."""
    with open_store(str(tmp_path), create=True) as store:
        for number in range(300):
            store.add(incoming(body(str(number), domains=("gone.example.net",))))
        store.add(incoming(body("stays")))
        store.delete("gone.example.net")
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"gone.example.net" not in held
    assert (tmp_path / "reports.sqlite3").stat().st_size < 200_000


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_store_is_said_so(tmp_path: Path, content: bytes) -> None:
    """One clear line; nothing is overwritten unless the file is empty."""
    path = tmp_path / "reports.sqlite3"
    path.write_bytes(content)
    if content:
        with pytest.raises(CannotLook, match="cannot open the store"):
            open_store(str(tmp_path))
        assert path.read_bytes() == content
    else:
        open_store(str(tmp_path)).close()


def test_a_new_store_is_opened_by_all_who_come_at_once(tmp_path: Path) -> None:
    """Who looks while another is making it finds nothing or all of it, never a foreign database."""
    for number in range(30):
        together = threading.Barrier(8)

        def come(_: int, location: str = str(tmp_path / str(number)), together: threading.Barrier = together) -> None:
            together.wait(PATIENCE)
            open_store(location, create=True).close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(come, range(8)))


def test_another_database_and_a_newer_store_are_refused(tmp_path: Path) -> None:
    """Neither is touched."""
    with sqlite3.connect(tmp_path / "reports.sqlite3") as database:
        database.execute("CREATE TABLE other (x)")
    with pytest.raises(CannotLook, match="is not a store of reports"):
        open_store(str(tmp_path))
    newer = tmp_path / "newer"
    open_store(str(newer), create=True).close()
    with sqlite3.connect(newer / "reports.sqlite3") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(CannotLook, match="newer than 2"):
        open_store(str(newer))


def test_no_store_is_said_so(tmp_path: Path, s3: str) -> None:
    """With the way out."""
    with pytest.raises(CannotLook, match="no reports are kept here") as error:
        open_store(str(tmp_path / "none"))
    assert "mtasts reports import" in error.value.hint
    with pytest.raises(CannotLook, match="S3 refuses"):
        open_store("s3://no-such-bucket-here/x")


def test_an_interrupted_s3_import_neither_doubles_nor_hides(s3: str, fresh: Callable[[str], str]) -> None:
    """Killed after the object and before the note, or between moving two copies: one is read; a re-run heals."""
    import boto3

    location = fresh("s3")
    bucket = location.removeprefix("s3://").split("/")[0]
    client = boto3.client("s3")
    unproven, proven = incoming(body(padding=" "), Trust.UNAUTHENTICATED), incoming(body())
    with open_store(location) as store:
        store.add(unproven)
        (data,) = [o["Key"] for o in client.list_objects_v2(Bucket=bucket, Prefix="p/reports/")["Contents"]]
        store.add(proven)
        # The unproven copy is back among those that count, as if its demotion had not happened.
        copy = data.replace("p/reports/", "p/copies/")
        client.copy_object(Bucket=bucket, Key=data, CopySource={"Bucket": bucket, "Key": copy})
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]
        # The notes are gone, as if the import had ended before it wrote them.
        for entry in client.list_objects_v2(Bucket=bucket, Prefix="p/notes/")["Contents"]:
            client.delete_object(Bucket=bucket, Key=entry["Key"])
        assert store.add(proven) is Added.STORED
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]
        store.reindex()
        assert _window(store) == [("1", Trust.AUTHENTICATED, "reporter.example", 10)]
        assert store.add(unproven) is Added.DUPLICATE


def test_s3_objects_can_be_read_by_query_engines(s3: str, fresh: Callable[[str], str]) -> None:
    """Hive partitions of gzipped JSON: the path says domain and day, the object is the report's JSON."""
    import boto3

    location = fresh("s3")
    bucket = location.removeprefix("s3://").split("/")[0]
    with open_store(location) as store:
        store.add(incoming(body(day=9)))
    client = boto3.client("s3")
    (entry,) = client.list_objects_v2(Bucket=bucket, Prefix="p/reports/")["Contents"]
    assert entry["Key"].startswith("p/reports/domain=example.com/day=2026-03-09/")
    assert entry["Key"].endswith(".json.gz")
    assert gzip.decompress(client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()) == body(day=9)


def test_foreign_objects_in_the_bucket_are_left_alone(s3: str, fresh: Callable[[str], str]) -> None:
    """What something else put among the reports is neither counted nor in the way."""
    import boto3

    location = fresh("s3")
    bucket = location.removeprefix("s3://").split("/")[0]
    client = boto3.client("s3")
    with open_store(location) as store:
        store.add(incoming(body(day=9)))
        under = "p/reports/domain=example.com/day=2026-03-09/"
        client.put_object(Bucket=bucket, Key=f"{under}0-x.json.gz", Body=b"no gzip")
        client.put_object(
            Bucket=bucket, Key=f"{under}1-y.json.gz", Body=gzip.compress(body("2")), Metadata={"trust": "?"}
        )
        assert [one[0] for one in _window(store)] == ["1"]
        store.reindex()
        assert [one[0] for one in _window(store)] == ["1"]


def test_received_times_are_utc(location: str) -> None:
    """Whatever the machine's zone."""
    with open_store(location, create=True) as store:
        store.add(incoming(body()))
        (found,) = store.window("example.com", *MARCH)
        assert found.received == datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
