"""`mtasts reports metrics`: to standard output, to a file, and scraped."""

import subprocess
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.cli.filled import month, reports
from tests.cli.serving import running
from tests.patience import PATIENCE

SPAN = ("--since", "2026-03-01", "--until", "2026-03-30")


def sessions(text):
    """The family of sessions, as a dictionary."""
    families = {f.name: f for f in text_string_to_metric_families(text)}
    return {tuple(s.labels.values()): s.value for s in families["mtasts_reports_sessions"].samples}


def test_to_standard_output(tmp_path, capsys):
    """Prometheus's parser reads it, and the numbers are those of the summary."""
    month(tmp_path)
    code, out, _ = reports(capsys, "metrics", "--store", tmp_path, *SPAN)
    found = sessions(out)
    assert code == 0
    assert found["example.com", "sts", "passed", "yes"] == 300
    assert found["example.com", "sts", "failed", "yes"] == 2
    assert found["example.com", "sts", "passed", "no"] == 99
    assert found["example.net", "sts", "passed", "yes"] == 7


def test_a_silent_domain_is_there(tmp_path, capsys):
    """A domain without reports in the window has zeros: an alert on silence can see it."""
    month(tmp_path)
    _, out, _ = reports(capsys, "metrics", "--store", tmp_path, "--since", "2025-01-01", "--until", "2025-01-30")
    assert sessions(out)["example.com", "sts", "passed", "yes"] == 0


def test_to_a_file(tmp_path, capsys):
    """The file is replaced whole; nothing else is left beside it."""
    month(tmp_path / "store")
    folder = tmp_path / "textfile"
    folder.mkdir()
    target = folder / "mtasts.prom"
    target.write_text("old")
    code, out, _ = reports(capsys, "metrics", "example.com", "--store", tmp_path / "store", *SPAN, "--out", target)
    assert (code, out) == (0, "")
    assert {name[0] for name in sessions(target.read_text())} == {"example.com"}
    assert [path.name for path in folder.iterdir()] == ["mtasts.prom"]
    code, _, err = reports(capsys, "metrics", "--store", tmp_path / "store", "--out", tmp_path / "none" / "x.prom")
    assert code == 2
    assert "x.prom" in err


def test_scraped(tmp_path):
    """GET /metrics answers with the media type that Prometheus asks for; SIGTERM ends it with 0."""
    month(tmp_path)
    with running("metrics", "--store", tmp_path, *SPAN, "--listen", "127.0.0.1:0") as server:
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=PATIENCE) as answer:
            assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
            assert sessions(answer.read().decode())["example.com", "sts", "passed", "yes"] == 300
        assert server.stop() == 0


def test_a_store_that_is_not_there_is_said_before_listening(tmp_path):
    """Not at the first scrape."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mtasts",
            "reports",
            "metrics",
            "--store",
            str(tmp_path / "none"),
            "--listen",
            "127.0.0.1:0",
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "listening" not in done.stderr
