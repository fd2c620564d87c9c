"""The ways into accounts: which credentials each API is asked with, and that one account's open no other's zones."""

from collections.abc import Iterator, Mapping

import pytest

from mtasts.app.sandbox import account_token, account_tokens
from mtasts.errors import CannotLook
from mtasts.live import cloudflare, route53
from mtasts.live.accounts.look import Credentials, look_at_accounts
from mtasts.live.accounts.ways import Ways
from mtasts.policy.accounts import Account
from mtasts_sandbox import client

AWS_ID, LOCKED_ID = "111122223333", "777788889999"
CUSTOMER = Account("customer", "aws", role=f"arn:aws:iam::{AWS_ID}:role/dns", external_id="x-1", profile="hub")
LOCKED = Account("locked", "aws", role=f"arn:aws:iam::{LOCKED_ID}:role/dns")
PROFILE = Account("profile", "aws", profile="nobody-has-this-profile")
PARTNER = Account("partner", "cloudflare", token_variable="PARTNER_TOKEN")
ACCOUNTS = {each.name: each for each in (CUSTOMER, LOCKED, PROFILE, PARTNER)}
OWN_CF, PARTNER_CF = "a" * 32, "b" * 32


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Of a sandbox with zones in three accounts."""
    folder = tmp_path_factory.mktemp("ways")
    running, _ = client.up(folder, ephemeral=True)
    running.add_zones(
        [
            ("own.example", "route53", "ZOWN"),
            ("own.example", "cloudflare", OWN_CF),
            ("customer.example", "route53", "ZCUSTOMER", AWS_ID),
            ("partner.example", "cloudflare", PARTNER_CF, "partner"),
        ]
    )
    told = running.environment()
    yield {**told, **account_tokens(ACCOUNTS, told)}
    client.down(folder)


def test_the_token_is_that_of_the_variable():
    """All else of the environment stays; without the variable it is said which one, and nobody else's token is used."""
    own = {"CLOUDFLARE_API_TOKEN": "own", "HOME": "/x"}
    ways = Ways(ACCOUNTS, {**own, "PARTNER_TOKEN": "theirs"})
    assert ways.of("partner")["CLOUDFLARE_API_TOKEN"] == "theirs"
    assert ways.of("partner")["HOME"] == "/x"
    assert ways.of("")["CLOUDFLARE_API_TOKEN"] == "own"
    for unset in (own, {**own, "PARTNER_TOKEN": ""}):
        trouble = Ways(ACCOUNTS, unset).trouble("partner")
        assert trouble is not None
        assert trouble.message == "account partner: $PARTNER_TOKEN is not set, which is to have its Cloudflare token"
    assert "not in the stack's settings" in str(Ways({}, own).trouble("gone"))


def test_a_profile_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    """With the account and the profile."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for account in (PROFILE, CUSTOMER):
        with pytest.raises(CannotLook, match="profile") as refused:
            Ways(ACCOUNTS, {}).of(account.name)
        assert "\n" not in refused.value.message
    (tmp_path / "credentials").write_text(
        "[nobody-has-this-profile]\naws_access_key_id = theirs\naws_secret_access_key = secret\n"
    )
    way = Ways(ACCOUNTS, {"AWS_ACCESS_KEY_ID": "own", "AWS_SESSION_TOKEN": "own", "AWS_PROFILE": "own"}).of("profile")
    assert way == {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "secret"}


def test_a_role_opens_the_zones_of_its_account_alone(environ):
    """By Route 53's own API, for looking and for writing."""
    ways = Ways(ACCOUNTS, environ, profile="means-nothing-in-a-sandbox")
    assert ways.of("customer") is ways.of("customer"), "the role is assumed once"
    own, theirs = route53.zones(ways.of("")), route53.zones(ways.of("customer"))
    assert (own("own.example"), own("customer.example")) == (["ZOWN"], [])
    assert (theirs("own.example"), theirs("customer.example")) == ([], ["ZCUSTOMER"])
    route53.put_texts("ZCUSTOMER", "a.customer.example", ["proof"], (), ways.of("customer"))
    for zone, name, account in (("ZCUSTOMER", "a.customer.example", ""), ("ZOWN", "a.own.example", "customer")):
        with pytest.raises(CannotLook, match="AccessDenied"):
            route53.put_texts(zone, name, ["proof"], (), ways.of(account))
    with pytest.raises(
        CannotLook, match=f"account locked: role {LOCKED.role} cannot be assumed: AWS refuses"
    ) as refused:
        ways.of("locked")
    assert "trust policy" in refused.value.hint


def test_a_token_opens_the_zones_of_its_account_alone(environ):
    """By Cloudflare's own API, for looking and for writing."""
    assert environ["PARTNER_TOKEN"] == account_token("partner")
    ways = Ways(ACCOUNTS, environ)
    own, theirs = cloudflare.zones(ways.of("")), cloudflare.zones(ways.of("partner"))
    assert (own("own.example"), own("partner.example")) == ([OWN_CF], [])
    assert (theirs("own.example"), theirs("partner.example")) == ([], [PARTNER_CF])
    cloudflare.put_texts(PARTNER_CF, "a.partner.example", ["proof"], (), ways.of("partner"))
    assert cloudflare.records_at(PARTNER_CF, "a.partner.example", ways.of("partner"))
    assert cloudflare.records_at(PARTNER_CF, "a.partner.example", ways.of("")) is None
    with pytest.raises(CannotLook, match="404"):
        cloudflare.put_texts(OWN_CF, "a.own.example", ["proof"], (), ways.of("partner"))


def test_an_adoption_looks_at_the_zone_through_its_account(environ):
    """Records by the zone's account, hosting by the stack's own."""
    ways = Ways(ACCOUNTS, environ)
    name = "_mta-sts.customer.example"
    route53.put_texts("ZCUSTOMER", name, ["v=STSv1; id=a;"], (), ways.of("customer"))
    place, own = ("route53", "ZCUSTOMER", "customer.example"), Credentials(environ)
    found = look_at_accounts("customer.example", place, None, own, Credentials(ways.of("customer")))
    assert [(each.name, each.values) for each in found.records or ()] == [(name, ("v=STSv1; id=a;",))]
    assert found.listed
    assert look_at_accounts("customer.example", place, None, own).records is None


def test_secrets_are_in_no_representation(environ):
    """Of what a traceback or a log would show."""
    ways = Ways(ACCOUNTS, environ)
    ways.of("customer")
    assert account_token("partner") not in repr((ways, ways.trouble("locked"), ACCOUNTS))
