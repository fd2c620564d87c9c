"""Real repositories in which somebody proposes a change, and the verb that judges it from git's objects."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mtasts.cli.main import main
from tests.hostile.fleet import Fleet
from tests.publishing.stage import Run
from tests.repositories import Repo, domain_file

COM, ORG = "policies/prod/example.com.yaml", "policies/prod/example.org.yaml"
DEFAULTS = "policies/prod/_defaults.yaml"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """main has two domains in testing; we stand in its folder, on a branch for the change."""
    repo = Repo(tmp_path / "repo")
    files = {COM: domain_file(mode="testing", max_age="1d"), ORG: domain_file("example.org", mode="testing")}
    repo.commit({**files, DEFAULTS: "ttl: 300\n", "README.md": "words\n"})
    repo.branch("change")
    monkeypatch.chdir(repo.folder)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("MTASTS_POLICIES", raising=False)
    return repo


@pytest.fixture
def diff(repo: Repo, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """`mtasts diff` of the branch `change`, or another commit, for main."""

    def run(*words: str, head: str = "change") -> Run:
        capsys.readouterr()
        code = main(["diff", "--base", "main", "--head", head, *words])
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return run


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Fleet]:
    """A fleet that was published, on main: what the gate judges with the ledger, DNS and the MX hosts at hand."""
    # A short folder: the control socket's path must fit in 108 bytes.
    fleet = Fleet(tmp_path_factory.mktemp("f"), engine)
    try:
        fleet.publish()
        yield fleet
    finally:
        fleet.stop()
