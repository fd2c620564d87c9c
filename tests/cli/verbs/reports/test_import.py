"""`mtasts reports import` and the verbs that keep the store, run as a user does."""

import base64
import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.reports_corpus import mail, report
from mtasts.live.store import open_store
from mtasts.render.reports.summary import summary_object
from mtasts.reports.summary import summarise
from mtasts.reports.window import Window
from tests.fakes.s3_server import new_bucket, s3_server
from tests.live.store.reports import body
from tests.patience import PATIENCE

COMMAND = [sys.executable, "-m", "mtasts", "reports"]
EVER = (date.min, date.max)
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 server; the environment names it."""
    with s3_server() as url:
        yield url


def _run(*words: str, stdin: bytes = b"", **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*COMMAND, *words],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, **environment},
    )


def _import(*words: str, code: int = 0, stdin: bytes = b"") -> dict[str, Any]:
    done = _run("import", *words, "--json", stdin=stdin)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout.count(b"\n") == 1
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Five reports in four forms, one of them twice, and two files that are none."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "a.json").write_bytes(report(1, 1, 0))
    (folder / "b.json.gz").write_bytes(gzip.compress(report(1, 1, 2)))
    (folder / "c.eml").write_bytes(mail(1, 1, 3))
    (folder / "d.eml").write_bytes(mail(1, 1, 3))
    (folder / "e.mbox").write_bytes(
        b"".join(b"From x@example.com Thu Jan  1 00:00:00 2026\n" + mail(2, day, 4) + b"\n" for day in (1, 2))
    )
    (folder / "broken.json").write_bytes(b'{"organization-name": ')
    (folder / "readme.txt").write_bytes(b"hello\n")
    return folder


def test_the_last_line_is_the_outcome(inbox: Path, tmp_path: Path) -> None:
    """Exactly the five keys, on standard output and nothing else there; exit code 1 as something was refused."""
    store = str(tmp_path / "store")
    outcome = _import(str(inbox), "--store", store, "--no-dkim", code=1)
    assert list(outcome) == ["read", "stored", "duplicates", "dmarc", "refused", "warnings"]
    assert (outcome["read"], outcome["stored"], outcome["duplicates"]) == (8, 5, 1)
    assert outcome["refused"] == [
        {
            "source": f"{inbox}/broken.json",
            "reason": "is not JSON: Expecting value: line 1 column 23 (char 22)",
        },
        {"source": f"{inbox}/readme.txt", "reason": "is neither JSON nor gzip nor zip"},
    ]
    assert outcome["warnings"] == []
    again = _import(str(inbox), "--store", store, "--no-dkim", code=1)
    assert (again["read"], again["stored"], again["duplicates"], len(again["refused"])) == (8, 0, 6, 2)
    with open_store(store) as opened:
        assert [one.source for one in opened.quarantined()] == [f"{inbox}/broken.json", f"{inbox}/readme.txt"]
        assert opened.domains() == ["d1.example.com", "d2.example.com"]


def test_several_sources_and_standard_input(inbox: Path, tmp_path: Path) -> None:
    """Exit code 0 where nothing was refused."""
    store = str(tmp_path / "store")
    words = ["--store", store, "--no-dkim"]
    assert _import(str(inbox / "a.json"), str(inbox / "c.eml"), *words)["stored"] == 2
    assert _import("-", *words, stdin=(inbox / "e.mbox").read_bytes())["stored"] == 2
    assert _import("-", *words, stdin=report(1, 1, 0))["duplicates"] == 1


def test_warnings_are_counted_by_kind(tmp_path: Path) -> None:
    """With one example; a mail whose key could not be had says what to do."""
    (tmp_path / "a.eml").write_bytes(mail(1, 1, 0))
    (tmp_path / "b.eml").write_bytes(mail(2, 1, 0))
    words = [str(tmp_path), "--store", str(tmp_path / "store"), "--resolver", "127.0.0.1:1"]
    (warning,) = _import(*words)["warnings"]
    assert (warning["code"], warning["count"], warning["source"]) == ("dkim-temporary", 2, f"{tmp_path}/a.eml")
    assert "import the mail again later" in warning["message"]


DMARC = b"""<?xml version="1.0"?>
<!-- made by hand --><feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><report_metadata/></feedback>"""


def _dmarc_mail(name: str, data: bytes, media_type: str) -> bytes:
    packed = base64.encodebytes(data).decode()
    return (
        "From: dmarc@one.example\nSubject: Report domain: example.com Submitter: one.example Report-ID: 7\n"
        f'Content-Type: {media_type}; name="{name}"\nContent-Transfer-Encoding: base64\n\n{packed}\n'
    ).encode()


def test_dmarc_reports_are_named_and_left_alone(tmp_path: Path) -> None:
    """A mailbox for both kinds: counted apart, neither refused nor kept, and no reason for an exit code."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("one.example!example.com!1!2.xml", DMARC)
    (tmp_path / "1.eml").write_bytes(_dmarc_mail("r.xml.gz", gzip.compress(DMARC), "application/gzip"))
    (tmp_path / "2.eml").write_bytes(_dmarc_mail("r.zip", zipped.getvalue(), "application/zip"))
    (tmp_path / "3.eml").write_bytes(_dmarc_mail("r.xml", DMARC, "text/xml"))
    (tmp_path / "4.zip").write_bytes(zipped.getvalue())
    (tmp_path / "5.json").write_bytes(report(1, 1, 0))
    words = [str(tmp_path), "--store", str(tmp_path / "store"), "--no-dkim"]
    outcome = _import(*words)
    assert (outcome["read"], outcome["stored"], outcome["dmarc"], outcome["refused"]) == (5, 1, 4, [])
    lines = _run("import", *words).stdout.decode().splitlines()
    assert "  4 DMARC reports, not TLS-RPT: left alone" in lines
    assert _run("quarantine", "--store", str(tmp_path / "store")).stdout == b"nothing in quarantine\n"
    explained = _run("explain", str(tmp_path / "1.eml"))
    assert (explained.returncode, explained.stdout.decode()) == (
        1,
        "1.eml: is a DMARC report, not a TLS report; this tool does not read them\n",
    )


def test_people_read_plain_lines(inbox: Path, tmp_path: Path) -> None:
    """Counts, refusals, and where the store is; hostile text cannot steer the terminal."""
    (inbox / "\x1b[2Jevil.json").write_bytes(b"no")
    done = _run("import", str(inbox), "--store", str(tmp_path / "s"), "--no-dkim")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == f"9 read, 5 stored, 1 duplicates, 3 refused; store: {tmp_path / 's'}"
    assert f"  refused: {inbox}/readme.txt: is neither JSON nor gzip nor zip" in lines
    assert b"\x1b" not in done.stdout


def test_the_store_is_beside_the_project_or_where_the_environment_says(inbox: Path, tmp_path: Path) -> None:
    """.mtasts/reports of the working folder; $MTASTS_REPORTS; --store before both."""
    root = Path(__file__).parents[4]
    words = [*COMMAND, "import", str(inbox / "a.json")]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("MTASTS_REPORTS", None)
    subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert (tmp_path / ".mtasts" / "reports" / "reports.sqlite3").exists()
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(words, cwd=tmp_path, env={**environment, "MTASTS_REPORTS": str(elsewhere)}, check=True)
    assert (elsewhere / "reports.sqlite3").exists()


def test_what_could_not_be_looked_at_is_exit_code_2(tmp_path: Path) -> None:
    """One line, the way out, no traceback."""
    for words in (
        ["import", str(tmp_path / "none"), "--store", str(tmp_path / "s")],
        ["import", str(tmp_path), "--store", "/dev/null/x"],
        ["import", str(tmp_path), "--store", str(tmp_path / "s"), "--resolver", "nonsense:x"],
        ["import", "imaps://reports:secret@example.com/INBOX", "--store", str(tmp_path / "s")],
        ["reindex", "--store", str(tmp_path / "none")],
        ["quarantine", "--store", str(tmp_path / "none")],
        ["delete", "not a domain", "--store", str(tmp_path / "none")],
        ["expire", "--keep-days", "0", "--store", str(tmp_path / "none")],
    ):
        done = _run(*words)
        assert done.returncode == 2, words
        assert done.stderr.startswith(b"mtasts: "), done.stderr
        assert b"Traceback" not in done.stderr
        assert b"secret" not in done.stderr
    for seconds in ("0", "-1", "nan", "soon", "1e9"):
        done = _run("import", str(tmp_path), "--store", str(tmp_path / "s"), "--watch", seconds)
        assert (done.returncode, b"not a number of seconds" in done.stderr) == (2, True), seconds
    assert _run("import").returncode == 2
    assert _run("nonsense").returncode == 2


def test_help_of_a_verb_is_its_own() -> None:
    """`mtasts reports import --help` explains the import; `mtasts reports --help` lists the verbs."""
    assert b"--trust-authserv-id" in _run("import", "--help").stdout
    overview = _run("--help").stdout
    for verb in (
        b"import",
        b"summary",
        b"html",
        b"metrics",
        b"explain",
        b"serve",
        b"quarantine",
        b"reindex",
        b"delete",
        b"expire",
    ):
        assert verb in overview


def test_keeping_verbs(inbox: Path, tmp_path: Path) -> None:
    """reindex, delete and expire say what they did."""
    store = str(tmp_path / "store")
    _import(str(inbox), "--store", store, "--no-dkim", code=1)
    assert _run("reindex", "--store", store).stdout.decode() == f"5 reports indexed in {store}\n"
    deleted = _run("delete", "D1.Example.com.", "--store", store)
    assert (deleted.returncode, deleted.stdout) == (0, b"3 reports of d1.example.com removed\n")
    assert _run("delete", "d1.example.com", "--store", store).returncode == 1
    expired = _run("expire", "--before", "2026-01-03", "--store", store)
    assert expired.stdout == b"1 report about days before 2026-01-03 removed\n"
    assert _run("expire", "--keep-days", "1", "--store", store).stdout.startswith(b"1 report ")


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_quarantine_is_listed_and_taken_out_as_it_came(inbox: Path, tmp_path: Path, s3: str, kind: str) -> None:
    """Nothing is lost: key, time, size, source and reason; the files written are what was refused, to the byte."""
    store = str(tmp_path / "store") if kind == "folder" else f"s3://{new_bucket()}/q"
    _import(str(inbox), "--store", store, "--no-dkim", code=1)
    listed = _run("quarantine", "--store", store, "--out", str(tmp_path / "out"))
    assert listed.returncode == 0, listed.stderr
    lines = sorted(line.split("  ", 3)[3] for line in listed.stdout.decode().splitlines())
    assert lines == [
        f"{inbox}/broken.json: is not JSON: Expecting value: line 1 column 23 (char 22)",
        f"{inbox}/readme.txt: is neither JSON nor gzip nor zip",
    ]
    written = sorted(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert written == sorted((inbox / name).read_bytes() for name in ("broken.json", "readme.txt"))
    objects = json.loads(_run("quarantine", "--store", store, "--json").stdout)
    assert sorted((one["source"], one["bytes"]) for one in objects) == [
        (f"{inbox}/broken.json", 22),
        (f"{inbox}/readme.txt", 6),
    ]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {one["key"] for one in objects}
    _run("expire", "--before", "2100-01-01", "--store", store)
    assert _run("quarantine", "--store", store).stdout == b"nothing in quarantine\n"


def test_a_domain_by_an_impossible_name_can_be_deleted(tmp_path: Path) -> None:
    """Reports may be filed under what is no domain name; whoever sees it in the list can remove it."""
    store = str(tmp_path / "store")
    evil = report(1, 1, 0).replace(b"d1.example.com", b"../../etc x")
    _import("-", "--store", store, stdin=evil)
    assert _run("summary", "../../etc x", "--store", store).returncode == 0
    assert _run("delete", "../../etc x", "--store", store).stdout == b"1 report of ../../etc x removed\n"
    assert _run("delete", "../../etc x", "--store", store).returncode == 2


def test_into_s3_and_out_of_s3(inbox: Path, tmp_path: Path, s3: str) -> None:
    """The store in a bucket; a prefix as SES fills it as a source, noted how far, objects untouched."""
    import boto3

    client = boto3.client("s3")
    mails = new_bucket()
    for number in range(3):
        client.put_object(Bucket=mails, Key=f"in/{number}", Body=mail(number, 1, 1))
    store = f"s3://{new_bucket()}/reports"
    assert _import(f"s3://{mails}/in/", "--store", store, "--no-dkim")["stored"] == 3
    again = _import(f"s3://{mails}/in/", "--store", store, "--no-dkim")
    assert (again["stored"], again["duplicates"]) == (0, 3)  # within the margin of an hour
    outcome = _import(str(inbox), "--store", store, "--no-dkim", code=1)
    assert (outcome["stored"], outcome["duplicates"], len(outcome["refused"])) == (5, 1, 2)
    assert client.list_objects_v2(Bucket=mails)["KeyCount"] == 3
    assert _run("summary", "d1.example.com", "--store", store, "--json").returncode in (0, 1)
    done = _run("import", f"s3://{mails}-none/x", "--store", store)
    assert done.returncode == 2
    assert b"S3 refuses" in done.stderr


def _mbox(path: Path, count: int) -> None:
    with path.open("wb") as opened:
        for number in range(count):
            opened.write(b"From x@example.com Thu Jan  1 00:00:00 2026\n")
            opened.write(mail(number % 7, number // 7 % 20, number // 140) + b"\n")


def _answers(store: str) -> list[Any]:
    with open_store(store) as opened:
        return [
            [
                [(one.key, one.trust, one.submitter) for one in opened.window(domain, *EVER)]
                for domain in opened.domains()
            ],
            [
                summary_object(summarise(domain, Window(*JANUARY, JANUARY[1]), opened.window(domain, *JANUARY)), "day")
                for domain in opened.domains()
            ],
            list(opened.fleet(*EVER)),
        ]


def test_two_imports_at_once_keep_each_report_once(tmp_path: Path) -> None:
    """Into a new store, of the same source; together they stored each report exactly once."""
    _mbox(tmp_path / "m", 1400)
    store = str(tmp_path / "store")
    words = [*COMMAND, "import", str(tmp_path / "m"), "--store", store, "--no-dkim", "--json"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(3)]
    outcomes = [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum(outcome["stored"] for outcome in outcomes) == 1400
    assert [outcome["read"] for outcome in outcomes] == [1400] * 3
    alone = str(tmp_path / "alone")
    _import(str(tmp_path / "m"), "--store", alone, "--no-dkim")
    assert _answers(store) == _answers(alone)


def test_an_import_killed_at_any_moment_can_be_run_again(tmp_path: Path) -> None:
    """SIGKILL at many points: the store opens, nothing is half there, and a last run gives what one run gives."""
    _mbox(tmp_path / "m", 1400)
    store, alone = str(tmp_path / "store"), str(tmp_path / "alone")
    began = time.monotonic()
    _import(str(tmp_path / "m"), "--store", alone, "--no-dkim")
    whole = time.monotonic() - began
    expected = _answers(alone)
    chance = random.Random(7)
    words = [*COMMAND, "import", str(tmp_path / "m"), "--store", store, "--no-dkim"]
    for _ in range(8):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * chance.uniform(0.2, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        if Path(store, "reports.sqlite3").exists():
            with open_store(store, create=True) as opened:
                kept = sum(row.reports for row in opened.fleet(*EVER))
                windows = sum(1 for domain in opened.domains() for _ in opened.window(domain, *EVER))
            assert kept == windows
    _import(str(tmp_path / "m"), "--store", store, "--no-dkim")
    assert _answers(store) == expected


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_goes_on_until_it_is_interrupted(tmp_path: Path, sent: signal.Signals) -> None:
    """What comes later is read; Ctrl-C, and the way services are stopped, end with the outcome."""
    folder, store = tmp_path / "in", str(tmp_path / "store")
    folder.mkdir()
    (folder / "1.json").write_bytes(report(1, 1, 0))
    words = ["reports", "import", str(folder), "--store", store, "--json", "--watch", "0.1"]
    command = [sys.executable, "-m", "mtasts", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait(count: int) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if Path(store, "reports.sqlite3").exists():
                with open_store(store, create=True) as opened:
                    if sum(row.reports for row in opened.fleet(*EVER)) == count:
                        return
            time.sleep(0.05)
        raise TimeoutError(count)

    wait(1)
    # Moved there whole: while it is being written, the watch would meet half of it.
    (tmp_path / "2.json").write_bytes(report(1, 2, 0))
    (tmp_path / "2.json").rename(folder / "2.json")
    wait(2)
    process.send_signal(sent)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    outcome = json.loads(out)
    assert (outcome["read"], outcome["stored"], outcome["duplicates"]) == (2, 2, 0)


# The signal comes when a batch is on disk and nothing of it has been counted yet.
INTERRUPTED = """
import signal, sys
from mtasts.live.store import folder
from mtasts.cli.main import main

leave = folder._Batch.__exit__

def interrupted(*words):
    leave(*words)
    signal.raise_signal(signal.SIGTERM)

folder._Batch.__exit__ = interrupted
sys.exit(main())
"""


def test_the_outcome_of_a_watch_counts_all_that_is_stored(tmp_path: Path) -> None:
    """Whenever it is interrupted: a report is counted with the batch that it is stored in, or neither."""
    (tmp_path / "1.json").write_bytes(report(1, 1, 0))
    words = ["reports", "import", str(tmp_path / "1.json"), "--store", str(tmp_path / "s"), "--json", "--watch", "0.1"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *words], capture_output=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["stored"] == 1
    with open_store(str(tmp_path / "s")) as opened:
        assert sum(row.reports for row in opened.fleet(*EVER)) == 1


def test_the_reference_lists_every_option_and_warning() -> None:
    """A list that exists twice is owned by a test."""
    root = Path(__file__).parents[4]
    reference = (root / "docs" / "reference" / "reports-import.md").read_text()
    usage = _run("import", "--help").stdout.decode()
    options = {word.strip("[],|()") for word in usage.split() if word.strip("[],|()").startswith("--")}
    assert options - {"--help", "--store"} == {
        word.strip("`\\").split()[0].split("\\")[0].strip("`")
        for line in reference.splitlines()
        if line.startswith("| `--")
        for word in [line.split("|")[1].strip().strip("`")]
    } - {"--store"}
    index = json.loads((root / "tests" / "cases" / "reports" / "INDEX.json").read_text())
    seen = {code for case in index["cases"] for code in case.get("warnings", [])}
    sources = [(root / "mtasts" / "live" / "intake.py"), *(root / "mtasts" / "protocol").glob("report_*.py")]
    text = "".join(path.read_text() for path in sources)
    written = set(re.findall(r'(?:warn|warning)\(\s*"([a-z0-9-]+)"', text))
    assert seen <= written
    listed = {
        code
        for line in reference.splitlines()
        for code in re.findall(r"`([a-z0-9-]+)`", line.split("|")[1] if line.startswith("| `") else "")
    }
    assert written <= listed, written - listed


def test_what_a_reporter_spells_in_its_own_way_is_in_the_answers(tmp_path: Path) -> None:
    """Blanks around the domain, the end of the day as 24:00, the policy text unreadable: nothing vanishes."""
    document = json.loads(body(failures=2))
    document["policies"][0]["policy"]["policy-domain"] = " Example.com. "
    document["date-range"]["end-datetime"] = "2026-03-01T24:00:00Z"
    (tmp_path / "report.json").write_text(json.dumps(document))
    store = str(tmp_path / "store")
    found = _import(str(tmp_path / "report.json"), "--store", store)
    assert {one["code"] for one in found["warnings"]} == {"policy-domain-form", "date-form"}
    words = ["summary", "example.com", "--store", store, "--since", "2026-02-20", "--until", "2026-03-10", "--json"]
    told = json.loads(_run(*words).stdout)
    assert (told["sts"], told["days"]) == ({"successes": 10, "failures": 2}, ["2026-03-01"])
