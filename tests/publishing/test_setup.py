"""Set-up with the real engine, its own state in a bucket: from nothing to a repository's settings, and back."""

import json
import shutil

import boto3
import pytest

from mtasts.providers import rights
from mtasts.providers.rights import Estate, StackEstate, document
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.stand_in import Login, serving
from tests.iam import allows
from tests.publishing.stage import ROOT

ACCOUNT = "123456789012"
STATE, REPORTS = f"mtasts-state-{ACCOUNT}", f"mtasts-reports-{ACCOUNT}"
STAGING, PROD = f"mtasts-policies-staging-{ACCOUNT}", f"mtasts-policies-prod-{ACCOUNT}"
ZONE = "Z0123456789EXAMPLECOM"
TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
TRUSTED = {"aud": "sts.amazonaws.com", "sub": "repo:example@123456/mail@456789:environment:{}"}
ISSUER = "127.0.0.1/_services/token"


class Account:
    """The sandbox's AWS account, seen by somebody else's client."""

    def __init__(self, stage):
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", "region_name": "us-east-1"}
        self.s3, self.iam = (
            boto3.client(service, endpoint_url=stage.cloud["AWS_ENDPOINT_URL"], **keys) for service in ("s3", "iam")
        )

    def buckets(self):
        return {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}

    def keys(self, bucket):
        return {each["Key"] for each in self.s3.list_objects_v2(Bucket=bucket).get("Contents", ())}

    def roles(self):
        return {role["RoleName"] for role in self.iam.list_roles()["Roles"]}

    def trust(self, role):
        return self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]

    def policies(self, role):
        names = self.iam.list_role_policies(RoleName=role)["PolicyNames"]
        return {n: self.iam.get_role_policy(RoleName=role, PolicyName=n)["PolicyDocument"] for n in names}

    def audiences(self):
        told = self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        return [
            self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=one["Arn"])["ClientIDList"] for one in told
        ]


@pytest.fixture
def account(stage):
    return Account(stage)


@pytest.fixture
def github():
    with serving(GitHubStandIn()) as server:
        server.tokens[TOKEN] = Login("an-admin")
        yield server


@pytest.fixture
def project(stage, tmp_path):
    """A project of one's own, in the stage's cloud; its state is nowhere yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml", "__main__.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "policies", folder / "policies")
    return folder


def told(run):
    assert run.out, run.err
    return {(line["what"], line["name"], line["more"]) for line in run.json["lines"]}


def named(run, what):
    return {name for kind, name, _ in told(run) if kind == what}


def test_from_nothing_to_a_repository_that_publishes(stage, account, github, project):
    """A plan that changes nothing; done; the same again is nothing; a stack is published by what its role may do."""
    stage.environment.update(github.environment(TOKEN))
    setup = ("setup", "--sandbox", "--project", str(project), "--reviewer", "prod=somebody", "--json")

    plan = stage.mtasts(*setup, "--plan")

    assert (plan.code, plan.json["result"]) == (1, "to do"), plan.err
    assert (account.buckets(), account.roles(), github.environments) == (set(), set(), {})
    done = stage.mtasts(*setup, "--yes")

    assert (done.code, done.json["result"]) == (0, "done"), done.err
    assert account.buckets() == {STATE, REPORTS}
    for bucket in (STATE, REPORTS):
        assert account.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        block = account.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
    assert account.audiences() == [["sts.amazonaws.com"]]
    estate = Estate(ACCOUNT, "mtasts", STATE, REPORTS)
    staging, prod = StackEstate("staging", (ZONE,), STAGING, STAGING), StackEstate("prod", (), PROD, PROD)
    every = document(rights.read(estate, [staging, prod]))
    assert {role: account.policies(role) for role in account.roles()} == {
        "mtasts-preview": {"read": every},
        "mtasts-watch": {"read": every, "watch": document(rights.watch(estate))},
        "mtasts-staging": {
            "read": document(rights.read(estate, [staging])),
            "publish": document(rights.publish(estate, staging)),
        },
        "mtasts-prod": {
            "read": document(rights.read(estate, [prod])),
            "publish": document(rights.publish(estate, prod)),
        },
    }
    for environment in ("preview", "staging", "prod", "watch"):
        (statement,) = account.trust(f"mtasts-{environment}")["Statement"]
        wanted = {f"{ISSUER}:{key}": value.format(environment) for key, value in TRUSTED.items()}
        assert statement["Condition"] == {"StringEquals": wanted}
        assert github.variables[environment]["AWS_ROLE"] == f"arn:aws:iam::{ACCOUNT}:role/mtasts-{environment}"
    assert set(github.environments) == {"preview", "staging", "prod", "watch"}
    assert github.variables[""]["PULUMI_BACKEND_URL"] == f"s3://{STATE}?region=us-east-1"
    assert len(github.rulesets) == 1
    by_hand = named(done, "by hand")
    assert by_hand == {f"secret CLOUDFLARE_API_TOKEN of {name}" for name in ("preview", "staging", "watch")}

    again = stage.mtasts(*setup, "--plan")

    assert (again.code, again.json["result"]) == (0, "as wanted"), again.out
    assert {what for what, _, _ in told(again)} == {"as wanted", "by hand"}
    published = _publish(stage, project)

    assert published.code == 0, published.err
    assert STAGING in account.buckets()
    _only_its_own(account, stage, staging, prod)
    assert stage.mtasts(*setup, "--plan").code == 0
    undo = stage.mtasts(*setup, "--undo")
    assert undo.code == 2
    assert "staging (" in undo.err
    assert "mtasts destroy --stack staging" in undo.err
    assert github.rulesets


def _publish(stage, project):
    """With the state where set-up put it, and the name of the bucket that it chose, as outside of a rehearsal."""
    settings = project / "Pulumi.staging.yaml"
    settings.write_text(settings.read_text().replace("config:\n", f"config:\n  mtasts:policyBucket: {STAGING}\n"))
    backend = f"s3://{STATE}?region=us-east-1"
    stage.environment.update({**stage.cloud, "PULUMI_BACKEND_URL": backend, "AWS_REGION": "us-east-1"})
    return stage.mtasts("up", "--stack", "staging", "--project", str(project), "--yes", "--json")


def _only_its_own(account, stage, staging, prod):
    """Every object of state and policies that was written is allowed to staging's role, and none to prod's."""
    of_setup = ("/foundation.json", "/mtasts/foundation/", "/prod.json", "meta.yaml")
    keys = [key for key in account.keys(STATE) if not any(part in key for part in of_setup)]
    written = [f"arn:aws:s3:::{STATE}/{key}" for key in keys]
    written += [f"arn:aws:s3:::{STAGING}/{key}" for key in account.keys(STAGING)]
    assert len(written) >= 4
    estate = Estate(ACCOUNT, "mtasts", STATE, REPORTS)
    own, other = document(rights.publish(estate, staging)), document(rights.publish(estate, prod))
    assert [arn for arn in written if not allows(own, "s3:PutObject", arn, {})] == []
    assert [arn for arn in written if allows(other, "s3:PutObject", arn, {})] == []
    state = account.s3.get_object(Bucket=STATE, Key=".pulumi/stacks/mtasts/staging.json")["Body"].read()
    resources = json.loads(state)["checkpoint"]["latest"]["resources"]
    (function,) = (each["id"] for each in resources if each["type"] == "aws:cloudfront/function:Function")
    assert function == STAGING


def test_what_others_made_is_taken_over_and_stays(stage, account, github, project):
    """Provider, role and bucket of others; a run that failed goes on; at the end theirs is left, ours is gone."""
    stage.environment.update(github.environment(TOKEN))
    account.s3.create_bucket(Bucket="their-state")
    account.s3.put_object(Bucket="their-state", Key="theirs", Body=b"x")
    account.iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["theirs"], ThumbprintList=[])
    nobody = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
    account.iam.create_role(
        RoleName="mtasts-preview", AssumeRolePolicyDocument=json.dumps(nobody), Description="theirs"
    )
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    account.iam.put_role_policy(RoleName="mtasts-preview", PolicyName="theirs", PolicyDocument=json.dumps(everything))
    setup = ("setup", "--sandbox", "--project", str(project), "--state", "their-state", "--json", "--yes")
    stage.fault("provider-error", "1", "--on", "aws:iam/role:Role.Create")

    failed = stage.mtasts(*setup)

    assert (failed.code, failed.json["result"]) == (1, "failed"), failed.out
    stage.mtasts("sandbox", "fault", "clear")
    done = stage.mtasts(*setup)

    assert (done.code, done.json["result"]) == (0, "done"), done.err
    assert [sorted(one) for one in account.audiences()] == [["sts.amazonaws.com", "theirs"]]
    assert set(account.policies("mtasts-preview")) == {"read", "theirs"}
    assert account.trust("mtasts-preview")["Statement"][0]["Action"] == "sts:AssumeRoleWithWebIdentity"
    said = [more for what, name, more in told(done) if (what, name) == ("by hand", "role mtasts-preview")]
    assert len(said) == 1
    assert "theirs" in said[0]
    assert stage.mtasts(*setup, "--plan").code == 0

    undone = stage.mtasts(*setup, "--undo")

    assert (undone.code, undone.json["result"]) == (0, "done"), undone.err
    assert account.buckets() == {"their-state"}
    states = [key for key in account.keys("their-state") if key.startswith(".pulumi/stacks/")]
    assert [key for key in states if key.endswith(".json")] == []
    assert account.roles() == {"mtasts-preview"}
    assert len(account.audiences()) == 1
    assert (github.environments, github.rulesets) == ({}, {})
    assert "theirs" in account.keys("their-state")
