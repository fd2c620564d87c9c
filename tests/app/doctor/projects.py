"""A project in a folder, and what `doctor` is given of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.doctor import SetUp, read_set_up
from mtasts.live.network import Network

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FILE = (
    "domain: {domain}\nmode: testing\nmx: [mx1.{domain}]\ntls_rpt: {{rua: ['mailto:reports@{domain}']}}\n"
    "dns: {{provider: {provider}, zone: {zone}}}\n"
)
ROUTE53, CLOUDFLARE = "Z0123456789EXAMPLE", "0123456789abcdef0123456789abcdef"


def make_project(folder: Path, **domains: str) -> Path:
    """A project whose stack `prod` has a domain at each of these zones, `example_com` for example.com."""
    (folder / "policies" / "prod").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: mail\nruntime: python\n")
    (folder / "__main__.py").touch()
    for name, zone in domains.items():
        domain, provider = name.replace("_", "."), "cloudflare" if len(zone) == 32 else "route53"
        text = FILE.format(domain=domain, provider=provider, zone=zone)
        (folder / "policies" / "prod" / f"{domain}.yaml").write_text(text)
    return folder


def set_up(folder: Path, environ: Mapping[str, str] | None = None, network: Network | None = None) -> SetUp:
    """As the verb reads it."""
    return read_set_up(folder, None, environ or {}, NOW, network or Network())
