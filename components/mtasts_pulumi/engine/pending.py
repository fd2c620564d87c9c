"""Creations whose end a killed engine could not record: take over what may exist, so that a re-run converges. Pure.

The engine keeps such an entry for ever and only warns; asked to create the resource again, a provider may answer that
it exists (a Route 53 record, a bucket), and the stack would be stuck. Where the provider's id follows from the inputs,
the resource is put into the state as if it had been created, and then refreshed: the provider reads what is really
there, and what is not there leaves the state again.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mtasts.providers import HOSTINGS, of_record

_Inputs = Mapping[str, Any]
# (resource type, inputs) -> the provider's id, or None where it has no such thing or cannot be asked.
Find = Callable[[str, _Inputs], str | None]


def _nowhere(_kind: str, _inputs: _Inputs) -> None:
    return None


_ID_FROM_INPUTS = {kind: derive for hosting in HOSTINGS.values() for kind, derive in hosting.identities.items()}
# Left alone by a second creation, or written over by it; and what lives in the state only.
_HARMLESS_TWICE = ("pulumi:", *(start for hosting in HOSTINGS.values() for start in hosting.harmless_twice))


@dataclass(frozen=True, slots=True)
class Settled:
    """A deployment without pending creations."""

    deployment: dict[str, Any]
    adopted: tuple[str, ...]  # urns put in, to be refreshed before anything else
    left_over: tuple[str, ...]  # what the provider may hold and nobody knows the id of


def settle(deployment: Mapping[str, Any], find: Find = _nowhere) -> Settled:
    """Settle every pending creation of a deployment (of `stack export`), leaving the given one as it is.

    `find` asks the provider for the id of a resource where nothing but the provider knows it.
    """
    settled: dict[str, Any] = copy.deepcopy(dict(deployment))
    resources: list[dict[str, Any]] = settled.get("resources") or []
    known = {resource.get("urn") for resource in resources}
    adopted: list[str] = []
    left_over: list[str] = []
    for operation in settled.get("pending_operations") or []:
        if operation.get("type") != "creating":
            continue  # updates, deletions and imports are simply done again
        resource = operation.get("resource") or {}
        urn, kind = str(resource.get("urn", "")), str(resource.get("type", ""))
        identity = None if urn in known else _identity(kind, resource.get("inputs") or {}, find)
        if identity:
            resources.append({**resource, "id": identity, "outputs": dict(resource.get("inputs") or {})})
            known.add(urn)
            adopted.append(urn)
        elif not kind.startswith(_HARMLESS_TWICE):
            left_over.append(f"{kind.rsplit(':', 1)[-1]} {urn.rsplit('::', 1)[-1]}")
    settled["resources"] = resources
    settled.pop("pending_operations", None)
    return Settled(settled, tuple(adopted), tuple(left_over))


def _identity(kind: str, inputs: _Inputs, find: Find) -> str | None:
    provider = of_record(kind)
    derive = provider.identity if provider else _ID_FROM_INPUTS.get(kind)
    try:
        return derive(inputs) if derive else find(kind, inputs)
    except KeyError:
        return None
