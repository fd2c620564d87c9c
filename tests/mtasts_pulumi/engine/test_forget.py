"""A state that is told to forget a domain: what goes, what stays, and what it may not forget."""

import copy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtasts.policy.config import DnsZone
from mtasts.policy.held import kept
from mtasts_pulumi.engine.forget import forget, left_in_dns, refusal, released_at
from mtasts_pulumi.engine.held import last_published
from tests.policy.test_desired import BASE

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
POLICY = replace(BASE, host_group="fleet")
BESIDE = replace(POLICY, domain="shop.example.com")
RECORD = "aws:route53/record:Record"
HOST = "mtasts:index:PolicyHost"
DOMAIN = "mtasts:index:MtaStsDomain"


def urn(kind, name):
    return f"urn:pulumi:prod::mtasts::{kind}::{name}"


def entry(kind, name, parent="", after=(), **more):
    return {
        "urn": urn(kind, name),
        "type": kind.rsplit("$", 1)[-1],
        "parent": parent,
        "dependencies": list(after),
    } | more


def record(domain, end, name, kind, parent, **inputs):
    above = DOMAIN if end in {"-mta-sts", "-tls-rpt"} else HOST
    told = {"zoneId": "Z0123456789EXAMPLE", "name": name, "type": kind, "ttl": 300.0, **inputs}
    return entry(f"{above}${RECORD}", f"{domain}{end}", parent, id=f"Z_{name}_{kind}", inputs=told)


def of(domain):
    """All that the state has of one domain."""
    component, group = urn(DOMAIN, domain), urn(HOST, "fleet")
    txt = {"records": ["v=STSv1; id=1;"]}
    return [
        entry(DOMAIN, domain, inputs={"policyHost": "fleet"}),
        entry(f"{DOMAIN}$pulumi:index:Stash", f"{domain}-id", component, outputs={"output": "1"}),
        entry(f"{DOMAIN}$aws:s3/bucketObjectv2:BucketObjectv2", f"{domain}-policy", component, inputs={"content": "x"}),
        record(domain, "-validation", f"_abc.mta-sts.{domain}", "CNAME", group, records=["_def.acm."]),
        record(domain, "-host-a", f"mta-sts.{domain}", "A", group, aliases=[{"name": "d111.cloudfront.net"}]),
        record(domain, "-mta-sts", f"_mta-sts.{domain}", "TXT", component, **txt) | {"protect": True},
    ]


def state(*domains):
    proofs = [urn(f"{HOST}${RECORD}", f"{one.domain}-validation") for one in domains]
    aliases = {"aliases": [f"mta-sts.{one.domain}" for one in domains]}
    outputs = {
        "domains": {one.domain: {"mode": "testing", "id": "1"} for one in domains},
        "desired": {one.domain: kept(one) for one in domains},
        "bucket": "b",
    }
    own = [resource for one in domains for resource in of(one.domain)]
    validation = entry(
        f"{HOST}$aws:acm/certificateValidation:CertificateValidation",
        "fleet-certificate-validation",
        urn(HOST, "fleet"),
        proofs,
        propertyDependencies={"certificateArn": [*proofs]},
    )
    distribution = entry(
        f"{HOST}$aws:cloudfront/distribution:Distribution", "fleet-distribution", urn(HOST, "fleet"), inputs=aliases
    )
    stack = {"urn": urn("pulumi:pulumi:Stack", "mtasts-prod"), "type": "pulumi:pulumi:Stack", "outputs": outputs}
    return {"manifest": {}, "resources": [stack, entry(HOST, "fleet"), *own, validation, distribution]}


def names(deployment):
    return [one["urn"].rsplit("::", 1)[-1] for one in deployment["resources"]]


def test_all_of_the_domain_goes_and_nothing_else():
    """The host of the group stays, held by a hook; what is left names nothing that is gone."""
    before = state(POLICY, BESIDE)
    kept_before = copy.deepcopy(before)
    after = forget(before, [POLICY], NOW)
    assert before == kept_before
    assert [name for name in names(after) if name.startswith("example.com")] == []
    assert [name for name in names(after) if name.startswith(BESIDE.domain)] == [
        name for name in names(before) if name.startswith(BESIDE.domain)
    ]
    gone = {one["urn"] for one in before["resources"]} - {one["urn"] for one in after["resources"]}
    assert len(gone) == 6
    assert not [urn for urn in gone if urn in str(after["resources"])]
    distribution = after["resources"][-1]
    assert distribution["inputs"]["aliases"] == ["mta-sts.example.com", f"mta-sts.{BESIDE.domain}"]
    assert distribution["resourceHooks"] == {"BeforeDelete": ["removal-of-host"]}
    outputs = after["resources"][0]["outputs"]
    assert outputs["domains"].keys() == {BESIDE.domain}
    assert outputs["desired"]["example.com"]["released"] == "2026-11-28T12:00:00Z"
    assert released_at(after, "example.com") == "2026-11-28T12:00:00Z"
    assert released_at(before, "example.com") == ""
    assert left_in_dns(after, "example.com") == left_in_dns(before, "example.com")
    assert [one.kind for one in left_in_dns(after, "example.com")] == ["CNAME", "TXT", "A"]
    assert last_published(after)["example.com"].released.isoformat() == "2026-11-28"


def test_forgetting_twice_is_forgetting_once():
    """The hook is there once."""
    once = forget(state(POLICY, BESIDE), [POLICY], NOW)
    assert forget(once, [BESIDE], NOW)["resources"][-1]["resourceHooks"] == {"BeforeDelete": ["removal-of-host"]}


def without(ending):
    found = state(POLICY)
    found["resources"] = [one for one in found["resources"] if not one["urn"].endswith(ending)]
    return found


def changed(ending, **more):
    found = state(POLICY)
    for one in found["resources"]:
        if one["urn"].endswith(ending):
            one.update(more)
    return found


@pytest.mark.parametrize(
    ("deployment", "policy", "said"),
    [
        (state(POLICY), POLICY, ""),
        ({}, POLICY, "nothing of it is published from this stack"),
        (state(BESIDE), POLICY, "nothing of it is published from this stack"),
        (without("-mta-sts"), POLICY, "it is not wholly published"),
        (changed("-id", outputs={"output": "2"}), POLICY, "it is not wholly published"),
        (changed("-host-a", delete=True), POLICY, "an earlier run was killed or refused"),
        (
            state(POLICY) | {"pending_operations": [{"type": "updating", "resource": of("example.com")[-1]}]},
            POLICY,
            "an earlier run was killed or refused",
        ),
        (
            state(POLICY) | {"pending_operations": [{"type": "updating", "resource": of(BESIDE.domain)[-1]}]},
            POLICY,
            "",
        ),
        (state(POLICY), replace(POLICY, max_age=172800), "its file asks for something that is not published yet"),
        (state(POLICY), replace(POLICY, notes="other", owner="other"), ""),
        (state(POLICY), replace(POLICY, leaving=DnsZone("route53", "Z2")), "its records leave a zone"),
    ],
)
def test_what_may_not_be_forgotten(deployment, policy, said):
    """One line each, with the way out."""
    assert refusal(deployment, policy).startswith(said)
    assert bool(refusal(deployment, policy)) is bool(said)
