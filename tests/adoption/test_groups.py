"""Groups are few, fit the quota, keep together what belongs together, and never move a domain that has one."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from mtasts.adoption.groups import Member, propose
from mtasts.policy.schema import POLICY_SCHEMA

members = st.lists(
    st.builds(
        Member,
        domain=st.integers(0, 400).map("d{}.example".format),
        provider=st.sampled_from(["route53", "cloudflare", ""]),
        apex=st.sampled_from(["a.example", "b.example", "c.example", ""]),
        enforcing=st.booleans(),
    ),
    unique_by=lambda one: one.domain,
    max_size=60,
)
capacities = st.sampled_from([1, 2, 3, 10, 100])


def many(count, **values):
    return [Member(f"d{number:03}.example", **values) for number in range(count)]


@given(members, capacities)
def test_as_few_as_can_be_and_none_too_full(every, capacity):
    groups = propose(every, capacity)
    assert set(groups) == {one.domain for one in every}
    counted = Counter(groups.values())
    assert all(count <= capacity for count in counted.values())
    assert len(counted) == ceil(len(every) / capacity)


@given(members, members, capacities)
def test_more_domains_later_move_none(first, second, capacity):
    """What was written stands in the files; the new ones fill places of their kind, or begin groups of their own."""
    groups = propose(first, capacity)
    placed = [replace(one, group=groups[one.domain] or one.domain) for one in first]
    new = [one for one in second if one.domain not in groups]
    later = propose([*placed, *new], capacity)
    assert set(later) == {one.domain for one in new}
    counted = Counter([one.group for one in placed] + [later[one.domain] or one.domain for one in new])
    assert all(count <= capacity for count in counted.values())


@given(members, capacities)
def test_the_order_of_what_is_found_says_nothing(every, capacity):
    assert propose(every, capacity) == propose(every[::-1], capacity)


@given(members, capacities)
def test_names_are_what_a_policy_file_takes(every, capacity):
    import re

    pattern = re.compile(POLICY_SCHEMA["properties"]["host_group"]["pattern"])
    assert all(not name or pattern.match(name) for name in propose(every, capacity).values())


def test_modes_and_providers_are_apart_where_it_costs_nothing():
    every = [
        *(Member(f"e{n}.example", "route53", "", True) for n in range(10)),
        *(Member(f"t{n}.example", "route53", "", False) for n in range(8)),
        *(Member(f"c{n}.example", "cloudflare", "", False) for n in range(9)),
    ]
    groups = propose(every, 10)
    assert set(groups.values()) == {"enforce-route53-1", "testing-route53-1", "testing-cloudflare-1"}
    assert len({groups[f"t{n}.example"] for n in range(8)}) == 1


def test_modes_share_where_apart_would_need_another_distribution():
    every = [Member(f"e{n}.example", "route53", "", n % 2 == 0) for n in range(10)]
    assert set(propose(every, 10).values()) == {"shared-1"}


def test_a_zone_stays_whole_where_it_fits():
    every = [
        *(Member(f"a{n}.one.example", "route53", "one.example") for n in range(6)),
        *(Member(f"a{n}.two.example", "route53", "two.example") for n in range(6)),
        *(Member(f"a{n}.three.example", "route53", "three.example") for n in range(4)),
        *(Member(f"a{n}.four.example", "route53", "four.example") for n in range(4)),
    ]
    groups = propose(every, 10)
    for zone in ("one", "two", "three", "four"):
        assert len({name for domain, name in groups.items() if domain.endswith(f".{zone}.example")}) == 1
    assert len(set(groups.values())) == 2


def test_a_group_of_one_zone_has_its_name():
    groups = propose([Member(f"a{n}.shop.example", "route53", "shop.example") for n in range(12)], 10)
    assert sorted(set(groups.values())) == ["shop.example-1", "shop.example-2"]


def test_one_domain_is_a_group_by_itself():
    assert propose([Member("shop.example")], 10) == {"shop.example": ""}


def test_a_domain_that_is_alone_by_its_file_is_not_joined():
    """Nobody asked its owner; a group that others share already has been."""
    alone = Member("a.example", "route53", "", True, "a.example")
    shared = Member("b.example", "route53", "", True, "shared-1")
    groups = propose([alone, shared, Member("c.example", "route53", "", True)], 10)
    assert groups == {"c.example": "shared-1"}


def test_a_full_group_is_followed_by_a_new_one():
    full = [replace(one, group="shared-1") for one in many(3)]
    assert propose([*full, Member("z.example"), Member("zz.example")], 3) == {
        "z.example": "shared-2",
        "zz.example": "shared-2",
    }


def test_ten_thousand_domains():
    """A hundred to a group, as with the quota raised: a hundred groups, which just fit."""
    groups = propose([Member(f"d{n:05}.example", "route53", f"d{n:05}.example") for n in range(10_000)], 100)
    counted = Counter(groups.values())
    assert len(counted) == 100
    assert set(counted.values()) == {100}
    names = sorted(groups.items())
    assert sum(first[1] != second[1] for first, second in pairwise(names)) == 99
