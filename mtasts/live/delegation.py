"""Finds which of two zones answers for a domain: follows the delegation from outside, and reads the marks of a move."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtasts.changes.moves import mark_name, marked_zone
from mtasts.live.authorities import ask_authorities
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.verify.model import Answer, AnswerKind, ServerAnswer
from mtasts.words.counted import few


@dataclass(frozen=True, slots=True)
class Answering:
    """`zone`: the id that the mark tells, "" where not exactly one is seen. `told`: what was seen, for people."""

    zone: str
    told: str


async def answering_zone(domain: str, network: Network, *, seconds: float = 3.0) -> Answering:
    """Ask the servers that the delegation names, each one, and the resolver; `seconds` an exchange at most.

    A resolver that still has the old delegation tells the old zone, and so may one server of a delegation that is half
    changed: then there is no one zone. Nor is there one while the resolver does not answer, or a server at none of its
    addresses. Raises CannotLook only when this machine has no resolver.
    """
    name = mark_name(domain)
    resolver = Resolver(network, timeout=seconds)
    try:
        servers, none = await ask_authorities(name, domain, resolver)
        own = await resolver.ask(name, "TXT")
    finally:
        resolver.close()
    if none:
        return Answering("", none)
    told = [server.answer for server in servers if server.answer.kind is not AnswerKind.TROUBLE]
    if silent := _silent(own, servers):
        return Answering("", f"not every server answers: {silent}")
    zones = {marked_zone(answer.values) if answer.found else "" for answer in (own, *told)}
    if len(zones) > 1:
        listed = ", ".join(sorted(zone or "neither" for zone in zones))
        return Answering("", f"its servers and the resolver do not agree: zone {listed}")
    zone = zones.pop()
    return Answering(zone, f"zone {zone} answers" if zone else f"no mark at {name}: neither of the two answers")


def _silent(own: Answer, servers: Sequence[ServerAnswer]) -> str:
    """Who gave no answer at all, and why; empty when everybody did."""
    answered = {server.server for server in servers if server.answer.kind is not AnswerKind.TROUBLE}
    why = {server.server: server.answer.trouble for server in servers if server.server not in answered}
    silent = {"the resolver": own.trouble} if own.kind is AnswerKind.TROUBLE else {}
    return few([f"{name} ({trouble})" for name, trouble in (silent | why).items()], 4)
