"""Reading TLS reports: ours beside parsedmarc 11.1.0 and beside the bare minimum, and memory at any size.

Run by `python bench/reports.py [--reports N] [--rounds N] [--memory]`. Each reader is a process of its own with the
same corpus; they take turns, and each figure is the best round's processor time, which other work disturbs
least. To reach: json.gz >= 1.5 x parsedmarc and >= 50 % of bare gunzip and JSON; mails >= 5 x parsedmarc (no DKIM in
either); the memory of an import the same for 1,000 and for 1,000,000 reports.

parsedmarc has two ways to a json.gz: the pair extract_report + parse_smtp_tls_report_json (the quickest it has), and
parse_report_file, which is what its command line calls for a file, and tries other kinds of report first.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

Read = Callable[[bytes], object]
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def bare() -> Read:
    """Gunzip and decode JSON into plain objects, nothing validated: the least anybody can do."""
    import zlib

    import msgspec

    decode = msgspec.json.decode
    return lambda data: decode(zlib.decompress(data, wbits=31))


def ours_file() -> Read:
    """What an import does with a file's bytes: unpack within bounds, read and validate."""
    from mtasts.protocol.report import read_report
    from mtasts.protocol.report_unpack import unpack

    def read(data: bytes) -> object:
        (document,) = unpack(data)
        reading = read_report(document)
        assert reading.value is not None
        return reading

    return read


def ours_mail() -> Read:
    """What an import does with a mail, without DKIM: cut up, unpack, read, judge, name the submitter."""
    from datetime import UTC, datetime

    from mtasts.live.intake import Intake
    from mtasts.live.sources.contract import Item

    intake, now = Intake(), datetime.now(UTC)

    def read(data: bytes) -> object:
        prepared = intake.prepare(Item("mail", data), now)
        assert len(prepared.incomings) == 1
        return prepared

    return read


def parsedmarc_pair() -> Read:
    """parsedmarc's two functions for the packed JSON of a TLS report."""
    from parsedmarc import extract_report, parse_smtp_tls_report_json  # type: ignore[import-untyped]

    return lambda data: parse_smtp_tls_report_json(extract_report(data))


def parsedmarc_file() -> Read:
    """parsedmarc's function for a report file."""
    from parsedmarc import parse_report_file

    return lambda data: parse_report_file(data, offline=True)


def parsedmarc_mail() -> Read:
    """parsedmarc's function for a report mail."""
    from parsedmarc import parse_report_email

    return lambda data: parse_report_email(data, offline=True)


READERS: dict[str, tuple[str, Callable[[], Read]]] = {
    "bare gunzip + JSON": ("file", bare),
    "mtasts json.gz": ("file", ours_file),
    "parsedmarc json.gz (pair)": ("file", parsedmarc_pair),
    "parsedmarc json.gz (file)": ("file", parsedmarc_file),
    "mtasts mail": ("mail", ours_mail),
    "parsedmarc mail": ("mail", parsedmarc_mail),
}


def work(name: str, count: int) -> None:
    """A worker: reads the corpus once for every line it is sent, and answers with the seconds of one report."""
    from bench.reports_corpus import mail, packed

    kind, make = READERS[name]
    build = mail if kind == "mail" else packed
    # parsedmarc's mails and files are slow: a part of the corpus is enough for its best round.
    corpus = [build(i // 10, i % 7, i % 10) for i in range(count)]
    read = make()
    for one in corpus[:20]:
        read(one)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.process_time()
        for one in corpus:
            read(one)
        print((time.process_time() - began) / len(corpus), flush=True)


def compare(count: int, rounds: int) -> dict[str, float]:
    """Seconds a report for each reader."""
    workers = {}
    for name in READERS:
        size = count // 10 if name in ("parsedmarc mail", "parsedmarc json.gz (file)") else count
        command = [sys.executable, __file__, "--worker", name, "--reports", str(size)]
        workers[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    best = dict.fromkeys(READERS, float("inf"))
    for worker in workers.values():
        assert worker.stdout
        worker.stdout.readline()
    for _ in range(rounds):
        for name, worker in workers.items():
            assert worker.stdin
            assert worker.stdout
            worker.stdin.write("go\n")
            worker.stdin.flush()
            best[name] = min(best[name], float(worker.stdout.readline()))
    for worker in workers.values():
        assert worker.stdin
        worker.stdin.close()
        worker.wait()
    return best


def report_ratios(best: dict[str, float]) -> None:
    """Print the figures and what they are held against."""
    for name, seconds in best.items():
        print(f"  {name:<28} {seconds * 1e6:8.1f} us   {1 / seconds:10,.0f} a second")
    ours = best["mtasts json.gz"]
    print(f"  share of bare                {best['bare gunzip + JSON'] / ours:8.0%}   (to reach: 50 %)")
    print(f"  x parsedmarc's pair          {best['parsedmarc json.gz (pair)'] / ours:8.2f}   (to reach: 1.5)")
    print(f"  x parsedmarc's file reader   {best['parsedmarc json.gz (file)'] / ours:8.2f}   (to reach: 1.5)")
    print(f"  x parsedmarc's mail reader   {best['parsedmarc mail'] / best['mtasts mail']:8.2f}   (to reach: 5)")


def import_many(count: int) -> None:
    """Import so many generated mails into a new store; print the peak of resident memory and the rate."""
    from datetime import UTC, datetime

    from bench.reports_corpus import mail
    from mtasts.app.reports.batches import Importing
    from mtasts.live.intake import Intake
    from mtasts.live.sources.contract import Item
    from mtasts.live.store import open_store

    class Made:
        unit = "mails"

        def total(self) -> int:
            return count

        def items(self) -> Iterator[Item]:
            for i in range(count):
                yield Item(f"made#{i}", mail(i % 10_000, i // 100_000, i // 10_000 % 10), weight=1)

        def took(self, item: Item, *, again: bool) -> None:
            pass

        def progress(self) -> None:
            return None

        def close(self) -> None:
            pass

    class Silent:
        def begin(self, total: int, unit: str) -> None:
            pass

        def advance(self, weight: int, read: int) -> None:
            pass

        def say(self, text: str) -> None:
            pass

    with tempfile.TemporaryDirectory() as folder, open_store(folder, create=True) as store:
        importing = Importing(store, Intake(), lambda: datetime.now(UTC))
        began = time.process_time()
        importing.run([Made()], Silent())
        seconds = time.process_time() - began
        assert importing.tally.stored == count, importing.tally
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {count:>9,} mails: peak {peak:6.0f} MiB, {count / seconds:8,.0f} a second (their making included)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help="also import 1,000 to 1,000,000 mails")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--import", dest="size", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(args.worker, args.reports)
    elif args.size:
        import_many(args.size)
    else:
        print(f"reading {args.reports} reports, best of {args.rounds} rounds")
        report_ratios(compare(args.reports, args.rounds))
        for size in SIZES if args.memory else ():
            subprocess.run([sys.executable, __file__, "--import", str(size)], check=True)


if __name__ == "__main__":
    main()
