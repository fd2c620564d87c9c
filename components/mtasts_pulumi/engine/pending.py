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
# (resource type, inputs, account) -> the provider's id, or None where it has no such thing or cannot be asked.
Find = Callable[[str, _Inputs, str], str | None]


def _nowhere(_kind: str, _inputs: _Inputs, _account: str) -> None:
    return None


_ID_FROM_INPUTS = {kind: derive for hosting in HOSTINGS.values() for kind, derive in hosting.identities.items()}
# Left alone by a second creation, or written over by it; and what lives in the state only.
_DEFAULT = "default"
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
        identity = None if urn in known else _identity(kind, resource, find)
        if identity:
            resources.append({**resource, "id": identity, "outputs": dict(resource.get("inputs") or {})})
            known.add(urn)
            adopted.append(urn)
        elif not kind.startswith(_HARMLESS_TWICE):
            left_over.append(f"{kind.rsplit(':', 1)[-1]} {urn.rsplit('::', 1)[-1]}")
    settled["resources"] = resources
    settled.pop("pending_operations", None)
    return Settled(settled, tuple(adopted), tuple(left_over))


def account_of(resource: Mapping[str, Any]) -> str:
    """The account through which the engine reaches a resource of its state, "" for the stack's own.

    Its provider is named as the account; the engine calls those that no program makes `default` with their version.
    """
    reference = str(resource.get("provider", "")).split("::")
    name = reference[3] if len(reference) > 3 else ""
    return "" if name.startswith(f"{_DEFAULT}_") or name == _DEFAULT else name


def _identity(kind: str, resource: Mapping[str, Any], find: Find) -> str | None:
    provider, inputs = of_record(kind), resource.get("inputs") or {}
    derive = provider.identity if provider else _ID_FROM_INPUTS.get(kind)
    try:
        return derive(inputs) if derive else find(kind, inputs, account_of(resource))
    except KeyError:
        return None
