"""postfix-mta-sts-resolver's own resolver over the domains on standard input; one JSON object a line.

Run inside the lab. It fetches policies for Postfix and looks at no MX host.
"""

import asyncio
import json
import sys

from postfix_mta_sts_resolver.resolver import STSFetchResult, STSResolver


async def main() -> None:
    """Ask for all domains at once."""
    resolver = STSResolver(loop=asyncio.get_running_loop(), timeout=4)
    domains = sys.stdin.read().split()
    for domain, (result, policy) in zip(domains, await asyncio.gather(*map(resolver.resolve, domains)), strict=True):
        mode = policy[1]["mode"] if policy else ""
        print(
            json.dumps({"domain": domain, "policy": result is STSFetchResult.VALID, "why": result.name, "mode": mode})
        )


asyncio.run(main())
