"""Registers components without an engine and keeps every request, options included.

Hooks do not run here (the engine calls them); what they decide is tested as plain functions, and their effect with the
real engine in tests/publishing.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, settings


@dataclass
class Registered:
    """One RegisterResource request, as the engine would get it."""

    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    protect: bool
    depends_on: frozenset[str]
    ignore_changes: tuple[str, ...]
    trigger: Any
    before_create: tuple[str, ...]
    before_update: tuple[str, ...]
    before_delete: tuple[str, ...] = ()
    retained: bool = False
    provider: str = ""
    version: str = ""
    """Of the plugin."""
    create_timeout: str = ""
    import_id: str = ""
    """Of what is there already, which the engine is to take over."""
    aliases: tuple[str, ...] = ()
    """Other names by which the engine's state may know it."""


class _Cloud(mocks.Mocks):
    """Answers with the computed outputs that the components read."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = dict(args.inputs)
        name = args.name
        match args.typ:
            case "aws:s3/bucket:Bucket":
                outputs |= {
                    "bucket": f"{name}-1a2b3c4",
                    "arn": f"arn:aws:s3:::{name}-1a2b3c4",
                    "bucketRegionalDomainName": f"{name}-1a2b3c4.s3.eu-central-1.amazonaws.com",
                }
            case "aws:cloudfront/originAccessControl:OriginAccessControl":
                outputs["arn"] = "arn:aws:cloudfront::123456789012:origin-access-control/E2EXAMPLE"
            case "aws:cloudfront/function:Function":
                outputs["arn"] = f"arn:aws:cloudfront::123456789012:function/{name}"
            case "aws:acm/certificate:Certificate":
                outputs["arn"] = f"arn:aws:acm:us-east-1:123456789012:certificate/{name}"
                hosts = [args.inputs["domainName"], *args.inputs.get("subjectAlternativeNames", [])]
                # The order is not promised: here it is the reverse of what was asked.
                outputs["domainValidationOptions"] = [
                    {
                        "domainName": host,
                        "resourceRecordName": f"_token.{host}.",
                        "resourceRecordType": "CNAME",
                        "resourceRecordValue": f"_proof.{host}.acm-validations.aws.",
                    }
                    for host in reversed(hosts)
                ]
            case "aws:cloudfront/distribution:Distribution":
                outputs |= {"domainName": "d111111abcdef8.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"}
            case "pulumi:index:Stash":
                outputs["output"] = args.inputs["input"]
        return f"{name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"the components call nothing, yet they called {args.token}")


@dataclass
class _Callbacks:
    """Stands where the SDK would start a server for the engine to call."""

    hooks: list[str] = field(default_factory=list)

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        if hook.name in self.hooks:  # as the engine does
            raise ValueError(f"resource hook already registered for name {hook.name!r}")
        self.hooks.append(hook.name)


class _Monitor(mocks.MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Cloud())
        self.requests: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.requests.append(
            Registered(
                type=request.type,
                name=request.name,
                parent=request.parent.rsplit("::", 1)[-1],
                inputs=json_format.MessageToDict(request.object),
                protect=request.protect,
                depends_on=frozenset(urn.rsplit("::", 1)[-1] for urn in request.dependencies),
                ignore_changes=tuple(request.ignoreChanges),
                trigger=json_format.MessageToDict(request.replacement_trigger) if _triggered(request) else None,
                before_create=tuple(request.hooks.before_create),
                before_update=tuple(request.hooks.before_update),
                before_delete=tuple(request.hooks.before_delete),
                import_id=request.importId,
                retained=request.retainOnDelete,
                provider=request.provider,
                version=request.version,
                create_timeout=request.customTimeouts.create,
                aliases=tuple(alias.spec.name for alias in request.aliases if alias.spec.name),
            )
        )
        return super().RegisterResource(request)


def _triggered(request: Any) -> bool:
    return "replacement_trigger" in request.DESCRIPTOR.fields_by_name and request.HasField("replacement_trigger")


def register(build: Any) -> list[Registered]:
    """Run `build()` as a program and return what it registered, in order, the stack itself left out."""
    monitor = _Monitor()
    # The SDK wants a current event loop, which a test that ran before may have closed.
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(monitor.mocks, project="mtasts", stack="test", monitor=monitor)
    settings.SETTINGS.callbacks = _Callbacks()

    @pulumi.runtime.test
    def program() -> None:
        build()

    program()
    return [request for request in monitor.requests if request.type != "pulumi:pulumi:Stack"]
