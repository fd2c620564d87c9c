"""Verbs that look or judge, on policies that are not valid: each problem at its place, exit 1, nothing is asked."""

import pytest

from mtasts.cli.main import main
from tests.cli.ledgers import domain_file


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A stack with two domains, of which each file has two problems."""
    monkeypatch.chdir(tmp_path)
    for name in ("PULUMI_STACK", "MTASTS_POLICIES", "MTASTS_REPORTS", "MTASTS_SANDBOX_DIR"):
        monkeypatch.delenv(name, raising=False)
    for domain in ("example.com", "example.net"):
        path = domain_file(tmp_path / "policies", domain=domain)
        path.write_text(
            path.read_text().replace("mode: enforce", "mode: enforced").replace("max_age: 1w", "max_age: 1x")
        )
    return tmp_path


@pytest.mark.parametrize(
    ("words", "problems"),
    [
        (["ready", "--stack", "staging", "--all", "--json"], 4),
        (["ready", "example.com"], 4),
        (["verify", "--stack", "staging", "--format", "json"], 4),
        (["promote", "example.com"], 2),
        (["mx", "example.com", "--add", "mx3.example.com"], 2),
        (["retire", "example.com"], 2),
        (["rollback", "example.com"], 2),
    ],
)
def test_every_problem_and_exit_code_1(folder, capsys, words, problems):
    """As `validate` says it: looked, and it is not as it should be; 2 would say that nobody could look."""
    assert main(words) == 1

    out, err = capsys.readouterr()
    assert out == ""
    places = [line for line in err.splitlines() if line.startswith("policies/staging/example.")]
    assert len(places) == problems, err
    assert f"{problems} problems in policies" in err
