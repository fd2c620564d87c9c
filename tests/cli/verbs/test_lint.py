"""`mtasts lint` as a user runs it: verdicts, exit codes, JSON."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

READERS = ("grammar", "mta_sts", "policy_text", "tls_rpt")
GOOD_POLICY = b"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: *.mail.example.com\nmax_age: 1209600\n"


def lint(*arguments, stdin=b""):
    command = [sys.executable, "-m", "mtasts", "lint", *arguments]
    done = subprocess.run(command, check=False, input=stdin, capture_output=True, timeout=PATIENCE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (["txt", "--json", "--", "v=STSv1; id=a1;"], {"id": "a1"}),
        (["txt", "--json", "v=STSv1; id=a1;"], {"id": "a1"}),
        (["--json", "txt", "--", "v=STSv1; id=a1;"], {"id": "a1"}),
        (["txt", "v=STSv1; id=a1;", "--json"], {"id": "a1"}),
        (
            ["tlsrpt", "--json", "--", "v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@example.com"],
            {"rua": ["mailto:a@example.com", "mailto:b@example.com"]},
        ),
        (
            ["policy", "-", "--json"],
            {"mode": "enforce", "max_age": 1209600, "mx": ["mx1.example.com", "*.mail.example.com"]},
        ),
    ],
)
def test_json_of_what_is_valid(arguments, fields):
    """Exactly these keys, --json before or after, -- or not."""
    code, out, err = lint(*arguments, stdin=GOOD_POLICY)
    assert (code, err) == (0, "")
    assert json.loads(out) == {"valid": True, "fields": fields, "problems": []}


def test_json_of_what_is_invalid():
    """No fields: senders use none of an invalid record."""
    code, out, _ = lint("txt", "--json", "--", "v=STSv1; id=a-b; x=y;")
    assert code == 1
    assert json.loads(out) == {
        "valid": False,
        "fields": {},
        "problems": [
            {
                "severity": "error",
                "code": "id-syntax",
                "message": 'id "a-b" is not 1 to 32 letters and digits',
                "section": "RFC 8461 s3.1",
            },
            {
                "severity": "warning",
                "code": "extension-field",
                "message": "x is not a field that senders know; some checkers refuse it",
                "section": "RFC 8461 s3.1",
            },
        ],
    }


def test_a_warning_leaves_it_valid():
    """Valid on the wire, and yet it should not be published."""
    code, out, _ = lint("policy", "-", stdin=GOOD_POLICY.replace(b"1209600", b"3600"))
    assert code == 0
    assert out == (
        "policy: valid\n  mode: enforce\n  max_age: 3600\n  mx: mx1.example.com\n  mx: *.mail.example.com\n"
        "warning: max_age 3600 is less than a day; Google and others pass over such a policy"
        " [max-age-short, RFC 8461 s3.2]\n"
    )


def test_a_policy_file_is_read_byte_for_byte(tmp_path):
    """A byte order mark, CR and all."""
    path = tmp_path / "mta-sts.txt"
    path.write_bytes(GOOD_POLICY)
    assert lint("policy", str(path))[0] == 0
    path.write_bytes(b"\xef\xbb\xbf" + GOOD_POLICY)
    code, out, _ = lint("policy", str(path), "--json")
    assert code == 1
    assert [problem["code"] for problem in json.loads(out)["problems"]] == ["byte-order-mark"]
    path.write_bytes(GOOD_POLICY + b"x: y\n" * 20000)
    code, out, _ = lint("policy", str(path), "--json")
    assert code == 1
    assert [problem["code"] for problem in json.loads(out)["problems"]] == ["policy-too-long"]


def test_a_text_may_begin_with_a_dash():
    """Behind --."""
    code, out, _ = lint("txt", "--", "--json")
    assert code == 1
    assert out.startswith('record: invalid\nerror: the record begins with "--json"')


def test_quotes_are_not_taken_off():
    """TEXT is the joined text of the record, as DNS gives it."""
    code, out, _ = lint("tlsrpt", "--", '"v=TLSRPTv1; rua=mailto:a@example.com"')
    assert code == 1
    assert "without the quotes of a zone file" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["mail.example.com", "*.example.com"], 0, "mail.example.com: covered by *.example.com\n"),
        (["MAIL.example.com.", "x.example", "mail.EXAMPLE.com"], 0, "MAIL.example.com.: covered by mail.EXAMPLE.com\n"),
        (["example.com", "*.example.com"], 1, "example.com: covered by no pattern (RFC 8461 s4.1)\n"),
        (["a.b.example.com", "*.example.com"], 1, "a.b.example.com: covered by no pattern (RFC 8461 s4.1)\n"),
    ],
)
def test_is_an_mx_host_covered(arguments, code, said):
    """0 covered, 1 not."""
    assert lint("mx", *arguments) == (code, said, "")


def test_coverage_as_json():
    """Which patterns do."""
    code, out, _ = lint("mx", "--json", "a.example.com", "b.example.com", "*.example.com")
    assert code == 0
    assert json.loads(out) == {
        "host": "a.example.com",
        "patterns": ["b.example.com", "*.example.com"],
        "covered": True,
        "by": ["*.example.com"],
    }
    code, out, _ = lint("mx", "a.example.net", "*.example.com", "--json")
    assert (code, json.loads(out)["covered"], json.loads(out)["by"]) == (1, False, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["policy", "/nowhere/mta-sts.txt"], "mtasts: cannot read /nowhere/mta-sts.txt: No such file or directory\n"),
        (["policy", "/"], "mtasts: cannot read /: Is a directory\n"),
        (["txt"], "usage: mtasts lint txt"),
        (["mx", "a.example"], "usage: mtasts lint mx"),
        (["nothing"], "usage: mtasts lint"),
        ([], "usage: mtasts lint"),
    ],
)
def test_what_cannot_be_looked_at_is_2(arguments, said):
    """Nothing on stdout, no traceback."""
    code, out, err = lint(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "text", ["v=STSv1; id=\x1b[31m\n\u202e;", b"v=STSv1; id=\xff\xfe;", "\x1b]0;x\x07", "v=STSv1;\u2028x=y"]
)
def test_hostile_text_cannot_steer_the_terminal(text):
    """Control characters, direction marks and bad bytes come out as escapes."""
    code, out, err = lint("txt", "--", text)
    assert (code, err) == (1, "")
    assert all(line.isprintable() for line in out.split("\n"))
    assert json.loads(lint("txt", "--json", "--", text)[1])["valid"] is False


def test_hostile_policy_cannot_steer_the_terminal():
    """The same for a file."""
    code, out, _ = lint("policy", "-", stdin=b"version: STSv1\n\x1b[31m\nmode: \x07\nmx: \xe2\x80\xae\n\xff")
    assert code == 1
    assert all(line.isprintable() for line in out.split("\n"))


def test_every_code_is_documented_and_every_documented_code_exists():
    """docs/reference/lint.md and the readers name the same codes, each under the right severity."""
    root = Path(__file__).parents[3]
    sources = "".join((root / "mtasts" / "protocol" / f"{name}.py").read_text() for name in READERS)
    codes = {
        severity: set(re.findall(rf'problems\.{severity}\(\s*"([a-z0-9-]+)"', sources))
        for severity in ("error", "warning")
    }
    assert len(codes["error"]) > 25
    assert len(codes["warning"]) > 20
    errors, _, warnings = (root / "docs/reference/lint.md").read_text().partition("## Warnings")
    errors = errors.partition("## Errors")[2]
    rows = {"error": errors, "warning": warnings}
    documented = {
        severity: {
            code for row in re.findall(r"^\| (`[^|]*`) \|", text, re.M) for code in re.findall(r"`([^`]+)`", row)
        }
        for severity, text in rows.items()
    }
    assert documented["error"] == codes["error"]
    assert documented["warning"] == codes["warning"] - codes["error"]


def test_several_policies(tmp_path):
    """Each with its name, the worst decides; one that is not there is looked for before any is judged."""
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(GOOD_POLICY)
    bad.write_bytes(b"version: STSv1\n")
    code, out, _ = lint("policy", str(good), str(bad))
    assert (code, f"{good}: valid" in out, f"{bad}: invalid" in out) == (1, True, True)
    assert lint("policy", str(good), str(good))[0] == 0
    assert lint("policy", str(good), str(tmp_path / "gone"))[:2] == (2, "")
    assert lint("policy", "--json", str(good), str(bad))[:2] == (2, "")
