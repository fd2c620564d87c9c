"""`mtasts retire`: mode none, wait, remove; against a published world whose ledger is handed in."""

import shlex

import pytest

from tests.cli.ledgers import DAY, MX, WEEK, domain_file, ledger_file

TESTING, NONE = ("t", "testing", DAY, MX, 30), "none"


def place(tmp_path):
    """The options that another run of the command must be given, too."""
    return "--policies", str(tmp_path / "policies"), "--sandbox"


def now(*words):
    """The line that says what to run next."""
    return f"now: {shlex.join(['mtasts', *words])}\n"


@pytest.fixture
def retire(world, tmp_path):
    """The verb over a policies folder of the test's own."""

    def run(*words, domain="example.com"):
        return world.mtasts("retire", domain, *place(tmp_path), "--stack", "staging", *words)

    return run


def test_three_steps(world, retire, tmp_path):
    """none; wait for the longest max_age ever published, not the last; remove, and say what publishes that."""
    path = domain_file(tmp_path / "policies", mode="enforce", max_age="1d")
    domain_file(tmp_path / "policies", domain="example.net")
    enforced = [("a", "enforce", 4 * WEEK, MX, 20), ("b", "enforce", DAY, MX, 2)]
    ledger = ledger_file(tmp_path / "l.json", *enforced)

    first = retire("--ledger", str(ledger))
    assert first.code == 0, first.err
    assert "step 1 of 3, mode enforce -> none" in first.out
    assert "mode: none  # see the ticket\n" in path.read_text()
    assert "then: mtasts retire example.com again, from " in first.out

    ledger = ledger_file(tmp_path / "l.json", *enforced, (world.id("example.com"), "none", DAY, MX, 1))
    waiting = retire("--ledger", str(ledger))
    assert waiting.code == 1
    assert "removal-too-early" in waiting.out
    assert "senders may hold a (enforce, max_age 4 weeks)" in waiting.out
    assert path.exists()

    rehearsed = retire("--ledger", str(ledger), "--as-of", "+27d", "--dry-run")
    assert rehearsed.code == 0, rehearsed.out
    assert path.exists()
    done = retire("--ledger", str(ledger), "--as-of", "+27d")
    assert done.code == 0
    assert not path.exists()
    assert now("up", "--stack", "staging", "--remove-before-date", "example.com", *place(tmp_path)) in done.out


def test_the_last_domain_takes_the_stack_down(world, retire, tmp_path):
    """Without any domain `up` has nothing to publish, so it is `destroy` that takes the records away."""
    domain_file(tmp_path / "policies", mode="none", max_age="1d")
    ledger = ledger_file(tmp_path / "l.json", TESTING, (world.id("example.com"), "none", DAY, MX, 10))

    done = retire("--ledger", str(ledger))

    assert done.code == 0, done.out + done.err
    assert now("destroy", "--stack", "staging", *place(tmp_path)) in done.out


def test_mode_none_that_is_not_published_yet(world, retire, tmp_path):
    """The YAML says none, senders still get testing: what is missing is our own `up`."""
    path = domain_file(tmp_path / "policies", mode="none", max_age="1d")
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", DAY, MX, 30))

    waiting = retire("--ledger", str(ledger))

    assert waiting.code == 1
    assert "not mode none" in waiting.out
    assert waiting.out.endswith(now("up", "--stack", "staging", "--refresh", *place(tmp_path)))
    assert path.exists()


def test_nothing_known_is_no_reason_to_remove(retire, tmp_path):
    """No project, no ledger: nobody can tell what senders hold."""
    path = domain_file(tmp_path / "policies", mode="none", max_age="1d")
    (tmp_path / "elsewhere").mkdir()

    refused = retire("--project", str(tmp_path / "elsewhere"))

    assert refused.code == 1
    assert "no ledger: no Pulumi.yaml" in refused.out
    assert "no publication is known" in refused.out
    assert path.exists()


def test_a_domain_that_was_never_published_goes_at_once(retire, tmp_path):
    """The ledger was read and is empty, and DNS has no record."""
    path = domain_file(tmp_path / "policies", mode="testing", domain="example.org")
    (tmp_path / "l.json").write_text("[]")

    done = retire("--ledger", str(tmp_path / "l.json"), domain="example.org")

    assert done.code == 0, done.out + done.err
    assert not path.exists()
