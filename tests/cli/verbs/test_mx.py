"""`mtasts mx`: the dated plan, and the next edit; DNS and MX hosts are those of a published world."""

import json
from datetime import timedelta

import pytest

from mtasts.history.adopted import earlier_until
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.words.moments import not_before
from tests.cli.ledgers import DAY, MX, WEEK, domain_file, ledger_file, now

UNION = (*MX, "mx3.example.com")


@pytest.fixture
def mx(world, tmp_path):
    """The verb over a policies folder and a store of the test's own."""
    (tmp_path / "store").mkdir()

    def run(*words):
        where = ["--sandbox", "--policies", str(tmp_path / "policies"), "--store", str(tmp_path / "store")]
        return world.mtasts("mx", "example.com", *where, *words)

    return run


def test_a_new_host_goes_into_the_policy_first(world, mx, tmp_path):
    """The edit is made, the wait is dated, the host is looked at."""
    path = domain_file(tmp_path / "policies")
    before = path.read_text()
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "enforce", WEEK, MX, 30))

    done = mx("--add", "MX3.example.com", "--ledger", str(ledger))

    assert done.code == 0, done.err
    assert path.read_text() == before.replace("mx2.example.com\n", "mx2.example.com\n  - mx3.example.com\n")
    assert "probe: mx3.example.com has no address yet" in done.out
    assert "now: mtasts up --stack staging" in done.out
    actions = [line.split()[1:3] for line in done.out.splitlines() if line[:2].strip().isdigit()]
    assert actions[0] == ["next", "check"]
    assert [who for _, who in actions] == ["check", "policy", "policy", "wait", "dns"]


def test_a_domain_of_another_tool(world, mx, tmp_path):
    """Before it is taken over its file may not change; then it may, and what came before is told, with its last day."""
    text, seen = render_policy(Policy(Mode.ENFORCE, WEEK, MX)), now() - timedelta(days=31)
    name = world.id("example.com")
    block = f"adopted:\n  id: {name}\n  seen: {seen:%Y-%m-%dT%H:%M:%SZ}\n  text: {json.dumps(text)}\n"
    path = domain_file(tmp_path / "policies", more=block)
    (tmp_path / "none.json").write_text("[]")
    ledger = ledger_file(tmp_path / "l.json", (name, "enforce", WEEK, MX, 30))

    early = mx("--add", "mx3.example.com", "--ledger", str(tmp_path / "none.json"))
    assert early.code == 1
    assert "adopt-first" in early.out
    assert "mx3" not in path.read_text()
    later = mx("--add", "mx3.example.com", "--ledger", str(ledger))
    assert later.code == 0, later.out
    assert "mx3" in path.read_text()
    until = not_before(earlier_until(seen, timedelta(seconds=300)))
    assert f"may refuse the new host until {until} at the latest" in " ".join(later.out.split())


def test_dns_comes_when_nobody_holds_the_old_policy(world, mx, tmp_path):
    """A day after the union was published a policy of a week is still held; a week later it is not."""
    domain_file(tmp_path / "policies", mx=UNION)
    served = [("a", "enforce", WEEK, MX, 30), (world.id("example.com"), "enforce", WEEK, UNION, 1)]
    ledger = ledger_file(tmp_path / "l.json", *served)

    early = mx("--add", "mx3.example.com", "--ledger", str(ledger))
    late = mx("--add", "mx3.example.com", "--ledger", str(ledger), "--as-of", "+7d")

    assert early.code == late.code == 0
    assert " 4 next  wait    until " in early.out
    assert "nothing to edit; wait" in early.out
    assert " 4 done  wait " in late.out
    assert "nothing to edit; change DNS" in late.out


def test_a_host_that_fails_is_told_before_it_goes_into_dns(world, mx, tmp_path):
    """No STARTTLS: no harm in the policy, but in DNS senders would refuse it."""
    domain_file(tmp_path / "policies")
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "enforce", WEEK, MX, 30))
    world.sandbox("mail", "add", "mx4.example.com")
    try:
        world.sandbox("fault", "mx-no-starttls", "--on", "mx4.example.com")
        told = mx("--add", "mx4.example.com", "--ledger", str(ledger), "--dry-run")
    finally:
        world.sandbox("mail", "remove", "mx4.example.com")

    assert told.code == 0, told.err
    assert "STARTTLS" in told.out
    assert "fix that before it goes into DNS" in told.out


def test_an_old_host_leaves_dns_first(world, mx, tmp_path):
    """While it is there the policy is left alone; afterwards it stays for the TTL of the MX set, then it goes."""
    path = domain_file(tmp_path / "policies")
    before = path.read_text()
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "enforce", WEEK, MX, 30))
    words = ("--remove", "mx2.example.com", "--ledger", str(ledger))

    there = mx(*words)
    assert there.code == 0
    assert " 1 next  dns " in there.out
    world.record("example.com", "MX", "10 mx1.example.com.", ttl=3600)
    gone = mx(*words)
    assert " 1 done  dns " in gone.out
    assert " 2 next  wait    until " in gone.out
    assert path.read_text() == before

    over = mx(*words, "--as-of", "+1d")
    assert over.code == 0, over.out
    assert path.read_text() == before.replace("  - mx2.example.com\n", "")


def test_a_refused_edit_is_left_alone(world, mx, tmp_path):
    """No ledger and no looks from before: since when the host is gone nobody knows, so it stays."""
    path = domain_file(tmp_path / "policies")
    before = path.read_bytes()
    world.record("example.com", "MX", "10 mx1.example.com.", ttl=3600)
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "enforce", WEEK, MX, 30))

    waits = mx("--remove", "mx2.example.com", "--ledger", str(ledger))

    assert waits.code == 0
    assert "nothing to edit; wait" in waits.out
    assert path.read_bytes() == before


def test_without_a_store_it_says_what_will_be_missing(world, tmp_path):
    """Since when a host is gone is only known from looks that were kept."""
    domain_file(tmp_path / "policies")
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "enforce", WEEK, MX, 30))
    where = ["--sandbox", "--policies", str(tmp_path / "policies"), "--ledger", str(ledger)]

    shown = world.mtasts("mx", "example.com", "--remove", "mx2.example.com", *where)

    assert shown.code == 0
    assert "is not kept: without --store" in shown.out


def test_the_last_host_cannot_be_removed(world, mx, tmp_path):
    """A policy without mx is none (RFC 8461 s3.2); the file is left alone."""
    path = domain_file(tmp_path / "policies", mode="testing", max_age="1d", mx=("mx9.example.com",))
    ledger = ledger_file(tmp_path / "l.json", (world.id("example.com"), "testing", DAY, ("mx9.example.com",), 30))
    before = path.read_bytes()
    words = ("--remove", "mx9.example.com", "--ledger", str(ledger))
    mx(*words)

    refused = mx(*words, "--as-of", "+2d")

    assert refused.code == 2
    assert "would leave no mx" in refused.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which MX host?"),
        (["--swap", "mx2.example.com"], "--swap takes OLD=NEW"),
        (["--add", "mx2.example.com", "--remove", "mx2.example.com"], "cannot be added and removed at once"),
        (["--add", "a_b..example.com"], "no MX host or pattern"),
        (["--add", "*.*.example.com"], "no MX host or pattern"),
    ],
)
def test_slips_of_the_command_line(mx, tmp_path, words, said):
    """One line, exit code 2, before anything is looked at."""
    domain_file(tmp_path / "policies")

    refused = mx(*words)

    assert refused.code == 2
    assert said in refused.err
