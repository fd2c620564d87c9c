"""One domain that fails for good among ten, with an edge that is late: the other nine are published each time."""

import pytest

from mtasts.policy.policy_id import belongs
from tests.publishing.stage import Stage

BAD = "unknown-zone.example"
GOOD = (
    "example.com",
    "example.net",
    *(f"good{number}.example" for number in range(1, 8)),
)


@pytest.fixture
def ten(tmp_path, engine, monkeypatch):
    """A sandbox with ten domains; `unknown-zone.example` names a zone that is not in the account."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    for number, domain in enumerate((BAD, *GOOD[2:])):
        zone = {"provider": "route53", "zone": f"Z0123456789GOOD{number}"}
        if number % 2:
            zone = {"provider": "cloudflare", "zone": f"0123456789abcdef01234567{number:08}"}
        stage.add(domain, like="example.com", dns=zone)
    stage.start()
    stage.edit(BAD, dns={"provider": "route53", "zone": "Z0123456789NOTHERE"})
    yield stage
    stage.stop()


def test_a_failing_domain_does_not_keep_nine_others_from_being_published(ten):
    """First publication, flip and roll-back: nine announce what they serve; exit code and rows name the one,
    and the outputs do not.
    """
    ten.fault("stale-edge", "3")
    announced = {}
    for mode in ("testing", "enforce", "testing"):
        for domain in (BAD, *GOOD):
            ten.edit(domain, mode=mode)
        done = ten.up()

        assert done.code == 1, (mode, done.err)
        assert {row["domain"]: row["failed"] for row in done.json["domains"]} == {BAD: True} | dict.fromkeys(
            GOOD, False
        )
        assert "Traceback" not in done.err
        assert "Exception calling application" not in done.err
        assert any(BAD in problem["message"] for problem in done.json["problems"])
        for domain in GOOD:
            body = ten.body(domain).decode()
            assert f"mode: {mode}\r\n" in body
            assert belongs(ten.id(domain), body) is True, (mode, domain, done.err)
            assert announced.get(domain) != ten.id(domain)
            announced[domain] = ten.id(domain)
        assert ten.txt(BAD) is None
        told = done.json["outputs"]["domains"]
        assert {domain: (entry["mode"], entry["id"]) for domain, entry in told.items()} == {
            domain: (mode, announced[domain]) for domain in GOOD
        }

    not_served_together(ten, told)


def not_served_together(ten, told):
    """Then nine that are not served, behind one worker: they share one deadline instead of waiting for one each."""
    ten.fault("stale-edge", "3600")
    ten.environment["MTASTS_READ_BACK_DEADLINE"] = "30"
    for domain in GOOD:
        ten.edit(domain, mode="enforce")
    done = ten.mtasts(*ten.words("up"), "--parallel", "1")

    assert sum("was not seen within 30 s" in problem["message"] for problem in done.json["problems"]) == len(GOOD)
    # One deadline each would take at least as long as this, however quick the machine is.
    assert done.json["seconds"] < len(GOOD) * 30, done.json["seconds"]
    assert done.json["outputs"]["domains"] == told
