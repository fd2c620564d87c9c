"""Policies folders and ledger files for the tests of the verbs that act."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtasts.protocol.mta_sts import Mode, Policy, render_policy

DAY, WEEK = 86400, 604800
MX = ("mx1.example.com", "mx2.example.com")

YAML = """\
# The mail team's own domain.
domain: {domain}
mode: {mode}  # see the ticket
max_age: {max_age}
mx:
{mx}
dns:
  provider: route53
  zone: Z0123456789EXAMPLECOM
tls_rpt:
  rua: [mailto:tls-reports@example.com]
"""


def domain_file(folder: Path, mode: str = "enforce", max_age: str = "1w", mx=MX, domain="example.com", more="") -> Path:
    """`staging/<domain>.yaml` in a policies folder, with comments that must stay."""
    stack = folder / "staging"
    stack.mkdir(parents=True, exist_ok=True)
    path = stack / f"{domain}.yaml"
    items = "\n".join(f"  - {host}" for host in mx)
    path.write_text(YAML.format(domain=domain, mode=mode, max_age=max_age, mx=items) + more)
    return path


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def ledger_file(path: Path, *served, domain="example.com") -> Path:
    """(id, mode, max_age, mx, days ago it began) each, oldest first; each ends, body and id, when the next begins."""
    begun = [now() - timedelta(days=days) for *_, days in served]
    entries = []
    for number, (name, mode, max_age, mx, _) in enumerate(served):
        end = begun[number + 1].isoformat() if number + 1 < len(served) else None
        entries.append(
            {
                "domain": domain,
                "id": name,
                "text": render_policy(Policy(Mode(mode), max_age, tuple(mx))),
                "since": begun[number].isoformat(),
                "until": end,
                "ttl": 300,
                "named_until": end,
            }
        )
    path.write_text(json.dumps(entries))
    return path
