"""Settling creations whose end was never recorded."""

from typing import Any

from mtasts_pulumi.engine.pending import settle

_PROVIDER = "urn:pulumi:dev::p::pulumi:providers:aws::default::id"


def operation(kind: str, title: str, how: str = "creating", /, **inputs: Any) -> dict[str, Any]:
    """One pending operation as the engine writes it."""
    urn = f"urn:pulumi:dev::p::mtasts:index:MtaStsDomain${kind}::{title}"
    return {
        "type": how,
        "resource": {"urn": urn, "type": kind, "custom": True, "provider": _PROVIDER, "inputs": inputs},
    }


def test_record_is_taken_over() -> None:
    """A Route 53 record's id follows from zone, name and type; creating it again would be refused as existing."""
    record = operation(
        "aws:route53/record:Record", "txt", zoneId="Z1", name="_mta-sts.Example.com.", type="TXT", records=["v=STSv1"]
    )
    before = {"resources": [{"urn": "a"}], "pending_operations": [record], "manifest": {}}
    settled = settle(before)
    assert settled.adopted == (record["resource"]["urn"],)
    assert settled.left_over == ()
    assert settled.deployment["resources"] == [
        {"urn": "a"},
        {**record["resource"], "id": "Z1__mta-sts.example.com_TXT", "outputs": record["resource"]["inputs"]},
    ]
    assert "pending_operations" not in settled.deployment
    assert before["pending_operations"] == [record]  # the given one stays as it was


def test_bucket_and_function_are_taken_over() -> None:
    """Their id is their name, which the engine made up and recorded before the call."""
    bucket = operation("aws:s3/bucket:Bucket", "b", bucket="policies-1a2b")
    function = operation("aws:cloudfront/function:Function", "f", name="viewer-1a2b")
    settled = settle({"resources": [], "pending_operations": [bucket, function]})
    assert [resource["id"] for resource in settled.deployment["resources"]] == ["policies-1a2b", "viewer-1a2b"]


def test_unknown_ids_are_named() -> None:
    """What the cloud gives its id to may be left over, and is named; what can be written over is not."""
    settled = settle(
        {
            "resources": [],
            "pending_operations": [
                operation("aws:cloudfront/distribution:Distribution", "d"),
                operation("aws:s3/bucketObjectv2:BucketObjectv2", "o", bucket="b", key="k"),
                operation("pulumi:index:Stash", "s"),
            ],
        }
    )
    assert (settled.adopted, settled.left_over) == ((), ("Distribution d",))
    assert settled.deployment["resources"] == []


def test_an_import_is_only_forgotten() -> None:
    """Nothing was made, and nothing is left behind: what is not in the state is looked for and imported again."""
    record = operation(
        "aws:route53/record:Record", "t", "importing", zoneId="Z1", name="_mta-sts.example.com", type="TXT"
    )
    settled = settle({"resources": [], "pending_operations": [record]})
    assert (settled.adopted, settled.left_over, settled.deployment["resources"]) == ((), (), [])
    assert "pending_operations" not in settled.deployment


def test_updates_are_only_forgotten() -> None:
    """An update or deletion that may have happened is simply done again."""
    update = operation("aws:route53/record:Record", "txt", "updating", zoneId="Z1", name="a", type="TXT")
    settled = settle({"resources": [update["resource"]], "pending_operations": [update]})
    assert settled.deployment == {"resources": [update["resource"]]}
    assert (settled.adopted, settled.left_over) == ((), ())


def test_replacement_is_not_taken_over() -> None:
    """The old one still has the urn: two with one urn would be a broken state."""
    record = operation("aws:route53/record:Record", "txt", zoneId="Z2", name="a", type="TXT")
    old = {**record["resource"], "id": "Z1_a_TXT"}
    settled = settle({"resources": [old], "pending_operations": [record]})
    assert settled.deployment["resources"] == [old]
    assert settled.left_over == ("Record txt",)


def test_odd_states_do_not_raise() -> None:
    """Missing parts are taken as empty."""
    broken = operation("aws:route53/record:Record", "txt")  # inputs without a name
    assert settle({}).deployment == {"resources": []}
    assert settle({"resources": None, "pending_operations": [broken]}).left_over == ("Record txt",)


def test_the_provider_is_asked_last() -> None:
    """Where only the provider knows the id, it is asked with the type and the inputs, through the record's account."""
    record = operation("cloudflare:index/dnsRecord:DnsRecord", "txt", zoneId="z", name="a", type="TXT", content='"x"')
    record["resource"]["provider"] = "urn:pulumi:dev::p::pulumi:providers:cloudflare::partner::id"
    asked: list[tuple[str, object, str]] = []

    def find(kind: str, inputs: object, account: str) -> str | None:
        asked.append((kind, inputs, account))
        return "record-1"

    settled = settle({"resources": [], "pending_operations": [record]}, find)
    assert settled.deployment["resources"][0]["id"] == "record-1"
    assert asked == [("cloudflare:index/dnsRecord:DnsRecord", record["resource"]["inputs"], "partner")]
    for own in ("default", "default_6_23_1"):
        record["resource"]["provider"] = f"urn:pulumi:dev::p::pulumi:providers:cloudflare::{own}::id"
        settle({"resources": [], "pending_operations": [record]}, find)
        assert asked.pop()[2] == ""
    assert settle({"resources": [], "pending_operations": [record]}).left_over == ("DnsRecord txt",)
