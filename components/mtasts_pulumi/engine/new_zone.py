"""Records that already exist in the zone to which a mail domain moves, where a run would create a second one.

DNS does not show that zone before the delegation leads there, and Cloudflare, which copies a zone's records when it is
added, lets a second TXT be made. Route 53 refuses one by itself, and cannot be asked with the rights of publishing.
"""

from collections.abc import Iterable, Iterator, Mapping

from mtasts.live.dns_api import api_of
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import PROVIDERS, DnsProvider, of_record
from mtasts.verify.model import Answer, AnswerKind
from mtasts.verify.standing import Refusal, second_refusal, unseen_refusal
from mtasts_pulumi.engine.outcome import Outcome

# What a record of one type does not stand beside: a TXT beside its like, a CNAME beside an address (`Records with the
# same name`, developers.cloudflare.com/dns, looked at 2026-11).
_IN_THE_WAY = {"TXT": ("TXT", "CNAME"), "CNAME": ("A", "AAAA", "CNAME")}


def look_there(plan: Outcome, domains: Iterable[str], environ: Mapping[str, str]) -> tuple[Refusal, ...]:
    """Why records that `plan` makes in another zone, of names that are published, must not be made there.

    Only a provider is asked whose API can be, with the credentials in `environ`. Blocking.
    """
    askable = {key for key, each in PROVIDERS.items() if (api := api_of(each)) and api.can_ask(environ)}
    owners = {
        name: domain for domain in domains for name in (txt_name(domain), record_name(domain), policy_host(domain))
    }
    return tuple(
        refusal
        for key, zone, name, kind in sorted(_second(plan))
        if name in owners and key in askable
        for refusal in _refusals(owners[name], PROVIDERS[key], (zone, name, kind), environ)
    )


def _second(plan: Outcome) -> Iterator[tuple[str, str, str, str]]:
    """Provider, zone, name and type of each record that is created although the state holds its name elsewhere."""
    steps = (*(step for row in plan.domains for step in row.steps), *plan.shared)
    for step in steps:
        provider = of_record(step.type)
        if provider and step.op == "create":
            record = provider.records.read(step.new or {})
            if record.name in plan.owned:
                yield provider.key, record.zone, record.name, record.kind


def _refusals(
    domain: str, provider: DnsProvider, wanted: tuple[str, str, str], environ: Mapping[str, str]
) -> Iterator[Refusal]:
    zone, name, kind = wanted
    api = api_of(provider)
    records = api.records_at(zone, name, environ) if api else None
    if records is None:
        yield unseen_refusal(domain, f"{name} in {provider.key} zone {zone}: its API does not tell")
        return
    found: dict[str, list[str]] = {}
    for record in records:
        if record.get("type") in _IN_THE_WAY.get(kind, ()):
            text = str(record.get("content", ""))
            found.setdefault(record["type"], []).append(text.strip('"').replace('" "', ""))
    if found:
        answers = [Answer(name, there, AnswerKind.FOUND, tuple(values)) for there, values in sorted(found.items())]
        yield second_refusal(domain, f"{provider.key} zone {zone}", answers)
