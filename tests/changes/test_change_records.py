"""Rules about what stands around the policy."""

from datetime import timedelta

import pytest

from mtasts.changes.facts import InTheWay
from mtasts.level import Level
from mtasts.policy.config import DnsZone
from tests.changes.steps import DAY, MX, NOW, WEEK, at, facts, findings, policy, published

ENFORCE, TESTING, NONE = policy(), policy("testing", DAY), policy("none", DAY)


BLIND, LONGER = policy(rua=()), policy(max_age=2 * WEEK, rua=())


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (ENFORCE, BLIND, Level.BLOCK),
        (TESTING, BLIND, Level.BLOCK),
        (policy("testing", DAY, rua=()), BLIND, Level.BLOCK),
        (None, BLIND, Level.BLOCK),
        (BLIND, LONGER, Level.BLOCK),
        (BLIND, policy(rua=(), mx=MX[:1]), Level.BLOCK),
        (BLIND, policy(rua=(), max_age=DAY), Level.WARN),
        (BLIND, policy(rua=(), ttl=60), Level.WARN),
        (ENFORCE, policy("testing", DAY, rua=()), Level.WARN),
        (None, policy("testing", DAY, rua=()), Level.WARN),
        (ENFORCE, policy("none", DAY, rua=()), None),
        (BLIND, ENFORCE, None),
        (ENFORCE, None, None),
    ],
)
def test_a_policy_without_reports_is_blind(old, new, level):
    """It blocks into enforce and in it, never on the way back; not for none, which nobody reports on."""
    assert [one.level for one in findings(old, new, facts(), "no-tls-rpt")] == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (None, TESTING, [("ends", Level.BLOCK), ("stands", Level.WARN)]),
        (TESTING, ENFORCE, []),
        (NONE, None, []),
    ],
)
def test_what_is_in_the_way_of_a_first_publication(old, new, said):
    """A wildcard that takes the domain's mail blocks; what `up` would only refuse warns, with its own remedy."""
    seen = (InTheWay("stands", "delete", loses_mail=False), InTheWay("ends", "write", loses_mail=True))
    found = findings(old, new, facts(in_the_way=seen), "in-the-way")
    assert sorted((one.text, one.level) for one in found) == said
    assert {one.remedy for one in found} == ({"delete", "write"} if said else set())


@pytest.mark.parametrize(
    ("old", "new", "noted"),
    [
        (TESTING, policy(ttl=3600), False),
        (TESTING, policy(ttl=3601), True),
        (None, policy(ttl=3601), True),
        (policy(ttl=3601), policy(ttl=3601), False),
        (policy(ttl=3601), policy(ttl=3602), True),
        (policy(ttl=7200), policy(ttl=3601), False),
        (TESTING, policy("testing", DAY, ttl=DAY), False),
    ],
)
def test_a_long_ttl_slows_a_roll_back(old, new, noted):
    """Told when enforce begins with it, or it grows there."""
    assert [one.level for one in findings(old, new, facts(), "roll-back-slow")] == [Level.NOTE] * noted


@pytest.mark.parametrize(("old", "new", "noted"), [(3600, 300, True), (300, 300, False), (300, 3600, False)])
def test_a_lower_ttl_counts_later(old, new, noted):
    """When resolvers have dropped the record with the old one."""
    found = findings(policy(ttl=old), policy(ttl=new), facts(), "ttl-lowered")
    assert [one.earliest for one in found] == [NOW + timedelta(seconds=old)] * noted
    assert findings(None, policy(ttl=new), facts(), "ttl-lowered") == []
    assert findings(policy(ttl=old), None, facts(), "ttl-lowered") == []


def test_an_unfinished_publication_is_told():
    """The TXT names another id than the newest; not known, gone, or a removal: nothing to tell."""
    newest = published(ENFORCE, at(1))
    (found,) = findings(ENFORCE, ENFORCE, facts(newest, txt_id="older"), "publication-unfinished")
    assert found.level is Level.WARN
    assert found.text == "the TXT record names older, while the text of id0302T000000 is served"
    for known, new in [
        (facts(newest), ENFORCE),
        (facts(newest, txt_id=None), ENFORCE),
        (facts(published(ENFORCE, at(1), at(2)), txt_id="older"), ENFORCE),
        (facts(newest, txt_id="older"), None),
    ]:
        assert findings(ENFORCE, new, known, "publication-unfinished") == []


def test_a_move_to_another_home_is_told():
    """A host group that changes under a living policy, or another zone; not for a first or last step."""
    elsewhere = policy(host_group="other", dns=DnsZone("route53", "ZOTHER"))
    texts = [one.text for one in findings(ENFORCE, elsewhere, facts(), "moved")]
    assert texts == [
        "the policy host moves from host group example.com to other",
        "the records are taken out of route53 zone Z0123456789EXAMPLE",
    ]
    assert [one.remedy.partition(":")[0] for one in findings(ENFORCE, elsewhere, facts(), "moved")] == [
        "leave `host_group",
        "write `dns",
    ]
    assert len(findings(NONE, policy("testing", DAY, host_group="other"), facts(), "moved")) == 1
    assert findings(None, elsewhere, facts(), "moved") == findings(elsewhere, None, facts(), "moved") == []


OLD, NEW = DnsZone("route53", "Z0123456789EXAMPLE"), DnsZone("cloudflare", "a" * 32)


def test_a_move_in_two_steps_passes():
    """To be in both zones is no loss; to leave the old one needs the delegation, and its TTL after that."""
    both = policy(dns=NEW, leaving=OLD)
    assert findings(policy(dns=OLD), both, facts(), "moved") == []

    def ends(**known):
        return findings(both, policy(dns=NEW), facts(**known), "moved")

    ttl = timedelta(seconds=172_800)
    (unknown,) = ends()
    assert (unknown.level, unknown.earliest) == (Level.BLOCK, None)
    assert "have the NS records at the registrar lead there" in unknown.remedy
    (led_back,) = ends(arrived=NOW - 2 * ttl, answering=OLD.zone)
    assert "have the NS records" in led_back.remedy
    (early,) = ends(arrived=NOW - ttl + timedelta(seconds=1), answering=NEW.zone)
    assert early.earliest == NOW + timedelta(seconds=1)
    assert "leave `leaving` there until then" in early.remedy
    assert ends(arrived=NOW - ttl, answering=NEW.zone) == []
    assert ends(arrived=NOW, answering=NEW.zone, delegation_ttl=0) == []


def test_a_move_may_be_taken_back():
    """In two steps as well: nobody can say that no resolver was ever led to the new zone."""
    both, back = policy(dns=NEW, leaving=OLD), policy(dns=OLD)
    assert findings(both, policy(dns=OLD, leaving=NEW), facts(), "moved") == []
    for known in ({}, {"answering": OLD.zone}, {"answering": NEW.zone, "arrived": NOW - timedelta(days=9)}):
        assert findings(both, back, facts(**known), "moved") != []
    assert findings(both, back, facts(answering=OLD.zone, arrived=NOW - timedelta(days=9)), "moved") == []


def test_one_move_at_a_time():
    """A third zone waits until the first is left."""
    third = DnsZone("route53", "ZTHIRD")
    (found,) = findings(policy(dns=NEW, leaving=OLD), policy(dns=third, leaving=NEW), facts(), "moved")
    assert found.text == f"the records are taken out of route53 zone {OLD.zone}"
