"""checkdmarc's own checks of the domains on standard input; one JSON object a line. Run inside the lab."""

import json
import os
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

from checkdmarc.mta_sts import check_mta_sts
from checkdmarc.smtp import check_mx

PATIENCE = (
    40  # seconds in which none ends: it bounds each read, not the answer, so a server that drips holds it for ever
)


def look(domain: str) -> dict[str, Any]:
    """What it makes of the policy, of the MX hosts, and both together."""
    try:
        sts: dict[str, Any] = dict(check_mta_sts(domain, timeout=10, retries=0))
        patterns = sts["policy"]["mx"] if sts.get("valid") else None
        mx: dict[str, Any] = dict(
            check_mx(domain, check_mx_tls=True, mta_sts_mx_patterns=patterns, timeout=10, retries=0)
        )
    except Exception as error:
        return {"domain": domain, "policy": False, "delivers": False, "why": f"raised {type(error).__name__}: {error}"}
    hosts = mx.get("hosts", [])
    uncovered = [text for text in mx.get("warnings", []) if "not included in the MTA-STS policy" in text]
    insecure = [host["hostname"] for host in hosts if not host.get("starttls")]
    why = [sts.get("error", ""), mx.get("error", ""), *uncovered, *(f"no STARTTLS at {name}" for name in insecure)]
    valid = bool(sts.get("valid"))
    delivers = valid and not uncovered and not insecure and "error" not in mx and bool(hosts)
    return {"domain": domain, "policy": valid, "delivers": delivers, "why": "; ".join(filter(None, why))}


pool = ThreadPoolExecutor(12)
pending = {domain: pool.submit(look, domain) for domain in sys.stdin.read().split()}
left = set(pending.values())
while left:
    ended, left = wait(left, timeout=PATIENCE, return_when=FIRST_COMPLETED)
    if not ended:
        break
for domain, future in pending.items():
    late = {"domain": domain, "policy": False, "delivers": False, "why": f"no answer within {PATIENCE} s"}
    print(json.dumps(future.result() if future.done() else late))
sys.stdout.flush()
os._exit(0)  # its threads wait for servers that never end, as it has no deadline for a whole answer
