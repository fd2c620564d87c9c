"""`pulumi-resource-mtasts`: the process that the engine starts for the package, in whichever language a program is.

The SDK's own host wraps inputs that come from other resources in outputs, which its mapping of enumerations, integers
and objects then refuses. All values are in the request, so here they are taken out of it: the components get plain
values, and depend on the resources from which these came.
"""

import argparse
import asyncio
import json
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Optional

import grpc
import grpc.aio
import pulumi
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.provider import ConstructResult
from pulumi.provider.server import ProviderServicer
from pulumi.resource import DependencyResource
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from mtasts_pulumi.package import runs
from mtasts_pulumi.package.mail_domain import MailDomain
from mtasts_pulumi.package.policy_hosting import PolicyHosting
from mtasts_pulumi.package.request import came_from, plain
from mtasts_pulumi.package.unknown import is_unknown

NAME = "mtasts"
_COMPONENTS = [MailDomain, PolicyHosting]


class Package(ComponentProvider):
    """The package's schema, and its components by their names."""

    def __init__(self) -> None:
        super().__init__(list(_COMPONENTS), NAME, None, version("mtasts-pulumi"))
        self.schema = json.dumps(_tidy(json.loads(self.schema or "{}")), indent=2)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: Optional[pulumi.ResourceOptions] = None,
    ) -> ConstructResult:
        """Make a component; what is wrong with its inputs is said by the component, all at once."""
        self.validate_resource_type(self._name, resource_type)
        component = resource_type.rsplit(":", maxsplit=1)[-1]
        definition = self._component_defs[component]
        args = self._named(inputs, definition.inputs, definition.inputs_mapping)
        made: Any = self._components[component]
        instance = made(name, args, options)
        told = {key: getattr(instance, name) for key, name in definition.outputs_mapping.items()}
        state = {key: self._told(value, definition.outputs[key]) for key, value in told.items()}
        return ConstructResult(instance.urn, state)

    def _named(self, inputs: Mapping[str, Any], properties: Mapping[str, Any], names: Mapping[str, str]) -> Any:
        """Inputs by their names in Python; what the schema does not know keeps its name, and is refused by it."""
        return {names.get(key, key): self._value(value, properties.get(key)) for key, value in inputs.items()}

    def _value(self, value: Any, declared: Any) -> Any:
        if declared is None or is_unknown(value):
            return value
        if isinstance(value, list):
            return [self._value(one, declared.items) for one in value]
        if isinstance(value, Mapping) and declared.ref and (known := self.get_type_definition(declared)):
            return self._named(value, known.properties, known.properties_mapping)
        if isinstance(value, Mapping):
            return {key: self._value(one, declared.additional_properties) for key, one in value.items()}
        return value

    def _told(self, value: Any, declared: Any) -> Any:
        """An output with the schema's names, at every level: the SDK's own `get_state` keeps Python's in mappings."""
        if declared is None or isinstance(value, pulumi.Output) or not isinstance(value, Mapping):
            return value
        if declared.ref and (known := self.get_type_definition(declared)):
            names = known.properties_mapping
            return {key: self._told(value[name], known.properties[key]) for key, name in names.items() if name in value}
        return {key: self._told(one, declared.additional_properties) for key, one in value.items()}


class _Inside(Exception):  # noqa: N818 - what the engine prints of the component
    """A resource inside has failed, which the engine has said of it."""


def _tidy(schema: Any) -> Any:
    """The schema with each description in one line, as every generated SDK breaks it anew."""
    if isinstance(schema, dict):
        return {
            key: " ".join(one.split()) if key == "description" and isinstance(one, str) else _tidy(one)
            for key, one in schema.items()
        }
    return [_tidy(one) for one in schema] if isinstance(schema, list) else schema


class Servicer(ProviderServicer):
    """Takes plain values out of each request, and says in one line what kept a component from being made."""

    async def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Make a component."""
        runs.enter(request.monitorEndpoint)
        try:
            return await self._construct(request, context)
        except pulumi.InputPropertiesError as error:
            await context.abort_with_status(self.create_grpc_invalid_properties_status(error.message, error.errors))
        except pulumi.RunError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except Exception as error:
            if not isinstance(error, _Inside):
                traceback.print_exc()
            await context.abort(grpc.StatusCode.UNKNOWN, f"{error}" if isinstance(error, _Inside) else repr(error))

    async def _construct_response(self, result: ConstructResult) -> Any:
        try:
            return await super()._construct_response(result)
        except Exception as error:
            raise _Inside("what it makes was not made whole; the errors of its resources say why") from error

    @staticmethod
    async def _construct_inputs(inputs: Any, _dependencies: Any) -> dict[str, Any]:
        return {key: plain(value) for key, value in inputs.fields.items()}

    @staticmethod
    def _construct_options(request: Any) -> pulumi.ResourceOptions:
        options = ProviderServicer._construct_options(request)
        before = [DependencyResource(urn) for urn in sorted(came_from(request))]
        return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=before))


def main() -> None:
    """Serve until the engine has no more use for it; the port goes to stdout."""
    parser = argparse.ArgumentParser(prog="pulumi-resource-mtasts", description="The Pulumi package `mtasts`.")
    parser.add_argument("engine", help="the engine's address; the engine gives it")
    known, rest = parser.parse_known_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(known.engine, rest))


async def _serve(engine: str, rest: list[str]) -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    servicer = Servicer(Package(), rest, engine_address=engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port(address="127.0.0.1:0")
    await server.start()
    sys.stdout.buffer.write(f"{port}\n".encode())
    sys.stdout.buffer.flush()
    await server.wait_for_termination()


if __name__ == "__main__":
    main()
