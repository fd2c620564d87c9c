"""`mtasts gate` over a real repository and the sandbox: open only on evidence, judged by the base."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from mtasts.live.store import open_store
from mtasts.render.ci.parts import PartState, from_json
from tests.cli.conftest import MX, World
from tests.cli.ledgers import DAY, WEEK, ledger_file
from tests.cli.verbs.test_diff import SCHEMA
from tests.cli.verbs.test_ready import REPORTERS, report, text_of
from tests.publishing.stage import Run
from tests.repositories import Repo

pytestmark = pytest.mark.xdist_group("looking")

COM = "policies/staging/example.com.yaml"
THEN = ("--as-of", "+15.5d")
HOSTS = MX["example.com"]


@pytest.fixture
def repo(world: World, tmp_path: Path) -> Repo:
    """What is published, on main; a branch for the change."""
    repo = Repo(tmp_path / "repo")
    found = world.policies / "staging"
    repo.commit({f"policies/staging/{path.name}": path.read_bytes() for path in sorted(found.glob("*.yaml"))})
    repo.branch("change")
    return repo


@pytest.fixture
def gate(world: World, tmp_path: Path, repo: Repo) -> Callable[..., Run]:
    """The verb, for the branch, with a store of the test's own, and the ledger of the sandbox."""
    place = str(tmp_path / "store")
    open_store(place, create=True).close()

    def run(*words: str, store: str = place) -> Run:
        where = ["--repo", str(repo.folder), "--base", "main", "--head", "change", "--store", store]
        return world.mtasts("gate", "--sandbox", *where, *words)

    return run


@pytest.fixture
def fortnight(world: World, tmp_path: Path) -> Callable[..., None]:
    """Reports about the fortnight to come, with one failure if wanted."""

    def fill(fail_on: int | None = None) -> None:
        folder = tmp_path / "inbox"
        folder.mkdir()
        today = datetime.now(UTC).date()
        for number in range(1, 15):
            for by in REPORTERS:
                failed = int(number == fail_on and by == REPORTERS[-1])
                day = today + timedelta(days=number)
                text = report("example.com", text_of(world, "example.com"), day, by, failed)
                (folder / f"{number}-{by}.json").write_text(text)
        done = world.mtasts("reports", "import", str(folder), "--store", str(tmp_path / "store"))
        assert done.code == 0, done.err

    return fill


def propose(repo: Repo, **changes: object) -> None:
    """Commit an edit of example.com's file on the branch we are on; None removes a key."""
    wanted = yaml.safe_load((repo.folder / COM).read_text())
    for key, value in changes.items():
        if value is None:
            wanted.pop(key, None)
        else:
            wanted[key] = value
    repo.commit({COM: yaml.safe_dump(wanted, sort_keys=False)})


def flip(repo: Repo, **more: object) -> None:
    propose(repo, mode="enforce", max_age=DAY, **more)


def first(done: Run) -> str:
    """The first sentence, unfolded."""
    return " ".join(done.out.partition("\nNext:")[0].split())


def test_silence_keeps_it_closed(repo, gate):
    """Published, probed, no report: not now, with what is missing, and never by approval."""
    flip(repo)
    done = gate()
    assert (done.code, done.err) == (1, "")
    assert first(done).startswith(
        "example.com, testing -> enforce: not now. enforce-unproven: the verdict is not ready:"
    )
    assert "Next: see that reports still come to the rua addresses, and that they are imported" in done.out
    assert "An approval does not lift this block" in done.out
    assert "    verdict  not enough evidence, judged" in done.out


def test_a_good_fortnight_opens_it(repo, gate, fortnight):
    """A rehearsal, and said so; JSON for the comment, with the verdict that it rests on."""
    fortnight()
    flip(repo)
    done = gate(*THEN)
    assert (done.code, done.err) == (0, "")
    assert "example.com, testing -> enforce: the gate is open, on evidence that holds until" in first(done)
    assert first(done).startswith("Rehearsal as of ")
    again = gate(*THEN, "--format", "json")
    (part,) = from_json(again.out.encode())
    assert (again.code, part.kind, part.stack, part.state) == (0, "gate", "staging", PartState.PASSED)
    jsonschema.Draft202012Validator(SCHEMA).validate(again.json["details"])
    (one,) = again.json["details"]["domains"]
    assert (one["verdict"]["state"], one["left"], one["troubles"]) == ("ready", [], [])
    explained = " ".join(gate(*THEN, "--explain").out.split())
    assert "+ reporters: have 2, need 2" in explained


def test_one_bad_mx_host_closes_it(repo, gate, fortnight, world):
    """However good the reports are."""
    fortnight()
    flip(repo)
    world.sandbox("fault", "mx-no-starttls", "--on", HOSTS[1])
    done = gate(*THEN)
    assert done.code == 1
    assert "enforce-unproven: the verdict is not ready: mx-hosts:" in first(done)


def test_a_change_does_not_clear_the_bar_that_it_lowers(repo, gate, fortnight, world):
    """Its own thresholds, acceptance and waivers count for nothing; that it has them is said."""
    fortnight(fail_on=12)
    until = f"{datetime.now(UTC).date() + timedelta(days=60)}"
    waiver = {"mx": HOSTS[1], "result_type": "certificate-expired", "reason": "is old", "until": until}
    flip(repo, rollout={"reporters": 1, "sessions": 1, "waivers": [waiver]})
    done = gate(*THEN)
    assert done.code == 1
    assert "enforce-unproven" in first(done)
    assert "warn     bar-lowered: asks less of the domain than the base does: reporters 2 -> 1;" in done.out
    repo.switch("main")
    propose(repo, rollout={"waivers": [waiver]})
    repo.git("checkout", "-q", "-B", "change")
    flip(repo)
    assert gate(*THEN).code == 0, "the same waiver, on the base"


def test_a_hold_on_the_base_closes_it(repo, gate, fortnight):
    """Also one that the change takes out, and whatever the evidence says."""
    fortnight()
    repo.switch("main")
    propose(repo, rollout={"hold": "The backup MX moves in May."})
    repo.git("checkout", "-q", "-B", "change")
    flip(repo, rollout=None)
    done = gate(*THEN)
    assert done.code == 1
    assert "held: `hold` forbids it: The backup MX moves in May." in " ".join(done.out.split())


def test_an_mx_host_that_goes_too_early_closes_it(repo, gate, world, tmp_path):
    """In enforce, while the host is in DNS: the reason, in the first sentence."""
    repo.switch("main")
    propose(repo, mode="enforce", max_age=WEEK)
    repo.git("checkout", "-q", "-B", "change")
    propose(repo, mx=[HOSTS[0]])
    ledger = ledger_file(tmp_path / "ledger.json", (world.id("example.com"), "enforce", WEEK, HOSTS, 30))
    done = gate("--ledger", str(ledger))
    assert done.code == 1
    assert f"mx-removed-too-early: {HOSTS[1]} is removed while MX host {HOSTS[1]} is still in DNS" in first(done)


def test_a_file_that_is_deleted_closes_it(repo, gate):
    """Senders would go on with what they hold."""
    repo.commit({COM: None})
    done = gate()
    assert done.code == 1
    assert first(done).startswith("example.com, removal: not now. removal-mode: example.com is removed in mode testing")


def test_a_new_domain_opens_it(repo, gate, world):
    """In testing nothing is refused; it needs no evidence."""
    propose(repo)
    text = (repo.folder / COM).read_text().replace("example.com", "example.org")
    repo.commit({"policies/staging/example.org.yaml": text})
    done = gate()
    assert (done.code, done.err) == (0, "")
    assert first(done) == "example.org, first policy, mode testing: the gate is open."


def test_a_new_domain_below_a_wildcard_closes_it(repo, gate, world):
    """The first record below it would take its mail; written out, the gate opens."""
    world.record("*.gate.example.org", "MX", "10 mx.example.org.")
    name = "shop.gate.example.org"
    like = (repo.folder / COM).read_text()
    repo.commit({f"policies/staging/{name}.yaml": like.replace("domain: example.com", f"domain: {name}")})
    done = gate()
    assert done.code == 1, done.err
    assert "*.gate.example.org answers for it: MX 10 mx.example.org." in done.out
    assert f"write first: {name} MX 10 mx.example.org." in done.out
    world.record(name, "MX", "10 mx.example.org.")
    opened = gate()
    assert "answers for it" not in opened.out


def test_adopting_is_held_against_the_live_policy(repo, gate):
    """Enforce may be a domain's first mode only where its policy host serves just that already."""
    right = (repo.folder / COM).read_text()
    repo.switch("main")
    repo.commit({COM: None})
    repo.git("checkout", "-q", "-B", "change")
    repo.commit({COM: right})
    flip(repo, rollout={"adopted": "We had it at our old provider."})
    done = gate()
    assert done.code == 1
    assert "first-mode: `adopted` says that this policy is live already, but the live mode is testing" in first(done)


def test_a_domain_of_another_tool_is_held_against_what_is_seen(repo, gate, world, tmp_path):
    """The id in DNS and the bytes of the policy host open it; another id, another byte or another policy close it."""
    right = (repo.folder / COM).read_text()
    text = world.body("example.com").decode()
    (tmp_path / "none.json").write_text("[]")
    repo.switch("main")
    repo.commit({COM: None})

    def adopt(name, served, **changed):
        repo.git("checkout", "-q", "-B", "change", "main")
        block = {"id": name, "seen": "2026-01-01T00:00:00Z", "text": served}
        repo.commit({COM: right})
        propose(repo, adopted=block, **changed)
        return gate("--ledger", str(tmp_path / "none.json"))

    opened = adopt(world.id("example.com"), text)
    assert (opened.code, opened.err) == (0, ""), opened.out
    assert "record that this stack did not make" not in opened.out
    done = adopt("1", text)
    assert done.code == 1
    assert f"`adopted` has the id 1, but DNS names {world.id('example.com')}" in " ".join(done.out.split())
    done = adopt(world.id("example.com"), text.replace("\r\n", "\n"))
    assert done.code == 1
    assert "`adopted` has the text of the policy file, but another one is served" in " ".join(done.out.split())
    done = adopt(world.id("example.com"), text, max_age=WEEK)
    assert done.code == 1
    assert "adopt-first: asks for another policy than the one in `adopted`" in " ".join(done.out.split())


def test_a_stack_that_was_never_published(repo, gate):
    """Its bucket cannot be asked for, and need not be: every domain in it begins, in testing."""
    text = (repo.folder / COM).read_text().replace("example.com", "example.org")
    repo.commit({"policies/prod/example.org.yaml": text + "tls_rpt: {rua: ['mailto:tls@example.org']}\n"})
    done = gate()
    assert done.code == 0, done.out + done.err
    assert "example.org, first policy, mode testing: the gate is open." in first(done)


def test_settings_alone_need_no_look(repo, gate, world):
    """A threshold on its own changes nothing for mail; the stack is not asked."""
    propose(repo, rollout={"reporters": 1})
    done = gate(store="/nonexistent")
    assert done.code == 0
    assert first(done) == "Nothing changes for mail, but the bar gets lower for example.com."


def test_a_base_that_was_mended_to_what_is_published(repo, gate):
    """What the base cannot tell, the ledger can: the same text passes, another one does not."""
    right = (repo.folder / COM).read_text()
    repo.switch("main")
    repo.commit({COM: "mode: no\n" + right})
    repo.git("checkout", "-q", "-B", "change")
    repo.commit({COM: right})
    assert gate().code == 0
    flip(repo)
    done = gate()
    assert done.code == 1
    assert "base-invalid: what is published cannot be read from the base" in first(done)


def test_what_cannot_be_looked_at(repo, gate, tmp_path):
    """No store, no ledger file: exit code 2, nothing on stdout, never a pass."""
    flip(repo)
    for done in (gate(store=str(tmp_path / "none")), gate("--ledger", str(tmp_path / "none.json"))):
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("mtasts: ")


def test_markdown(repo, gate):
    """What must happen next in the first line; criteria as a table."""
    flip(repo)
    done = gate("--format", "markdown")
    assert done.out.startswith("⛔ **example.com, testing -&#62; enforce: not now. enforce-unproven: ")
    assert "| | criterion | have | need | missing | when |" in done.out
