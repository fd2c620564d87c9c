"""The three sources say the same of the same estate; names that are no mail domain's are said."""

import pytest

from mtasts.adoption.estate import Found, Listed, Listing, find, mail_only, merged
from mtasts.adoption.survey import StandingRecord
from mtasts.live.estate.octodns import read_octodns
from mtasts.live.estate.terraform import read_terraform
from mtasts.live.estate.zone_files import read_zone_files
from tests.adoption.estates import DOMAINS, OCTODNS, SHOWN, STATE, ZONES


def listed(name, kind="TXT", values=("v=STSv1; id=1;",)):
    return Listed(StandingRecord(name, kind, values), "a.zone:1")


def facts(found: Found):
    """What is listed, without where."""
    return {
        "own": sorted(
            (one.record.name, one.record.kind, value, one.record.ttl)
            for one in found.own
            for value in one.record.values
        ),
        "mail": sorted({(one.record.name, value) for one in found.mail for value in one.record.values}),
        "wildcards": sorted({(one.record.name, one.record.kind) for one in found.wildcards}),
    }


@pytest.mark.parametrize(
    ("read", "source"),
    [(read_octodns, OCTODNS), (read_terraform, STATE), (read_terraform, SHOWN)],
    ids=["octodns", "state", "shown"],
)
def test_every_source_says_the_same_of_the_estate(read, source):
    """Names, types, values, TTLs, the MX and the wildcards, as the zone files have them."""
    by_zone, _ = find(read_zone_files(ZONES))
    found, wrong = find(read(source))
    assert wrong == ()
    assert [one.domain for one in found] == list(DOMAINS)
    for one, zone in zip(found, by_zone, strict=True):
        assert facts(one) == facts(zone), one.domain


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("_mta-sts.com", "one label"),
        ("_mta-sts.*.shop.example", "is no mail domain's"),
        ("_mta-sts.a_b.example", "underscore"),
        ("_smtp._tls." + "a" * 64 + ".example", "64 characters"),
    ],
)
def test_a_name_that_is_no_mail_domains_is_said(name, why):
    found, wrong = find(Listing((listed(name),)))
    assert found == ()
    assert why in wrong[0].why


def test_a_domain_is_found_by_any_of_its_names():
    for name, kind in (("_mta-sts", "TXT"), ("_smtp._tls", "CNAME"), ("mta-sts", "AAAA")):
        (found,), _ = find(Listing((listed(f"{name}.shop.example", kind),)))
        assert found.domain == "shop.example"
    assert find(Listing((listed("mta-sts.shop.example", "TXT"), listed("my-mta-sts.shop.example", "A")))) == ((), ())


def test_domains_with_mail_and_nothing_else_are_counted_apart():
    listing = Listing((listed("_mta-sts.a.example"), listed("b.example", "MX"), listed("*.c.example", "MX")))
    assert mail_only(listing, find(listing)[0]) == ("b.example",)


def test_records_with_ids_of_their_own_stay_single():
    """Cloudflare has a record for each value, and each is adopted by its id."""
    two = [Listed(StandingRecord("_mta-sts.a.example", "TXT", (value,), 300, id=value), "x") for value in "ab"]
    assert merged(two) == tuple(two)


def test_wildcards_are_listed_from_the_nearest_up():
    (found,), _ = find(
        Listing((listed("_mta-sts.a.b.example"), listed("*.b.example", "MX"), listed("*.a.b.example", "A")))
    )
    assert [one.record.name for one in found.wildcards] == ["*.a.b.example", "*.b.example"]
