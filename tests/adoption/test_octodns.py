"""octoDNS's YAML is read as octoDNS means it; what differs by who asks, or leads to other files, is said by line."""

import pytest

from mtasts.adoption.octodns import DEFAULT_TTL, UNREAD_LIMIT, read_zone, zone_of_file, zone_of_folder


def said(text):
    """{(name, type): (values, ttl)} and [(line, why)] of a file of the zone example.com."""
    listing = read_zone(text, "example.com.yaml", "example.com")
    records = {(one.record.name, one.record.kind): (one.record.values, one.record.ttl) for one in listing.records}
    return records, [(int(one.place.partition(":")[2] or 0), one.why) for one in listing.unread]


def test_every_form_of_a_record():
    """One record or a list, value or values, escaped and cut texts, targets with and without their last dot."""
    records, unread = said(
        """---
? ''
: - type: MX
    ttl: 300
    values: [{exchange: mx1.example.com., preference: 10}, {value: mx2.example.com., priority: 20}]
  - {type: A, value: 192.0.2.1}
_mta-sts: {type: TXT, value: "v=STSv1\\\\; id=1\\\\;"}
_mta-sts.sub: {type: TXT, value: v=STSv1; id=1;}
_smtp._tls: {type: TXT, ttl: 60, values: ['"v=TLSRPTv1\\; " "rua=mailto:a@b.example"']}
mta-sts: {type: CNAME, value: web}
mta-sts.sub: {type: ALIAS, value: web.host.example.}
_mta-sts.bücher: {type: TXT, value: x}
"""
    )
    assert unread == []
    assert records == {
        ("example.com", "MX"): (("10 mx1.example.com", "20 mx2.example.com"), 300),
        ("example.com", "A"): ((), None),
        ("_mta-sts.example.com", "TXT"): (("v=STSv1; id=1;",), DEFAULT_TTL),
        ("_mta-sts.sub.example.com", "TXT"): (("v=STSv1; id=1;",), DEFAULT_TTL),
        ("_smtp._tls.example.com", "TXT"): (("v=TLSRPTv1; rua=mailto:a@b.example",), 60),
        ("mta-sts.example.com", "CNAME"): (("web.example.com",), DEFAULT_TTL),
        ("mta-sts.sub.example.com", "ALIAS"): (("web.host.example",), DEFAULT_TTL),
        ("_mta-sts.xn--bcher-kva.example.com", "TXT"): (("x",), DEFAULT_TTL),
    }


def test_what_octodns_ignores_is_not_listed_and_its_options_are():
    records, _ = said("_mta-sts: {type: TXT, value: x, octodns: {ignored: true}}\n")
    assert records == {}
    listing = read_zone(
        "mta-sts: {type: A, value: 192.0.2.1, octodns: {cloudflare: {proxied: true, comment: by hand}}}\n",
        "example.com.yaml",
        "example.com",
    )
    (one,) = listing.records
    assert (one.record.proxied, one.record.comment, one.apex) == (True, "by hand", "example.com")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mta-sts: {type: A, dynamic: {pools: {}, rules: [a]}, value: 192.0.2.1}", "`dynamic`"),
        ("mta-sts: {type: A, geo: {EU: [192.0.2.2]}, value: 192.0.2.1}", "`geo`"),
        ("mta-sts: !include other.yaml", "not followed"),
        ("a: &x {type: A, value: 192.0.2.1}\nmta-sts: *x", "not followed"),
        ("<<: {a: b}", "not followed"),
        ("_mta-sts: {type: TXT}", "a value cannot be read"),
        ("_mta-sts: {type: TXT, values: [[a]]}", "a value cannot be read"),
        ("'': {type: MX, value: {exchange: a., preference: high}}", "a value cannot be read"),
        ("mta-sts: 192.0.2.1", "is no record"),
        ("_mta-sts..x: {type: TXT, value: a}", "is no name"),
        ("[a]: b", "a key is no name"),
        ("- a", "holds no mapping"),
        ("a: [", "cannot be read as YAML"),
        ("a: \x07", "does not allow"),
        ("[" * 20, "nested deeper"),
        ("a: " + "{b: " * 20, "nested deeper"),
    ],
)
def test_what_is_not_read_is_said(text, why):
    records, unread = said(text)
    assert not any("mta-sts" in name for name, _ in records)
    assert [text for _, text in unread if why in text]


def test_the_line_is_that_of_the_name():
    _, unread = said("\n\nwww:\n  type: A\n  value: 192.0.2.1\nmta-sts:\n  type: A\n  geo:\n    EU: [192.0.2.2]\n")
    assert [line for line, _ in unread] == [6]


def test_nothing_is_nothing():
    assert said("") == said("---\n") == said("---\nnull\n") == ({}, [])


def test_aliases_that_grow_without_end_cost_nothing():
    """Each line doubles the one before; nobody follows it."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 100))
    records, unread = said(f"{bomb}_mta-sts: {{type: TXT, value: x}}\n")
    assert ("_mta-sts.example.com", "TXT") in records
    assert len(unread) <= UNREAD_LIMIT + 1


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("example.com.yaml", "example.com"),
        ("bücher.example.yaml", "xn--bcher-kva.example"),
        ("config.yaml", None),
        ("example.com.yml", None),
        ("-.example.yaml", None),
    ],
)
def test_a_zone_is_known_by_its_file(name, zone):
    assert zone_of_file(name) == zone


def test_a_split_zone_is_known_by_its_folder():
    assert zone_of_folder("example.com.") == "example.com"
    assert zone_of_folder("example.com") is zone_of_folder("zones.") is None
