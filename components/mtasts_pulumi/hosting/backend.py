"""The resources of a hosting backend, as the components ask for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Protocol

import pulumi

from mtasts.providers import of_host

Hooks = Optional[pulumi.ResourceHookBinding]


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a stack's policies. `bucket` is the name of the ledger, `parts` what the backend itself needs."""

    bucket: pulumi.Output[str]
    parts: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True, slots=True)
class Proof:
    """The CNAME by which a certificate authority sees that a name is ours: its whole name and target."""

    name: pulumi.Output[str]
    target: pulumi.Output[str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that is asked for; `proofs`: by policy host."""

    id: pulumi.Output[str]
    proofs: Mapping[str, Proof]


@dataclass(frozen=True, slots=True)
class Host:
    """A web host: its own name, the hosted zone of that name for Route 53 aliases, and the policy hosts it serves."""

    name: pulumi.Output[str]
    zone: pulumi.Output[str]
    serves: pulumi.Output[Any]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What one mail domain's policy file is. `ttl`: seconds, of the TXT that names `id`."""

    domain: str
    text: str
    id: pulumi.Output[str]
    ttl: int


class HostingBackend(Protocol):
    """What a record's `backend` module has. Every resource is a child of `parent`.

    Resources are named by `mtasts.policy.published_names`: what is looked up in a state has its name there.
    """

    def origin(self, parent: pulumi.Resource, name: str, /, *, retired: bool, called: str) -> Origin:
        """The place, `name` with BUCKET; protected unless `retired`. Keeps each text ever put, with its metadata.

        `called`: its name at the host where it is made anew, "" for one of the engine's choice.
        """
        ...

    def certificate(self, parent: pulumi.Resource, name: str, hosts: Sequence[str], hooks: Hooks, /) -> Certificate:
        """A certificate for policy hosts, `name` with CERTIFICATE."""
        ...

    def host(
        self,
        parent: pulumi.Resource,
        name: str,
        hosts: Sequence[str],
        origin: Origin,
        certificate: Certificate,
        proofs: Sequence[pulumi.Resource],
        hooks: Hooks,
        /,
        *,
        protect: bool,
    ) -> Host:
        """What serves the policies of `hosts`, `name` with DISTRIBUTION. The certificate waits for its `proofs`.

        `hosts` are fewer than those of the certificate, or none, while others still have them.
        HTTPS with TLS 1.2 or later, one path, no redirect, and no old text from a cache (RFC 8461 s3.3, s8.1).
        """
        ...

    def policy(
        self, parent: pulumi.Resource, name: str, origin: Origin, policy: PolicyFile, hooks: Hooks, /
    ) -> pulumi.Resource:
        """A policy file, `name` with POLICY. It stays where it is when the resource goes: it is the ledger."""
        ...


def hosts_taken_away(args: pulumi.ResourceHookArgs) -> list[str]:
    """The policy hosts that a web host serves no longer after this update, or none any more after its deletion, sorted.

    Raises ValueError for a resource that is not the web host of an installed backend.
    """
    hosting = of_host(args.type)
    if hosting is None:
        raise ValueError(f"{args.name}: {args.type} is not a web host of a hosting backend that is installed")
    return sorted({*hosting.host_names(args.old_inputs or {})} - {*hosting.host_names(args.new_inputs or {})})
