"""Domains whose zones are in other accounts: published through them, and through no other; no token is written down."""

import json
from pathlib import Path

import pytest
import yaml

from mtasts.app.sandbox import account_token
from tests.publishing.stage import ROOT, Run, Stage

AWS_ID, OTHER_ID, LOCKED_ID = "111122223333", "444455556666", "777788889999"
REAL_TOKEN = "a-real-token-that-nobody-may-see"
ACCOUNTS = {
    "customer": {"provider": "aws", "roleArn": f"arn:aws:iam::{AWS_ID}:role/mtasts-dns", "externalId": "x-1"},
    "elsewhere": {"provider": "aws", "roleArn": f"arn:aws:iam::{OTHER_ID}:role/mtasts-dns"},
    "locked": {"provider": "aws", "roleArn": f"arn:aws:iam::{LOCKED_ID}:role/mtasts-dns"},
    "partner": {"provider": "cloudflare", "tokenVariable": "PARTNER_TOKEN"},
}
ROUTE53 = {"provider": "route53", "zone": "ZCUSTOMER", "account": "customer"}
CLOUDFLARE = {"provider": "cloudflare", "zone": "c" * 32, "account": "partner"}
CUSTOMER, PARTNER = "customer.example", "partner.example"


class Project:
    """The staging stack in a project of its own, whose settings have accounts."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        folder.mkdir()
        for name in ("Pulumi.yaml", "__main__.py"):
            (folder / name).symlink_to(ROOT / name)
        self.allow(ACCOUNTS)
        for name, provider, zone, account in (
            (CUSTOMER, "route53", ROUTE53["zone"], AWS_ID),
            ("elsewhere.example", "route53", "ZELSEWHERE", OTHER_ID),
            (PARTNER, "cloudflare", CLOUDFLARE["zone"], "partner"),
        ):
            made = stage.mtasts("sandbox", "zone", "add", name, provider, zone, "--account", account)
            assert made.code == 0, made.err
        stage.environment["PARTNER_TOKEN"] = REAL_TOKEN

    def allow(self, accounts: dict) -> None:
        config = {"aws:region": "eu-central-1", "mtasts:accounts": accounts}
        (self.folder / "Pulumi.staging.yaml").write_text(yaml.safe_dump({"config": config}))

    def run(self, verb: str, *more: str) -> Run:
        return self.stage.mtasts(*self.stage.words(verb), "--project", str(self.folder), *more)

    def state(self) -> list[dict]:
        backend = Path(self.stage.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
        (path,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
        return json.loads(path.read_text())["checkpoint"]["latest"]["resources"]

    def ttl(self, domain: str) -> int:
        """Of its `_mta-sts` record, as the state has it."""
        (found,) = [one for one in self.state() if one["urn"].endswith(f"::{domain}-mta-sts")]
        return int(found["inputs"]["ttl"])

    def providers(self) -> dict[str, str]:
        """For each record in the state, the name of the provider that made it."""
        return {
            one["urn"].rpartition("::")[2]: one["provider"].split("::")[3]
            for one in self.state()
            if one["type"].rpartition(":")[2] in ("Record", "DnsRecord")
        }


@pytest.fixture
def project(published: Stage, tmp_path: Path) -> Project:
    """A stack that was published before there were accounts; now its settings have some."""
    return Project(published, tmp_path / "project")


def test_each_zone_is_reached_through_its_own_account(project: Project):
    """Records, previews, wrong accounts, ones that cannot be reached, removal; the stack's own stay as they are."""
    stage = project.stage
    before = project.providers()
    assert {name.partition("_")[0] for name in before.values()} == {"default"}
    idle = project.run("preview", "--diff")
    assert idle.code == 0, idle.err
    assert idle.json["changes"] == {"same": idle.json["changes"]["same"]}, idle.out

    stage.add(CUSTOMER, "example.com", dns=ROUTE53)
    stage.add(PARTNER, "example.net", dns=CLOUDFLARE)
    done = project.run("up", "--debug")
    assert done.code == 0, done.err
    for domain in (CUSTOMER, PARTNER, "example.com"):
        assert stage.id(domain)
        assert b"STSv1" in stage.body(domain)
    now = project.providers()
    assert {name: now[name] for name in before} == before, "what was there keeps its provider"
    new = {name: provider for name, provider in now.items() if name not in before}
    assert {provider for name, provider in new.items() if name.startswith(CUSTOMER)} == {"customer"}
    assert {provider for name, provider in new.items() if name.startswith(PARTNER)} == {"partner"}
    again = project.run("preview", "--diff")
    assert "create" not in again.json["changes"], again.out
    assert "update" not in again.json["changes"], again.out

    for secret in (REAL_TOKEN, account_token("partner")):
        for run in (done, again):
            assert secret not in run.out + run.err
        for path in stage.state.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path

    # A name that is not in the settings is the file's problem: the domain is held through the account that it has.
    stage.edit(CUSTOMER, dns=ROUTE53 | {"account": "custmer"}, ttl=600)
    stage.edit(PARTNER, ttl=600)
    held = project.run("up")
    assert held.code == 1, held.err
    assert 'dns.account: account "custmer" is not under `mtasts:accounts` in Pulumi.staging.yaml' in held.err
    assert held.domain(CUSTOMER)["held"]
    assert (project.ttl(CUSTOMER), project.ttl(PARTNER)) == (300, 600), held.err

    # An account of the settings that does not have the zone: the account refuses, and what is there stays.
    stage.edit(CUSTOMER, dns=ROUTE53 | {"account": "elsewhere"}, ttl=600)
    text = stage.txt(CUSTOMER)
    moved = project.run("preview")
    assert f"{CUSTOMER}: its records are written through account elsewhere instead of account customer" in moved.err
    assert moved.domain(CUSTOMER)["op"] == "update", moved.out
    wrong = project.run("up")
    assert wrong.code == 1, wrong.err
    assert "AccessDenied" in wrong.out + wrong.err
    assert wrong.domain(CUSTOMER)["failed"]
    assert not wrong.domain("example.com")["failed"]
    assert stage.txt(CUSTOMER) == text
    stage.edit(CUSTOMER, dns=ROUTE53, ttl=600)
    back = project.run("up")
    assert back.code == 0, back.err
    assert project.ttl(CUSTOMER) == 600

    # A role that cannot be assumed: a new domain is left out, and the others go on.
    stage.add("new.example", "example.com", dns={"provider": "route53", "zone": "ZNEW", "account": "locked"})
    stage.edit(PARTNER, ttl=300)
    left_out = project.run("up")
    assert left_out.code == 1, left_out.err
    assert (
        f"account locked: role arn:aws:iam::{LOCKED_ID}:role/mtasts-dns cannot be assumed: AWS refuses" in left_out.err
    )
    assert project.ttl(PARTNER) == 300
    assert stage.txt("new.example") is None
    stage.remove("new.example")

    # The same where domains are published through it: one line, and nothing is touched.
    project.allow(ACCOUNTS | {"customer": ACCOUNTS["locked"]})
    seen = project.state()
    for verb in ("preview", "up", "destroy"):
        locked = project.run(verb)
        assert locked.code == 2, locked.out + locked.err
        assert f"account customer: role arn:aws:iam::{LOCKED_ID}:role/mtasts-dns cannot be assumed" in locked.err
        assert f"published through it: {CUSTOMER}" in locked.err
    assert project.state() == seen
    project.allow(ACCOUNTS)

    # What a domain had goes through its account, too.
    stage.edit(CUSTOMER, mode="none")
    retired = project.run("up")
    assert retired.code == 0, retired.out + retired.err
    stage.remove(CUSTOMER)
    gone = project.run("up", "--remove-before-date", CUSTOMER)
    assert gone.code == 0, gone.out + gone.err
    assert stage.txts(f"_mta-sts.{CUSTOMER}") == []
    assert "customer" not in project.providers().values()
