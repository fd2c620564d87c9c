"""Accounts of a stack: what its settings may say, and which account a policy file may name."""

import re

import pytest

from mtasts.changes.diff import published_part
from mtasts.changes.diff_words import words_of
from mtasts.changes.moves import lines
from mtasts.policy import held
from mtasts.policy.account_rules import account_problems
from mtasts.policy.accounts import Account, read_accounts
from mtasts.policy.config import DnsZone, DomainPolicy, Source, load

ROLE = "arn:aws:iam::111122223333:role/teams/mtasts-dns"
FILE = """domain: example.com
mode: testing
mx: [mx1.example.com]
tls_rpt: {rua: []}
dns:
  provider: route53
  zone: Z0123456789EXAMPLE
  account: "customer-dns"
"""


def policy(text: str = FILE, defaults: str = "") -> DomainPolicy:
    found = load([Source("prod/example.com.yaml", text)], Source("prod/_defaults.yaml", defaults) if defaults else None)
    assert not found.problems, found.problems
    return found.policies[0]


def test_settings_of_accounts_are_read():
    """A role with what goes with it, and the name of a variable."""
    told = {
        "customer-dns": {"provider": "aws", "roleArn": ROLE, "externalId": "a:b", "profile": "hub"},
        "other": {"provider": "cloudflare", "tokenVariable": "OTHER_CLOUDFLARE_TOKEN"},
    }
    found = read_accounts(told)
    assert found["customer-dns"] == Account("customer-dns", "aws", role=ROLE, external_id="a:b", profile="hub")
    assert found["customer-dns"].aws_id == "111122223333"
    assert found["other"] == Account("other", "cloudflare", token_variable="OTHER_CLOUDFLARE_TOKEN")
    assert read_accounts(None) == {}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("acme", "mtasts:accounts is not a list of names"),
        ({"Acme": {"provider": "aws", "profile": "a"}}, "mtasts:accounts: Acme: the name is not"),
        ({"a" * 41: {"provider": "aws", "profile": "a"}}, "the name is not"),
        ({"default": {"provider": "aws", "profile": "a"}}, "the name is the engine's own"),
        ({"a": None}, "has no keys below it"),
        ({"a": {}}, "provider is not one of aws, cloudflare"),
        ({"a": {"provider": "route53"}}, "provider is not one of aws, cloudflare"),
        ({"a": {"provider": ["aws"]}}, "provider is not one of aws, cloudflare"),
        ({"a": {"provider": "aws"}}, "roleArn or profile is missing"),
        ({"a": {"provider": "aws", "roleArn": "mtasts"}}, "roleArn is not a role, such as arn:aws:iam::"),
        ({"a": {"provider": "aws", "profile": "p", "externalId": "x1"}}, "externalId is of use with roleArn alone"),
        (
            {"a": {"provider": "aws", "profile": "p", "tokenVariable": "T"}},
            '"tokenVariable" is not one of provider, roleArn',
        ),
        ({"a": {"provider": "cloudflare"}}, "tokenVariable is missing"),
        ({"a": {"provider": "cloudflare", "tokenVariable": "AWS_SECRET_ACCESS_KEY"}}, "tokenVariable is not the name"),
        ({"a": {"provider": "cloudflare", "tokenVariable": {"secure": "v1:x"}}}, "tokenVariable is not the name"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(told: object, reason: str):
    """The account and the key are named."""
    with pytest.raises(ValueError, match=r"^mtasts:accounts") as refused:
        read_accounts(told)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_token_in_the_place_of_its_variable_is_not_told():
    """Who wrote the token itself there must not find it in a log."""
    with pytest.raises(ValueError, match="tokenVariable") as refused:
        read_accounts({"a": {"provider": "cloudflare", "tokenVariable": "v1.0-0123456789abcdef"}})
    assert "0123456789" not in str(refused.value)


@pytest.mark.parametrize("name", ["Acme", "a_b", "-a", "a-", "a" * 41, "a b", "ä"])
def test_a_name_that_is_none_is_refused_at_its_place(name: str):
    """With line and column, as every key."""
    found = load([Source("prod/example.com.yaml", FILE.replace("customer-dns", name))])
    (problem,) = found.problems
    assert (problem.key, problem.place.line, problem.place.column) == ("dns.account", 8, 12)
    assert re.search("up to 40 lower-case letters, digits and inner hyphens|at most 40 are allowed", str(problem))


def test_an_account_that_the_settings_lack_is_named_at_its_place():
    """In the file, and once in the defaults; one of another provider does not fit."""
    aws = Account("customer-dns", "aws", role=ROLE)
    other = Account("customer-dns", "cloudflare", token_variable="T")
    own = policy()
    assert account_problems([own], {"customer-dns": aws}, "Pulumi.prod.yaml") == ()
    (missing,) = account_problems([own], {"a": aws}, "Pulumi.prod.yaml")
    assert str(missing) == (
        'prod/example.com.yaml:8:12: dns.account: account "customer-dns" is not under `mtasts:accounts` in'
        " Pulumi.prod.yaml (there: a)"
    )
    (unfit,) = account_problems([own], {"customer-dns": other}, "Pulumi.prod.yaml")
    assert 'account "customer-dns" is of cloudflare, and the zone is at Route 53' in str(unfit)
    head, dns = FILE.partition("dns:")[::2]
    inherited = policy(head, f"dns:{dns}")
    twice = account_problems([inherited, inherited], {}, "Pulumi.prod.yaml")
    assert [str(one.place) for one in twice] == ["prod/_defaults.yaml:4:12"]
    leaving = FILE + "  leaving: {provider: route53, zone: Z1, account: gone}\n"
    (left,) = account_problems([policy(leaving)], {"customer-dns": aws}, "Pulumi.prod.yaml")
    assert (left.key, str(left.place)) == ("dns.leaving.account", "prod/example.com.yaml:9:51")


def test_the_account_is_a_way_to_a_zone_and_no_part_of_it():
    """What compares zones sees no move; what compares files sees the change, and says that nothing moves."""
    old, new = policy(FILE.replace('  account: "customer-dns"\n', "")), policy()
    assert old.zones == new.zones
    assert published_part(old) != published_part(new)
    assert [*words_of(old, new)] == [
        "the records are written through account customer-dns instead of the stack's own account; they stay where they"
        " are"
    ]
    assert lines(new.dns, DnsZone("route53", "Z1", "b")) == (
        "dns: {provider: route53, zone: Z0123456789EXAMPLE, account: customer-dns, leaving: {provider: route53, zone:"
        " Z1, account: b}}"
    )


def test_outputs_keep_the_account_and_those_without_one_are_as_before():
    """A held domain goes on through its account."""
    new, old = policy(), policy(FILE.replace('  account: "customer-dns"\n', ""))
    kept = held.policy_of("example.com", held.kept(new))
    assert kept is not None
    assert kept.dns.account == "customer-dns"
    assert "account" not in held.kept(old)
