"""Looks up the TLSA records of an MX host at the names that DANE uses (RFC 7672 s2.2.2 and s2.2.3)."""

from mtasts.live.resolver import Resolver
from mtasts.protocol.tlsa import tlsa_name
from mtasts.verify.model import Answer, Dane, Dnssec


async def find_tlsa(host: str, addresses: tuple[Answer, ...], resolver: Resolver) -> Dane | None:
    """The TLSA base domain of `host` and its records; None where `addresses` (of `host`) holds none.

    The end of a chain of aliases is the base when the whole way there is signed and records are found; else the host's
    own name. Records are asked for even where the addresses are not signed, which no sender does: an operator who
    published them there should learn that they do nothing.
    """
    found = [answer for answer in addresses if answer.found]
    if not found:
        return None
    way = _way(found)
    alias = next((answer.chain[-1] for answer in found if answer.chain), None)
    if alias is not None and way is not Dnssec.INSECURE:
        there = await resolver.ask(tlsa_name(alias), "TLSA")
        # Trouble is no answer, so no sender goes on to the other name (RFC 7671 s7).
        if not there.absent and there.dnssec is not Dnssec.INSECURE:
            return Dane(alias, there, way)
    elif alias is not None:
        # The alias may be signed although what it points at is not; then its own name can have records.
        way = (await resolver.ask(host, "CNAME")).dnssec
    return Dane(host, await resolver.ask(tlsa_name(host), "TLSA"), way)


def _way(found: list[Answer]) -> Dnssec:
    states = {answer.dnssec for answer in found}
    for state in (Dnssec.SECURE, Dnssec.UNKNOWN):
        if state in states:
            return state
    return Dnssec.INSECURE
