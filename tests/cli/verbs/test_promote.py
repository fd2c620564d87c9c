"""`mtasts promote`: what it refuses, and why; what it does when ready is in tests/publishing/test_rollout.py."""

import pytest

from tests.cli.filled import fill
from tests.cli.ledgers import DAY, MX, domain_file, ledger_file


@pytest.fixture
def promote(world, tmp_path):
    """The verb over a policies folder and a store without reports of the test's own."""
    fill(tmp_path / "store", [])

    def run(*words):
        where = ["--sandbox", "--policies", str(tmp_path / "policies"), "--store", str(tmp_path / "store")]
        return world.mtasts("promote", "example.com", *where, *words)

    return run


def test_a_released_domain_has_no_step(world, promote, tmp_path):
    """Its file asks for nothing: another tool publishes it."""
    path = domain_file(tmp_path / "policies", more="released: 2026-11-28\n")
    before = path.read_bytes()
    refused = promote()
    assert refused.code == 2
    assert "example.com was released on 2026-11-28: another tool publishes it" in refused.err
    assert "`mtasts adopt example.com` takes it back" in refused.err
    assert path.read_bytes() == before


def test_without_evidence(world, promote, tmp_path):
    """No reports is not a pass: each reason is named, nothing is written."""
    path = domain_file(tmp_path / "policies", mode="testing", max_age="1d")
    before = path.read_bytes()
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", DAY, MX, 30))

    refused = promote("--ledger", str(ledger))

    assert refused.code == 1
    assert "example.com: testing, max_age 1 day -> enforce, 1 day" in refused.out
    assert "not enough evidence" in refused.out
    assert "enforce-unproven" in refused.out
    assert "reporters: 2 more reporters to go" in " ".join(refused.out.split())
    assert "nothing was written" in refused.out
    assert path.read_bytes() == before


@pytest.mark.parametrize(("more", "begins"), [("", "1 week"), ("rollout: {first_max_age: 4w}\n", "4 weeks")])
def test_enforce_begins_with_a_week_at_most(world, promote, tmp_path, more, begins):
    """However long testing was published, unless the YAML says so; no rule speaks against the step's max_age."""
    domain_file(tmp_path / "policies", mode="testing", max_age="31557600", more=more)
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", 31557600, MX, 30))

    refused = promote("--ledger", str(ledger), "--no-probe")

    assert f"-> enforce, {begins}\n" in refused.out
    assert "enforce-long-start" not in refused.out
    assert "enforce-max-age" not in refused.out


def test_held(world, promote, tmp_path):
    """A person's word stops it, and is shown."""
    more = "rollout:\n  hold: The backup MX moves in May.\n"
    domain_file(tmp_path / "policies", mode="testing", max_age="1d", more=more)
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", DAY, MX, 30))

    refused = promote("--ledger", str(ledger), "--no-probe")

    assert refused.code == 1
    assert "`hold` forbids it: The backup MX moves in May." in refused.out


def test_from_none_there_is_no_step(promote, tmp_path):
    """Testing comes first, and by hand: it is a new beginning."""
    domain_file(tmp_path / "policies", mode="none", max_age="1d")

    refused = promote()

    assert refused.code == 1
    assert "set mode testing first" in refused.out


def test_at_the_top_there_is_nothing_to_do(promote, tmp_path):
    """The greatest max_age of RFC 8461: as asked, nothing further."""
    domain_file(tmp_path / "policies", mode="enforce", max_age="31557600")

    done = promote()

    assert done.code == 0
    assert "nothing further" in done.out


def test_without_a_store_it_cannot_look(world, tmp_path):
    """Where the reports are is not known: no verdict, exit code 2, nothing written."""
    path = domain_file(tmp_path / "policies", mode="testing", max_age="1d")
    before = path.read_bytes()
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", DAY, MX, 30))
    where = ["--sandbox", "--policies", str(tmp_path / "policies"), "--store", str(tmp_path / "none")]

    refused = world.mtasts("promote", "example.com", *where, "--ledger", str(ledger))

    assert refused.code == 2
    assert path.read_bytes() == before
