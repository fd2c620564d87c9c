"""Rules for the MTA-STS resources of any Pulumi stack, as `mtasts_pulumi.policy_pack` has the engine ask them. Pure.

What a policy may become is judged by the change rules themselves: the policy that is live is the old one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mtasts.changes.change_mode import FIRST_MODE
from mtasts.changes.facts import Facts
from mtasts.changes.rules import judge_change
from mtasts.changes.stack_resources import Body, Resource, StackResources, Txt
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.policy_id import belongs
from mtasts.policy.rules import TTL_LEAST, TTL_MOST
from mtasts.protocol.mta_sts import Mode, Policy, read_txt
from mtasts.protocol.problem import Severity
from mtasts.protocol.tls_rpt import read_tls_rpt

# Those change rules that need nothing but the policy that is live and the one that is wanted.
_FIRST: Final = (FIRST_MODE,)
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PUBLIC_ACLS: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
_DEFAULT_TTL: Final = 300
_AMAZON: Final = (".amazonaws.com", ".amazonaws.com.cn")
# All that CloudFront offers from TLS 1.2 on are named so.
_TLS: Final = ("TLSv1.2_", "TLSv1.3_")


@dataclass(frozen=True, slots=True)
class Live:
    """What is seen of a mail domain before the run: `published` None when nobody could tell; `reports`: whether it has
    a TLS-RPT record."""

    published: bool | None = None
    policy: Policy | None = None
    reports: bool | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with the resource `urn`."""

    urn: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """The stack, what is live of its mail domains, and the time (aware)."""

    stack: StackResources
    live: Mapping[str, Live]
    now: datetime


@dataclass(frozen=True, slots=True)
class StackRule:
    """One rule: a stable kebab-case code, what it demands, what to do, and its source (an RFC's section, or ours)."""

    code: str
    title: str
    remedy: str
    source: str
    run: Callable[[View], Iterator[Violation]]


def judge_stack(view: View, code: str) -> tuple[Violation, ...]:
    """What the rule `code` says. Raises KeyError for a rule that is not there."""
    return tuple(dict.fromkeys(_BY_CODE[code].run(view)))


def enforced(stack: StackResources) -> tuple[str, ...]:
    """The mail domains that are to enforce, of which it matters what is live."""
    return tuple(dict.fromkeys(domain for domain, _, policy in _policies(stack) if policy.mode is Mode.ENFORCE))


def _policies(stack: StackResources) -> Iterator[tuple[str, Body, Policy]]:
    for domain, body in stack.policies:
        if body.reading is not None and body.reading.value is not None:
            yield domain, body, body.reading.value


def _first_mode(view: View) -> Iterator[Violation]:
    for domain, body, policy in _policies(view.stack):
        live = view.live.get(domain, Live())
        if policy.mode is not Mode.ENFORCE:
            continue
        if live.published is None or (live.published and live.policy is None):
            yield Violation(body.resource.urn, f"{domain}: is to enforce, and nobody can tell what is published now")
            continue
        old = _wanted(domain, live.policy) if live.policy is not None else None
        for found in judge_change(old, _wanted(domain, policy), Facts(view.now, live_policy=live.policy), _FIRST):
            yield Violation(body.resource.urn, f"{domain}: {found.text}; {found.mail}")


def _wanted(domain: str, policy: Policy) -> DomainPolicy:
    zone = DnsZone("route53", "of-the-stack")
    return DomainPolicy(
        domain, policy.mode, policy.max_age, policy.mx, (), _DEFAULT_TTL, zone, "stack", "", "", "stack"
    )


def _no_tls_rpt(view: View) -> Iterator[Violation]:
    for domain, body, policy in _policies(view.stack):
        records = view.stack.reports.get(domain, ())
        here = any(not txt.complete or any(read_tls_rpt(value).value for value in txt.values) for txt in records)
        if policy.mode is Mode.ENFORCE and not here and not view.live.get(domain, Live()).reports:
            yield Violation(body.resource.urn, f"{domain}: enforces and has no TLS-RPT record that can be read")


def _policy_text(view: View) -> Iterator[Violation]:
    for body in view.stack.bodies:
        for problem in body.reading.problems if body.reading is not None else ():
            if problem.severity is Severity.ERROR:
                yield Violation(body.resource.urn, f"{body.key}: {problem.message}")


def _mx_narrow(view: View) -> Iterator[Violation]:
    for body in view.stack.bodies:
        for problem in body.reading.problems if body.reading is not None else ():
            if problem.code == "mx-wildcard-broad":
                yield Violation(body.resource.urn, f"{body.key}: {problem.message}")


def _ttl(view: View) -> Iterator[Violation]:
    for txt in _all(view.stack.announcements, view.stack.reports):
        if txt.ttl is not None and not TTL_LEAST <= txt.ttl <= TTL_MOST:
            yield Violation(txt.resource.urn, f"{txt.name}: ttl {txt.ttl} is not from {TTL_LEAST} to {TTL_MOST} s")


def _one_txt(view: View) -> Iterator[Violation]:
    for records in (*view.stack.announcements.values(), *view.stack.reports.values()):
        zones: dict[str, Txt] = {}
        for txt in records:
            ours = [value for value in txt.values if value.lower().startswith(("v=stsv1", "v=tlsrptv1"))]
            if len(ours) > 1 or (txt.zone and txt.zone in zones):
                said = f"{txt.name}: more than one record, so senders take it for none"
                yield Violation(txt.resource.urn, said)
            zones[txt.zone] = txt


def _id_form(view: View) -> Iterator[Violation]:
    texts = {domain: body.text for domain, body in view.stack.policies}
    for domain, records in view.stack.announcements.items():
        for txt in records:
            for value in txt.values:
                reading = read_txt(value)
                for problem in reading.problems:
                    if problem.severity is Severity.ERROR:
                        yield Violation(txt.resource.urn, f"{txt.name}: {problem.message}")
                text = texts.get(domain)
                if reading.value and text is not None and belongs(reading.value.id, text) is False:
                    yield Violation(txt.resource.urn, f"{txt.name}: the id was made for another policy text")


def _protect(view: View) -> Iterator[Violation]:
    modes = {domain: policy.mode for domain, _, policy in _policies(view.stack)}
    for domain, records in view.stack.announcements.items():
        # While a domain moves, the record of the zone that it leaves is not protected, and goes.
        if modes.get(domain, Mode.NONE) is Mode.ENFORCE and not any(txt.resource.protected for txt in records):
            yield Violation(records[0].resource.urn, f"{records[0].name}: enforces and is not protected")


def _private_bucket(view: View) -> Iterator[Violation]:
    stack = view.stack
    blocked = [
        stack.bucket_of(one)
        for one in stack.every
        if one.type == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        and all(one.properties.get(name) is not False and name in one.properties for name in _BLOCKS)
    ]
    for body in stack.bodies:
        bucket = stack.bucket_of(body.resource)
        if body.resource.text("acl") in _PUBLIC_ACLS:
            yield Violation(body.resource.urn, f"{body.key}: its ACL is {body.resource.text('acl')}")
        elif bucket and not any(bucket & one for one in blocked):
            yield Violation(body.resource.urn, f"{body.key}: public access to its bucket is not blocked")


def _access_control(view: View) -> Iterator[Violation]:
    for distribution in view.stack.distributions:
        for origin in _items(distribution, "origins"):
            domain = origin.get("domainName")
            website = isinstance(domain, str) and ".s3-website" in domain
            bucket = (
                isinstance(domain, str)
                and ".s3." in domain
                and domain.endswith((".amazonaws.com", ".amazonaws.com.cn"))
            )
            if website or (bucket and not origin.get("originAccessControlId")):
                yield Violation(
                    distribution.urn, f"{distribution.name}: reads {domain} without an origin access control"
                )


def _tls_floor(view: View) -> Iterator[Violation]:
    for distribution in view.stack.distributions:
        for certificate in _items(distribution, "viewerCertificate"):
            least = certificate.get("minimumProtocolVersion", "TLSv1")
            if isinstance(least, str) and not least.startswith(_TLS):
                yield Violation(distribution.urn, f"{distribution.name}: takes {least}; senders use TLS 1.2 or later")


def _items(resource: Resource, name: str) -> Iterator[Mapping[str, object]]:
    given = resource.properties.get(name)
    for one in given if isinstance(given, list | tuple) else [given]:
        if isinstance(one, Mapping):
            yield one


def _all(*groups: Mapping[str, tuple[Txt, ...]]) -> Iterator[Txt]:
    for group in groups:
        for records in group.values():
            yield from records


RULES: Final = (
    StackRule(
        code=FIRST_MODE.code,
        title="the first policy of a domain, and the first after none, is testing",
        remedy=FIRST_MODE.remedy,
        source=FIRST_MODE.source,
        run=_first_mode,
    ),
    StackRule(
        code="no-tls-rpt",
        title="a domain that enforces has an address for reports",
        remedy="publish a TXT record at _smtp._tls.DOMAIN",
        source="RFC 8461 s6, RFC 8460 s3",
        run=_no_tls_rpt,
    ),
    StackRule(
        code="policy-text",
        title="senders can read the policy",
        remedy="write version, mode, mx and max_age, one a line",
        source="RFC 8461 s3.2",
        run=_policy_text,
    ),
    StackRule(
        code="mx-narrow",
        title="no pattern lets in all hosts of a registered domain",
        remedy="write the MX hosts by their names",
        source="RFC 8461 s10.4",
        run=_mx_narrow,
    ),
    StackRule(
        code="ttl-bounds",
        title=f"the TTL of the TXT records is from {TTL_LEAST} s to a day",
        remedy="set it to 300",
        source="RFC 8461 s8.1",
        run=_ttl,
    ),
    StackRule(
        code="one-txt",
        title="there is one record at each name",
        remedy="leave one of them",
        source="RFC 8461 s3.1, RFC 8460 s3",
        run=_one_txt,
    ),
    StackRule(
        code="id-form",
        title="the id has 1 to 32 letters and digits, and was made for this text",
        remedy="make a new id with each new text",
        source="RFC 8461 s3.1",
        run=_id_form,
    ),
    StackRule(
        code="protect",
        title="the record of a domain that enforces is protected",
        remedy="set protect, and publish mode none before it goes",
        source="RFC 8461 s8.3",
        run=_protect,
    ),
    StackRule(
        code="private-bucket",
        title="public access to the bucket of a policy is blocked",
        remedy="add a BucketPublicAccessBlock with all four set",
        source="ours: whoever writes the bucket writes the policy",
        run=_private_bucket,
    ),
    StackRule(
        code="access-control",
        title="CloudFront reads the bucket through an origin access control",
        remedy="add an OriginAccessControl, and its id to the origin",
        source="ours: a bucket that can be read without one is public",
        run=_access_control,
    ),
    StackRule(
        code="tls-floor",
        title="the web host takes nothing below TLS 1.2",
        remedy="set minimumProtocolVersion to TLSv1.2_2021",
        source="RFC 8461 s3.3, RFC 9325 s3.1.1",
        run=_tls_floor,
    ),
)
_BY_CODE: Final = {rule.code: rule for rule in RULES}
