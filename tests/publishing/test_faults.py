"""What goes wrong in the world: the TXT stays as it was, the reason is told, the next run heals."""

import pytest


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (["stale-edge", "3600"], "still serves another policy (mode testing, max_age 86400 (1 day))"),
        (["wrong-certificate"], "certificate"),
        (["redirect"], "redirect"),
        (["edge-down"], "mta-sts.example.com"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
@pytest.mark.engines
def test_an_edge_that_is_not_right_keeps_the_txt(watched, monkeypatch, fault, reason):
    """Stale, wrong certificate, redirect, down: the update fails with what was seen; once fixed, a run heals it."""
    stage, _ = watched
    stage.environment["MTASTS_READ_BACK_DEADLINE"] = "5"
    before = stage.txt("example.com")
    told = stage.outputs()["domains"]
    stage.edit("example.com", mode="enforce")

    stage.fault(*fault)
    failed = stage.up()
    told_after = stage.outputs()["domains"]
    kept = stage.txt("example.com")
    stage.fault("clear")
    del stage.environment["MTASTS_READ_BACK_DEADLINE"]
    healed = stage.up()

    assert failed.code == 1
    assert "example.com: the new policy was not seen within 5 s" in failed.err
    assert reason in failed.err
    assert kept == before
    assert told_after == told  # what is published, not what was wanted
    assert stage.outputs()["domains"]["example.com"]["mode"] == "enforce"
    assert healed.code == 0, healed.err
    assert stage.txt("example.com") != before
    assert b"mode: enforce" in stage.body("example.com")


def test_a_slow_edge_only_takes_longer(watched):
    """A policy that comes within the deadline is waited for, and then published."""
    stage, _ = watched
    stage.edit("example.com", mode="enforce")

    stage.fault("stale-edge", "3")
    done = stage.up()

    assert done.code == 0, done.err
    assert b"mode: enforce" in stage.body("example.com")


@pytest.mark.engines
def test_a_provider_error_at_every_call_of_a_rotation(watched):
    """Whichever call of a rotation fails, the run says so, nothing is out of step, and a re-run converges."""
    stage, _ = watched
    modes = ["enforce", "testing"]
    failures = 0
    for k in range(1, 10):
        stage.edit("example.com", mode=modes[(k + 1) % 2])
        stage.fault("provider-error", str(k))
        done = stage.up()
        stage.fault("clear")
        if done.code == 0:
            break
        failures += 1
        healed = stage.up()
        assert healed.code == 0, healed.err
        assert f"mode: {modes[(k + 1) % 2]}".encode() in stage.body("example.com")
    # A rotation has two provider calls: the object and the TXT (the id is the engine's own).
    assert failures == 2


def test_what_a_cloud_refuses_is_told_with_its_cause(published):
    """Credentials that may not: the cause, the code, and what to do. What is taken is seen before (test_first_look)."""
    published.add("shop.example.net", like="example.net", mx=["eu1.mail.example.net"])
    published.fault("access-denied", "--on", "cloudflare:*")
    denied = published.up()
    published.fault("clear")
    assert denied.code == 1
    assert "Cloudflare does not accept these credentials for this zone (10000: Authentication error)" in denied.err
    assert "Zone.DNS:Edit" in denied.err
    healed = published.up()
    assert healed.code == 0, healed.err
    assert published.txt("shop.example.net") is not None
