"""A state is read in both forms, with real addresses and ids; what is secret, private or deposed is said and left."""

import json

import pytest

from mtasts.adoption.estate import find
from mtasts.adoption.owners import owners, without_keys
from mtasts.adoption.terraform import AUTOMATIC_TTL, UNREAD_LIMIT, read_state
from tests.adoption.estates import SHOWN, STATE

ZONE = "0123456789abcdef0123456789abcdef"


def resource(kind, attributes, *, name="r", secret=(), **more):
    instance = {
        "attributes": attributes,
        "sensitive_attributes": [[{"type": "get_attr", "value": key}] for key in secret],
        **{key: more.pop(key) for key in ("index_key", "deposed") if key in more},
    }
    return {"mode": "managed", "type": kind, "name": name, "instances": [instance], **more}


def state(*resources):
    return read_state(json.dumps({"version": 4, "resources": list(resources)}), "s")


def route53(**values):
    return {
        "zone_id": "Z1",
        "name": "_mta-sts.a.example",
        "type": "TXT",
        "ttl": 60,
        "records": ["x"],
        "id": "i",
    } | values


def cloudflare(**values):
    return {
        "zone_id": ZONE,
        "name": "_mta-sts.a.example",
        "type": "TXT",
        "ttl": 1,
        "content": '"x"',
        "id": "i",
    } | values


def test_both_forms_of_a_state_say_the_same():
    """Records, addresses and ids; the file's path is all that differs."""
    stored, shown = (read_state(path.read_text(), "s") for path in (STATE, SHOWN))
    assert sorted(stored.records, key=lambda one: (one.address, one.record.id)) == sorted(
        shown.records, key=lambda one: (one.address, one.record.id)
    )
    assert sorted(stored.unread, key=str) == sorted(shown.unread, key=str)


def test_provider_zone_address_and_id_are_the_real_ones():
    found, _ = find(read_state(STATE.read_text(), "s"))
    shop, muller = found[7], found[11]
    assert shop.zones == (("route53", "Z0SHOP1EXAMPLE"),)
    assert shop.mta_sts[0].record.id == "Z0SHOP1EXAMPLE__mta-sts.shop.example_TXT"
    assert [one.address for one in shop.own] == [
        "module.mta_sts.aws_route53_record.txt",
        'aws_route53_record.reports["shop"]',
        "module.mta_sts.aws_route53_record.host",
        'module.mta_sts.aws_route53_record.proof["mta-sts.shop.example"]',
    ]
    assert shop.apex == "shop.example"
    assert muller.zones[0][0] == "cloudflare"
    assert len(muller.mta_sts[0].record.id) == 32


def test_the_way_out_is_written_with_the_state_s_addresses():
    """A resource that holds another domain's record, too, is let go by its instance."""
    listing = read_state(STATE.read_text(), "s")
    found, _ = find(listing)
    every = [record for one in found for record in one.state]
    (owner,) = owners("shop.example", (), every)
    assert "from = module.mta_sts.aws_route53_record.proof\n" in owner.release.snippet
    assert "terraform state rm 'aws_route53_record.reports[\"shop\"]'\n" in owner.release.snippet
    assert without_keys('module.dept["corp"].aws_route53_record.txt') == "module.dept.aws_route53_record.txt"


def test_a_plan_is_read_by_what_is_there():
    document = json.loads(SHOWN.read_text())
    plan = {"format_version": "1.2", "planned_values": {"root_module": {}}, "prior_state": document}
    assert read_state(json.dumps(plan), "s").records == read_state(SHOWN.read_text(), "s").records


@pytest.mark.parametrize(
    ("values", "ttl", "alias", "texts", "routed"),
    [
        ({}, 60, "", ("x",), False),
        (
            {"records": ['v=TLSRPTv1; " "rua=mailto:a@b.example']},
            60,
            "",
            ("v=TLSRPTv1; rua=mailto:a@b.example",),
            False,
        ),
        ({"records": ['"ab""c"']}, 60, "", ("abc",), False),
        ({"set_identifier": "blue", "weighted_routing_policy": [{"weight": 1}]}, 60, "", ("x",), True),
        (
            {
                "type": "A",
                "name": "mta-sts.a.example",
                "ttl": 0,
                "records": [],
                "alias": [{"name": "D1.Cloudfront.net."}],
            },
            None,
            "d1.cloudfront.net",
            (),
            False,
        ),
    ],
)
def test_route_53_s_forms(values, ttl, alias, texts, routed):
    (one,) = state(resource("aws_route53_record", route53(**values))).records
    assert (one.record.ttl, one.record.alias, one.record.values, one.record.routed) == (ttl, alias, texts, routed)


def test_cloudflare_s_forms():
    """Version 4 has hostname and value, version 5 the whole name and quotes; TTL 1 is automatic."""
    old = resource(
        "cloudflare_record", cloudflare(name="_mta-sts", hostname="_mta-sts.a.example", value="x", content=None)
    )
    new = resource("cloudflare_dns_record", cloudflare(comment="by hand", tags=["team:mail"], proxied=False))
    (first,), (second,) = state(old).records, state(new).records
    assert first.record.name == second.record.name == "_mta-sts.a.example"
    assert first.record.values == second.record.values == ("x",)
    assert (second.record.ttl, second.record.comment, second.record.tags) == (AUTOMATIC_TTL, "by hand", ("team:mail",))


def test_a_relative_name_needs_the_zone_s():
    relative = resource("cloudflare_dns_record", cloudflare(name="_mta-sts"))
    assert "relative to the zone" in state(relative).unread[0].why
    zone = resource("cloudflare_zone", {"id": ZONE, "name": "a.example"}, mode="data")
    (one,) = state(relative, zone).records
    assert (one.record.name, one.apex) == ("_mta-sts.a.example", "a.example")


def test_what_is_secret_is_not_looked_at():
    """The domain is found, its text is not known, and that is said."""
    listing = state(resource("aws_route53_record", route53(records=["hush"]), secret=["records"]))
    assert "hush" not in str(listing)
    assert listing.records[0].record.values == ()
    assert "sensitive" in listing.unread[0].why
    shown = {
        "address": "a.b", "mode": "managed", "type": "aws_route53_record", "values": route53(records=["hush"]),
        "sensitive_values": {"records": True},
    }  # fmt: skip
    listing = read_state(json.dumps({"format_version": "1.0", "values": {"root_module": {"resources": [shown]}}}), "s")
    assert "hush" not in str(listing)


def test_private_zones_and_what_is_deposed_are_said_and_left_out():
    private = resource("aws_route53_zone", {"zone_id": "Z1", "name": "a.example", "vpc": [{"vpc_id": "vpc-1"}]})
    listing = state(private, resource("aws_route53_record", route53()))
    assert listing.records == ()
    assert "private zone Z1" in listing.unread[0].why
    listing = state(resource("aws_route53_record", route53(), deposed="0a1b2c3d"))
    assert (listing.records, "deposed" in listing.unread[0].why) == ((), True)


def test_data_sources_own_nothing():
    assert state(resource("aws_route53_record", route53(), mode="data")).records == ()


@pytest.mark.parametrize(
    ("module", "key", "address"),
    [
        (None, None, "aws_route53_record.r"),
        ("module.a", 0, "module.a.aws_route53_record.r[0]"),
        ('module.a["x"].module.b[1]', 'k"ü', 'module.a["x"].module.b[1].aws_route53_record.r["k\\"ü"]'),
    ],
)
def test_addresses_are_as_terraform_writes_them(module, key, address):
    more = {name: value for name, value in (("module", module), ("index_key", key)) if value is not None}
    (one,) = state(resource("aws_route53_record", route53(), **more)).records
    assert one.address == address
    assert without_keys(address).count("[") == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no JSON"),
        ("[]", "neither a state"),
        ("{}", ""),
        ('{"a": 1}', "neither a state"),
        ('{"version": 3, "modules": []}', "version"),
        ('{"encrypted_data": "x", "meta": {}}', "encrypted"),
        ('{"version": 4, "resources": [1, {"type": "aws_route53_record", "instances": [{"attributes": 7}]}]}', ""),
        ('{"format_version": "1.0"}', ""),
        ('{"format_version": "1.0", "values": {"root_module": {"child_modules": [1, []]}}}', ""),
    ],
)
def test_what_is_no_state_is_said(text, why):
    listing = read_state(text, "s")
    assert listing.records == ()
    assert [one.why for one in listing.unread if why in one.why] or not why


def test_a_state_without_end_is_refused():
    assert "is no JSON" in read_state("[" * 100_000, "s").unread[0].why


def test_many_faults_cost_a_bounded_answer():
    many = [resource("aws_route53_record", route53(), name=f"r{n}", deposed="x") for n in range(UNREAD_LIMIT + 50)]
    listing = state(*many)
    assert len(listing.unread) == UNREAD_LIMIT + 1
    assert "and 50 more" in listing.unread[-1].why
