"""A published domain is turned about in every way that a file allows: the planned move, or nothing is touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.moving import DOMAIN, FIRST, MARK, SECOND, THIRD, Moving, killed_when
from tests.publishing.stage import Stage

GONE = {"provider": "route53", "zone": "ZNOTTHERE"}


@pytest.fixture
def stage(tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A running sandbox, nothing published yet."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    stage.start()
    yield stage
    stage.stop()


def right(moving: Moving, *more: str):
    """An update that goes through."""
    done = moving.run("up", *more)
    assert done.code == 0, done.err
    return done


def test_every_turn_of_a_zone_move(stage: Stage, tmp_path: Path) -> None:
    """Killed and taken back, on to a third zone, back at one go, turned about; the next right file always converges."""
    moving = Moving(stage, tmp_path / "project")
    moving.begin()
    ours = {key for key in moving.records(FIRST) if "sts" in key[0] or "_smtp" in key[0]}
    with moving.asked_all_the_time():
        moving.write(SECOND, leaving=FIRST)
        stage.fault("edge-down")
        killed_when(moving, lambda: moving.records(SECOND))
        stage.fault("clear")
        moving.write(FIRST)
        right(moving)
        assert not ours & moving.records(SECOND).keys()

        moving.write(SECOND, leaving=FIRST)
        right(moving)
        for leaving, stays, other in ((FIRST, FIRST, SECOND), (SECOND, SECOND, FIRST), (None, FIRST, SECOND)):
            moving.write(THIRD, leaving=leaving)
            moving.refused(
                "one move at a time: finish or undo it with `dns: {provider: route53, zone: "
                f"{stays['zone']}, leaving: {{provider: route53, zone: {other['zone']}}}}}`"
            )

        # It arrives, and is led back. That it was at the second zone for long does not free the records there.
        moving.write(SECOND, leaving=FIRST)
        moving.zone("delegate", SECOND)
        right(moving)
        moving.keep_old_delegation_for(0)
        moving.zone("delegate", FIRST)
        moving.write(FIRST)
        moving.refused("the delegation is not known to lead to the zone that stays")

        # Turned about without a run in between: it counts from now, not from when the other zone answered.
        moving.write(FIRST, leaving=SECOND)
        assert "time of the move" in {step["what"] for step in right(moving).domain(DOMAIN)["steps"]}
        moving.keep_old_delegation_for(172_800)
        moving.write(FIRST)
        moving.refused("resolvers may keep the old one until ")
        moving.keep_old_delegation_for(0)
        right(moving)
        assert not ours & moving.records(SECOND).keys()
        assert stage.txts(MARK) == []

    # A new zone that is not there holds no roll-back: neither the text nor the record, in the zone that answers.
    before = stage.id(DOMAIN)
    moving.write(GONE, leaving=FIRST)
    stage.edit(DOMAIN, mode="testing")
    done = moving.run()
    assert done.code == 1
    assert "its DNS zone is not there" in done.err
    assert b"mode: testing" in stage.body(DOMAIN)
    assert stage.id(DOMAIN) != before
    assert stage.outputs()["domains"][DOMAIN]["id"] == stage.id(DOMAIN)
    moving.write(FIRST)
    right(moving)
    assert set(right(moving).json["changes"]) == {"same"}


def test_every_turn_of_a_host(stage: Stage, tmp_path: Path) -> None:
    """A name that a distribution has goes to no other, whatever the mode; the way that is told is gone, twice."""
    name = f"the distribution of host group {DOMAIN} has the name mta-sts.{DOMAIN}: leave `host_group: {DOMAIN}` in its"
    moving = Moving(stage, tmp_path / "project")
    stage.edit(DOMAIN, mode="testing")
    file = stage.policies / "staging" / f"{DOMAIN}.yaml"

    # A first publication that was begun, and did not come to its TXT.
    stage.environment["MTASTS_READ_BACK_DEADLINE"] = "1"
    stage.fault("edge-down")
    assert moving.run().code == 1
    stage.fault("clear")
    del stage.environment["MTASTS_READ_BACK_DEADLINE"]
    right_file = file.read_bytes()
    stage.edit(DOMAIN, host_group="other")
    moving.refused(name)
    again = file.read_bytes()
    file.unlink()
    gone = right(moving)
    assert "distribution" in {step["what"] for step in gone.json["shared"] if step["op"] == "delete"}
    file.write_bytes(again)
    right(moving)
    assert stage.id(DOMAIN)

    # A published domain that is retired: not while it is there, and then as a new one.
    stage.edit(DOMAIN, mode="none")
    right(moving)
    stage.edit(DOMAIN, host_group=DOMAIN)
    moving.refused("has the name mta-sts.example.com: leave `host_group: other` in its file")
    file.unlink()
    right(moving, "--remove-before-date", DOMAIN)
    file.write_bytes(right_file)
    right(moving)
    assert b"mode: testing" in stage.body(DOMAIN)

    # What all depend on cannot be replaced: refused before what depends on nothing is changed.
    moving.keep_old_delegation_for(0, region="eu-west-1")
    stage.edit(DOMAIN, mode="none")
    before = stage.events()
    for verb in ("preview", "up"):
        done = moving.run(verb)
        assert done.code == 1
        assert "policies-bucket is protected" in done.err
        assert "hint: put `aws:region` of the stack's settings back" in done.err
    assert "mtasts: nothing was touched" in done.err
    assert done.domain(DOMAIN)["failed"]
    assert done.domain(DOMAIN)["because"] == ["policies-bucket"]
    assert stage.events() == before
    moving.keep_old_delegation_for(0)
    right(moving)
