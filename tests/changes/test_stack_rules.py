"""What the rules say of stacks that are right but for one thing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtasts.changes.stack_resources import UNKNOWN, Resource, StackResources
from mtasts.changes.stack_rules import RULES, Live, View, enforced, judge_stack
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import Mode, Policy, render_policy, render_txt

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ENFORCE = Policy(Mode.ENFORCE, 604800, ("mx1.example.com",))
TESTING = replace(ENFORCE, mode=Mode.TESTING)
TEXT = render_policy(ENFORCE)
BUCKET = "urn:pulumi:s::p::aws:s3/bucket:Bucket::b"
TLS_RPT = "v=TLSRPTv1; rua=mailto:tls@example.com"


def record(name, *values, protected=False, **more):
    inputs = {"name": name, "type": "TXT", "records": list(values), "ttl": 300.0, "zoneId": "Z1", **more}
    return Resource("aws:route53/record:Record", name, f"urn:{name}", inputs, protected)


def good(text=TEXT):
    """A stack as it should be: its resources by what they are."""
    origin = {"domainName": "b.s3.eu-central-1.amazonaws.com", "originAccessControlId": UNKNOWN}
    block = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
    of_bucket = {"bucket": frozenset({BUCKET})}
    return {
        "txt": record("_mta-sts.example.com", render_txt(policy_id(NOW, text)), protected=True),
        "reports": record("_smtp._tls.example.com", TLS_RPT),
        "body": Resource(
            "aws:s3/bucketObjectv2:BucketObjectv2", "body", "urn:body",
            {"bucket": UNKNOWN, "key": ".well-known/mta-sts.txt", "content": text}, made_from=of_bucket,
        ),
        "block": Resource(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", "urn:block",
            {"bucket": UNKNOWN, **block}, made_from=of_bucket,
        ),
        "web": Resource(
            "aws:cloudfront/distribution:Distribution", "web", "urn:web",
            {"aliases": ["mta-sts.example.com"], "origins": [origin],
             "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"}},
        ),
    }  # fmt: skip


def changed(resource, **inputs):
    return replace(resource, properties={**resource.properties, **inputs})


def found(stack, live=None, now=NOW):
    """The codes of the rules that say something."""
    live = {"example.com": Live(published=True, policy=TESTING)} if live is None else live
    view = View(StackResources(tuple(stack.values())), live, now)
    return [rule.code for rule in RULES if judge_stack(view, rule.code)]


def test_a_stack_as_it_should_be():
    assert found(good()) == []
    assert enforced(StackResources(tuple(good().values()))) == ("example.com",)
    assert found(good(render_policy(TESTING)), {}) == []
    assert found({}) == []


def test_the_same_at_cloudflare():
    """Other names of properties, TTL 1 for automatic, text in quotes, a name with a dot at its end."""
    stack = good()
    inputs = {"name": "_mta-sts.example.com.", "type": "TXT", "content": f'"{render_txt(policy_id(NOW, TEXT))}"',
              "ttl": 1.0, "zoneId": "0123"}  # fmt: skip
    stack["txt"] = Resource("cloudflare:index/dnsRecord:DnsRecord", "t", "urn:t", inputs, protected=True)
    assert found(stack) == []
    stack["txt"] = changed(stack["txt"], content="v=STSv1; id=a-b;")
    assert found(stack) == ["id-form"]
    stack["txt"] = changed(stack["txt"], content=UNKNOWN)
    assert found(stack) == []


@pytest.mark.parametrize(
    ("live", "code"),
    [
        (Live(published=False), ["first-mode"]),
        (Live(published=True, policy=replace(ENFORCE, mode=Mode.NONE)), ["first-mode"]),
        (Live(published=True), ["first-mode"]),  # what is served cannot be read
        (Live(), ["first-mode"]),  # DNS did not answer
        (Live(published=True, policy=ENFORCE), []),
    ],
)
def test_first_mode(live, code):
    """What is live is the old policy; what nobody could look at is never a pass."""
    assert found(good(), {"example.com": live}) == code
    assert found(good(render_policy(TESTING)), {"example.com": live}) == []


@pytest.mark.parametrize(
    ("part", "inputs", "codes"),
    [
        ("reports", {"records": ["v=TLSRPTv1"]}, ["no-tls-rpt"]),
        ("reports", {"records": [UNKNOWN]}, []),
        ("txt", {"ttl": 86401}, ["ttl-bounds"]),
        ("txt", {"ttl": 29}, ["ttl-bounds"]),
        ("txt", {"records": ["v=STSv1; id=1;", "v=STSv1; id=2;"]}, ["one-txt"]),
        ("txt", {"records": [render_txt(policy_id(NOW, "another"))]}, ["id-form"]),
        ("txt", {"records": ["v=STSv1; id=2026-11-28;"]}, ["id-form"]),
        ("block", {"blockPublicPolicy": False}, ["private-bucket"]),
        ("body", {"acl": "public-read"}, ["private-bucket"]),
        ("web", {"origins": [{"domainName": "b.s3.eu-central-1.amazonaws.com"}]}, ["access-control"]),
        ("web", {"origins": [{"domainName": "b.s3-website.eu-central-1.amazonaws.com"}]}, ["access-control"]),
        ("web", {"origins": [{"domainName": "www.example.net"}]}, []),
        ("web", {"viewerCertificate": {"minimumProtocolVersion": "TLSv1.1_2016"}}, ["tls-floor"]),
        ("web", {"viewerCertificate": {}}, ["tls-floor"]),
        ("web", {"viewerCertificate": UNKNOWN}, []),
    ],
)
def test_one_thing_is_wrong(part, inputs, codes):
    stack = good()
    stack[part] = changed(stack[part], **inputs)
    assert found(stack) == codes


def test_what_the_text_says():
    assert found(good(render_policy(replace(ENFORCE, mx=("*.example.com",))))) == ["mx-narrow"]
    stack = good()
    stack["body"] = changed(stack["body"], content="version: STSv1\nmode: enforced\n")
    assert "policy-text" in found(stack)


def test_a_record_without_protection():
    stack = good()
    stack["txt"] = replace(stack["txt"], protected=False)
    assert found(stack) == ["protect"]


def test_two_record_sets_of_one_name():
    """In one zone they are one too many; in two the domain moves."""
    stack = good()
    stack["again"] = replace(stack["txt"], urn="urn:again")
    assert found(stack) == ["one-txt"]
    stack["again"] = changed(stack["again"], zoneId="Z2")
    assert found(stack) == []


def test_a_key_that_names_its_domain():
    """As this project's own do: the mail domain is that of the key, whatever else the stack serves."""
    stack = good()
    stack["body"] = changed(stack["body"], key="mta-sts.example.net/.well-known/mta-sts.txt")
    assert enforced(StackResources(tuple(stack.values()))) == ("example.net",)
