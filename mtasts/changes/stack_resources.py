"""Resources of a Pulumi stack that concern MTA-STS, whoever wrote the program: read from their types and properties.

Pure. Known are Route 53 and Cloudflare records, S3 objects and buckets, CloudFront distributions; the rest is passed
over. A value that is not known before the update is `UNKNOWN`, and no rule takes it for right or wrong.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final

from mtasts.policy.published_names import domain_of_key
from mtasts.protocol.mta_sts import WELL_KNOWN_PATH, Policy, policy_host, read_policy, txt_name
from mtasts.protocol.problem import Reading
from mtasts.protocol.tls_rpt import record_name

_ROUTE53: Final = "aws:route53/record:Record"
_CLOUDFLARE: Final = frozenset({"cloudflare:index/dnsRecord:DnsRecord", "cloudflare:index/record:Record"})
_OBJECTS: Final = frozenset({"aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject"})
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
# Between the strings of one TXT record, as the providers write it.
_SEAM: Final = re.compile(r'"\s*"')
_AUTOMATIC: Final = 1  # Cloudflare's "auto", which is 300 s


class Unknown(Enum):
    """A value that only the update makes known."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Resource:
    """One resource of the stack; `made_from`: the URNs of the resources that each property comes from."""

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    protected: bool = False
    made_from: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The property if it is a known text, else ""."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Txt:
    """A TXT record set; `values` without those that are not known. `ttl` in seconds, None when not known or given."""

    resource: Resource
    name: str
    values: tuple[str, ...]
    complete: bool
    ttl: int | None
    zone: str

    def domain(self, of: str) -> str | None:
        """The mail domain, if the name is `of` and it, `of` being `_mta-sts.` or `_smtp._tls.`."""
        return self.name.removeprefix(of) if self.name.startswith(of) else None


@dataclass(frozen=True)
class Body:
    """A policy file in a bucket; `text` is None when it is not known."""

    resource: Resource
    key: str
    text: str | None

    @cached_property
    def reading(self) -> Reading[Policy] | None:
        """What a sender reads in it."""
        return None if self.text is None else read_policy(self.text.encode())


@dataclass(frozen=True)
class StackResources:
    """What of the stack concerns MTA-STS."""

    every: tuple[Resource, ...]

    @cached_property
    def txts(self) -> tuple[Txt, ...]:
        """All TXT record sets."""
        return tuple(found for one in self.every if (found := _txt(one)) is not None)

    @cached_property
    def announcements(self) -> Mapping[str, tuple[Txt, ...]]:
        """The `_mta-sts` records of each mail domain."""
        return _by_domain(self.txts, txt_name(""))

    @cached_property
    def reports(self) -> Mapping[str, tuple[Txt, ...]]:
        """The `_smtp._tls` records of each mail domain."""
        return _by_domain(self.txts, record_name(""))

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The policy files."""
        return tuple(found for one in self.every if (found := _body(one)) is not None)

    @cached_property
    def distributions(self) -> tuple[Resource, ...]:
        """Those that answer for a policy host."""
        return tuple(one for one in self.every if one.type == _DISTRIBUTION and _policy_hosts(one))

    @cached_property
    def policies(self) -> tuple[tuple[str, Body], ...]:
        """Each mail domain with its policy file.

        A key that does not name the domain is of those for which the distributions answer, else of those announced.
        """
        hosts = [host.removeprefix(policy_host("")) for one in self.distributions for host in _policy_hosts(one)]
        others = tuple(dict.fromkeys(hosts)) or tuple(self.announcements)
        return tuple((domain, body) for body in self.bodies for domain in _or_others(domain_of_key(body.key), others))

    def bucket_of(self, resource: Resource, of: str = "bucket") -> frozenset[str]:
        """What names the bucket of a resource: the URNs that its property comes from, and its text."""
        named = resource.text(of)
        return resource.made_from.get(of, frozenset()) | ({named} if named else frozenset())


def whole(value: object) -> int | None:
    """A number of seconds as the engine has it, which is a float."""
    return (
        int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 else None
    )


def _or_others(own: str | None, others: tuple[str, ...]) -> tuple[str, ...]:
    return others if own is None else (own,)


def _by_domain(txts: Iterable[Txt], of: str) -> dict[str, tuple[Txt, ...]]:
    found: dict[str, tuple[Txt, ...]] = {}
    for txt in txts:
        domain = txt.domain(of)
        if domain:
            found[domain] = (*found.get(domain, ()), txt)
    return found


def _txt(resource: Resource) -> Txt | None:
    if resource.text("type") != "TXT":
        return None
    if resource.type == _ROUTE53:
        given, zone = resource.properties.get("records"), "zoneId"
    elif resource.type in _CLOUDFLARE:
        given, zone = [resource.properties.get("content", resource.properties.get("value"))], "zoneId"
    else:
        return None
    values = given if isinstance(given, Sequence) and not isinstance(given, str) else [UNKNOWN]
    known = tuple(_SEAM.sub("", value).strip('"') for value in values if isinstance(value, str))
    ttl = whole(resource.properties.get("ttl"))
    automatic = resource.type in _CLOUDFLARE and ttl == _AUTOMATIC
    name = resource.text("name").lower().rstrip(".")
    return Txt(resource, name, known, len(known) == len(values), None if automatic else ttl, resource.text(zone))


def _body(resource: Resource) -> Body | None:
    if resource.type not in _OBJECTS:
        return None
    key = resource.text("key")
    # `source` where it is an asset whose text is known.
    text = resource.text("content") or resource.text("source") or None
    if f"/{key}".endswith(WELL_KNOWN_PATH) or (text or "").startswith("version: STSv1"):
        return Body(resource, key, text)
    return None


def _policy_hosts(distribution: Resource) -> list[str]:
    aliases = distribution.properties.get("aliases")
    given = aliases if isinstance(aliases, Sequence) and not isinstance(aliases, str) else []
    return [one.lower() for one in given if isinstance(one, str) and one.lower().startswith(policy_host(""))]
