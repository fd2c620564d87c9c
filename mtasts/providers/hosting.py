"""A hosting backend as the rest sees it: what its resources are called, what they say, and how it says no.

Plain data and pure functions, without Pulumi, as a DNS provider is. What makes the resources is the module `backend`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mtasts.providers.cause import Cause
from mtasts.providers.provider import Credentials, Inputs

Names = Callable[[Inputs], tuple[str, ...]]


def _unnamed(_outputs: Inputs) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Hosting:
    """One way to keep policy files and to serve them. `title` is its name for people.

    `policy_type`, `host_type` and `certificate_type`: the type tokens of a domain's policy file, of a group's web host
    and of its certificate; `nouns`: what a person calls a resource, by its type token, these three among them.
    `host_names`, `certificate_names`: the policy hosts that a host or a certificate is for, by its inputs (never
    raises: they may be those of a damaged state). `another_text(before, after)`: whether a refresh saw that a policy
    file holds a text that this project did not put there.

    `causes`, `told`: as of a `DnsProvider`. `origin_held`: the way out where the engine refuses to make the place of
    the policies again. `identities`: the id of a resource by its inputs, by type token, where it follows from them;
    `harmless_twice`: what type tokens begin with whose resources a second creation leaves alone or writes over.

    `own_name`: the name under which a host answers by itself, by its outputs; "" where they do not say.

    `backend`: the module that makes the resources (a `mtasts_pulumi.hosting.backend.HostingBackend`).
    """

    key: str
    title: str
    policy_type: str
    host_type: str
    certificate_type: str
    nouns: Mapping[str, str]
    host_names: Names
    certificate_names: Names
    another_text: Callable[[Inputs, Inputs], bool]
    credentials: Credentials
    origin_held: str
    backend: str
    causes: tuple[Cause, ...] = ()
    told: "re.Pattern[str] | None" = None
    identities: Mapping[str, Callable[[Inputs], str]] = field(default_factory=dict)
    harmless_twice: tuple[str, ...] = ()
    own_name: Callable[[Inputs], str] = _unnamed
