"""A program for tests: serve published domains from memory until standard input ends.

    python -m tests.mtasts_sandbox.serve_memory_world STATE_DIR DNS_PORT HTTPS_PORT SMTP_PORT DOMAIN...

Prints the three real ports when it serves. Each domain gets a policy and one mail server, `mx1.<domain>`.
"""

import asyncio
import sys
from pathlib import Path

from mtasts_sandbox.world import Ports
from tests.mtasts_sandbox.memory_world import publish, stage


async def main(state_dir: str, ports: list[int], domains: list[str]) -> None:
    async with stage(Path(state_dir), ports=Ports(*ports)) as served:
        for domain in domains:
            publish(served.world, domain, served.authority)
            server = await served.wire.mail.add(f"mx1.{domain}")
            served.world.put(server.host, "A", *server.addresses)
            served.world.put(domain, "MX", f"10 {server.host}.")
        print(served.wire.ports.dns, served.wire.ports.https, served.wire.ports.smtp, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2:5]], sys.argv[5:]))
