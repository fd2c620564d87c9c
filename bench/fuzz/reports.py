"""Reports, the mails and archives around them, and the keys that signed them."""

import gzip
import io
import json
import tarfile
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bench.fuzz.damage import Family, Pattern, Reader
from bench.reports_corpus import mail
from mtasts.live.intake import Intake
from mtasts.live.sources.contract import Item
from mtasts.live.sources.unfold import unfold
from mtasts.live.vouchers import TrustedResults
from mtasts.protocol.dkim_key import NoKey, read_key
from mtasts.protocol.report import read_report
from mtasts.protocol.report_mail import NoReport, read_mail
from mtasts.protocol.report_tolerant import Refused, read_tolerant
from mtasts.protocol.report_unpack import CannotUnpack, unpack
from mtasts.reports.filing import file_under

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 20, tzinfo=UTC)
TOKENS = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-1", b"1e999", b'"report-id"', b"\\u0022",
    b"\r\n\r\n", b"--b1x1", b"--", b"boundary=", b"Content-Type: ", b"base64", b"=", b"\nFrom a@b 00:00 2026\n",
    b"PK\x03\x04", b"\x1f\x8b\x08", b"\x00", b"\xff", b"\xf0\x9f", b"(", b";",
]  # fmt: skip


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


def _key(data: bytes) -> None:
    with suppress(NoKey):
        read_key(data.decode("latin-1"))


def _plain() -> list[bytes]:
    cases = sorted((ROOT / "tests" / "cases" / "reports").glob("*.json"))
    return [text for path in cases if len(text := path.read_bytes()) < 5000]


def _whole() -> list[bytes]:
    """Plain ones, mails, and archives of both."""
    small, mails = _plain(), [mail(number, 1, number % 10) for number in range(8)]
    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, case in enumerate(small[:5]):
            archive.writestr(zipfile.ZipInfo(f"{number}.json"), case)
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        for number, case in enumerate(small[:3]):
            entry = tarfile.TarInfo(f"{number}.json")
            entry.size = len(case)
            tar.addfile(entry, io.BytesIO(case))
    mbox = b"".join(b"From a@b Thu Jan  1 00:00:00 2026\n" + one + b"\n" for one in mails[:3])
    archives = [packed.getvalue(), tarred.getvalue(), _gzip(tarred.getvalue()), mbox, _gzip(mbox)]
    return small + mails + [_gzip(case) for case in small[:10]] + archives


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


READERS: dict[str, Reader] = {
    "report": _report, "tolerant": _tolerant, "unpack": _unpack, "mail": _mail, "results": _results, "item": _item,
    "DKIM key": _key,
}  # fmt: skip
_RESULTS = (
    b"mx.example.com; dkim=pass header.d=google.com header.s=20230601 header.b=abc; spf=pass (x) smtp.mailfrom=a@b"
)
_HEAD = b"From: a@example.com\r\nSubject: Report Domain: example.com Submitter: google.com Report-ID: <1>\r\n"
GROWING: dict[str, list[Pattern]] = {
    "report": [(b"", b"[", b""), (b'{"policies": [', b"{},", b"{}]}"), (b'{"report-id": "', b"\\u0022", b'"}')],
    "tolerant": [(b"", b"{", b""), (b'{"policies": [', b"{},", b"{}]}"), (b"", b'"', b""), (b"", b"\\", b""),
                 (b'{"a": 1', b",", b"}"), (b"", b"\xff", b"")],
    "unpack": [(b"", b"PK\x03\x04", b""), (b"", b"\x1f\x8b\x08", b""), (b"", b"\0", b"")],
    "mail": [(_HEAD, b"X: y\r\n", b"\r\n"), (_HEAD + b"X: ", b"=?utf-8?q?a?=", b"\r\n\r\n"),
             (_HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n", b"--b\r\n", b"--b--\r\n"),
             (_HEAD + b"Content-Type: multipart/report; ", b"a=b; ", b"\r\n\r\n"),
             (_HEAD + b"To: ", b"a@b, ", b"\r\n\r\n"),
             (_HEAD + b"To: ", b"(", b"\r\n\r\n")],
    "results": [(b"mx.example.com", b";", b""), (b"mx.example.com; dkim=", b"(", b""), (b"mx.example.com; ", b'"', b""),
                (b"mx.example.com; dkim=pass ", b"header.d=", b""), (b"", b" ", b"")],
    "item": [(_HEAD + b"\r\n", b"From a@b\n", b""), (b"", b"{", b""), (_HEAD, b"X: y\r\n", b"\r\n")],
    "DKIM key": [(b"v=DKIM1; p=", b"A", b""), (b"v=DKIM1", b";", b""), (b"v=DKIM1; h=", b"sha256:", b"; p=AA"),
                 (b"v=DKIM1; p=", b" ", b"AA")],
}  # fmt: skip


def family() -> Family:
    """Every reader gets reports, mails and archives; those of one line get lines, too."""
    whole, plain = _whole(), _plain()
    seeds = {
        "report": [text for text in plain if _is_json(text)],
        "tolerant": plain,
        "unpack": whole,
        "mail": whole,
        "results": [_RESULTS, b"mx.example.com; none", b"other; dkim=fail (bad; dkim=pass)"],
        "item": whole,
        "DKIM key": [b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEB", b"k=ed25519; s=email:tlsrpt; t=s; h=sha256; p=AAAA"],
    }
    return Family(READERS, seeds, TOKENS, GROWING, frozenset({"report"}))
