"""Parts for the components inside, in place of components that another one of the package has made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.resource_hooks import StubResourceHook

from mtasts.providers import HOSTING
from mtasts_pulumi.engine.failures import OF_HOST, REMOVAL_HOOK
from mtasts_pulumi.hosting import HostingBackend, backend_of
from mtasts_pulumi.hosting.backend import Origin
from mtasts_pulumi.package import unknown
from mtasts_pulumi.removal import Removal


class KnownOrigin:
    """The `PolicyOrigin` that a PolicyHosting has made, by its output `hosting`."""

    bucket: pulumi.Output[str]
    kept: Origin
    backend: HostingBackend

    def __init__(self, hosting: Mapping[str, Any]):
        self.backend = backend_of(HOSTING.key)
        parts = {key: _output(value) for key, value in _mapping(hosting.get("parts")).items()}
        if unknown.is_unknown(hosting.get("parts")):
            parts = defaultdict(unknown.unknown)
        self.bucket = _output(hosting.get("bucket"))
        self.kept = Origin(self.bucket, parts)


class SharedHost:
    """The `PolicyHost` of a host group, which a PolicyHosting has made. It answers by now: its name was waited for."""

    def __init__(self, group: str):
        self.pulumi_resource_name = group

    def reachable(self, domain: str, zone: str) -> Sequence[pulumi.Resource]:
        """None of them is made here."""
        return ()


class SharedRemoval(Removal):
    """The hooks of the stack's `Removal` by their names: its PolicyHosting has registered them, and does so also in a
    run in which a mail domain is not named any more."""

    def __init__(self) -> None:
        self._zones = {}
        self._txt_hook = StubResourceHook(REMOVAL_HOOK)
        self._names_hook = StubResourceHook(f"{REMOVAL_HOOK}-of-names")
        self._host_hook = StubResourceHook(f"{REMOVAL_HOOK}{OF_HOST}")


def _output(value: Any) -> pulumi.Output[Any]:
    output: pulumi.Output[Any] = pulumi.Output.from_input(value)
    return output


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
