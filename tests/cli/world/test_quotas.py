"""Quotas as a user meets them: counted by every verb before anything is made, and by the program itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import World
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT
from tests.repositories import Repo, domain_file

pytestmark = pytest.mark.xdist_group("looking")

SAID = "host_group: 101 host groups need 101 distributions, and the quotas are 100 distributions an origin access"
# The verbs' own look is left out, so that only the program is in the way.
UNGUARDED = (
    "import mtasts.app.quotas as quotas, sys; quotas.over_quota = lambda *_: []; "
    "from mtasts.cli.main import main; sys.exit(main())"
)


@pytest.fixture
def crowd(world: World, tmp_path: Path) -> Path:
    """The two published domains and 99 more, each with a policy host of its own."""
    shutil.copytree(world.policies, tmp_path / "policies")
    for number in range(99):
        (tmp_path / f"policies/staging/d{number:02}.example.yaml").write_text(domain_file(f"d{number:02}.example"))
    return tmp_path / "policies"


@pytest.mark.parametrize("verb", ["preview", "up"])
def test_the_first_host_group_too_many_is_refused(world: World, crowd: Path, verb: str) -> None:
    """One line with what to write; the engine is not even asked with --strict."""
    before = world.events()
    yes = ["--yes"] if verb == "up" else []
    done = world.mtasts(verb, "--stack", "staging", "--sandbox", "--policies", str(crowd), *yes, "--strict")
    assert (done.code, done.out) == (1, "")
    assert SAID in done.err
    assert "write the same `host_group: NAME` into the files of up to 10 domains" in done.err
    assert done.err.endswith("mtasts: 1 problem in policies; nothing was touched\n")
    assert world.events() == before


def test_the_program_counts_as_well(world: World, crowd: Path) -> None:
    """A plain `pulumi up` runs only the program."""
    before = world.events()
    words = ["up", "--stack", "staging", "--sandbox", "--policies", str(crowd), "--yes"]
    done = subprocess.run(
        [sys.executable, "-c", UNGUARDED, *words],
        cwd=ROOT, env=world.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "nothing is published, the desired state has problems:" in done.stderr
    assert "101 host groups need 101 distributions" in done.stderr
    assert world.events() == before


def test_the_gate_is_closed(world: World, crowd: Path, tmp_path: Path) -> None:
    """By the settings of the checkout: a change cannot raise a quota for itself."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"policies/staging/example.com.yaml": (crowd / "staging/example.com.yaml").read_bytes()})
    repo.branch("change")
    repo.commit({f"policies/staging/{path.name}": path.read_bytes() for path in (crowd / "staging").glob("*.yaml")})
    where = ["--repo", str(repo.folder), "--base", "main", "--head", "change", "--store", str(tmp_path)]
    done = world.mtasts("gate", "--sandbox", *where)
    assert done.code == 1
    assert SAID in done.out
