"""Looks where DNS leads a policy host, and whether it still is a web host of this stack that answers there."""

from mtasts.live.https import OWN_ADDRESS_LIMIT, fetch_from
from mtasts.live.network import Network
from mtasts.live.standing import Names
from mtasts.verify.leads import Leads, leads

_SECONDS = 10.0  # for what the addresses answer


async def look_where(domain: str, web_host: str, network: Network) -> Leads:
    """Where the policy host of `domain` (A-labels) leads; `web_host`: the own name of the one that serves it here.

    Raises CannotLook when this machine has no resolver or no CA certificates.
    """
    names = Names(network)
    try:
        host, own = await names.host(domain), await names.addresses(web_host)
    finally:
        names.close()
    asked = await fetch_from(web_host, host, network, timeout=_SECONDS, limit=OWN_ADDRESS_LIMIT)
    return leads(host, web_host, own, asked)
