"""Records that already exist in the zone to which a mail domain moves, where a run would create a second one.

DNS does not show that zone before the delegation leads there, and Cloudflare, which copies a zone's records when it is
added, lets a second TXT be made. Route 53 refuses one by itself, and cannot be asked with the rights of publishing.
"""

from collections.abc import Iterable, Iterator

from mtasts.live.accounts.ways import Ways
from mtasts.live.dns_api import api_of
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import PROVIDERS, DnsProvider, of_record
from mtasts.verify.model import Answer, AnswerKind
from mtasts.verify.standing import Refusal, second_refusal, unseen_refusal
from mtasts_pulumi.engine.outcome import Outcome

# What a record of one type does not stand beside: a TXT beside its like, a CNAME beside an address (`Records with the
# same name`, developers.cloudflare.com/dns, looked at 2026-11).
_IN_THE_WAY = {"TXT": ("TXT", "CNAME"), "CNAME": ("A", "AAAA", "CNAME")}


def look_there(plan: Outcome, policies: Iterable[DomainPolicy], ways: Ways) -> tuple[Refusal, ...]:
    """Why records that `plan` makes in another zone, of names that are published, must not be made there.

    Only a provider is asked whose API can be, with the credentials of the zone's account. Blocking.
    """
    owners = {
        name: policy
        for policy in policies
        for name in (txt_name(policy.domain), record_name(policy.domain), policy_host(policy.domain))
    }
    return tuple(
        refusal
        for key, zone, name, kind in sorted(_second(plan))
        if name in owners
        for refusal in _refusals(owners[name], PROVIDERS[key], (zone, name, kind), ways)
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
    policy: DomainPolicy, provider: DnsProvider, wanted: tuple[str, str, str], ways: Ways
) -> Iterator[Refusal]:
    domain, (zone, name, kind), api = policy.domain, wanted, api_of(provider)
    environ = ways.of(next((each.account for each in policy.zones if each.zone == zone), ""))
    if api is None or not api.can_ask(environ):
        return
    records = api.records_at(zone, name, environ)
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
