"""Judges what stands at the names of a domain that is to be taken over, and what keeps it from being that. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import gave_up_its_id
from mtasts.policy.published_names import HOST, MTA_STS, TLS_RPT
from mtasts.protocol.mta_sts import RECORD_VERSION, policy_host, read_txt, txt_name
from mtasts.protocol.problem import quote
from mtasts.protocol.tls_rpt import RECORD_VERSION as REPORTS_VERSION
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import PROVIDERS
from mtasts.providers.aws import is_alias_proof
from mtasts.verify.standing import Refusal, unseen_refusal

_ADDRESSES = ("A", "AAAA", "CNAME")
_OTHERWISE = "taken-over-is-otherwise"


@dataclass(frozen=True, slots=True)
class Found:
    """A record that stands at a name: its type, its value (of a TXT the joined text), and the engine's import id.

    `read_only`: its provider lets nobody change it.
    """

    kind: str
    value: str
    id: str
    read_only: bool = False


# What there is, by DNS name; a text instead: why nobody can tell.
Seen = Mapping[str, Sequence[Found] | str]


def names_of(domain: str) -> tuple[str, str, str]:
    """Where a domain's records stand."""
    return txt_name(domain), record_name(domain), policy_host(domain)


def wanted(policy: DomainPolicy) -> dict[str, str]:
    """The resources of a domain's own records, by name, and the DNS name of each."""
    domain = policy.domain
    reports = {f"{domain}{TLS_RPT}": record_name(domain)} if policy.rua else {}
    host = {f"{domain}{HOST}-{part}": policy_host(domain) for part in host_parts(policy)}
    return {f"{domain}{MTA_STS}": txt_name(domain), **reports, **host}


def host_parts(policy: DomainPolicy) -> dict[str, str]:
    """The ends of the names of what leads to the policy host, and the record types."""
    records = PROVIDERS[policy.dns.provider].records
    made = [records.cname("", "", "")] if policy.host_record else records.host("", "", "", "")
    return {record.part: record.kind for record in made}


def judged(policy: DomainPolicy, missing: Sequence[str], seen: Seen) -> tuple[dict[str, str], list[Refusal]]:
    """What is taken over, by the resource's name, and why it may not be. Pure."""
    domain, found, refused = policy.domain, dict[str, str](), list[Refusal]()
    own_ids = PROVIDERS[policy.dns.provider].identity is None
    texts = ((MTA_STS, txt_name(domain), RECORD_VERSION), (TLS_RPT, record_name(domain), REPORTS_VERSION))
    for end, name, version in texts:
        if f"{domain}{end}" in missing:
            one = _text(domain, name, version, seen[name], own_ids=own_ids)
            if isinstance(one, Refusal):
                refused.append(one)
            elif one is not None:
                found[f"{domain}{end}"] = one.id
                if end == MTA_STS and policy.adopted is not None:
                    refused += _not_as_adopted(policy, policy.adopted, one.value)
    led = {part: kind for part, kind in host_parts(policy).items() if f"{domain}{HOST}-{part}" in missing}
    if led:
        records = seen[policy_host(domain)]
        refused += _host_refusals(policy, records)
        if not isinstance(records, str):
            found |= dict(_leading(domain, led, records, own_ids=own_ids))
    unknown = [refusal for refusal in refused if refusal.unknown]
    return found, ([refusal for refusal in refused if not refusal.unknown] or unknown[:1])


def _text(
    domain: str, name: str, version: str, records: Sequence[Found] | str, *, own_ids: bool
) -> Found | Refusal | None:
    """The one TXT that announces, if there is one. `own_ids`: each record has an id, and others may stand beside it."""
    if isinstance(records, str):
        return unseen_refusal(domain, records)
    for record in records:
        if record.kind == "CNAME":
            text = f"{name} is a CNAME to {quote(record.value)}: somebody else publishes there (RFC 8461 s8.2)"
            return _refusal(
                domain, text, "it cannot become a TXT in place: write the TXT instead of it, then run again"
            )
    texts = [record for record in records if record.kind == "TXT" and not is_alias_proof(record.value)]
    announcing = [record for record in texts if record.value.startswith(f"{version};")]
    if len(announcing) > 1:
        text = f'{name} has {len(announcing)} records that begin with "{version};"; they count as none'
        return _refusal(domain, text, "delete all but the one that is right, then run again")
    if announcing and len(texts) > 1 and not own_ids:
        beside = ", ".join(quote(record.value) for record in texts if record is not announcing[0])
        text = f"{name} has other values beside in its record set, which would be lost: {beside}"
        return _refusal(domain, text, "take them out if nobody needs them, then run again")
    return announcing[0] if announcing else None


def _not_as_adopted(policy: DomainPolicy, adopted: Adopted, text: str) -> Iterator[Refusal]:
    domain, record = policy.domain, read_txt(text).value
    if record is None or (record.id != adopted.id and not gave_up_its_id(policy, record.id)):
        said = f"id {record.id}" if record else quote(text)
        yield _refusal(
            domain,
            f"{txt_name(domain)} says {said}, and its file takes id {adopted.id} over: it was changed since",
            f"write into `adopted` of its file what {txt_name(domain)} and the policy host say now, then run again",
        )


def _host_refusals(policy: DomainPolicy, records: Sequence[Found] | str) -> Iterator[Refusal]:
    domain, host = policy.domain, policy_host(policy.domain)
    if isinstance(records, str):
        yield unseen_refusal(domain, records)
        return
    leading = [record for record in records if record.kind in _ADDRESSES]
    shown = ", ".join(f"{record.kind} {record.value}" for record in leading)
    alias = [record for record in leading if record.kind == "CNAME"]
    wants_alias = "CNAME" in host_parts(policy).values()
    if any(record.kind == "NS" for record in records):
        yield _refusal(
            domain, f"{host} is a zone of its own", "publish its records in the zone above it, then run again"
        )
    elif any(record.read_only for record in leading):
        said = f"{host} belongs to a custom domain of a Worker ({shown}), whose record nobody else can change"
        yield _refusal(domain, said, "let a route of the Worker serve it over a record of your own, then run again")
    elif PROVIDERS[policy.dns.provider].identity is None and len(leading) > 1:
        # One record becomes the CNAME in place; the others would have to go first.
        order = "AAAA before A: whoever asks for it goes over IPv4 then" if len({r.kind for r in leading}) > 1 else ""
        yield _refusal(
            domain,
            f"{host} has {len(leading)} records ({shown}), and one CNAME takes their place",
            f"delete all but one first{f', {order}' if order else ''}; senders find the policy at the one that is left,"
            " then run again",
        )
    elif alias and not wants_alias:
        yield _refusal(
            domain,
            f"{host} is a CNAME to {quote(alias[0].value)}, which cannot become A and AAAA without a gap",
            f"write `host_record: cname` below `dns:` in {policy.source}",
        )
    elif leading and not alias and wants_alias and PROVIDERS[policy.dns.provider].identity is not None:
        yield _refusal(
            domain,
            f"{host} has {shown}, which cannot become a CNAME without a gap",
            f"take `host_record: cname` out of {policy.source}",
        )


def _leading(
    domain: str, led: Mapping[str, str], records: Sequence[Found], *, own_ids: bool
) -> Iterator[tuple[str, str]]:
    """The resources of what leads to the policy host, and what each takes over: the same type, or the one that there is
    where a record can change its type."""
    for part, kind in led.items():
        for record in records:
            if record.kind == kind or (own_ids and record.kind in _ADDRESSES):
                yield f"{domain}{HOST}-{part}", record.id
                break


def _refusal(domain: str, text: str, remedy: str) -> Refusal:
    return Refusal(domain, _OTHERWISE, text, remedy)
