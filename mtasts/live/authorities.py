"""The zone's authoritative servers, asked one by one, so that a half-updated zone shows."""

import asyncio

from mtasts.live.resolver import Resolver
from mtasts.live.sample import sample, unanswered
from mtasts.verify.model import NOT_ASKED, Answer, AnswerKind, ServerAnswer

SERVER_LIMIT = 13  # as many as the root has; more would be somebody's attack
ADDRESS_LIMIT = 4  # of one server: a v4 and a v6 in practice


async def ask_authorities(
    name: str, domain: str, resolver: Resolver, rdtype: str = "TXT"
) -> tuple[tuple[ServerAnswer, ...], str]:
    """What each authoritative server of the zone that holds `name` says, and why there are none to ask, if so.

    `domain` is where the search for the zone's apex begins; it climbs towards the root.
    """
    found = await _servers(domain, resolver)
    if isinstance(found, str):
        return (), found
    _, servers = found
    asked = await asyncio.gather(*(_ask(server, name, rdtype, resolver) for server in servers[:SERVER_LIMIT]))
    beyond = f"{NOT_ASKED}: the zone has more than {SERVER_LIMIT} name servers"
    rest = (_unasked(server, name, rdtype, beyond) for server in servers[SERVER_LIMIT:])
    return (*(answer for answers in asked for answer in answers), *rest), ""


async def zone_servers(domain: str, resolver: Resolver) -> tuple[str, tuple[str, ...]]:
    """The apex of the zone that holds `domain`, and its name servers' names; ("", ()) when they cannot be found."""
    found = await _servers(domain, resolver)
    return ("", ()) if isinstance(found, str) else found


async def _servers(domain: str, resolver: Resolver) -> tuple[str, tuple[str, ...]] | str:
    labels = domain.split(".")
    for start in range(len(labels)):
        ask = resolver.ask if start else resolver.ask_once
        answer = await ask(".".join(labels[start:]), "NS")
        if answer.found and not answer.chain:
            return ".".join(labels[start:]), answer.values
        if answer.kind is AnswerKind.TROUBLE:
            return f"the zone's name servers could not be found: {answer.trouble}"
    return "the zone's name servers could not be found"


async def _ask(server: str, name: str, rdtype: str, resolver: Resolver) -> tuple[ServerAnswer, ...]:
    answers = await resolver.addresses(server)
    addresses, rest = sample(answers, ADDRESS_LIMIT)
    unknown = unanswered(answers)
    if not addresses:
        trouble = f"DNS did not say where it is ({unknown})" if unknown else "it has no address"
        return (_unasked(server, name, rdtype, trouble),)
    said = await asyncio.gather(*(resolver.ask_server(server, address, name, rdtype) for address in addresses))
    told = (ServerAnswer(server, address, answer) for address, answer in zip(addresses, said, strict=True))
    untold = f"DNS did not say all of its addresses ({unknown})"
    beyond = f"{NOT_ASKED}: it has more than {ADDRESS_LIMIT} addresses"
    passed_over = [_unasked(server, name, rdtype, beyond, address) for address in rest]
    return (*told, *passed_over, *[_unasked(server, name, rdtype, untold)] * bool(unknown))


def _unasked(server: str, name: str, rdtype: str, why: str, address: str = "") -> ServerAnswer:
    return ServerAnswer(server, address, Answer(name, rdtype, AnswerKind.TROUBLE, trouble=why))
