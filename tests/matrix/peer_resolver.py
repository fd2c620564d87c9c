"""postfix-mta-sts-resolver's own resolver over the domains on standard input; one JSON object a line.

Run inside the lab. It fetches policies for Postfix and looks at no MX host.
"""

import asyncio
import json
import sys
from typing import Any

from postfix_mta_sts_resolver.resolver import STSFetchResult, STSResolver


async def main() -> None:
    """Ask for a few domains at a time: its time-out runs while it works at others, and is for silent servers alone."""
    resolver = STSResolver(loop=asyncio.get_running_loop(), timeout=40)
    places = asyncio.Semaphore(6)

    async def ask(domain: str) -> Any:
        async with places:
            return await resolver.resolve(domain)

    domains = sys.stdin.read().split()
    for domain, (result, policy) in zip(domains, await asyncio.gather(*map(ask, domains)), strict=True):
        mode = policy[1]["mode"] if policy else ""
        print(
            json.dumps({"domain": domain, "policy": result is STSFetchResult.VALID, "why": result.name, "mode": mode})
        )


asyncio.run(main())
