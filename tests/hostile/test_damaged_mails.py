"""Bytes that somebody else put where mails lie never count as a report file that the operator handed over."""

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from mtasts.cli.main import main
from mtasts.live.store import open_store
from mtasts.reports.stored import Trust
from tests.live.signing import report_mail
from tests.live.store.reports import body

_SEPARATOR = b"From x@example.com Mon Mar  2 10:00:00 2026\n"
_REPORT = body(contact="tls@big.example")
_ZIPPED = io.BytesIO()
with zipfile.ZipFile(_ZIPPED, "w") as _archive:
    _archive.writestr("r.json", _REPORT)
# What a stranger's mail can leave behind an unquoted separator in its body.
PIECES = {
    "json": _REPORT,
    "blank line": b"\n" + _REPORT,
    "byte order mark": b"\xef\xbb\xbf" + _REPORT,
    "gzip": gzip.compress(_REPORT, mtime=0),
    "zip": _ZIPPED.getvalue(),
    "array": b"[" + _REPORT + b"]",
}
NOT_A_MAIL = "does not begin with a header: a damaged mail, or a piece of one"


def _trusts(store: Path) -> list[Trust]:
    with open_store(str(store)) as opened:
        return [one.trust for one in opened.window("example.com", date.min, date.max)]


def _reasons(store: Path) -> list[str]:
    with open_store(str(store)) as opened:
        return [one.reason for one in opened.quarantined()]


def _import(source: Path, store: Path) -> int:
    return main(["reports", "import", str(source), "--store", str(store), "--no-dkim", "--json"])


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["mbox", "mbox.gz"])
def test_a_piece_of_an_mbox_is_no_report_file(piece: bytes, packed: type[bytes], tmp_path: Path) -> None:
    """A mail server that quotes no `From ` lines lets a body end its own mail: what follows is not the operator's."""
    honest = report_mail(raw=body("honest")).replace(b"\r\n", b"\n")
    mbox, store = tmp_path / "inbox", tmp_path / "store"
    mbox.write_bytes(packed(_SEPARATOR + honest + b"\n" + _SEPARATOR + piece + b"\n\n" + _SEPARATOR + honest))
    assert _import(mbox, store) == 1
    assert _trusts(store) == [Trust.UNAUTHENTICATED]
    assert _reasons(store) == [NOT_A_MAIL]


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_a_file_of_a_mail_server_is_a_mail_or_damaged(piece: bytes, tmp_path: Path) -> None:
    """In a Maildir, named as a folder or itself, and under the name of a mail."""
    maildir = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(piece)
    (tmp_path / "saved.EML").write_bytes(piece)
    for number, source in enumerate((maildir, maildir / "new" / "1.host", maildir / "new", tmp_path / "saved.EML")):
        store = tmp_path / f"store{number}"
        # A zip is unpacked, and then each member has to be a mail.
        assert _import(source, store) == 1
        assert _trusts(store) == []
        assert _reasons(store) == [NOT_A_MAIL]


def test_a_report_file_of_its_own_is_the_operators(tmp_path: Path) -> None:
    """Alone, in a folder, or in an archive that holds no mailbox."""
    for name in ("json", "gzip", "zip"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(PIECES[name])
    assert _import(tmp_path / "in", tmp_path / "store") == 0
    assert _trusts(tmp_path / "store") == [Trust.LOCAL]


def test_a_damaged_mail_stays_one_by_way_of_quarantine(tmp_path: Path) -> None:
    """Written out and imported again, and after the same bytes came as a file that is refused for another reason."""
    nowhere = body(domains=("",), kinds=("no-policy-found",))
    (tmp_path / "inbox").write_bytes(_SEPARATOR + nowhere + b"\n\n")
    (tmp_path / "saved.json").write_bytes(nowhere + b"\n")
    store, out = tmp_path / "store", tmp_path / "out"
    for source in (tmp_path / "inbox", tmp_path / "saved.json"):
        assert _import(source, store) == 1
    assert main(["reports", "quarantine", "--store", str(store), "--out", str(out)]) == 0
    again = ["reports", "import", str(out), "--store", str(tmp_path / "again"), "--domain", "example.com"]
    assert main(again) == 1
    assert _trusts(tmp_path / "again") == []
