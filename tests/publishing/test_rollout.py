"""A domain's whole life on the real engine: testing, a fortnight of reports, enforce, the ladder, an MX swap, a
roll-back, a retirement; each step by the verbs that judge it, each watched by a client that nobody here wrote."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from tests.namespaces import namespace
from tests.publishing.rehearsal import Rehearsal
from tools.rollout_story import STORY

pytestmark = pytest.mark.needs("namespaces")

DAY = 86400
OLD = ("mx1.example.com", "mx2.example.com")
SWAP = ("--swap", "mx2.example.com=mx3.example.com")


@pytest.fixture
def life(tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """The curtain rises: a sandbox with mail servers, one domain in the stack, nothing published."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    with namespace() as space:
        stage = Rehearsal(tmp_path, space)
        stage.start()
        try:
            yield stage
        finally:
            stage.stop()


def test_a_whole_life(life: Rehearsal) -> None:
    """What the verbs allow is published and seen; what they refuse is left alone and says why, and from when on."""
    _testing(life)
    _enforce(life)
    _ladder(life)
    _swap(life)
    _rollback(life)
    _retire(life)


def _testing(life: Rehearsal) -> None:
    life.publish()
    assert "'mode': 'testing'" in life.ask("example.com")

    life.receive(Policy(Mode.TESTING, DAY, OLD), 0, 14)
    before = life.yaml()
    early = life.act("promote", 6)

    assert early.code == 1
    assert "enforce-unproven" in early.out
    assert "not enough evidence" in early.out
    assert life.yaml() == before


def _enforce(life: Rehearsal) -> None:
    ready = life.act("ready", 15)
    assert ready.code == 0, ready.out + ready.err

    promoted = life.act("promote", 15)

    assert promoted.code == 0, promoted.out + promoted.err
    assert "+mode: enforce\n" in promoted.out
    assert "'mode': 'testing'" in life.ask("example.com"), "the verbs publish nothing"
    published = life.mtasts(*shlex.split(promoted.out.rpartition("now: mtasts ")[2]))
    assert published.code == 0, published.out + published.err
    assert "'mode': 'enforce'" in life.ask("example.com")
    assert "'max_age': 86400" in life.ask("example.com")


def _ladder(life: Rehearsal) -> None:
    """A fortnight under enforce proves enforce; that under testing does not."""
    assert life.act("promote", 15.5).code == 1

    life.receive(Policy(Mode.ENFORCE, DAY, OLD), 15, 29)
    climbed = life.act("promote", 30)

    assert climbed.code == 0, climbed.out + climbed.err
    assert "-max_age: 1d\n+max_age: 1w\n" in climbed.out
    life.publish()
    assert "'max_age': 604800" in life.ask("example.com")


def _swap(life: Rehearsal) -> None:
    """Union policy, wait, DNS, wait, clean-up: DNS and policy never disagree for any sender."""
    life.add_host("mx3.example.com")
    first = life.act("mx", 31, *SWAP)
    assert first.code == 0, first.out + first.err
    assert "+  - mx3.example.com\n" in first.out
    life.publish()
    assert f"'mx': {[*OLD, 'mx3.example.com']}" in life.ask("example.com")

    life.mx("example.com", "mx1.example.com", "mx3.example.com")
    gone = life.act("mx", 40, *SWAP)
    assert gone.code == 0
    assert " 7 next  wait " in gone.out
    assert "- mx2.example.com" in life.yaml(), "senders may still have the old MX set"

    last = life.act("mx", 40.2, *SWAP)
    assert last.code == 0
    assert "-  - mx2.example.com\n" in last.out
    life.publish()
    assert "'mx': ['mx1.example.com', 'mx3.example.com']" in life.ask("example.com")
    assert "all done" in life.act("mx", 40.3, *SWAP).out


def _rollback(life: Rehearsal) -> None:
    back = life.act("rollback", 45)

    assert back.code == 0, back.out + back.err
    assert "-mode: enforce\n-max_age: 1w\n+mode: testing\n+max_age: 1d\n" in back.out
    assert "senders that look again when a message fails" in back.out
    life.publish()
    assert "'mode': 'testing'" in life.ask("example.com")
    ids = [one["id"] for one in life.ledger()]
    assert len(set(ids)) == len(ids), "an id that returns would hide the roll-back (RFC 8461 s3.1)"


def _retire(life: Rehearsal) -> None:
    """Mode none, wait for the longest that was ever published, remove; the last domain takes the stack with it."""
    assert life.act("retire", 46).code == 0
    assert "mode: none" in life.yaml()
    life.publish()
    assert "'mode': 'none'" in life.ask("example.com")

    # By the ledger's own clock everything was published within this minute, and enforce held a week.
    waiting = life.act("retire", 6)
    assert waiting.code == 1
    assert "removal-too-early" in waiting.out
    assert "max_age 1 week" in waiting.out
    assert "mode: none" in life.yaml()

    ledger = life.ledger()
    assert [one["text"] for one in ledger] == [render_policy(act.policy) for act in STORY if act.policy]
    assert all(one["named_until"] for one in ledger[:-1]), "the engine's history tells when an id left DNS"

    done = life.act("retire", 60)
    assert done.code == 0, done.out + done.err
    assert "now: mtasts destroy --stack staging" in done.out
    assert "--remove-before-date example.com" in done.out, "by the clock that publishes its date has not come"
    gone = life.destroy("--remove-before-date", "example.com")
    assert gone.code == 0, gone.err
    assert "NONE" in life.ask("example.com")
