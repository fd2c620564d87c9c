"""What stands already in the zone that a mail domain moves to, where a second record would be made beside it.

DNS does not show that zone before the delegation leads there, and Cloudflare, which copies a zone's records when it is
added, lets a second TXT be made. Route 53 refuses one by itself, and cannot be asked with the rights of publishing.
"""

from collections.abc import Iterable, Iterator, Mapping

from mtasts.live.cloudflare import can_ask, records_at
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.verify.model import Answer, AnswerKind
from mtasts.verify.standing import Refusal, second_refusal, unseen_refusal
from mtasts_pulumi.engine.outcome import Outcome

_CLOUDFLARE = "cloudflare:index/dnsRecord:DnsRecord"
# What a record of one type does not stand beside: a TXT beside its like, a CNAME beside an address (`Records with the
# same name`, developers.cloudflare.com/dns, looked at 2026-11).
_IN_THE_WAY = {"TXT": ("TXT", "CNAME"), "CNAME": ("A", "AAAA", "CNAME")}


def look_there(plan: Outcome, domains: Iterable[str], environ: Mapping[str, str]) -> tuple[Refusal, ...]:
    """Why records that `plan` makes in another Cloudflare zone, of names that are published, must not be made there.

    Nothing is known without a token of Cloudflare's in `environ`. Blocking.
    """
    if not can_ask(environ):
        return ()
    owners = {
        name: domain for domain in domains for name in (txt_name(domain), record_name(domain), policy_host(domain))
    }
    return tuple(
        refusal
        for zone, name, kind in sorted(_second(plan))
        if name in owners
        for refusal in _refusals(owners[name], zone, name, kind, environ)
    )


def _second(plan: Outcome) -> Iterator[tuple[str, str, str]]:
    """Zone, name and type of each record that is created although the state holds one of that name: in another zone."""
    steps = (*(step for row in plan.domains for step in row.steps), *plan.shared)
    for step in steps:
        inputs = step.new or {}
        name = str(inputs.get("name")).rstrip(".")
        if step.type == _CLOUDFLARE and step.op == "create" and name in plan.owned:
            yield str(inputs.get("zoneId")), name, str(inputs.get("type"))


def _refusals(domain: str, zone: str, name: str, kind: str, environ: Mapping[str, str]) -> Iterator[Refusal]:
    records = records_at(zone, name, environ)
    if records is None:
        yield unseen_refusal(domain, f"{name} in cloudflare zone {zone}: its API does not tell")
        return
    found: dict[str, list[str]] = {}
    for record in records:
        if record.get("type") in _IN_THE_WAY.get(kind, ()):
            text = str(record.get("content", ""))
            found.setdefault(record["type"], []).append(text.strip('"').replace('" "', ""))
    if found:
        answers = [Answer(name, there, AnswerKind.FOUND, tuple(values)) for there, values in sorted(found.items())]
        yield second_refusal(domain, f"cloudflare zone {zone}", answers)
