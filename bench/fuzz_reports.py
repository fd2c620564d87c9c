"""A million damaged reports, mails and archives through every reader: no exception escapes, and none takes long.

Run by `python bench/fuzz_reports.py [N] [SEED]` (default 1,000,000). Inputs are the cases of tests/cases/reports, and
mails and archives made of them, with bytes changed, cut, repeated and spliced. Prints the slowest input of a reader.
"""

import gzip
import io
import random
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.reports_corpus import mail  # noqa: E402
from mtasts.evidence.filing import file_under  # noqa: E402
from mtasts.live.dkim import TrustedResults  # noqa: E402
from mtasts.live.intake import Intake  # noqa: E402
from mtasts.live.sources.contract import Item  # noqa: E402
from mtasts.live.sources.unfold import unfold  # noqa: E402
from mtasts.protocol.report import read_report  # noqa: E402
from mtasts.protocol.report_mail import NoReport, read_mail  # noqa: E402
from mtasts.protocol.report_tolerant import Refused, read_tolerant  # noqa: E402
from mtasts.protocol.report_unpack import CannotUnpack, unpack  # noqa: E402

NOW = datetime(2026, 3, 20, tzinfo=UTC)
SLOW_SECONDS = 0.5  # an input is a few kilobytes; machines are busy
TOKENS = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-1", b"1e999", b'"report-id"', b"\\u0022",
    b"\r\n\r\n", b"--b1x1", b"--", b"boundary=", b"Content-Type: ", b"base64", b"=", b"\nFrom a@b 00:00 2026\n",
    b"PK\x03\x04", b"\x1f\x8b\x08", b"\x00", b"\xff", b"\xf0\x9f", b"(", b";",
]  # fmt: skip


def seeds() -> list[bytes]:
    """Whole inputs of all kinds."""
    cases = [path.read_bytes() for path in sorted((ROOT / "tests" / "cases" / "reports").glob("*.json"))]
    small = [case for case in cases if len(case) < 5000]
    mails = [mail(number, 1, number % 10) for number in range(8)]
    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, case in enumerate(small[:5]):
            archive.writestr(f"{number}.json", case)
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        for number, case in enumerate(small[:3]):
            entry = tarfile.TarInfo(f"{number}.json")
            entry.size = len(case)
            tar.addfile(entry, io.BytesIO(case))
    mbox = b"".join(b"From a@b Thu Jan  1 00:00:00 2026\n" + one + b"\n" for one in mails[:3])
    archives = [packed.getvalue(), tarred.getvalue(), gzip.compress(tarred.getvalue()), mbox, gzip.compress(mbox)]
    return small + mails + [gzip.compress(case) for case in small[:10]] + archives


def damaged(chance: random.Random, inputs: list[bytes]) -> bytes:
    """One of the inputs with one to five things done to it."""
    data = chance.choice(inputs)
    for _ in range(chance.randint(1, 5)):
        place = chance.randint(0, len(data))
        match chance.randint(0, 5):
            case 0:
                data = data[:place] + chance.randbytes(chance.randint(1, 4)) + data[place + chance.randint(0, 4) :]
            case 1:
                data = data[:place] + chance.choice(TOKENS) + data[place:]
            case 2:
                data = data[:place]
            case 3:
                data = data[:place] + data[place + chance.randint(1, 200) :]
            case 4:
                piece = data[place : place + chance.randint(1, 50)]
                data = data[:place] + piece * chance.randint(2, 20) + data[place:]
            case _:
                other = chance.choice(inputs)
                data = data[:place] + other[chance.randint(0, len(other)) :][:2000]
        data = data[:20_000]
    return data


def _report(data: bytes) -> None:
    reading = read_report(data)
    if reading.value is not None:
        file_under(reading.value, "example.com")


def _tolerant(data: bytes) -> None:
    with suppress(Refused):
        read_tolerant(data)


def _unpack(data: bytes) -> None:
    with suppress(CannotUnpack):
        unpack(data)


def _mail(data: bytes) -> None:
    with suppress(NoReport):
        read_mail(data)


def _results(data: bytes) -> None:
    TrustedResults("mx.example.com").vouch(b"", (data[:2000].decode("latin-1"),))


def _item(data: bytes) -> None:
    intake = Intake(TrustedResults("mx.example.com"))
    for item in unfold(io.BytesIO(data), "f", "f"):
        intake.prepare(Item(item.source, item.data, item.name), NOW)


READERS: list[Callable[[bytes], None]] = [_report, _tolerant, _unpack, _mail, _results, _item]


def main() -> int:
    """Feed them; exit code 1 if an exception escaped or an input took long."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    inputs, slowest, failed = seeds(), dict.fromkeys(READERS, 0.0), 0
    for _ in range(count):
        data = damaged(chance, inputs)
        for reader in READERS:
            began = time.process_time()
            try:
                reader(data)
            except Exception as error:
                failed += 1
                print(f"{reader.__name__}: {error!r} for {data!r}"[:3000])
            slowest[reader] = max(slowest[reader], time.process_time() - began)
    for reader, seconds in slowest.items():
        print(f"  {reader.__name__.strip('_'):<10} slowest of {count:,}: {seconds * 1e3:.1f} ms")
    slow = [reader for reader, seconds in slowest.items() if seconds > SLOW_SECONDS]
    print(f"{failed} exceptions, {len(slow)} readers slower than {SLOW_SECONDS} s")
    return 1 if failed or slow else 0


if __name__ == "__main__":
    sys.exit(main())
