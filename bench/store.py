"""The store of reports at full size: 10,000 domains x 30 days x 10 reporters, and what else it might have been.

Run by `python bench/store.py [--domains N] [--days N] [--reporters N] [--alternatives] [--keep FOLDER]`; 3 million
reports take some minutes and 1.5 GB of disk. Reports are brought day by day, as they come in life. To reach: a domain's
30-day window in under 100 ms, the fleet's in under 10 s, the last day imported about as fast as the first.

--alternatives fills, with a tenth of the domains, one file a report, and SQLite with its keys the other way round.
"""

import argparse
import gzip
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mtasts.live.store import Incoming, open_store  # noqa: E402
from mtasts.protocol.report import read_report  # noqa: E402
from mtasts.reports.stored import Trust  # noqa: E402

FIRST = date(2026, 1, 1)
BATCH = 500
TEMPLATE = """{"organization-name":"Reporter %(reporter)d","date-range":{"start-datetime":"%(day)sT00:00:00Z",\
"end-datetime":"%(day)sT23:59:59Z"},"contact-info":"tls@reporter%(reporter)d.example","report-id":"%(day)s.%(domain)d",\
"policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing",\
"mx: mx1.d%(domain)d.example.com","max_age: 86400"],"policy-domain":"d%(domain)d.example.com",\
"mx-host":["mx1.d%(domain)d.example.com"]},"summary":{"total-successful-session-count":%(good)d,\
"total-failure-session-count":%(bad)d}%(details)s}]}"""
DETAIL = (
    ',"failure-details":[{"result-type":"certificate-expired","receiving-mx-hostname":"mx1.d%d.example.com",'
    '"failed-session-count":%d}]'
)


def made(domain: int, day: int, reporter: int) -> bytes:
    """One report; one in ten knows a failure."""
    number = (domain * 31 + day) * 11 + reporter
    bad = number % 7 + 1 if number % 10 == 0 else 0
    details = DETAIL % (domain, bad) if bad else ""
    on = FIRST + timedelta(days=day)
    facts = {"reporter": reporter, "day": on, "domain": domain, "good": number % 5000, "bad": bad, "details": details}
    return (TEMPLATE % facts).encode()


def incoming(domain: int, day: int, reporter: int, now: datetime) -> Incoming:
    """The same, read, on its way into the store."""
    raw = made(domain, day, reporter)
    report = read_report(raw).value
    assert report is not None
    packed = gzip.compress(raw, 6, mtime=0)
    submitter = f"reporter{reporter}.example"
    return Incoming(report, raw, Trust.AUTHENTICATED, submitter, now, f"mail#{domain}", (), "", packed)


def fill(location: str, domains: int, days: int, reporters: int) -> None:
    """Bring all reports; only the store's own part of the time is counted."""
    now = datetime.now(UTC)
    order = list(range(domains))
    with open_store(location, create=True) as store:
        for day in range(days):
            spent, waited = 0.0, 0.0
            for reporter in range(reporters):
                random.Random(day * 100 + reporter).shuffle(order)
                for start in range(0, domains, BATCH):
                    batch = [incoming(domain, day, reporter, now) for domain in order[start : start + BATCH]]
                    began, wall = time.process_time(), time.perf_counter()
                    with store.batch():
                        for one in batch:
                            store.add(one)
                    spent += time.process_time() - began
                    waited += time.perf_counter() - wall
            if day in (0, days // 4, days // 2, days - 1):
                count = domains * reporters
                rates = f"{count / spent:,.0f} a second of processor time, {count / waited:,.0f} by the clock"
                print(f"  day {day + 1:>3}: {rates}", flush=True)


def ask(location: str, domains: int, days: int) -> None:
    """Windows and the fleet, with a cold and with a warm page cache."""
    last = FIRST + timedelta(days=days - 1)
    chosen = random.Random(1).sample(range(domains), min(domains, 50))
    for state in ("cold", "warm"):
        times = []
        for domain in chosen:
            if state == "cold":
                forget_pages()
            with open_store(location) as store:
                began = time.perf_counter()
                count = sum(1 for _ in store.window(f"d{domain}.example.com", FIRST, last))
                times.append(time.perf_counter() - began)
        times.sort()
        median, worst = times[len(times) // 2], times[-1]
        print(f"  window, {state}: {count} reports, median {median * 1e3:.1f} ms, worst {worst * 1e3:.1f} ms (100 ms)")
    for state in ("cold", "warm"):
        if state == "cold":
            forget_pages()
        with open_store(location) as store:
            began = time.perf_counter()
            rows = sum(1 for _ in store.fleet(FIRST, last))
            middle = time.perf_counter()
            failures = sum(1 for _ in store.fleet_failures(FIRST, last))
            ended = time.perf_counter()
        took, more = middle - began, ended - middle
        print(f"  fleet, {state}: {rows:,} rows in {took:.1f} s; {failures:,} failure rows in {more:.1f} s (10 s)")


def forget_pages() -> None:
    """Empty the page cache, where the user may (root on Linux)."""
    path = Path("/proc/sys/vm/drop_caches")
    if os.access(path, os.W_OK):
        subprocess.run(["sync"], check=True)
        path.write_text("1")


def alternatives(domains: int, days: int, reporters: int) -> None:
    """What was not taken: one file a report; SQLite with the domain first in its key."""
    last = min(days, 30)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        for day in range(last):
            for domain in range(domains):
                place = Path(folder, f"domain=d{domain}.example.com", f"day={FIRST + timedelta(days=day)}")
                place.mkdir(parents=True, exist_ok=True)
                for reporter in range(reporters):
                    (place / f"{reporter}.json.gz").write_bytes(gzip.compress(made(domain, day, reporter), 6))
        subprocess.run(["sync"], check=True)
        count = domains * last * reporters
        rate = count / (time.perf_counter() - began)
        size = int(subprocess.run(["du", "-sk", folder], check=True, capture_output=True).stdout.split()[0])
        forget_pages()
        began = time.perf_counter()
        window = [read_report(gzip.decompress(path.read_bytes())) for path in Path(folder).glob("domain=d7.*/*/*")]
        took = time.perf_counter() - began
        print(f"  one file a report: {rate:,.0f} a second, {size * 1024 / count:.0f} bytes each,", end=" ")
        print(f"window of {len(window)} cold {took * 1e3:.0f} ms; the fleet means reading all of them")
    for key in ("day, domain", "domain, day"):
        with tempfile.TemporaryDirectory() as folder:
            database = sqlite3.connect(Path(folder, "x"), isolation_level=None)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"CREATE TABLE filed (day, domain, raw, x, y, PRIMARY KEY ({key}, raw)) WITHOUT ROWID")
            rates = []
            for day in range(last * 10):
                rows = [(day, domain, day * 10**6 + domain, 5, 0) for domain in range(domains * 3)]
                random.Random(day).shuffle(rows)
                began = time.perf_counter()
                for start in range(0, len(rows), BATCH):
                    database.execute("BEGIN")
                    database.executemany("INSERT INTO filed VALUES (?, ?, ?, ?, ?)", rows[start : start + BATCH])
                    database.execute("COMMIT")
                rates.append(len(rows) / (time.perf_counter() - began))
            print(f"  index by ({key}): {rates[0]:,.0f} rows a second on the first day, {rates[-1]:,.0f} on the last")


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--reporters", type=int, default=10)
    parser.add_argument("--alternatives", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER", help="use, or leave, the store in this folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        location = args.keep or temporary
        print(f"{args.domains * args.days * args.reporters:,} reports")
        if not Path(location, "reports.sqlite3").exists():
            fill(location, args.domains, args.days, args.reporters)
        print(f"  {sum(path.stat().st_size for path in Path(location).iterdir()) / 1e6:,.0f} MB on disk")
        ask(location, args.domains, args.days)
    if args.alternatives:
        alternatives(max(args.domains // 10, 10), args.days, args.reporters)


if __name__ == "__main__":
    main()
