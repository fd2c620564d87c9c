"""Roles, the policies within them, and identity providers: made, read back, imported, changed by others, kept."""

import json

import pytest

from mtasts_sandbox.cloud.cloud import Cloud
from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, on_cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
PROVIDER = {"url": "https://token.example.com", "clientIdLists": ["sts.amazonaws.com"]}


async def role(engine: EngineSide, name: str = "pipeline"):
    return await engine.create("role", name=name, assumeRolePolicy=json.dumps(TRUST), description="ours")


@on_cloud
async def test_what_is_made_is_read_back_and_imported(engine: EngineSide):
    """Spelt in another way it is the same policy."""
    made = await role(engine)
    policy = await engine.create("role policy", role="pipeline", name="read", policy=json.dumps(READ, indent=1))
    provider = await engine.create("identity provider", **PROVIDER)

    assert made.state["arn"] == "arn:aws:iam::123456789012:role/pipeline"
    assert (policy.id, provider.id) == (
        "pipeline:read",
        "arn:aws:iam::123456789012:oidc-provider/token.example.com",
    )
    for thing in (made, policy, provider):
        imported = await engine.import_(thing.kind, thing.id)
        assert imported is not None
        assert await engine.diff_to(imported, thing.inputs) == ({}, [], False)
    for kind, id_ in (("role", "none"), ("role policy", "pipeline:none"), ("identity provider", "none")):
        assert await engine.import_(kind, id_) is None


@on_cloud
async def test_what_others_changed_is_seen_and_put_back(engine: EngineSide):
    """A trust policy that lets somebody else in."""
    made = await role(engine)
    wide = TRUST | {"Statement": [TRUST["Statement"][0] | {"Action": "sts:*"}]}
    engine.cloud.iam.update_role("pipeline", json.dumps(wide), {}, {})

    now = await engine.read(made)

    assert now is not None
    changes, _, _ = await engine.diff_to(now, made.inputs)
    assert set(changes) == {"assumeRolePolicy", "description"}
    put_back = await engine.update(now, **made.inputs)
    assert json.loads(put_back.inputs["assumeRolePolicy"]) == TRUST


@on_cloud
async def test_what_iam_refuses(engine: EngineSide):
    """A name that is taken, a role with a policy in it, too much text, a policy that is none, a second provider."""
    made = await role(engine)
    with pytest.raises(Refused, match="EntityAlreadyExists"):
        await role(engine)
    await engine.create("role policy", role="pipeline", name="read", policy=json.dumps(READ))
    with pytest.raises(Refused, match="DeleteConflict"):
        await engine.delete(made)
    long = READ | {
        "Statement": [READ["Statement"][0] | {"Resource": [f"arn:aws:s3:::{'b' * 50}{n}" for n in range(200)]}]
    }
    with pytest.raises(Refused, match="LimitExceeded"):
        await engine.create("role policy", role="pipeline", name="long", policy=json.dumps(long))
    with pytest.raises(Refused, match="MalformedPolicyDocument"):
        await engine.create("role policy", role="pipeline", name="none", policy="{}")
    with pytest.raises(Refused, match="NoSuchEntity"):
        await engine.create("role policy", role="none", name="read", policy=json.dumps(READ))
    await engine.create("identity provider", **PROVIDER)
    with pytest.raises(Refused, match="EntityAlreadyExists"):
        await engine.create("identity provider", **PROVIDER)


@on_cloud
async def test_a_restart_keeps_them(engine: EngineSide):
    """With their numbers and times; what was deleted stays deleted."""
    made = await role(engine)
    await engine.create("role policy", role="pipeline", name="read", policy=json.dumps(READ))
    provider = await engine.create("identity provider", **PROVIDER)
    gone = await role(engine, "gone")
    await engine.delete(gone)

    again = Cloud(engine.cloud.context.store, engine.cloud.context.issuer)

    found = again.iam.role("pipeline")
    assert found is not None
    assert (found.id, json.loads(found.policies["read"])) == (made.state["uniqueId"], READ)
    assert again.iam.role("gone") is None
    assert again.iam.provider(provider.id) is not None
