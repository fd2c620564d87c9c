"""A published domain moves to another zone: never without its record, and resumable; or it is refused."""

import pytest

from tests.publishing.moving import DOMAIN, FIRST, MARK, SECOND, THIRD, Moving, killed_when
from tests.publishing.stage import Stage


@pytest.fixture
def moving(stage: Stage, tmp_path) -> Moving:
    moving = Moving(stage, tmp_path / "project")
    moving.begin()
    return moving


def test_a_move_has_no_moment_without_the_records(moving: Moving) -> None:
    """Zone to zone of one provider, then to another provider; killed in the middle; refused when too early."""
    first = moving.records(FIRST)
    ours = {key for key in first if "sts" in key[0] or "_smtp" in key[0]}
    with moving.asked_all_the_time():
        # At one go: refused, with the line to write.
        moving.write(SECOND)
        moving.refused(
            "example.com is published in route53 zone Z0123456789EXAMPLECOM: write `dns: {provider: route53, zone:"
            " ZSECOND, leaving: {provider: route53, zone: Z0123456789EXAMPLECOM}}` instead",
        )

        # In both, after a run that was killed when the first new record was there; the TXT, which comes last, was not.
        moving.write(SECOND, leaving=FIRST)
        moving.stage.fault("edge-down")
        killed_when(moving, lambda: moving.records(SECOND))
        moving.stage.fault("clear")
        done = moving.run()
        assert done.code == 0, done.err
        assert "TXT _mta-sts.example.com in zone ZSECOND" in {step["what"] for step in done.domain(DOMAIN)["steps"]}
        assert "have the NS records changed at the registrar, then run `mtasts up` again" in done.err
        assert {key: moving.records(SECOND)[key] for key in ours} == {key: first[key] for key in ours}
        assert {key: moving.records(FIRST)[key] for key in ours} == {key: first[key] for key in ours}
        assert (moving.stage.txts(MARK), done.domain(DOMAIN)["id"]) == (
            [f"zone={FIRST['zone']}"],
            {"before": moving.stage.id(DOMAIN), "after": moving.stage.id(DOMAIN)},
        )
        # The delegation has not moved: the old records stay.
        moving.write(SECOND)
        moving.refused(
            "the delegation is not known to lead to the zone that stays: have the NS records at the registrar"
        )

        # It has, but resolvers may have the old one for two days.
        moving.write(SECOND, leaving=FIRST)
        moving.zone("delegate", SECOND)
        noted = moving.run()
        assert noted.code == 0, noted.err
        assert "take `leaving` out of its file (`dns: {provider: route53, zone: ZSECOND}`)" in noted.err
        moving.write(SECOND)
        moving.refused("the delegation leads to the zone that stays since ", "resolvers may keep the old one until ")
        moving.keep_old_delegation_for(0)

        # Who changes it back now is refused by the hook, in the preview too.
        moving.zone("delegate", FIRST)
        back = moving.run("preview")
        assert back.code == 1
        assert "the delegation does not lead to zone ZSECOND yet (zone Z0123456789EXAMPLECOM answers)" in back.err
        moving.zone("delegate", SECOND)

        gone = moving.run()
        assert gone.code == 0, gone.err
        assert {key for key in moving.records(FIRST) if key in ours} == set()
        assert moving.stage.txts(MARK) == []
        assert gone.domain(DOMAIN)["id"]["after"] == moving.stage.id(DOMAIN)

        # To another provider.
        moving.write(THIRD, leaving=SECOND)
        done = moving.run()
        assert done.code == 0, done.err
        moving.zone("delegate", THIRD)
        assert moving.stage.txts(MARK) == [f"zone={THIRD['zone']}"]
        assert moving.run().code == 0
        moving.write(THIRD)
        gone = moving.run()
        assert gone.code == 0, gone.err
        assert {key for key in moving.records(SECOND) if key in ours} == set()
    again = moving.run()
    assert (again.code, again.json["changes"].keys() - {"same"}) == (0, set()), again.out


def test_a_copy_in_the_new_zone_is_seen_before_the_delegation(moving: Moving) -> None:
    """Cloudflare copies a zone's records when it is added. DNS shows none of it, and a second TXT would be made."""
    moving.zone("delegate", THIRD)
    for name, kind, value in (
        (f"_mta-sts.{DOMAIN}", "TXT", "v=STSv1; id=20240101000000Z;"),
        (f"mta-sts.{DOMAIN}", "A", "192.0.2.8"),
    ):
        assert moving.stage.mtasts("sandbox", "record", name, kind, value).code == 0
    moving.zone("delegate", FIRST)
    moving.write(THIRD, leaving=FIRST)
    there = f"has a record in cloudflare zone {THIRD['zone']} that this stack did not make"
    for verb in ("preview", "up"):
        done = moving.run(verb)
        assert done.code == 1, done.err
        assert f'_mta-sts.{DOMAIN} {there}: TXT "v=STSv1; id=20240101000000Z;"' in done.err
        assert f"mta-sts.{DOMAIN} {there}: A 192.0.2.8" in done.err
        assert "hint: delete it in that zone, then publish" in done.err
        assert "81053" not in done.err
        assert done.domain(DOMAIN)["failed"]
    # A roll-back reaches the zone that answers all the same.
    before = moving.stage.id(DOMAIN)
    moving.stage.edit(DOMAIN, mode="testing")
    done = moving.run()
    assert done.code == 1, done.err
    assert moving.stage.id(DOMAIN) != before
    assert b"mode: testing" in moving.stage.body(DOMAIN)
    told = moving.stage.outputs()["domains"][DOMAIN]
    assert (told["mode"], told["id"]) == ("testing", moving.stage.id(DOMAIN))

    moving.zone("delegate", THIRD)
    assert moving.stage.txts(f"_mta-sts.{DOMAIN}") == ["v=STSv1; id=20240101000000Z;"]
    for name, kind in ((f"_mta-sts.{DOMAIN}", "TXT"), (f"mta-sts.{DOMAIN}", "A")):
        assert moving.stage.mtasts("sandbox", "record", name, kind).code == 0
    moving.zone("delegate", FIRST)
    assert moving.run().code == 0
    moving.zone("delegate", THIRD)
    assert moving.stage.txts(f"_mta-sts.{DOMAIN}") == [f"v=STSv1; id={moving.stage.id(DOMAIN)};"]
