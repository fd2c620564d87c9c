"""Each oddity of the fixture estate is said once, by harm; what is well is not called odd."""

import pytest

from mtasts.adoption.estate import Found, Listed, Listing, find
from mtasts.adoption.odd import Harm, Seen, oddities
from mtasts.adoption.survey import StandingRecord
from mtasts.live.estate.octodns import read_octodns
from mtasts.live.estate.terraform import read_terraform
from mtasts.live.estate.zone_files import read_zone_files
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.verify.model import LookOutcome, RuaLook
from tests.adoption.estates import OCTODNS, STATE, ZONES

WHOLE = {
    ("mail", "wildcard-mx-ended"): ("dept.corp.example",),
    ("policy", "host-missing"): ("nohost.example",),
    ("policy", "mta-sts-syntax"): ("wrong.example",),
    ("policy", "several-mta-sts"): ("two.example",),
    ("policy", "txt-missing"): ("notxt.example",),
    ("policy", "wildcard-answers"): ("wild.example",),
    ("reports", "dead-rua"): ("dept.corp.example",),
    ("reports", "several-tls-rpt"): ("two.example",),
    ("reports", "tls-rpt-missing"): ("nohost.example",),
    ("reports", "tls-rpt-syntax"): ("wrong.example",),
    ("reports", "wildcard-answers"): ("wild.example",),
}
BOTH = {
    ("policy", "mta-sts-syntax"): ("wrong.example",),
    ("policy", "several-mta-sts"): ("two.example",),
    ("reports", "several-tls-rpt"): ("two.example",),
    ("reports", "tls-rpt-syntax"): ("wrong.example",),
}
SHARED = {"corp.example", "dept.corp.example", "nohost.example", "xn--mller-kva.example"}


def rows(read, source):
    listing = read(source)
    return oddities(find(listing)[0], listing, {})


@pytest.mark.parametrize(
    ("read", "source", "wanted"),
    [(read_zone_files, ZONES, WHOLE), (read_octodns, OCTODNS, WHOLE), (read_terraform, STATE, BOTH)],
    ids=["zone", "octodns", "terraform"],
)
def test_all_harm_of_the_estate_is_said(read, source, wanted):
    """A state holds no whole zone: what is not in it may stand elsewhere."""
    found = rows(read, source)
    assert {(row.harm.word, row.code): row.domains for row in found if row.harm is not Harm.WORK} == wanted


def test_what_is_only_work_comes_last():
    """Typed and shared ids, led-away names, TTLs out of bounds, a report address that can be a default."""
    found = rows(read_zone_files, ZONES)
    work = {row.code: row for row in found if row.harm is Harm.WORK}
    assert [row.harm for row in found] == sorted(row.harm for row in found)
    assert set(work["id-shared"].domains) == SHARED
    assert {domain for row in found if row.code == "id-by-hand" for domain in row.domains} == {
        *SHARED,
        "news.shop.example",
    }
    assert work["delegated"].domains == ("led.example",)
    assert [row.text for row in found if row.code == "ttl" and "below" in row.text]
    assert [row.text for row in found if row.code == "ttl" and "above" in row.text]
    assert work["rua-shared"].domains == (
        "corp.example", "news.shop.example", "notxt.example", "quick.example", "shop.example", "xn--mller-kva.example",
    )  # fmt: skip


def test_a_domain_without_fault_has_no_row_of_its_own():
    assert {row.code for row in rows(read_zone_files, ZONES) if "shop.example" in row.domains} == {"rua-shared"}


POLICY = Policy(Mode.ENFORCE, 1209600, ("mx1.a.example",))
FOUND = Found(
    "a.example", mta_sts=(Listed(StandingRecord("_mta-sts.a.example", "TXT", ("v=STSv1; id=20260801120000;",)), "z:1"),)
)


def seen_rows(seen):
    return {(row.harm.word, row.code) for row in oddities((FOUND,), Listing(), {"a.example": seen})}


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (Seen(POLICY, mx=("mx1.a.example",), texts=("v=STSv1; id=20260801120000;",)), set()),
        (Seen(POLICY, mx=("mx2.a.example",)), {("mail", "mx-not-covered")}),
        (Seen(Policy(Mode.TESTING, 86400, ("mx1.a.example",)), mx=("mx2.a.example",)), {("policy", "mx-not-covered")}),
        (Seen(POLICY, mx=()), {("mail", "no-mx")}),
        (Seen(Policy(Mode.ENFORCE, 86400, ("mx1.a.example",)), mx=None), {("policy", "short-max-age")}),
        (Seen(Policy(Mode.TESTING, 3600, ("mx1.a.example",)), mx=None), {("work", "short-max-age")}),
        (Seen(Policy(Mode.NONE, 86400, ()), mx=("mx2.a.example",)), {("work", "mode-none")}),
        (Seen(trouble="mta-sts.a.example has no address"), {("policy", "policy-not-served")}),
        (Seen(POLICY, texts=("v=STSv1; id=2;",)), {("policy", "not-in-dns")}),
        (Seen(POLICY, texts=()), {("policy", "not-in-dns")}),
        (Seen(POLICY, rua=(RuaLook("mailto:a@b.example", LookOutcome.FAILED, "no MX"),)), {("reports", "dead-rua")}),
        (Seen(POLICY, rua=(RuaLook("mailto:a@b.example", LookOutcome.UNREACHABLE, "?"),)), set()),
    ],
)
def test_what_senders_see_is_held_against_the_source(seen, wanted):
    assert seen_rows(seen) == wanted


def test_two_zones_and_routing_policies_are_said():
    def at(zone, *, routed=False):
        record = StandingRecord(
            "_mta-sts.a.example", "TXT", ("v=STSv1; id=20260801120000;",), 300, "", "route53", zone, routed=routed
        )
        return Listed(record, "s")

    found = Found("a.example", mta_sts=(at("Z1"), at("Z2", routed=True)))
    codes = {row.code for row in oddities((found,), Listing(), {})}
    assert {"two-zones", "routed"} <= codes


def test_the_same_of_many_domains_is_one_row():
    many = tuple(
        Found(
            f"d{n}.example",
            mta_sts=(Listed(StandingRecord(f"_mta-sts.d{n}.example", "TXT", ("v=STSv1; id=7;",)), "z"),),
        )
        for n in range(500)
    )
    found = oddities(many, Listing(), {})
    assert [(row.code, len(row.domains)) for row in found] == [("id-by-hand", 500), ("id-shared", 500)]


def test_a_mailbox_domain_that_says_it_takes_no_mail_is_dead():
    """A null MX (RFC 7505) is a record, and no mail."""

    def listing(*records):
        return Listing(tuple(Listed(record, "z", "b.example") for record in records), apexes=frozenset({"b.example"}))

    announced = StandingRecord("_smtp._tls.a.example", "TXT", ("v=TLSRPTv1; rua=mailto:r@b.example",))
    for record, dead in (
        (StandingRecord("b.example", "MX", ("0 ",)), True),
        (StandingRecord("b.example", "MX", ("10 mx.b.example",)), False),
        (StandingRecord("b.example", "A"), False),
        (StandingRecord("c.b.example", "A"), True),
    ):
        whole = listing(announced, record)
        codes = {row.code for row in oddities(find(whole)[0], whole, {})}
        assert ("dead-rua" in codes) is dead
