"""Somebody changed by hand what is published: what `verify` says to do repairs exactly that."""

import re

import pytest

pytestmark = pytest.mark.xdist_group("remedies")
TXT = "v=STSv1; id=20200101000000;"
_COMMAND = re.compile(r"`(mtasts up[^`]*)`")


def by_hand(stage, domain):
    """Everything of one domain that a person can change and that the YAML names."""
    stage.change_policy(domain, b"max_age: 86400", b"max_age: 60")
    stage.record(f"_mta-sts.{domain}", "TXT", TXT, ttl=900)
    stage.record(f"_smtp._tls.{domain}", "TXT", "v=TLSRPTv1; rua=mailto:else@example.com")


def gone(stage, domain):
    """The same, deleted."""
    stage.delete_policy(domain)
    stage.record(f"_mta-sts.{domain}", "TXT")
    stage.record(f"_smtp._tls.{domain}", "TXT")


@pytest.mark.parametrize(
    ("domain", "change", "seen"),
    [
        ("example.com", by_hand, {"text-as-desired", "id-as-desired", "tls-rpt-as-desired", "ttl-as-desired"}),
        ("example.net", gone, {"text-as-desired", "id-as-desired", "tls-rpt-as-desired"}),
        ("example.net", by_hand, {"text-as-desired", "id-as-desired", "tls-rpt-as-desired", "ttl-as-desired"}),
        ("example.com", gone, {"text-as-desired", "id-as-desired", "tls-rpt-as-desired"}),
    ],
    ids=["changed, Route 53", "deleted, Cloudflare", "changed, Cloudflare", "deleted, Route 53"],
)
def test_what_was_changed_by_hand(broken, domain, change, seen):
    """The command in the findings' own fix puts text, TTL and report address back, and an id that no other text had."""
    before, id_before = (broken.txts(f"_smtp._tls.{domain}"), broken.body(domain)), broken.id(domain)
    clean = set(broken.findings(domain))
    assert not clean & seen

    change(broken, domain)
    found = broken.findings(domain)
    assert seen <= set(found)
    commands = {_COMMAND.search(found[check]["remedy"])[1] for check in seen}
    assert commands == {"mtasts up --refresh"}
    drift = broken.run("mtasts preview --refresh --expect-no-changes")
    assert drift.code == 1
    (command,) = commands
    repaired = broken.run(command)

    assert repaired.code == 0, repaired.err
    assert (broken.txts(f"_smtp._tls.{domain}"), broken.body(domain)) == before
    # Who fetched the other text keeps it as long as the id is the same (RFC 8461 s3.1).
    assert (broken.id(domain) == id_before) is (change is gone)
    assert bool([note for note in repaired.json["notes"] if "another text was served" in note]) is (change is by_hand)
    assert set(broken.findings(domain)) == clean
    settled = broken.run("mtasts preview --refresh --expect-no-changes")
    assert settled.code == 0, settled.out


def unled(stage, domain):
    """The policy host's records deleted."""
    stage.record(f"mta-sts.{domain}", "A")
    stage.record(f"mta-sts.{domain}", "AAAA")


def led_away(stage, domain):
    """The policy host's record with another target."""
    stage.record(f"mta-sts.{domain}", "CNAME", "elsewhere.example.")


@pytest.mark.parametrize(
    ("domain", "change"), [("example.com", unled), ("example.net", led_away)], ids=["deleted, Route 53", "Cloudflare"]
)
def test_the_host_was_changed_by_hand(broken, domain, change):
    """Where no policy can be fetched, the fix of the comparison with the YAML brings the host back; the id stays."""
    clean, id_before = set(broken.findings(domain)), broken.id(domain)

    change(broken, domain)
    found = broken.findings(domain)
    assert {"host-addresses", "text-as-desired"} <= set(found) - clean
    repaired = broken.run(_COMMAND.search(found["text-as-desired"]["remedy"])[1])

    assert repaired.code == 0, repaired.err
    assert set(broken.findings(domain)) == clean
    assert broken.id(domain) == id_before
