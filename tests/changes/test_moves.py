"""What is published already and where it is to be: what may be done at one go, and what to write instead."""

from datetime import timedelta

import pytest

from mtasts.changes.moves import Arrival, Placed, lines, mark_text, marked_zone, move_problems, next_step
from mtasts.policy.config import DnsZone
from tests.changes.steps import NOW, policy

A, B, C = DnsZone("route53", "ZA"), DnsZone("cloudflare", "b" * 32), DnsZone("route53", "ZC")
BOTH = f"dns: {{provider: cloudflare, zone: {'b' * 32}, leaving: {{provider: route53, zone: ZA}}}}"


def told(new, *zones, **more):
    placed = {"example.com": Placed(frozenset(zones), **{"host_group": "example.com", "mode": "enforce", **more})}
    return [f"{problem.key}: {problem.message}" for problem in move_problems([new], placed, NOW)]


@pytest.mark.parametrize(
    ("new", "zones"),
    [
        (policy(dns=A), [A]),
        (policy(dns=B, leaving=A), [A]),
        (policy(dns=B, leaving=A), [A, B]),
        (policy(dns=A, leaving=B), [A, B]),
        (policy(dns=A), []),
    ],
)
def test_what_leaves_no_zone_is_allowed(new, zones):
    """As it is, on its way, half-way, turned about, and not yet published."""
    assert told(new, *zones) == []


def test_another_zone_at_one_go_is_refused_with_the_line_to_write():
    """The very line; it is the one that is allowed."""
    (line,) = told(policy(dns=B), A)
    assert line.startswith(f"dns: example.com is published in route53 zone ZA: write `{BOTH}` instead: the records are")
    assert told(policy(dns=B, leaving=C), A) == [
        f"dns.leaving: example.com is published in route53 zone ZA, which is neither of the two: write `{BOTH}`"
    ]
    (line,) = told(policy(dns=B, leaving=C), A, B)
    assert line.endswith(f"one move at a time; write `{BOTH}`")


def test_the_old_zone_is_left_when_the_delegation_has_been_away_for_long_enough():
    """Not known, a second too early, and then."""
    ttl = timedelta(days=2)
    (unknown,) = told(policy(dns=B), A, B)
    assert "have the NS records at the registrar lead there, then run `mtasts up` with both zones" in unknown
    assert unknown.endswith(f"(`{BOTH}`)")
    (early,) = told(policy(dns=B), A, B, arrived=Arrival(B.zone, NOW - ttl + timedelta(seconds=1)))
    assert "resolvers may keep the old one until 2026-03-31 12:01 UTC" in early
    assert told(policy(dns=B), A, B, arrived=Arrival(B.zone, NOW - ttl)) == []
    (other,) = told(policy(dns=A), A, B, arrived=Arrival(B.zone, NOW - ttl))
    assert "the delegation is not known to lead to the zone that stays" in other


@pytest.mark.parametrize("leaving", [None, A, B])
def test_no_third_zone_while_a_domain_moves(leaving):
    """Whatever is said of the two: the line that is told is allowed, and so is the other way about."""
    (line,) = told(policy(dns=C, leaving=leaving), A, B)
    assert "one move at a time: finish or undo it with `" in line
    assert told(policy(dns=A, leaving=B), A, B) == told(policy(dns=B, leaving=A), A, B) == []
    stays, other = (B, A) if leaving in (B, None) else (A, B)
    assert f"`{lines(stays, other)}`" in line


def test_a_name_stays_with_its_distribution():
    """Whatever the mode, and before the first TXT; a state that does not tell the group is not argued with."""
    new = policy(dns=A, host_group="other")
    (line,) = told(new, A)
    assert line.startswith(
        "host_group: the distribution of host group example.com has the name mta-sts.example.com: leave `host_group:"
    )
    assert "when its date has come take its file away and run `mtasts up`" in line
    assert told(new, A, mode="none") == told(new, mode="") == [line]
    assert told(new, A, host_group="") == []


@pytest.mark.parametrize(
    ("values", "zone"),
    [
        ([mark_text("ZA")], "ZA"),
        ([mark_text("ZA"), "something else"], "ZA"),
        ([mark_text("ZA"), mark_text("ZB")], ""),
        ([], ""),
        (["v=spf1 -all"], ""),
    ],
)
def test_the_mark_of_a_zone(values, zone):
    """One, or none to rely on."""
    assert marked_zone(values) == zone


def test_what_comes_next():
    """Only for who moves: make them, have the delegation changed, wait, take `leaving` out."""
    moving, both = policy(dns=B, leaving=A), frozenset({A, B})
    assert next_step(policy(dns=A), Placed(frozenset({A})), NOW) == ""
    assert "those in route53 zone ZA stay as they are" in next_step(moving, Placed(frozenset({A})), NOW)
    assert "have the NS records changed at the registrar" in next_step(moving, Placed(both), NOW)
    last = next_step(moving, Placed(both, arrived=Arrival(B.zone, NOW)), NOW)
    assert (
        "from 2026-04-02 12:00 UTC on, take `leaving` out of its file (`dns: {provider: cloudflare, zone: bbb" in last
    )
