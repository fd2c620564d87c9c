"""What the components register: exactly which resources, with which inputs, order and protection."""

import hashlib
import json
import sys
from dataclasses import replace

import pulumi
import pytest

from mtasts.policy.desired import desired_from
from mtasts_pulumi.dns import Home, Name, host, txt, validation
from tests.components.conftest import CLOUDFLARE, ROUTE53
from tests.components.mocks import register

SERVED = {
    "distribution": "d111111abcdef8.cloudfront.net",  # the one that the mocks make
    "zone": "Z2FDTNDATAQYW2",
    "names": ["a.example", "b.example"],
}
TEXT = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmx: *.mx.example.net\r\nmax_age: 86400\r\n"


def by_name(registered):
    named = {request.name: request for request in registered}
    assert len(named) == len(registered), "two resources share a name"
    return named


def test_one_domain_on_route53_registers_exactly_these(publication):
    """The whole set, by type and name: a child that is renamed would be deleted and made anew in the cloud."""
    registered = publication.add("example.com", ROUTE53).registered()

    assert {(request.type, request.name, request.parent) for request in registered} == {
        ("mtasts:index:PolicyOrigin", "policies", "mtasts-test"),
        ("aws:s3/bucket:Bucket", "policies-bucket", "policies"),
        ("aws:s3/bucketVersioning:BucketVersioning", "policies-versions", "policies"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "policies-private", "policies"),
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "policies-owner", "policies"),
        ("aws:s3/bucketPolicy:BucketPolicy", "policies-bucket-policy", "policies"),
        ("aws:cloudfront/originAccessControl:OriginAccessControl", "policies-access", "policies"),
        ("aws:cloudfront/function:Function", "policies-viewer-request", "policies"),
        ("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "policies-headers", "policies"),
        ("mtasts:index:PolicyHost", "shared", "mtasts-test"),
        ("aws:acm/certificate:Certificate", "shared-certificate", "shared"),
        ("aws:route53/record:Record", "example.com-validation", "shared"),
        ("aws:acm/certificateValidation:CertificateValidation", "shared-certificate-validation", "shared"),
        ("aws:cloudfront/distribution:Distribution", "shared-distribution", "shared"),
        ("aws:route53/record:Record", "example.com-host-a", "shared"),
        ("aws:route53/record:Record", "example.com-host-aaaa", "shared"),
        ("mtasts:index:MtaStsDomain", "example.com", "mtasts-test"),
        ("pulumi:index:Stash", "example.com-id", "example.com"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "example.com-policy", "example.com"),
        ("aws:route53/record:Record", "example.com-tls-rpt", "example.com"),
        ("aws:route53/record:Record", "example.com-mta-sts", "example.com"),
    }


def test_a_domain_costs_five_resources(publication):
    """Component, id, policy, two TXT records: what a domain adds of its own, on either DNS provider."""
    registered = publication.add("example.com", ROUTE53).add("example.net", CLOUDFLARE).registered()

    for domain in ("example.com", "example.net"):
        own = [request for request in registered if request.parent == domain or request.name == domain]
        assert len(own) == 5


def test_policy_object_carries_text_type_and_id(publication):
    """The body is the rendered text, with the type senders ask for, and the ledger's id and TTL."""
    body = by_name(publication.add("example.com", ROUTE53).registered())["example.com-policy"]

    assert body.inputs["content"] == TEXT
    assert body.inputs["key"] == "mta-sts.example.com/.well-known/mta-sts.txt"
    assert body.inputs["contentType"] == "text/plain; charset=utf-8"
    assert body.inputs["cacheControl"] == "max-age=60"
    assert body.inputs["metadata"]["mta-sts-id"].startswith("20260314000000")
    assert body.inputs["metadata"]["mta-sts-ttl"] == "300"


def test_the_ledger_outlives_the_domain_and_a_hand_change_is_seen(publication):
    """The versions stay when the domain goes; what S3 stores is compared by the one thing of it that is read back."""
    registered = publication.add("example.com", ROUTE53).registered()
    body = by_name(registered)["example.com-policy"]

    assert [request.name for request in registered if request.retained] == ["example.com-policy"]
    assert body.inputs["etag"] == hashlib.md5(TEXT.encode()).hexdigest()
    assert body.inputs["serverSideEncryption"] == "AES256"


def test_txt_waits_for_body_host_and_tls_rpt(publication):
    """The order that loses no mail is in the graph, for create, update and (reversed) delete."""
    registered = by_name(publication.add("example.com", ROUTE53).registered())

    assert registered["example.com-mta-sts"].depends_on >= {
        "example.com-policy",
        "example.com-host-a",
        "example.com-host-aaaa",
        "example.com-tls-rpt",
    }


def test_txt_is_read_back_before_create_and_update(publication):
    """Both ways of changing the TXT look at the policy host first; the TLS-RPT record does not."""
    registered = by_name(publication.add("example.com", ROUTE53).registered())

    served = ("Z0123456789EXAMPLE _mta-sts.example.com served",)
    assert registered["example.com-mta-sts"].before_create == served
    assert registered["example.com-mta-sts"].before_update == served
    assert registered["example.com-tls-rpt"].before_create == ()


def test_the_ledger_is_asked_before_a_record_or_a_shared_name_goes(publication):
    """The engine's state keeps the hook's name: it must stay what it is as long as a domain is published."""
    registered = publication.add("example.com", ROUTE53).registered()

    assert {request.name: request.before_delete for request in registered if request.before_delete} == {
        "example.com-mta-sts": ("removal",)
    }
    assert by_name(registered)["shared-distribution"].before_update == (
        "mta-sts.example.com names",
        "removal-of-names",
    )


def test_the_policy_file_is_written_with_its_own_id_only(publication):
    """Both ways of writing the policy file look at the id beside it first."""
    body = by_name(publication.add("example.com", ROUTE53).registered())["example.com-policy"]

    assert body.before_create == body.before_update == ("Z0123456789EXAMPLE mta-sts.example.com text",)


def test_hooks_of_two_instances_have_names_of_their_own(publication):
    """The engine refuses a hook whose name another one has; here each domain has a ReadBack of its own."""
    publication.add("example.com", ROUTE53).add("example.net", CLOUDFLARE).add("a.example.com", ROUTE53)
    hooks = [name for request in publication.registered() for name in request.before_update]

    assert len(hooks) == len(set(hooks)) == 8


def test_id_is_renewed_by_the_text_alone(publication):
    """The stash is replaced when the text changes, ignores the clock, and is not protected (it must be replaceable)."""
    stash = by_name(publication.add("example.com", ROUTE53).registered())["example.com-id"]

    assert stash.trigger == TEXT
    assert stash.ignore_changes == ("input",)
    assert stash.protect is False


def test_protection_follows_the_mode(publication):
    """While senders may hold a policy, the engine refuses to delete what they need."""
    publication.add("example.com", ROUTE53, mode="enforce")
    protected = {request.name for request in publication.registered() if request.protect}

    assert protected == {
        "policies-bucket",
        "shared-distribution",
        "example.com",
        "example.com-policy",
        "example.com-mta-sts",
    }


def test_what_a_first_publication_left_behind_may_be_taken_back(publication):
    """No sender knows of a domain whose TXT was never there; the TXT itself is protected as soon as it is."""
    publication.add("example.com", ROUTE53, mode="enforce", published=False)
    protected = {request.name for request in publication.registered() if request.protect}

    assert protected == {"policies-bucket", "shared-distribution", "example.com-mta-sts"}


def test_mode_none_lifts_protection_and_keeps_everything(publication):
    """A retired domain may be deleted, but is still published whole."""
    testing = publication.add("example.com", ROUTE53).registered()
    none = publication.add("example.com", ROUTE53, mode="none").registered()

    assert [request.name for request in none if request.protect] == []
    assert {request.name for request in testing} == {request.name for request in none}
    assert by_name(none)["policies-bucket"].inputs["forceDestroy"] is True


def test_a_domain_that_moves_has_each_record_in_both_zones(publication):
    """Named by their zones, the old ones no longer protected; the old TXT waits for nothing in the new zone."""
    there = publication.add("example.com", ROUTE53, mode="enforce").registered()
    here, new = ROUTE53["zone"], CLOUDFLARE["zone"]
    moving = by_name(publication.add("example.com", CLOUDFLARE, mode="enforce", leaving=ROUTE53).registered())

    old = {
        f"example.com-{part}-at-{here}" for part in ("mta-sts", "tls-rpt", "host-a", "host-aaaa", "validation", "mark")
    }
    fresh = {f"example.com-{part}-at-{new}" for part in ("mta-sts", "tls-rpt", "host-cname", "validation", "mark")}
    kept = {request.name for request in there if "ecord" not in request.type}
    assert set(moving) == old | fresh | kept | {"example.com-move"}
    assert (moving[f"example.com-mta-sts-at-{here}"].protect, moving[f"example.com-mta-sts-at-{new}"].protect) == (
        False,
        True,
    )
    assert moving["example.com-move"].trigger == f"False {new}"
    waits = {urn.rpartition("::")[2] for urn in moving[f"example.com-mta-sts-at-{here}"].depends_on}
    assert {name for name in waits if new in name} == set()
    assert [moving[f"example.com-mark-at-{zone}"].inputs["name"] for zone in (here, new)] == [
        "_mta-zone.example.com"
    ] * 2
    assert moving[f"example.com-mark-at-{new}"].inputs["content"] == f'"zone={new}"'


def test_one_living_domain_keeps_a_shared_host_protected(publication):
    """The host and the bucket are protected as long as one of their domains is."""
    publication.add("example.com", ROUTE53, mode="none").add("example.net", CLOUDFLARE)
    registered = by_name(publication.registered())

    assert registered["shared-distribution"].protect
    assert registered["policies-bucket"].protect
    assert not registered["example.com-mta-sts"].protect
    assert registered["example.net-mta-sts"].protect


def waits_for_the_host(registered):
    """The records that wait for the group's distribution, and so for its certificate and everybody's validation."""
    return {request.name for request in registered if "shared-distribution" in request.depends_on}


def test_a_domain_whose_name_answers_waits_for_nobody_else(publication):
    """What the outputs say is served by the shared host is led there by that name; a newcomer waits for the host."""
    publication.add("a.example", ROUTE53).add("b.example", CLOUDFLARE).add("c.example", ROUTE53)
    new = {"c.example-host-a", "c.example-host-aaaa"}
    everybody = {"a.example-host-a", "a.example-host-aaaa", "b.example-host-cname", *new}

    first = publication.registered()
    publication.served = SERVED
    later = publication.registered()

    assert waits_for_the_host(first) == everybody
    assert waits_for_the_host(later) == new
    leading = by_name(later)
    assert leading["b.example-host-cname"].inputs["content"] == SERVED["distribution"]
    assert leading["a.example-host-a"].inputs["aliases"] == [
        {"name": SERVED["distribution"], "zoneId": SERVED["zone"], "evaluateTargetHealth": False}
    ]
    assert leading["a.example-mta-sts"].depends_on >= {"a.example-host-a", "a.example-host-aaaa", "a.example-policy"}


def test_a_host_of_one_domain_goes_after_its_records(publication):
    """The strict order of deletion is kept; while the second one leaves, the first does not wait for that."""
    publication.add("a.example", CLOUDFLARE)

    publication.served = SERVED | {"names": ["a.example"]}
    one = publication.registered()
    publication.served = SERVED
    leaving = publication.registered()

    assert waits_for_the_host(one) == {"a.example-host-cname"}
    assert waits_for_the_host(leaving) == set()


def test_names_that_lead_to_a_distribution_that_is_gone(publication):
    """It was made anew: the run may not end well while names lead to what was told; a host of one just follows."""
    publication.add("a.example", CLOUDFLARE)
    publication.served = SERVED | {"distribution": "dgone.cloudfront.net"}

    with pytest.raises(
        pulumi.RunError, match=r"shared: its distribution was made anew, d111111abcdef8\.cloudfront\.net"
    ):
        publication.registered()

    publication.served["names"] = ["a.example"]
    followed = by_name(publication.registered())["a.example-host-cname"]
    assert followed.inputs["content"] == SERVED["distribution"]


def test_the_wait_for_a_certificate_is_bounded(publication):
    """The provider's own 75 minutes would lock the stack for as long."""
    registered = by_name(publication.add("example.com", ROUTE53).registered())

    assert {request.name for request in registered.values() if request.create_timeout} == {
        "shared-certificate-validation"
    }
    assert registered["shared-certificate-validation"].create_timeout == "15m"


def test_route53_records(publication):
    """Plain TXT text (the provider quotes), aliases for both families, validation as ACM asks."""
    registered = by_name(publication.add("example.com", ROUTE53).registered())
    txt = registered["example.com-mta-sts"].inputs

    assert txt["name"] == "_mta-sts.example.com"
    assert txt["ttl"] == 300
    assert txt["records"][0].startswith("v=STSv1; id=20260314000000")
    assert registered["example.com-host-aaaa"].inputs == {
        "zoneId": "Z0123456789EXAMPLE",
        "name": "mta-sts.example.com",
        "type": "AAAA",
        "aliases": [
            {"name": "d111111abcdef8.cloudfront.net", "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": False}
        ],
    }
    assert registered["example.com-validation"].inputs["name"] == "_token.mta-sts.example.com."


def test_cloudflare_records(publication):
    """Quoted TXT, whole names, no last dots, nothing proxied."""
    registered = by_name(publication.add("example.net", CLOUDFLARE).registered())
    txt, rpt = registered["example.net-mta-sts"].inputs, registered["example.net-tls-rpt"].inputs

    assert txt["content"].startswith('"v=STSv1; id=20260314000000')
    assert txt["content"].endswith(';"')
    assert txt["name"] == "_mta-sts.example.net"
    assert rpt["content"] == '"v=TLSRPTv1; rua=mailto:tls-reports@example.org"'
    assert registered["example.net-host-cname"].inputs["content"] == "d111111abcdef8.cloudfront.net"
    assert registered["example.net-validation"].inputs["name"] == "_token.mta-sts.example.net"
    assert registered["example.net-validation"].inputs["content"] == "_proof.mta-sts.example.net.acm-validations.aws"
    assert not any(
        request.inputs["proxied"] for request in registered.values() if request.type.startswith("cloudflare:")
    )


def test_a_cloudflare_record_is_what_the_sdk_would_make():
    """The SDK takes seconds to import, so its class is not used. The engine is asked for the same, plugin included."""
    before = {name for name in sys.modules if name.startswith("pulumi_cloudflare")}
    ours = register(
        lambda: txt(
            Name("one"),
            Home("cloudflare", "zone", "", (), stays=True),
            "_mta-sts.example.net",
            "v=STSv1; id=1;",
            300,
            pulumi.ResourceOptions(),
        )
    )
    assert {name for name in sys.modules if name.startswith("pulumi_cloudflare")} == before
    from pulumi_cloudflare import DnsRecord

    theirs = register(
        lambda: DnsRecord(
            "one",
            zone_id="zone",
            name="_mta-sts.example.net",
            type="TXT",
            content='"v=STSv1; id=1;"',
            ttl=300,
            proxied=False,
            comment="managed by mtasts; changes by hand are undone",
        )
    )

    assert ours == theirs
    assert ours[0].version


def test_route53_records_are_what_the_sdk_would_make():
    """They are made without its class, too: its package may not be loaded by two threads at once."""
    home, opts = Home("route53", "Z1", "", (), stays=True), pulumi.ResourceOptions()

    def ours():
        txt(Name("one"), home, "_mta-sts.example.net", "v=STSv1; id=1;", 300, opts)
        validation(Name("two"), home, "_token.example.", "_proof.example.", opts)
        host(Name("three"), home, "mta-sts.example.net", "d1.cloudfront.net", "Z2", opts)

    def theirs():
        from pulumi_aws.route53 import Record

        alias = {"name": "d1.cloudfront.net", "zone_id": "Z2", "evaluate_target_health": False}
        same = {"zone_id": "Z1", "name": "mta-sts.example.net", "aliases": [alias]}
        Record("one", zone_id="Z1", name="_mta-sts.example.net", type="TXT", ttl=300, records=["v=STSv1; id=1;"])
        Record(
            "two",
            zone_id="Z1",
            name="_token.example.",
            type="CNAME",
            ttl=300,
            records=["_proof.example."],
            allow_overwrite=True,
        )
        Record("three-a", type="A", **same)
        Record("three-aaaa", type="AAAA", **same)

    assert register(ours) == register(theirs)


def test_each_validation_record_is_for_its_own_host(publication):
    """ACM's options come in any order; each name still gets its own record, in its own zone."""
    publication.add("a.example", ROUTE53).add("b.example", CLOUDFLARE).add("c.example", ROUTE53)
    registered = by_name(publication.registered())

    for domain in ("a.example", "b.example", "c.example"):
        assert registered[f"{domain}-validation"].inputs["name"].rstrip(".") == f"_token.mta-sts.{domain}"


def test_distribution_is_what_senders_need(publication):
    """HTTPS only, IPv6, TLS 1.2, nothing cached, the group's names in order, the origin through access control."""
    publication.add("b.example", ROUTE53).add("a.example", ROUTE53)
    inputs = by_name(publication.registered())["shared-distribution"].inputs
    behavior = inputs["defaultCacheBehavior"]

    assert inputs["aliases"] == ["mta-sts.a.example", "mta-sts.b.example"]
    assert inputs["isIpv6Enabled"] is True
    assert behavior["viewerProtocolPolicy"] == "https-only"
    assert behavior["cachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert inputs["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert inputs["origins"][0]["originAccessControlId"] == "policies-access-id"


def test_bucket_policy_lets_cloudfront_read_and_nobody_speak_without_tls(publication):
    """Least right: this account's distributions, reading; no request in clear."""
    policy = by_name(publication.add("example.com", ROUTE53).registered())["policies-bucket-policy"]
    statements = {statement["Sid"]: statement for statement in json.loads(policy.inputs["policy"])["Statement"]}

    assert statements["Read"]["Action"] == "s3:GetObject"
    assert statements["Read"]["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statements["Read"]["Condition"]["ArnLike"]["AWS:SourceArn"] == (
        "arn:aws:cloudfront::123456789012:distribution/*"
    )
    assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_rua_no_tls_rpt_record(publication):
    """Without a report address there is nothing to publish at _smtp._tls."""
    registered = by_name(publication.add("example.com", ROUTE53, rua=[]).registered())

    assert "example.com-tls-rpt" not in registered


def test_whole_numbers_may_arrive_as_floats(publication):
    """A component used from another language gets 86400.0; the text must not say so."""
    registered = by_name(publication.add("example.com", ROUTE53, max_age=86400.0, ttl=300.0).registered())

    assert registered["example.com-policy"].inputs["content"] == TEXT


def test_long_txt_is_cut_into_strings(publication):
    """A TXT over 255 bytes goes out as several strings, in each provider's own spelling (RFC 1035 s3.3.14)."""
    rua = [f"mailto:tls-reports-{number}@reports.example.org" for number in range(8)]
    publication.add("example.com", ROUTE53, rua=rua).add("example.net", CLOUDFLARE, rua=rua)
    registered = by_name(publication.registered())
    value = "v=TLSRPTv1; rua=" + ",".join(rua)

    assert registered["example.com-tls-rpt"].inputs["records"] == ['""'.join((value[:255], value[255:]))]
    assert registered["example.net-tls-rpt"].inputs["content"] == f'"{value[:255]}" "{value[255:]}"'


def test_a_domain_that_waits_is_prepared_and_not_led_here(publication):
    """Another distribution has its name: it is in the certificate, its file is there, and nothing leads here."""
    every = by_name(publication.add("a.example", ROUTE53).add("b.example", CLOUDFLARE).registered())
    publication.add("a.example", ROUTE53, waiting=True)
    waiting = by_name(publication.registered())

    assert every.keys() - waiting.keys() == {"a.example-host-a", "a.example-host-aaaa", "a.example-mta-sts"}
    assert not waiting.keys() - every.keys()
    assert waiting["shared-distribution"].inputs["aliases"] == ["mta-sts.b.example"]
    assert {name for name in waiting if waiting[name].inputs != every[name].inputs} == {"shared-distribution"}


def test_a_domain_that_waits_alone_gets_a_distribution_without_a_name(publication):
    """Its certificate names the host all the same: AWS moves a name only to a distribution whose certificate has it."""
    registered = by_name(publication.add("a.example", ROUTE53, waiting=True).registered())

    assert registered["shared-distribution"].inputs["aliases"] == []
    assert registered["shared-certificate"].inputs["domainName"] == "mta-sts.a.example"
    assert registered["a.example-policy"].inputs["content"] == TEXT


def test_what_stands_there_is_imported_under_its_own_id_and_led_away_last(publication):
    """Only what `existing` names; the id is DNS's until the text changes; the host moves when it is served there."""
    desired = replace(desired_from("example.com", "enforce", 86400, ["mx.example.com"]), text="x", adopted_id="2024")
    publication.existing = {"example.com-mta-sts": "Z_TXT", "example.com-host-cname": "Z_CNAME"}
    adopted = {"desired": desired, "taken_over": True, "host_record": "cname"}
    named = by_name(publication.add("example.com", ROUTE53, **adopted).add("example.net", ROUTE53).registered())

    assert {name: one.import_id for name, one in named.items() if one.import_id} == publication.existing
    assert named["example.com-id"].inputs["input"] == "2024"
    assert named["example.com-id"].trigger == "x"
    assert named["example.com-policy"].inputs["content"] == "x"
    moves = f"{ROUTE53['zone']} mta-sts.example.com moves"
    led = named["example.com-host-cname"]
    assert led.inputs["records"] == ["d111111abcdef8.cloudfront.net"]
    assert moves in led.before_create
    assert moves in led.before_update
    assert "example.com-host-cname" in named["example.com-mta-sts"].depends_on
    assert moves not in named["example.net-host-a"].before_update
    assert named["example.net-id"].inputs["input"] != "2024"


def test_an_id_that_was_taken_over_does_not_come_back(publication):
    """The domain is this program's by now: the text that returns gets an id of its own."""
    desired = replace(desired_from("example.com", "enforce", 86400, ["mx.example.com"]), text="x", adopted_id="2024")
    named = by_name(publication.add("example.com", ROUTE53, desired=desired).registered())

    assert named["example.com-id"].inputs["input"].startswith("20260314000000")
