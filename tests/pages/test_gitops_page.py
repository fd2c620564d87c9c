"""docs/gitops.md names every job, variable and secret; its samples are policies that AWS would read."""

import json
import re
from pathlib import Path

import pytest

from tests.workflows.steps import ROOT, WORKFLOWS, workflow

PAGE = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
POLICIES = sorted((ROOT / "docs" / "examples" / "aws").glob("*.json"))


@pytest.mark.parametrize("name", ["preview", "deploy", "watch"])
def test_every_job_is_in_the_table(name: str) -> None:
    """In the order of the file."""
    rows = re.search(rf"\| {name}\.yml(.+?)(?=\n\| \w+\.yml|\n\n)", PAGE, re.DOTALL)
    assert rows
    jobs = [line.split("|")[-4].strip().strip("`") for line in rows[0].splitlines()]
    assert jobs == list(workflow(name)["jobs"])


def test_every_setting_is_explained() -> None:
    """What a workflow takes from the repository is in the table of variables and secrets, and the other way round."""
    used = {
        found
        for name in ("preview", "deploy", "watch")
        for found in re.findall(r"(?:vars|secrets)\.([A-Z_]+)", (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    }
    table = PAGE.partition("### 4. Variables")[2].partition("###")[0]
    told = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}

    assert told == used


def test_every_environment_is_explained() -> None:
    """With its protection, and its role; `staging` and `prod` stand for those that are called as a stack is."""
    used = {
        env
        for name in ("preview", "deploy", "watch")
        for job in workflow(name)["jobs"].values()
        if (env := job.get("environment")) and env != "${{ matrix.stack }}"
    } | {"staging", "prod"}
    for title in ("### 2. Roles", "### 5. Environments"):
        section = PAGE.partition(title)[2].partition("###")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == used


def test_links_lead_somewhere() -> None:
    """Files, and headings of this page."""
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.+)", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGE):
        path, _, heading = target.partition("#")
        assert (ROOT / "docs" / path).exists(), target
        assert not heading or heading in headings, target


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_the_samples_allow_what_there_is(path: Path) -> None:
    """Each statement has a name of its own; no action is a wildcard, and each is one of its service's."""
    from botocore.session import get_session

    statements = json.loads(path.read_text(encoding="utf-8"))["Statement"]
    assert len({statement["Sid"] for statement in statements}) == len(statements)
    for statement in statements:
        assert statement["Effect"] == ("Deny" if statement["Sid"] == "NeverTheLedger" else "Allow")
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in actions:
            service, name = action.split(":")
            # S3's rights are not named as its calls are.
            if service != "s3":
                assert name in get_session().get_service_model(service).operation_names, action
            else:
                assert re.fullmatch(r"(?:Get|List|Put|Delete|Create|Tag|Untag)[A-Za-z]+", name), action


def test_reading_cannot_write() -> None:
    """The role that any branch may use."""
    (read,) = [json.loads(path.read_text(encoding="utf-8")) for path in POLICIES if path.stem == "read"]
    for statement in read["Statement"]:
        assert all(re.search(r":(?:Get|List|Describe)", action) for action in statement["Action"])


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_publishing_cannot_touch_mail_or_the_ledger(stack: str) -> None:
    """No MX record, no other name; no bucket and no version of an object is deleted."""
    (publish,) = [json.loads(path.read_text(encoding="utf-8")) for path in POLICIES if path.stem == f"publish-{stack}"]
    by_name = {statement["Sid"]: statement for statement in publish["Statement"] if statement["Effect"] == "Allow"}
    condition = by_name["RecordsOfMtaStsOnly"]["Condition"]

    assert condition == {
        "ForAllValues:StringLike": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                "_mta-sts.*",
                "_smtp._tls.*",
                "mta-sts.*",
                "_*.mta-sts.*",
            ]
        },
        "ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": ["TXT", "CNAME", "A", "AAAA"]},
        "Null": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": "false",
            "route53:ChangeResourceRecordSetsRecordTypes": "false",
        },
    }
    text = json.dumps(list(by_name.values()))
    assert 'DeleteBucket"' not in text
    assert "DeleteObjectVersion" not in text
