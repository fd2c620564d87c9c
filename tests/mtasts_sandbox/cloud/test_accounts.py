"""Accounts of the sandbox: whose a zone is, kept over a reset and a restart, and taken from policies and settings."""

from pathlib import Path

import pytest

from mtasts_sandbox import client
from mtasts_sandbox.cloud.accounts import of_provider, of_token
from mtasts_sandbox.cloud.errors import ProviderError
from mtasts_sandbox.zones import zones_of
from tests.mtasts_sandbox.cloud_stage import EngineSide, on_cloud

AWS_ID = "111122223333"
ROLE = f"arn:aws:iam::{AWS_ID}:role/dns"
URN = "urn:pulumi:s::p::pulumi:providers:{}::{}"


def test_a_zone_keeps_its_account(tmp_path: Path):
    """Also where it is named again without one, as `up` does by policies."""
    running, _ = client.up(tmp_path, ephemeral=True)
    try:
        running.add_zone("customer.example", "route53", "ZCUSTOMER", AWS_ID)
        running.ask("reset")
        client.down(tmp_path)
        running, _ = client.up(tmp_path)
        running.add_zone("customer.example", "route53", "ZCUSTOMER")
        (zone,) = running.status()["zones"]
        assert (zone["zone_id"], zone["account"]) == ("ZCUSTOMER", AWS_ID)
    finally:
        client.down(tmp_path)


def test_zones_are_put_where_the_settings_say(tmp_path: Path):
    """By the twelve digits of the role, by the name of an account with a token, and all else into the sandbox's own."""
    (tmp_path / "Pulumi.yaml").write_text("name: mtasts\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  mtasts:accounts:\n"
        f"    customer: {{provider: aws, roleArn: '{ROLE}'}}\n"
        "    partner: {provider: cloudflare, tokenVariable: PARTNER_TOKEN}\n"
        "    hub: {provider: aws, profile: hub}\n"
    )
    folder = tmp_path / "policies" / "prod"
    folder.mkdir(parents=True)
    wanted = {
        "a.example": ("route53", "ZA", "customer", AWS_ID),
        "b.example": ("cloudflare", "b" * 32, "partner", "partner"),
        "c.example": ("route53", "ZC", "hub", ""),
        "d.example": ("route53", "ZD", "", ""),
    }
    for domain, (provider, zone, account, _) in wanted.items():
        named = f", account: {account}" if account else ""
        dns = f"dns: {{provider: {provider}, zone: {zone}{named}}}\n"
        text = f"domain: {domain}\nmode: testing\nmx: [mx.{domain}]\ntls_rpt: {{rua: []}}\n{dns}"
        (folder / f"{domain}.yaml").write_text(text)
    found = zones_of(tmp_path / "policies")
    assert sorted(found) == sorted(
        (domain, provider, zone, *([owner] if owner else ())) for domain, (provider, zone, _, owner) in wanted.items()
    )


@on_cloud
async def test_whose_credentials_a_provider_has(engine: EngineSide) -> None:
    """The engine's default ones are the sandbox's own; a role needs an account that is there."""
    cloud = engine.cloud
    cloud.add_zone("customer.example", "route53", "ZCUSTOMER", AWS_ID)
    for name in ("default", "default_7_51_1", "customer"):
        assert of_provider(cloud, "aws", URN.format("aws", name), {}) == ""
    told = {"assumeRoles": f'[{{"roleArn":"{ROLE}"}}]'}
    assert of_provider(cloud, "aws", URN.format("aws", "customer"), told) == AWS_ID
    assert of_provider(cloud, "cloudflare", URN.format("cloudflare", "partner"), {}) == "partner"
    assert of_provider(cloud, "cloudflare", URN.format("cloudflare", "default_6_23_1"), {}) == ""
    with pytest.raises(ProviderError, match=r"cannot be assumed.*AccessDenied"):
        of_provider(cloud, "aws", URN.format("aws", "x"), {"assumeRoles": [{"roleArn": ROLE.replace("1111", "9999")}]})
    assert of_token("Bearer sandbox_a-b_000") == "a-b"
    assert of_token("Bearer sandbox000") == ""
