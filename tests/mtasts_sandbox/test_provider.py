"""The provider servers as the engine meets them: what is there, previews, faults, and nothing half done."""

import asyncio

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as pb

from mtasts_sandbox.cloud.values import from_struct, to_struct
from mtasts_sandbox.faults import BadFault, Faults
from tests.mtasts_sandbox.cloud_stage import TYPES, UNKNOWN, EngineSide, Refused, on_cloud

TXT = {"zoneId": "ZCOM", "name": "_mta-sts.example.com", "type": "TXT", "ttl": 300, "records": ["v=STSv1; id=1;"]}


@on_cloud
async def test_the_servers_know_their_package(engine: EngineSide):
    """Attach is answered, the version is the SDK's, and a preview is supported."""
    for package in ("aws", "cloudflare"):
        stub = engine.stubs[package]
        await stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        version = (await stub.GetPluginInfo(empty_pb2.Empty())).version
        assert version.count(".") == 2
        assert (await stub.Configure(pb.ConfigureRequest())).supportsPreview


@on_cloud
async def test_resources_and_functions_that_are_not_there_are_refused(engine: EngineSide):
    """By name, with those that are."""
    TYPES["queue"] = "aws:sqs/queue:Queue"
    try:
        with pytest.raises(
            Refused, match="no resource aws:sqs/queue:Queue; of aws it has aws:acm/certificate:Certificate"
        ):
            await engine.create("queue")
    finally:
        del TYPES["queue"]
    with pytest.raises(Exception, match="the sandbox has no function aws:iam/getPolicyDocument"):
        await engine.stubs["aws"].Invoke(pb.InvokeRequest(tok="aws:iam/getPolicyDocument:getPolicyDocument"))


@on_cloud
async def test_a_preview_changes_nothing(engine: EngineSide):
    """Neither a planned creation nor a planned update; volatile outputs are unknown, others stay as they were."""
    await engine.preview_create("record", **TXT)
    assert engine.cloud.route53.get("ZCOM", "_mta-sts.example.com", "TXT") is None
    bucket = await engine.create("bucket")
    thing = await engine.create("object", bucket=bucket.id, key="k", content="one")
    request = pb.UpdateRequest(id=thing.id, urn="urn:pulumi:d::p::" + TYPES["object"] + "::it", preview=True)
    request.olds.CopyFrom(to_struct(thing.state))
    request.old_inputs.CopyFrom(to_struct(thing.inputs))
    request.news.CopyFrom(to_struct(thing.inputs | {"content": "two"}))
    planned = from_struct((await engine.stubs["aws"].Update(request)).properties)
    assert (planned["content"], planned["versionId"], planned["arn"]) == ("two", UNKNOWN, thing.state["arn"])
    assert engine.cloud.s3.current(bucket.id, "k").value == b"one"


@on_cloud
async def test_a_provider_error_fails_the_kth_changing_call_once(engine: EngineSide):
    """Creates, updates and deletes count, checks, diffs, previews and reads do not; nothing is changed by it."""
    engine.faults.set("provider-error", 3)
    record = await engine.create("record", **TXT)
    await engine.preview_create("record", "other", **TXT)
    await engine.diff(record, ttl=60)
    await engine.read(record)
    record = await engine.update(record, ttl=60)
    with pytest.raises(Refused, match=r"api error InternalFailure: a fault was set .*Record.Update"):
        await engine.update(record, ttl=120)
    assert engine.cloud.route53.get("ZCOM", "_mta-sts.example.com", "TXT").ttl == 60
    await engine.update(record, ttl=120)
    await engine.delete(record)
    assert engine.faults.active() == ()


@on_cloud
async def test_a_provider_error_may_be_for_some_operations(engine: EngineSide):
    """A pattern of type and verb; others are not counted."""
    engine.faults.set("provider-error", 1, "aws:route53/*.delete")
    record = await engine.create("record", **TXT)
    await engine.update(record, ttl=60)
    with pytest.raises(Refused, match="InternalFailure"):
        await engine.delete(record)
    await engine.delete(record)


@on_cloud
async def test_the_kth_changing_call_is_held_until_the_fault_is_cleared(engine: EngineSide):
    """Before it is carried out, or when only the answer is missing; the others go on meanwhile."""
    record = await engine.create("record", **TXT)
    for fault, ttl, while_held in (("call-held", 60, 300), ("answer-held", 120, 120)):
        engine.faults.set(fault, 2)
        await engine.create("bucket", fault)
        held = asyncio.ensure_future(engine.update(record, ttl=ttl))
        while [each.value for each in engine.faults.active()] != [0]:
            await asyncio.sleep(0.01)
        await engine.create("bucket", f"{fault}-2")
        assert not held.done()
        assert engine.cloud.route53.get("ZCOM", "_mta-sts.example.com", "TXT").ttl == while_held
        assert engine.faults.clear(fault) == 1
        record = await held
        assert engine.cloud.route53.get("ZCOM", "_mta-sts.example.com", "TXT").ttl == ttl


@on_cloud
async def test_a_refused_call_leaves_nothing_behind(engine: EngineSide):
    """Not in memory and not in the store, so the next commit does not bring it."""
    await engine.create("record", **TXT)
    with pytest.raises(Refused):
        await engine.create("record", "again", **TXT)
    assert not engine.cloud.context.store.dirty
    assert [key for key, _ in engine.cloud.context.store.load("rrset")] == ["ZCOM\0_mta-sts.example.com\0TXT"]


@on_cloud
async def test_automatic_names_stay(engine: EngineSide):
    """A later check keeps the name; the engine's own proposal wins; a given name is left alone."""
    bucket = await engine.create("bucket")
    assert (await engine.check("bucket", "it", {}, bucket.inputs))["bucket"] == bucket.id
    assert (await engine.check("bucket", "it", {"bucket": "mine"}, bucket.inputs))["bucket"] == "mine"
    request = pb.CheckRequest(urn="urn:pulumi:d::p::" + TYPES["bucket"] + "::it")
    request.autonaming.proposed_name = "proposed"
    answer = await engine.stubs["aws"].Check(request)
    assert answer.inputs["bucket"] == "proposed"


def test_faults_are_known_counted_and_cleared():
    """Unknown names and values that mean nothing are refused; a host's own fault wins over everybody's."""
    faults = Faults()
    for words, part in (
        (("edge-up",), "no fault is called 'edge-up'"),
        (("stale-edge",), "needs a value: SECONDS"),
        (("edge-down", 5), "takes no value"),
        (("slow", -1), "is not between 0 and 86400"),
        (("slow", float("nan")), "is not between"),
        (("provider-error", 1.5), "is not a whole number"),
        (("call-held", 1.5), "is not a whole number"),
    ):
        with pytest.raises(BadFault, match=part):
            faults.set(*words)
    assert faults.active() == ()
    seen = []
    faults.watch(lambda: seen.append(len(faults.active())))
    faults.set("slow", 1)
    faults.set("slow", 5, "MTA-STS.example.com")
    assert (faults.value("slow", "mta-sts.example.com"), faults.value("slow", "other.test")) == (5, 1)
    assert (faults.on("edge-down"), faults.on("slow")) == (False, True)
    faults.set("slow", 0)
    assert faults.value("slow", "other.test") is None
    assert faults.clear("slow") == 1
    assert seen == [1, 2, 1, 0]
    with pytest.raises(BadFault, match="no fault is called"):
        faults.clear("nothing")
