"""`policies/<stack>/*.yaml` -> the DomainPolicy of each mail domain, or every problem of every file at once.

Pure: the texts come in (live/files.py reads them), nothing is looked up, and equal texts give equal values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mtasts.policy.adopted import Adopted
from mtasts.policy.inputs import InputProblem, Place, Source
from mtasts.policy.layer import KEYS, Layer, read_layer
from mtasts.policy.rules import mode_age_warnings, provider_ttl_rule, zone_rule
from mtasts.policy.settings import RolloutSettings
from mtasts.policy.settings_table import SETTINGS
from mtasts.protocol.mta_sts import Mode, Policy
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.protocol.problem import Severity, quote
from mtasts.providers import PROVIDERS

__all__ = [
    "DnsZone",
    "DomainPolicy",
    "InputProblem",
    "Loaded",
    "Place",
    "Source",
    "load",
    "shared_domains",
]

SUFFIX = ".yaml"
DEFAULT_TTL = 300
# Ours: a day in testing is what the advice agrees on; two weeks in enforce is where checkers stop to warn (RFC 8461
# s3.2 and s10.2 have weeks in mind).
DEFAULT_MAX_AGE = {Mode.TESTING: 86400, Mode.NONE: 86400, Mode.ENFORCE: 1209600}
DEFAULT_ROLLOUT = RolloutSettings()
HOST_RECORDS = ("", "cname")


@dataclass(frozen=True, slots=True)
class DnsZone:
    """The DNS zone in which a domain's records are made: the provider's key, and its id of the zone.

    `account`: the account through which it is reached, by its name in the stack's settings, "" for the stack's own. It
    is the same zone through whichever account.
    """

    provider: str
    zone: str
    account: str = field(default="", compare=False)
    # Where the file names the account.
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.provider not in PROVIDERS:
            raise ValueError(f"{quote(self.provider)} is not one of {', '.join(PROVIDERS)}")
        if not self.zone:
            raise ValueError("the zone id is empty")


@dataclass(frozen=True, slots=True)
class DomainPolicy:
    """What one mail domain's YAML asks for. Names are A-labels; max_age and ttl are seconds; source is the file's path.

    Raises ValueError for what cannot be published.
    """

    domain: str
    mode: Mode
    max_age: int
    mx: tuple[str, ...]
    rua: tuple[str, ...]
    ttl: int
    dns: DnsZone
    host_group: str
    owner: str
    notes: str
    source: str
    # How the domain goes to enforce; never part of the policy text.
    rollout: RolloutSettings = DEFAULT_ROLLOUT
    # The zone that the records leave, while they move: they are in both.
    leaving: DnsZone | None = None
    # The day on which another tool took the records over: nothing is published any more but the name of the host.
    released: date | None = None
    # What the domain published before it came here, if it was taken over.
    adopted: Adopted | None = None
    # "cname": a CNAME leads the policy host to its web host, also where the provider's default is another record.
    host_record: str = ""

    def __post_init__(self) -> None:
        if to_a_labels(self.domain) != self.domain:
            raise ValueError(f"{quote(self.domain)} is not written as {to_a_labels(self.domain)}")
        if not self.host_group:
            raise ValueError("the host group has no name")
        if type(self.ttl) is not int or self.ttl < 1:
            raise ValueError(f"ttl {self.ttl} is not a whole number of seconds")
        if self.leaving == self.dns:
            raise ValueError("the records leave the zone that they go to")
        if self.released is not None and self.leaving is not None:
            raise ValueError("the records are released, and leave a zone")
        if self.host_record not in HOST_RECORDS:
            raise ValueError(f"host_record {quote(self.host_record)} is not cname")
        _ = self.policy

    @property
    def zones(self) -> frozenset[DnsZone]:
        """Where the records are to be: two zones while they move."""
        return frozenset({self.dns} if self.leaving is None else {self.dns, self.leaving})

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of its zones, in the order of the file; "" is the stack's own."""
        return (self.dns.account,) if self.leaving is None else (self.dns.account, self.leaving.account)

    @property
    def policy(self) -> Policy:
        """The policy to publish."""
        return Policy(self.mode, self.max_age, self.mx)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The mail domains that were read, by name, and all that is wrong, by place.

    Who wants to publish must refuse while `problems` holds anything: `policies` has only the domains that were right.
    `warnings` are of what may be published but should not.
    """

    policies: tuple[DomainPolicy, ...]
    problems: tuple[InputProblem, ...]
    warnings: tuple[InputProblem, ...] = ()


def load(sources: Sequence[Source], defaults: Source | None = None) -> Loaded:
    """Judge the files of one stack. Never raises for what they hold."""
    found: list[InputProblem] = []
    base = None
    if defaults is not None:
        base = read_layer(defaults, defaults=True)
        _check_together(base, base, None)
        found += base.problems
    policies: dict[str, tuple[DomainPolicy, Source]] = {}
    for source in sorted(sources, key=lambda source: source.path):
        own = read_layer(source, defaults=False)
        policy = _merge(own, base)
        if policy is not None and policy.domain in policies:
            first = _place(policies[policy.domain][1], "domain")
            own.note("domain", f"{policy.domain} is the domain of {first} too", own.place("domain"))
        elif policy is not None:
            policies[policy.domain] = policy, source
        found += own.problems
    return Loaded(
        tuple(policies[domain][0] for domain in sorted(policies)),
        tuple(sorted(problem for problem in found if problem.severity is Severity.ERROR)),
        tuple(sorted(problem for problem in found if problem.severity is Severity.WARNING)),
    )


def shared_domains(stacks: Iterable[Loaded]) -> tuple[InputProblem, ...]:
    """A problem for each domain that more than one stack publishes: they would undo each other's records."""
    first: dict[str, DomainPolicy] = {}
    problems = []
    for policy in sorted((policy for loaded in stacks for policy in loaded.policies), key=lambda policy: policy.source):
        if policy.domain in first:
            message = (
                f"{policy.domain} is published by {first[policy.domain].source} too; a domain belongs to one stack"
            )
            problems.append(InputProblem(Place(policy.source, 1, 1), "domain", message))
        first.setdefault(policy.domain, policy)
    return tuple(problems)


def _merge(own: Layer, base: Layer | None) -> DomainPolicy | None:
    """The policy of one file above its stack's defaults, or None after its problems were noted."""
    _check_file_name(own)
    _check_together(own, own, base)
    values: dict[str, Any] = {**(base.values if base is not None else {}), **own.values}
    for key in ("dns.provider", "dns.zone", "tls_rpt.rua"):
        if key not in values and not _refused(key, own, base):
            own.note(key, _MISSING[key], own.document.place(*key.split(".")))
            own.refused.add(key)
    mode = Mode(values.get("mode", Mode.TESTING))
    if mode is not Mode.NONE and not values.get("mx") and not any(_refused(key, own, base) for key in ("mx", "mode")):
        where = "mx" if "mx" in own.values else "mode" if "mode" in own.values else ""
        place = own.place(where) if where else own.document.place()
        own.note("mx", f"is missing; mode {mode} needs the names of the domain's MX hosts", place)
        own.refused.add("mx")
    if mode is Mode.NONE and not values.get("mx") and not any(_refused(key, own, base) for key in ("mx", "mode")):
        where = "mx" if "mx" in own.values else "mode" if "mode" in own.values else ""
        message = "is missing; some senders refuse mode none without it (chasquid, Stalwart), so keep the mx lines"
        own.note("mx", message, own.place(where) if where else own.document.place(), Severity.WARNING)
    if "released" in own.values and "dns.leaving" in values:
        message = "the records are another tool's, so they leave no zone from here: take `leaving` out"
        own.note("released", message, own.place("released"))
    if own.wrong or (base is not None and base.wrong):
        return None
    dns = values["dns.provider"], values["dns.zone"], values.get("dns.account", "")
    leaving = values.get("dns.leaving")
    return DomainPolicy(
        domain=values["domain"],
        mode=mode,
        max_age=values.get("max_age", DEFAULT_MAX_AGE[mode]),
        mx=values.get("mx", ()),
        rua=values["tls_rpt.rua"],
        ttl=values.get("ttl", DEFAULT_TTL),
        dns=_zone(dns, "dns.account", own if "dns.account" in own.values else base),
        host_group=values.get("host_group", values["domain"]),
        owner=values.get("owner", ""),
        notes=values.get("notes", ""),
        source=own.document.source.path,
        rollout=_rollout(values),
        leaving=_zone(leaving, "dns.leaving.account", own if "dns.leaving" in own.values else base)
        if leaving
        else None,
        released=values.get("released"),
        adopted=values.get("adopted"),
        host_record=values.get("dns.host_record", ""),
    )


def _zone(told: tuple[str, str, str], key: str, layer: Layer | None) -> DnsZone:
    """The zone; `layer` is the file that has the dotted `key` of its account, if any has it."""
    return DnsZone(*told, layer.place(key) if told[2] and layer is not None else None)


def _rollout(values: dict[str, Any]) -> RolloutSettings:
    given = {setting.field: values[setting.dotted] for setting in SETTINGS if setting.dotted in values}
    return RolloutSettings(**given) if given else DEFAULT_ROLLOUT


_MISSING = {
    "dns.provider": f"is missing; say which DNS service has the zone: {' or '.join(PROVIDERS)}",
    "dns.zone": "is missing; give the provider's id of the zone",
    "tls_rpt.rua": "is missing; without reports you do not see what enforce would break (an empty list: no record)",
}


def _refused(key: str, own: Layer, base: Layer | None) -> bool:
    """Whether the key is there and wrong, so that nothing more should be said of it."""
    return key in own.refused or (key not in own.values and base is not None and key in base.refused)


def _check_file_name(own: Layer) -> None:
    """CODEOWNERS, reviewers and `git log` find a domain by its file."""
    domain = own.values.get("domain")
    if domain is None:
        return
    name = own.document.source.path.replace("\\", "/").rpartition("/")[2]
    if name == f"{domain}{SUFFIX}":
        return
    stem = name.removesuffix(SUFFIX)
    try:
        fits = name.endswith(SUFFIX) and to_a_labels(stem) == domain
    except BadName:
        fits = False
    if not fits:
        own.note("file", f"the file of {domain} must be named {domain}{SUFFIX}, so that it is found", _top(own))
        own.refused.add("file")


def _top(layer: Layer) -> Place:
    return Place(layer.document.source.path, 1, 1)


def _check_together(own: Layer, into: Layer, base: Layer | None) -> None:
    """Rules about two keys, of which at least one is in `own`: of the defaults alone, they are said once, there."""

    def both(first: str, second: str) -> tuple[Any, Any, str] | None:
        values = []
        for key in (first, second):
            value = own.values.get(key)
            if value is None and base is not None and key not in own.refused:
                value = base.values.get(key)
            values.append(value)
        here = next((key for key in (second, first) if key in own.values), None)
        return None if None in values or here is None else (values[0], values[1], here)

    pair = both("dns.provider", "dns.zone")
    if pair is not None and (reason := zone_rule(pair[0], pair[1])) is not None:
        into.note("dns.zone", reason, own.place(pair[2]))
        into.refused.add("dns.zone")
    pair = both("dns.zone", "dns.leaving")
    if pair is not None and pair[0] == pair[1][1]:
        into.note("dns.leaving", f"{pair[0]} is the zone that the records go to", own.place(pair[2]))
        into.refused.add("dns.leaving")
    pair = both("dns.provider", "ttl")
    leaving = own.values.get("dns.leaving", ())[:1]
    if pair is not None and (reason := provider_ttl_rule((pair[0], *leaving), pair[1])) is not None:
        into.note("ttl", reason, own.place(pair[2]))
        into.refused.add("ttl")
    _check_window(own, into, base)
    pair = both("mode", "max_age")
    if pair is not None:
        for message in mode_age_warnings(pair[0], pair[1]):
            into.note("max_age", message.removeprefix("max_age "), own.place(pair[2]), Severity.WARNING)


def _check_window(own: Layer, into: Layer, base: Layer | None) -> None:
    """No more days can have reports than the window has. What neither file says is as it is by default."""
    if "rollout" not in own.document.values or _refused("rollout.window", own, base):
        return
    inherited = base.values if base is not None else {}
    window = own.values.get("rollout.window", inherited.get("rollout.window", DEFAULT_ROLLOUT.window_days))
    for key in ("rollout.days", "rollout.recency"):
        days = own.values.get(key, None if key in own.refused else inherited.get(key))
        here = next((name for name in (key, "rollout.window") if name in own.values), None)
        if days is not None and here is not None and days > window:
            into.note(key, f"{days} is more than the {window} days of the window", own.place(here))
            into.refused.add(key)


def _place(source: Source, key: str) -> Place:
    """Where a key stands in a file that was read before: the trees of a thousand right files are not kept for this."""
    return read_layer(source, defaults=False).place(key)


assert set(_MISSING) <= set(KEYS)  # noqa: S101 - a typing error here would silence a check
