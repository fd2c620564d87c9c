"""An embedded cloud with its provider servers, and the engine's side of the protocol: real gRPC, no engine."""

import asyncio
import functools
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from mtasts.policy.quotas import DISTRIBUTIONS
from mtasts_sandbox import provider
from mtasts_sandbox.authority import Authority
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.context import Quotas
from mtasts_sandbox.cloud.values import UNKNOWN, from_struct, to_struct
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.store import Store
from tests.patience import PATIENCE

TYPES = {
    "bucket": "aws:s3/bucket:Bucket",
    "versioning": "aws:s3/bucketVersioning:BucketVersioning",
    "access": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "ownership": "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "policy": "aws:s3/bucketPolicy:BucketPolicy",
    "object": "aws:s3/bucketObjectv2:BucketObjectv2",
    "oac": "aws:cloudfront/originAccessControl:OriginAccessControl",
    "function": "aws:cloudfront/function:Function",
    "headers": "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "distribution": "aws:cloudfront/distribution:Distribution",
    "certificate": "aws:acm/certificate:Certificate",
    "validation": "aws:acm/certificateValidation:CertificateValidation",
    "role": "aws:iam/role:Role",
    "role policy": "aws:iam/rolePolicy:RolePolicy",
    "identity provider": "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "record": "aws:route53/record:Record",
    "dns": "cloudflare:index/dnsRecord:DnsRecord",
}
QUOTAS = Quotas(
    validation_seconds=0.3,
    distributions=dict(zip((quota.setting for quota in DISTRIBUTIONS), (3, 3, 3, 5), strict=True)),
    response_headers_policies=2,
)


class Refused(Exception):  # noqa: N818 - what it is, not that it is an error
    """The provider refused: the text of its error, or of its check's failures."""


@dataclass
class Thing:
    """A resource as the engine's state has it."""

    kind: str
    name: str
    id: str
    inputs: dict[str, Any]
    state: dict[str, Any]


class EngineSide:
    """Asks as the engine does: check, then create or diff and update."""

    def __init__(self, cloud: Cloud, faults: Faults, stubs: dict[str, Any]) -> None:
        self.cloud = cloud
        self.faults = faults
        self.stubs = stubs

    async def check(self, kind: str, name: str, inputs: dict[str, Any], olds: dict[str, Any] | None = None):
        """The checked inputs. Raises Refused with every failure, one a line."""
        request = pb.CheckRequest(urn=_urn(kind, name), news=to_struct(inputs), randomSeed=b"seed of the test")
        if olds:
            request.olds.CopyFrom(to_struct(olds))
        answer = await self._ask(kind, "Check", request)
        if answer.failures:
            raise Refused("\n".join(f"{each.property}: {each.reason}" for each in answer.failures))
        return from_struct(answer.inputs)

    async def create(self, kind: str, name: str = "it", /, **inputs: Any) -> Thing:
        checked = await self.check(kind, name, inputs)
        request = pb.CreateRequest(urn=_urn(kind, name), properties=to_struct(checked))
        answer = await self._ask(kind, "Create", request)
        return Thing(kind, name, answer.id, checked, from_struct(answer.properties))

    async def preview_create(self, kind: str, name: str = "it", /, **inputs: Any) -> dict[str, Any]:
        checked = await self.check(kind, name, inputs)
        request = pb.CreateRequest(urn=_urn(kind, name), properties=to_struct(checked), preview=True)
        return from_struct((await self._ask(kind, "Create", request)).properties)

    async def diff(self, thing: Thing, **changes: Any):
        """(paths with their kind's name, replaced properties, delete before replace)."""
        return await self.diff_to(thing, _changed(thing.inputs, changes))

    async def diff_to(self, thing: Thing, inputs: dict[str, Any]):
        """The same, to all that a program says now."""
        checked = await self.check(thing.kind, thing.name, inputs, thing.inputs)
        request = pb.DiffRequest(
            id=thing.id,
            urn=_urn(thing.kind, thing.name),
            olds=to_struct(thing.state),
            old_inputs=to_struct(thing.inputs),
            news=to_struct(checked),
        )
        answer = await self._ask(thing.kind, "Diff", request)
        assert (answer.changes == pb.DiffResponse.DIFF_NONE) == (not answer.detailedDiff)
        paths = {path: pb.PropertyDiff.Kind.Name(each.kind) for path, each in answer.detailedDiff.items()}
        return paths, list(answer.replaces), answer.deleteBeforeReplace

    async def update(self, thing: Thing, **changes: Any) -> Thing:
        checked, answer = await self._update(thing, changes, preview=False)
        return Thing(thing.kind, thing.name, thing.id, checked, answer)

    async def preview_update(self, thing: Thing, **changes: Any) -> dict[str, Any]:
        _, answer = await self._update(thing, changes, preview=True)
        return answer

    async def _update(self, thing: Thing, changes: dict[str, Any], *, preview: bool):
        """The checked inputs, and the outputs that the provider answers."""
        checked = await self.check(thing.kind, thing.name, _changed(thing.inputs, changes), thing.inputs)
        request = pb.UpdateRequest(
            id=thing.id,
            urn=_urn(thing.kind, thing.name),
            olds=to_struct(thing.state),
            old_inputs=to_struct(thing.inputs),
            news=to_struct(checked),
            preview=preview,
        )
        return checked, from_struct((await self._ask(thing.kind, "Update", request)).properties)

    async def read(self, thing: Thing) -> Thing | None:
        """A refresh; None when it is gone."""
        request = pb.ReadRequest(
            id=thing.id,
            urn=_urn(thing.kind, thing.name),
            properties=to_struct(thing.state),
            inputs=to_struct(thing.inputs),
        )
        answer = await self._ask(thing.kind, "Read", request)
        if not answer.id:
            return None
        return Thing(thing.kind, thing.name, answer.id, from_struct(answer.inputs), from_struct(answer.properties))

    async def import_(self, kind: str, id_: str) -> Thing | None:
        return await self.read(Thing(kind, "it", id_, {}, {}))

    async def delete(self, thing: Thing) -> None:
        request = pb.DeleteRequest(
            id=thing.id,
            urn=_urn(thing.kind, thing.name),
            properties=to_struct(thing.state),
            old_inputs=to_struct(thing.inputs),
        )
        await self._ask(thing.kind, "Delete", request)

    async def configure(self, package: str, **config: str) -> None:
        await self.stubs[package].Configure(pb.ConfigureRequest(args=to_struct(config)))

    async def _ask(self, kind: str, method: str, request: Any) -> Any:
        try:
            return await getattr(self.stubs[TYPES.get(kind, kind).split(":")[0]], method)(request)
        except grpc.aio.AioRpcError as error:
            raise Refused(error.details()) from None

    # Whole pieces that many tests need

    async def issued(self, *names: str) -> Thing:
        """A certificate that is validated; the zones of the names must be there."""
        certificate = await self.create(
            "certificate",
            domainName=names[0],
            subjectAlternativeNames=list(names[1:]),
            validationMethod="DNS",
            region="us-east-1",
        )
        for option in certificate.state["domainValidationOptions"]:
            zone = self.cloud.zone_of(option["resourceRecordName"].rstrip("."))
            assert zone is not None
            name, value = option["resourceRecordName"], option["resourceRecordValue"]
            await self.create("record", zoneId=zone.zone_id, name=name, type="CNAME", ttl=60, records=[value])
        await self.create("validation", certificateArn=certificate.id, region="us-east-1")
        return certificate

    async def site(self, *aliases: str, name: str = "it") -> Thing:
        """A distribution of these aliases over a bucket of its own, without function and headers."""
        bucket = await self.create("bucket", name)
        control = await self.create(
            "oac", name, originAccessControlOriginType="s3", signingBehavior="always", signingProtocol="sigv4"
        )
        certificate = await self.issued(*aliases)
        inputs = distribution_inputs(bucket.state["bucketRegionalDomainName"], certificate.id, list(aliases))
        inputs["origins"][0]["originAccessControlId"] = control.id
        return await self.create("distribution", name, **inputs)


def distribution_inputs(origin: str, certificate: str | None, aliases: list[str]) -> dict[str, Any]:
    """What a distribution must be given."""
    viewer = (
        {"acmCertificateArn": certificate, "sslSupportMethod": "sni-only", "minimumProtocolVersion": "TLSv1.2_2021"}
        if certificate
        else {"cloudfrontDefaultCertificate": True}
    )
    return {
        "enabled": True,
        "isIpv6Enabled": True,
        "aliases": aliases,
        "origins": [{"domainName": origin, "originId": "s3"}],
        "defaultCacheBehavior": {
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "targetOriginId": "s3",
            "viewerProtocolPolicy": "https-only",
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": viewer,
    }


def _changed(inputs: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The inputs with changes; None takes one away."""
    return {name: value for name, value in (inputs | changes).items() if value is not None}


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::test::pkg:index:Component${TYPES.get(kind, kind)}::{name}"


def on_cloud(test: Callable[[EngineSide], Awaitable[None]]) -> Callable[[], None]:
    """Make a test of a coroutine that takes the engine's side of a new, empty cloud."""

    def run() -> None:
        play(test)

    run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
    return run


def play(act: Callable[[EngineSide], Awaitable[None]], quotas: Quotas = QUOTAS, path: Path | None = None) -> None:
    """Run a coroutine against an embedded cloud; its zones are example.com (Route 53) and example.net (Cloudflare)."""

    async def stage() -> None:
        with open_cloud(path, quotas) as cloud:
            cloud.add_zone("example.com", "route53", "ZCOM")
            cloud.add_zone("example.net", "cloudflare", "cfnet")
            cloud.commit()
            faults = Faults()
            ports, servers = await provider.serve(cloud, faults, {})
            try:
                channels = {name: grpc.aio.insecure_channel(f"127.0.0.1:{port}") for name, port in ports.items()}
                stubs = {name: provider_pb2_grpc.ResourceProviderStub(each) for name, each in channels.items()}
                async with asyncio.timeout(PATIENCE):
                    await act(EngineSide(cloud, faults, stubs))
                for channel in channels.values():
                    await channel.close()
            finally:
                await servers.close()

    asyncio.run(stage())


@contextmanager
def open_cloud(path: Path | None = None, quotas: Quotas = QUOTAS) -> Iterator[Cloud]:
    """A cloud over a file, or in memory; moto has one account in a process, so one cloud at a time."""
    store = Store(path)
    try:
        yield Cloud(store, _authority(), quotas)
    finally:
        store.close()


@functools.cache
def _authority() -> Authority:
    with tempfile.TemporaryDirectory() as folder:
        return Authority.open(Path(folder))


def answer(engine: EngineSide, name: str, kind: str) -> tuple[int, tuple[str, ...]] | None:
    """What the DNS says at a name: TTL and values."""
    zone = engine.cloud.zone_of(name)
    found = engine.cloud.rrset(zone, name, kind)
    return (found.ttl, found.values) if found else None


__all__ = [
    "QUOTAS",
    "TYPES",
    "UNKNOWN",
    "EngineSide",
    "Refused",
    "Thing",
    "answer",
    "distribution_inputs",
    "on_cloud",
    "open_cloud",
    "play",
]
