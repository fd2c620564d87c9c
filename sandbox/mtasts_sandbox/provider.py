"""The gRPC servers that the real engine attaches to as its `aws` and `cloudflare` providers (PULUMI_DEBUG_PROVIDERS).

They speak for the embedded cloud as the real, bridged providers would: defaults, names of their own making, refusals,
detailed diffs and replacements. What the engine asks is in pulumi's proto/pulumi/provider.proto.
"""

# ruff: noqa: N802 - the methods are named by the protocol
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from mtasts_sandbox.cloud import accounts, fields
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.cloud.registry import RESOURCES
from mtasts_sandbox.cloud.resource import Call, Properties, Resource
from mtasts_sandbox.cloud.values import UNKNOWN, from_struct, is_unknown, to_struct
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.refusals import REFUSALS, refusal

PACKAGES = ("aws", "cloudflare")
DEFAULT_REGION = "us-east-1"
_HEX = 7  # digits of an automatic name, as the bridge makes them
_Diff = provider_pb2.DiffResponse
_Kind = provider_pb2.PropertyDiff.Kind
_KINDS = {
    ("add", False): _Kind.ADD,
    ("add", True): _Kind.ADD_REPLACE,
    ("delete", False): _Kind.DELETE,
    ("delete", True): _Kind.DELETE_REPLACE,
    ("update", False): _Kind.UPDATE,
    ("update", True): _Kind.UPDATE_REPLACE,
}

Context = Any  # grpc.aio.ServicerContext, which has no types


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One package of the embedded cloud, as the engine sees it."""

    def __init__(self, package: str, cloud: Cloud, faults: Faults) -> None:
        self._package = package
        self._cloud = cloud
        self._faults = faults
        # Each provider resource of a program dials once and configures once: its connection tells whose call it is.
        self._regions: dict[str, str] = {}
        self._accounts: dict[str, str] = {}

    # About the provider

    async def Attach(self, request: Any, context: Context) -> empty_pb2.Empty:
        """The engine says where it is; nothing is asked of it."""
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the SDK that the program uses."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(f"pulumi-{self._package}"))

    async def GetSchema(self, request: Any, context: Context) -> provider_pb2.GetSchemaResponse:
        """The name only: programs bring their SDK."""
        version = importlib.metadata.version(f"pulumi-{self._package}")
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self._package, "version": version}))

    async def CheckConfig(self, request: Any, context: Context) -> provider_pb2.CheckResponse:
        """Everything goes: what is wrong with an account shows when it is used."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:
        """A changed configuration never replaces the provider."""
        same = request.old_inputs == request.news if request.HasField("old_inputs") else request.olds == request.news
        return _Diff(changes=_Diff.DIFF_NONE if same else _Diff.DIFF_SOME)

    async def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:
        """Remember the region and the account for this connection."""
        args = from_struct(request.args)
        region = args.get("region") or request.variables.get("aws:config:region")
        self._regions[context.peer()] = str(region or DEFAULT_REGION)
        try:
            self._accounts[context.peer()] = accounts.of_provider(self._cloud, self._package, request.urn, args)
        except ProviderError as error:
            await _refuse(context, str(error))
        return provider_pb2.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    async def Invoke(self, request: Any, context: Context) -> provider_pb2.InvokeResponse:
        """No function is there."""
        await _refuse(context, f"the sandbox has no function {request.tok}")

    async def Cancel(self, request: Any, context: Context) -> empty_pb2.Empty:
        """Calls are short."""
        return empty_pb2.Empty()

    # About resources

    async def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:
        """Fill in defaults and the automatic name; refuse what is wrong, each input by name."""
        resource = await self._resource(request.urn, context)
        news = from_struct(request.news)
        name = _automatic_name(resource, request, news)
        inputs, failures = fields.check(resource.fields, news | name, resource.type)
        if not failures:
            failures = resource.check(inputs)
        return provider_pb2.CheckResponse(
            inputs=to_struct(inputs),
            failures=[provider_pb2.CheckFailure(property=each.path, reason=each.reason) for each in failures],
        )

    async def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:
        """Compare inputs with inputs, property by property."""
        resource = await self._resource(request.urn, context)
        state, news = from_struct(request.olds), from_struct(request.news)
        olds = _old_inputs(resource, request, state)
        changes = fields.diff(resource.fields, resource.normal(olds), resource.normal(news))
        if resource.regional:
            changes |= self._region_change(resource, state, news, context)
        replaces = sorted(
            {re.split(r"[.\[]", path, maxsplit=1)[0] for path, (_, replace) in changes.items() if replace}
        )
        return _Diff(
            changes=_Diff.DIFF_SOME if changes else _Diff.DIFF_NONE,
            replaces=replaces,
            diffs=sorted({re.split(r"[.\[]", path, maxsplit=1)[0] for path in changes}),
            detailedDiff={path: _property_diff(*change) for path, change in changes.items()},
            hasDetailedDiff=True,
            # Two things of one name cannot be there together: a given name that stays is freed first, as in the bridge.
            deleteBeforeReplace=bool(replaces) and _keeps_given_name(resource, request.urn, olds, news),
        )

    async def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:
        """Make a resource; in a preview, say what will be known only then."""
        resource = await self._resource(request.urn, context)
        inputs, call = from_struct(request.properties), self._call(context, request.timeout)
        if request.preview:
            unknown = {name: UNKNOWN for name in resource.computed if name not in inputs}
            return provider_pb2.CreateResponse(properties=to_struct(unknown | self._placed(resource, call, inputs)))
        try:
            await self._held_or_failed(resource, "Create")
            accounts.admit(call, "creating", inputs)
            id_ = await resource.create(call, inputs)
            outputs = resource.outputs(call, id_, inputs)
            self._cloud.commit()
        except (ApiError, ProviderError) as error:
            await self._undo(context, error)
        await self._hold_answer(resource, "Create")
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(inputs | (outputs or {})))

    async def Read(self, request: Any, context: Context) -> provider_pb2.ReadResponse:
        """What a resource is now, for a refresh or an import."""
        resource = await self._resource(request.urn, context)
        call, state = self._call(context), from_struct(request.properties)
        inputs = from_struct(request.inputs) or _inputs_of(resource, state)
        try:
            accounts.admit(call, "reading", inputs or accounts.zone_in(request.id))
            # The engine knows nothing yet of what it imports but the id that it was told.
            id_ = request.id if inputs or state else resource.imported_id(call, request.id)
            outputs = resource.outputs(call, id_, inputs) if id_ else None
            if id_ is None or outputs is None:
                return provider_pb2.ReadResponse()
            observed = resource.observed(call, id_, inputs)
        except (ApiError, ProviderError) as error:
            await _refuse(context, str(error))
        properties = to_struct(observed | outputs)
        return provider_pb2.ReadResponse(id=id_, properties=properties, inputs=to_struct(observed))

    async def Update(self, request: Any, context: Context) -> provider_pb2.UpdateResponse:
        """Change a resource in place."""
        resource = await self._resource(request.urn, context)
        call, state, news = self._call(context), from_struct(request.olds), from_struct(request.news)
        olds = _old_inputs(resource, request, state)
        if request.preview:
            kept = {name: value for name, value in state.items() if name not in olds}
            unknown = {name: UNKNOWN for name in resource.volatile if name not in news}
            return provider_pb2.UpdateResponse(properties=to_struct(kept | unknown | news))
        try:
            await self._held_or_failed(resource, "Update")
            accounts.admit(call, "updating", olds)
            self._require(resource, call, request.id, olds)
            await resource.update(call, request.id, olds, news)
            outputs = resource.outputs(call, request.id, news)
            self._cloud.commit()
        except (ApiError, ProviderError) as error:
            await self._undo(context, error)
        await self._hold_answer(resource, "Update")
        return provider_pb2.UpdateResponse(properties=to_struct(news | (outputs or {})))

    async def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:
        """Delete a resource; one that is gone is fine."""
        resource = await self._resource(request.urn, context)
        state = from_struct(request.properties)
        try:
            await self._held_or_failed(resource, "Delete")
            call, inputs = self._call(context), _old_inputs(resource, request, state)
            accounts.admit(call, "deleting", inputs)
            resource.delete(call, request.id, inputs)
            self._cloud.commit()
        except (ApiError, ProviderError) as error:
            await self._undo(context, error)
        await self._hold_answer(resource, "Delete")
        return empty_pb2.Empty()

    # Parts of it

    async def _resource(self, urn: str, context: Context) -> Resource:
        # urn:pulumi:stack::project::parent$types$type::name
        token = urn.split("::")[2].rpartition("$")[2]
        resource = RESOURCES.get(token)
        if resource is None or not token.startswith(self._package + ":"):
            known = ", ".join(sorted(each for each in RESOURCES if each.startswith(self._package + ":")))
            await _refuse(context, f"the sandbox has no resource {token}; of {self._package} it has {known}")
        return resource

    def _call(self, context: Context, timeout: float = 0) -> Call:
        told = self._faults.value("validation-wait")
        patience = self._cloud.context.quotas.validation_seconds if told is None else told
        region = self._regions.get(context.peer(), DEFAULT_REGION)
        account = self._accounts.get(context.peer(), "")
        return Call(self._cloud, region, min(patience, timeout or patience), account)

    def _placed(self, resource: Resource, call: Call, inputs: Properties) -> Properties:
        return inputs | ({"region": resource.region(call, inputs)} if resource.regional else {})

    def _region_change(
        self, resource: Resource, state: Properties, news: Properties, context: Context
    ) -> dict[str, tuple[fields.Change, bool]]:
        """The region is where it is, not what the program said: a changed default replaces, too."""
        old, new = state.get("region"), resource.region(self._call(context), news)
        return {} if old in (None, new) or is_unknown(new) else {"region": ("update", True)}

    async def _held_or_failed(self, resource: Resource, verb: str) -> None:
        await self._faults.hold_call("call-held", f"{resource.type}.{verb}")
        refused = refusal(self._faults, resource.type, verb)
        if refused is not None:
            raise refused
        operation = f"{resource.type}.{verb}"
        if self._faults.count_call(operation):
            service = resource.type.split(":")[1].partition("/")[0]
            message = f"a fault was set for this call ({operation})"
            raise ApiError(f"{verb} {resource.type}", service, "InternalFailure", message, 500)

    async def _hold_answer(self, resource: Resource, verb: str) -> None:
        await self._faults.hold_call("answer-held", f"{resource.type}.{verb}")

    def _require(self, resource: Resource, call: Call, id_: str, inputs: Properties) -> None:
        if resource.outputs(call, id_, inputs) is None:
            raise resource.gone(id_, inputs)

    async def _undo(self, context: Context, error: Exception) -> NoReturn:
        self._cloud.rollback()
        await _refuse(context, str(error))


async def _refuse(context: Context, message: str) -> NoReturn:
    await context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort() raises")


def _property_diff(change: fields.Change, replaces: bool) -> provider_pb2.PropertyDiff:
    return provider_pb2.PropertyDiff(kind=_KINDS[change, replaces], inputDiff=True)


def _old_inputs(resource: Resource, request: Any, state: Mapping[str, Any]) -> Properties:
    """The inputs as last applied; an old state has none beside its outputs."""
    given = from_struct(request.old_inputs) if request.HasField("old_inputs") else {}
    return given or _inputs_of(resource, state)


def _inputs_of(resource: Resource, state: Mapping[str, Any]) -> Properties:
    computed = set(resource.computed) | {"region"}
    return {name: value for name, value in state.items() if name in resource.fields and name not in computed}


def _automatic_name(resource: Resource, request: Any, news: Properties) -> Properties:
    """The name of a resource that was given none: the one it has, or `<resource name>-<7 hex digits>`."""
    key = resource.auto_name
    if not key or key in news:
        return {}
    name = request.urn.rpartition("::")[2]
    old = from_struct(request.olds).get(key)
    if isinstance(old, str) and _is_automatic(old, name):
        return {key: old}
    wish = request.autonaming
    if wish.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE:
        return {}
    if wish.proposed_name:
        return {key: wish.proposed_name}
    seed = request.randomSeed or request.urn.encode()
    stem = name.lower() if key == "bucket" else name
    return {key: f"{stem[: resource.auto_name_limit - _HEX - 1]}-{hashlib.sha256(seed).hexdigest()[:_HEX]}"}


def _is_automatic(given: str, name: str) -> bool:
    stem, _, digits = given.rpartition("-")
    return bool(re.fullmatch(f"[0-9a-f]{{{_HEX}}}", digits)) and name.lower().startswith(stem.lower()) and stem != ""


def _keeps_given_name(resource: Resource, urn: str, olds: Properties, news: Properties) -> bool:
    key = resource.auto_name
    given = news.get(key) if key else None
    return given is not None and given == olds.get(key) and not _is_automatic(str(given), urn.rpartition("::")[2])


async def serve(cloud: Cloud, faults: Faults, ports: Mapping[str, int]) -> tuple[dict[str, int], "ServerGroup"]:
    """Serve every package on loopback; gives the ports taken (0 asks for any) and what stops them."""
    # One server cannot tell its ports apart, so each package has its own behind one handle.
    group = ServerGroup()
    taken = {}
    faults.register(REFUSALS)
    for package in PACKAGES:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(package, cloud, faults), server)
        taken[package] = server.add_insecure_port(f"127.0.0.1:{ports.get(package, 0)}")
        await server.start()
        group.servers.append(server)
    return taken, group


class ServerGroup:
    """The running provider servers."""

    def __init__(self) -> None:
        self.servers: list[grpc.aio.Server] = []

    async def close(self) -> None:
        """Stop them all; calls that are waiting end with an error."""
        for server in self.servers:
            await server.stop(grace=0.2)
