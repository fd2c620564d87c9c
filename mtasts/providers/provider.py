"""A DNS provider as the rest sees it: how its zones are named, what its records look like, and how it says no.

Plain data and pure functions, without Pulumi: `validate` knows every provider where no engine is. What a record says
is written and read by functions of one module, so that the two cannot part.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mtasts.providers.cause import Cause

Inputs = Mapping[str, Any]
"""A resource's inputs as the engine has them: names in camelCase, values as JSON."""
Change = Callable[[Callable[[str], str], Any], Any]
"""`change(function, value)`: applies `function` to a value that may be known only later in the run."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to be made. `part` ends the resource's name where a thing needs several; `kind`: A, CNAME, TXT."""

    kind: str
    inputs: Inputs
    part: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a record's inputs say. `ttl` is in seconds, 0 if not given; `text`: of a TXT, its strings joined; else
    where it leads, None where several do."""

    zone: str
    name: str
    kind: str
    ttl: int
    text: str | None


class Writer(Protocol):
    """The records that this project makes. A value, and only that, may be known later: see `Change`.

    `zone` is the provider's id of the zone; names are whole, without the last dot.
    """

    def txt(self, zone: str, name: str, value: Any, ttl: int, change: Change) -> Record:
        """One TXT record whose joined text is `value`."""
        ...

    def validation(self, zone: str, name: Any, target: Any, change: Change) -> Record:
        """The CNAME by which a certificate authority sees that the name is ours; name and target end in a dot."""
        ...

    def host(self, zone: str, name: str, target: Any, target_zone: Any) -> Sequence[Record]:
        """What leads `name` to the web host `target` (in Route 53's zone `target_zone`), over IPv4 and IPv6."""
        ...

    def cname(self, zone: str, name: str, target: Any) -> Record:
        """The same as one CNAME, part `cname`, whose target can be changed in place."""
        ...

    def read(self, inputs: Inputs) -> Stated:
        """What inputs made by the others say. Never raises: they may be those of a damaged state."""
        ...

    def text(self, outputs: Any) -> str:
        """The joined text by `DnsProvider.text_property` of a TXT record that is there."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where a service's credentials can be. Only their presence is looked at, before a run.

    `package`: of the Pulumi provider. `variables`: sets of environment variables, of which one set is enough;
    `settings`: keys of the stack's settings; `files`: (variable that names it, default below the home); `machine`: a
    vendor of machines whose role gives them. `missing` may hold {uses}.
    """

    package: str
    variables: tuple[tuple[str, ...], ...]
    settings: frozenset[str]
    missing: str
    hint: str
    files: tuple[tuple[str, str], ...] = ()
    machine: str = ""


@dataclass(frozen=True, slots=True)
class DnsProvider:
    """One DNS provider. `key` is its name in a policy file, `title` the one for people.

    `zone_id`: the form of its zone ids, of letters and digits alone, since they end resources' names;
    `zone_id_words` says it. `record_type`: the type token of its record, which `sdk`, a Python distribution, gives in
    the version of the engine's plugin. `name_servers`: those that it gives to zones, None where they say nothing.
    `ttl_least`: seconds that its API takes at least. `other_names`: what people write instead of `key`. `told`: the
    pattern (code, message) of its API's own words in an error. `identity`: the id of a record by its inputs, None where
    only its API knows. `import_id`: how the engine's
    import names a record, of {zone} and of {id}, by either of the two. `api`: the module that asks that API (a
    `mtasts.live.dns_api.DnsApi`), imported only to ask; where it has none, nobody asks.
    """

    key: str
    title: str
    zone_id: "re.Pattern[str]"
    zone_id_words: str
    zone_id_example: str
    record_type: str
    text_property: str
    sdk: str
    records: Writer
    credentials: Credentials
    causes: tuple[Cause, ...] = ()
    told: "re.Pattern[str] | None" = None
    ttl_least: int = 1
    name_servers: "re.Pattern[str] | None" = None
    other_names: tuple[str, ...] = ()
    identity: Callable[[Inputs], str] | None = None
    import_id: str = "{id}"
    api: str = ""


def strings(value: str) -> list[str]:
    """`value` cut into the strings of at most 255 bytes that a TXT record is made of (RFC 1035 s3.3.14). ASCII only."""
    return [value[start : start + 255] for start in range(0, len(value), 255)] or [""]


def stated(inputs: Inputs, text: str | None) -> Stated:
    """For inputs named `zoneId`, `name`, `type` and `ttl`, as most providers have them."""
    ttl = inputs.get("ttl")
    return Stated(
        zone=str(inputs.get("zoneId", "")),
        name=str(inputs.get("name", "")).rstrip("."),
        kind=str(inputs.get("type", "")),
        ttl=int(ttl) if isinstance(ttl, int | float) else 0,
        text=text,
    )
