"""`mtasts reports explain` with a type, a file, and what is neither."""

import gzip
import json

import pytest

from mtasts.protocol.report import RESULT_TYPES
from tests.cli.filled import document, reports

BAD = {"result-type": "starttls-not-supported", "receiving-mx-hostname": "mx2.example.com", "failed-session-count": 1}


@pytest.mark.parametrize("word", [*RESULT_TYPES, " Certificate-EXPIRED "])
def test_a_result_type(capsys, word):
    """Known: explained, exit code 0."""
    code, out, _ = reports(capsys, "explain", word)
    assert code == 0
    assert out.startswith(f"{word.strip().lower()}: ")


def test_a_word_that_is_no_type(capsys):
    """Looked, and there is no such type: 1, and the list of those there are."""
    code, out, _ = reports(capsys, "explain", "certificate-expird")
    assert code == 1
    assert "certificate-expired" in out


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["json", "gzip"])
def test_a_report_file(tmp_path, capsys, pack):
    """JSON and gzip are told by their bytes, whatever the name."""
    path = tmp_path / "some.report"
    path.write_bytes(pack(json.dumps(document("2026-03-05", 10, 1, details=[BAD])).encode()))
    code, out, _ = reports(capsys, "explain", path)
    assert code == 0
    assert "Google Inc. reports about 2026-03-05" in out
    assert "1 x starttls-not-supported at mx2.example.com: an MX offered no STARTTLS" in out


def test_a_mail(tmp_path, capsys):
    """A saved mail with the report attached is read as an import would."""
    body = gzip.compress(json.dumps(document("2026-03-05", 10)).encode())
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tls@google.com", "tls@example.com", "Report Domain: example.com"
    mail.set_content("A report.")
    mail.add_attachment(body, maintype="application", subtype="tlsrpt+gzip", filename="r.json.gz")
    path = tmp_path / "mail.eml"
    path.write_bytes(bytes(mail))
    code, out, _ = reports(capsys, "explain", path)
    assert code == 0
    assert "10 sessions passed, 0 failed" in out


def test_a_report_that_names_no_domain(tmp_path, capsys):
    """no-policy-found of tlsrpt-reporter: explained all the same, and how to import it."""
    report = document("2026-03-05", 4)
    report["policies"][0]["policy"] = {"policy-type": "no-policy-found"}
    path = tmp_path / "r.json"
    path.write_text(json.dumps(report))
    code, out, _ = reports(capsys, "explain", path)
    assert code == 0
    for words in ("no domain named, no-policy-found", "4 sessions passed, 0 failed", "`mtasts reports import --domain"):
        assert words in out
    assert reports(capsys, "import", path, "--store", tmp_path / "s")[0] == 1
    code, out, _ = reports(capsys, "import", path, "--store", tmp_path / "s", "--domain", "np.example")
    assert (code, out.splitlines()[0].split(";")[0]) == (0, "1 read, 1 stored, 0 duplicates, 0 refused")
    assert "no_policy" in reports(capsys, "summary", "np.example", "--store", tmp_path / "s", "--json")[1]


@pytest.mark.parametrize("content", [b"", b"hello", b"{}", b"\x1f\x8b\x08broken", b"\xff\xfe\x00"])
def test_a_file_without_a_report(tmp_path, capsys, content):
    """Looked, and it holds no report: 1, and why."""
    path = tmp_path / "file"
    path.write_bytes(content)
    code, out, err = reports(capsys, "explain", path)
    assert code == 1
    assert out.startswith("file: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("x" * 100_000, "no such file, and no result type"),
        ("a\0b", "no such file, and no result type"),
        ("no/such/report.json", "no/such/report.json: no such file"),
        ("report.json.gz", "report.json.gz: no such file"),
        (".", ".: is a folder"),
    ],
)
def test_a_slip_in_a_file_name_is_not_explained_as_a_result_type(capsys, word, says):
    """What no result type looks like, and no file is: one short line and 2, also where no system could open it."""
    code, out, err = reports(capsys, "explain", word)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[0]
    assert len(err) < 500
    assert "\0" not in err
