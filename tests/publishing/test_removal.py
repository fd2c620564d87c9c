"""What senders may still hold cannot be deleted (RFC 8461 s8.3), on hosts of one domain and on shared ones."""

import json
import subprocess

import pytest

from mtasts.history.eras import DEFAULT_TTL
from tests.patience import PATIENCE
from tests.publishing.roles import ever_written, granted, written

EARLY = "--remove-before-date"


def ledger(stage, domain):
    words = ("--stack", "staging", "--sandbox", "--policies", str(stage.policies), "--json")
    done = stage.mtasts("ledger", domain, *words)
    assert done.code == 0, done.err
    return done.json


def history(stage):
    """What the engine's history says of each run, oldest first."""
    files = sorted(stage.state.rglob("*.history.json"))
    return [json.loads(file.read_text())["message"] for file in files]


def engine_alone(stage, *words):
    """The engine's own command, without mtasts and without a program."""
    return subprocess.run(
        [stage.environment["MTASTS_ENGINE"], "--non-interactive", *words],
        cwd=stage.state / "workspace",
        env={**stage.environment, **stage.cloud},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.engines
def test_the_end_of_a_domain(stage):
    """A living domain stays; after `none` it stays until its date; what was removed keeps its ledger and may come back.

    Each refusal is told by preview and up, and keeps nobody else from being published. All of this life is within what
    the publishing role of docs/examples may do, which cannot delete what the bucket holds.
    """
    published, first = stage, stage.up()
    assert first.code == 0, first.err
    path = published.policies / "staging" / "example.net.yaml"
    testing = path.read_text()
    before = (published.txt("example.net"), published.body("example.net"), published.events())

    published.remove("example.net")
    refused = published.up()

    assert refused.code == 1
    assert "example.net: its file is gone" in refused.err
    assert "mode: none" in refused.err
    assert "RFC 8461 s8.3" in refused.err
    assert (published.txt("example.net"), published.body("example.net"), published.events()) == before

    path.write_text(testing)
    published.edit("example.net", mode="none")
    none = published.up()

    assert none.code == 0, none.err
    assert b"mode: none\r\n" in published.body("example.net")
    assert published.id("example.net") != before[0]
    told = ledger(published, "example.net")
    assert len(told) == 2

    published.remove("example.net")
    published.edit("example.com", mode="enforce")
    seen = len(published.events())
    for run in (published.preview(), published.up()):
        assert run.code == 1
        assert f"example.net: not removed: senders may hold {told[0]['id']} (testing, max_age 1 day) until" in run.err
        assert f"{EARLY} example.net" in run.err
        assert run.domain("example.net")["failed"] is True
    assert b"mode: enforce" in published.body("example.com")
    assert {event["name"] for event in published.events()[seen:]} == {"mta-sts.example.com", "_mta-sts.example.com"}
    assert b"mode: none" in published.body("example.net")
    assert published.txts("_smtp._tls.example.net")

    slip = published.up(EARLY, "example.com")
    assert (slip.code, "its file is still there" in slip.err) == (2, True)
    planned = published.preview(EARLY, "example.net", EARLY, "exmaple.net")
    assert planned.code == 0, planned.err
    assert "mtasts: --remove-before-date exmaple.net: this stack publishes no such domain" in planned.err
    seen = len(published.events())
    gone = published.up(EARLY, "EXAMPLE.net")

    assert gone.code == 0, gone.err
    assert published.txt("example.net") is None
    began = next(event for event in published.events()[seen:] if event["kind"] == "gone")
    assert began["name"] == "_mta-sts.example.net"
    assert published.txt("example.com") is not None
    assert any("policy file (its versions stay)" in step["what"] for step in gone.domain("example.net")["steps"])
    said = "to be removed before the date of the ledger: example.net"
    assert said in gone.json["notes"]
    assert history(published)[-1] == said
    # Its file is gone, which told the TTL of its records: what counts without one is the usual TTL, an hour.
    usual = DEFAULT_TTL.total_seconds()
    assert ledger(published, "example.net") == [{**one, "ttl": usual} for one in told]
    told = ledger(published, "example.net")

    path.write_text(testing)
    back = published.up()

    assert back.code == 0, back.err
    after = ledger(published, "example.net")
    assert [each["text"] for each in after] == [told[0]["text"], told[1]["text"], told[0]["text"]]
    assert len({each["id"] for each in after}) == 3
    assert after[-1]["id"] == published.id("example.net")
    assert published.body("example.net").decode() == after[-1]["text"]

    needed = written(run.json for run in (first, none, gone, back))
    assert needed <= granted("publish-staging") <= ever_written()
    assert {
        action for action in granted("publish-staging") if action.startswith("s3:") and "tag" not in action.lower()
    } == {action for action in needed if action.startswith("s3:")}


def test_a_shared_host_keeps_its_living_names(published):
    """A name leaves a shared distribution by an update, which `protect` does not stop; the hooks do."""
    published.add("sub.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    published.add("news.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    assert published.up().code == 0
    before = published.body("news.example.com")

    published.remove("news.example.com")
    refused = published.up()

    assert refused.code == 1
    assert "news.example.com" in refused.err
    assert published.body("news.example.com") == before
    assert published.txt("news.example.com") is not None

    published.add("news.example.com", like="example.com", host_group="shared", mode="none", mx=["mx1.example.com"])
    assert published.up().code == 0
    published.remove("news.example.com")
    held = published.up()

    assert held.code == 1
    assert "news.example.com: not removed: senders may hold" in held.err
    assert b"mode: none" in published.body("news.example.com")

    gone = published.up(EARLY, "news.example.com")

    assert gone.code == 0, gone.err
    assert published.txt("news.example.com") is None
    assert b"mode: testing" in published.body("sub.example.com")


def test_joining_a_shared_host_disturbs_nobody(published):
    """The certificate is replaced and the distribution updated in place; those already there do not rotate."""
    published.add("sub.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    assert published.up().code == 0
    first = published.txt("sub.example.com")

    published.add("a.example.com", like="example.com", host_group="shared", mx=["mx1.example.com"])
    joined = published.up()

    assert joined.code == 0, joined.err
    assert published.body("a.example.com") == published.body("sub.example.com")
    assert published.txt("sub.example.com") == first
    assert joined.domain("sub.example.com")["steps"] == []


@pytest.mark.engines
def test_destroy_needs_every_domain_retired(published):
    """A living stack is not destroyed, nor one that senders still hold; a retired one is, its bucket and all."""

    def refused(reason):
        run = published.destroy()
        assert run.code == 1
        assert reason in run.err
        assert published.txt("example.com") is not None
        assert published.body("example.com")
        assert published.preview().code == 0, "the state is whole"

    refused("example.com: what was last published is mode testing, which senders keep")
    for domain in ("example.com", "example.net"):
        published.edit(domain, mode="none")
    assert published.up().code == 0
    refused("example.com: not removed: senders may hold")
    plain = engine_alone(published, "destroy", "--yes", "--skip-preview", "--stack", "staging")
    assert plain.returncode != 0
    assert "--run-program" in plain.stdout + plain.stderr, "without a program nobody would ask the ledger"
    assert published.preview().json["changes"].keys() == {"same"}
    done = published.destroy(EARLY, "example.com", EARLY, "example.net")

    assert done.code == 0, done.err
    assert published.txts("_mta-sts.example.com") == published.txts("_smtp._tls.example.net") == []
    assert published.mtasts("ledger", "--stack", "staging", "--sandbox", "--json").json == []
