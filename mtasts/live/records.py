"""The few DNS facts that a change is judged by: a mail domain's MX hosts, how long caches keep them, the id in DNS."""

import asyncio
from dataclasses import dataclass

from mtasts.live.authorities import ask_authorities
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.protocol.mta_sts import select_txt, txt_name
from mtasts.protocol.names import same_name
from mtasts.verify.model import Answer, AnswerKind


@dataclass(frozen=True, slots=True)
class Records:
    """`mx_hosts`: in A-labels, the domain itself for an implicit MX (RFC 5321 s5.1), () for none or a null MX; None
    when DNS did not answer. `mx_ttl`: seconds, as the zone's own servers say; None when they did not. `txt_id`: None
    where there is no record that a sender could use, or no answer, and then `txt_unanswered` says so. `trouble`: what
    was not answered, empty if all was.
    """

    mx_hosts: tuple[str, ...] | None
    mx_ttl: int | None
    txt_id: str | None
    trouble: str
    txt_unanswered: bool = False


async def look_at_records(domain: str, network: Network, seconds: float) -> Records:
    """Ask for them, at most `seconds` an exchange. Raises CannotLook only when this machine has no resolver."""
    resolver = Resolver(network, timeout=min(3.0, seconds))
    try:
        mx, txt, (servers, _), addresses = await asyncio.gather(
            resolver.ask(domain, "MX"),
            resolver.ask(txt_name(domain), "TXT"),
            ask_authorities(domain, domain, resolver, "MX"),
            resolver.addresses(domain),
        )
    finally:
        resolver.close()
    ttls = [server.answer.ttl for server in servers if server.answer.found and server.answer.ttl is not None]
    trouble = [f"{one.name} {one.type}: {one.trouble}" for one in (mx, txt) if one.kind is AnswerKind.TROUBLE]
    record = select_txt(txt.values).value if txt.found else None
    return Records(
        mx_hosts=_hosts(domain, mx, addresses),
        mx_ttl=max(ttls, default=None),
        txt_id=record.id if record else None,
        trouble="; ".join(trouble),
        txt_unanswered=txt.kind is AnswerKind.TROUBLE,
    )


def _hosts(domain: str, mx: Answer, addresses: tuple[Answer, ...]) -> tuple[str, ...] | None:
    if mx.found:
        names = (value.partition(" ")[2] for value in mx.values)
        return tuple(dict.fromkeys(same_name(name) for name in names if name.strip(".")))
    if mx.kind is AnswerKind.TROUBLE:
        return None
    if any(answer.found for answer in addresses):
        return (domain,)
    return None if any(answer.kind is AnswerKind.TROUBLE for answer in addresses) else ()
