"""The real engine with unmodified SDK programs, attached to the embedded cloud's provider servers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from mtasts_pulumi.engine.command import Engine
from mtasts_sandbox import client

# The SDK warns of its own deprecated names while it loads.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

Program = Callable[[], None]

# Loaded now: the first touch loads a package of the SDK, which is not safe in the threads that the programs run in.
LOADED = (aws.acm.Certificate, aws.cloudfront.Distribution, aws.route53.Record, aws.s3.Bucket)


class Stage:
    """One stack in a sandbox of its own, and what its last run did."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.sandbox, _ = client.up(folder / "sandbox", ephemeral=True)
        self.sandbox.add_zones([("example.com", "route53", "ZCOM"), ("example.org", "route53", "ZORG")])
        self._options = auto.LocalWorkspaceOptions(
            work_dir=str(folder),
            env_vars=self.sandbox.environment(),
            pulumi_command=Engine(engine),
        )
        self.program: Program = lambda: None
        self.stack = auto.create_or_select_stack("dev", "cloud", program=self._run, opts=self._options)

    def _run(self) -> None:
        self.program()

    def up(self, program: Program, **config: str) -> dict[str, int]:
        """Run; gives the number of resources by what was done to them, the stack itself left out."""
        self.program = program
        for name, value in config.items():
            self.stack.set_config(name.replace("_", ":"), auto.ConfigValue(value))
        changes = self.stack.up(on_output=lambda _: None).summary.resource_changes or {}
        return {str(getattr(what, "value", what)): count for what, count in changes.items()}

    def refuses(self, program: Program) -> str:
        """Run what must fail; gives what was said."""
        with pytest.raises(auto.CommandError) as failed:
            self.up(program)
        return str(failed.value)

    def versions(self) -> list[str]:
        """The version ids of all objects, newest first."""
        environment = self.sandbox.environment()
        s3 = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="x",
            aws_secret_access_key="x",
            region_name="us-east-1",
        )
        (bucket,) = s3.list_buckets()["Buckets"]
        return [each["VersionId"] for each in s3.list_object_versions(Bucket=bucket["Name"])["Versions"]]


@pytest.fixture
def stage(tmp_path, engine):
    stage = Stage(tmp_path, engine)
    yield stage
    client.down(tmp_path / "sandbox")


def publication(text: str = "one", zone: str = "ZCOM", **bucket: Any) -> Program:
    """A bucket with versions, an object in it, and a TXT that comes after the object."""

    def program() -> None:
        made = aws.s3.Bucket("policies", **bucket)
        versions = aws.s3.BucketVersioning(
            "versions", bucket=made.id, versioning_configuration={"status": "Enabled"}, region=bucket.get("region")
        )
        body = aws.s3.BucketObjectv2(
            "body",
            bucket=made.id,
            key="mta-sts.example.com/.well-known/mta-sts.txt",
            content=text,
            content_type="text/plain",
            metadata={"id": text},
            region=bucket.get("region"),
            opts=pulumi.ResourceOptions(depends_on=[versions]),
        )
        aws.route53.Record(
            "txt",
            zone_id=zone,
            name="_mta-sts.example.com" if zone == "ZCOM" else "_mta-sts.example.org",
            type="TXT",
            ttl=300,
            records=[f"v=STSv1; id={text};"],
            opts=pulumi.ResourceOptions(depends_on=[body]),
        )
        pulumi.export("bucket", made.bucket)

    return program


def test_publish_change_and_leave(stage):
    """Nothing to do on a second run; a change is exactly two updates, body first; the end leaves nothing."""
    assert stage.up(publication()) == {"create": 5}
    assert stage.up(publication()) == {"same": 5}
    assert stage.up(publication("two")) == {"same": 3, "update": 2}
    assert len(stage.versions()) == 2
    assert [event["value"] for event in stage.sandbox.events() if event["kind"] == "txt"] == [
        "v=STSv1; id=one;",
        "v=STSv1; id=two;",
    ]
    refreshed = stage.stack.refresh(on_output=lambda _: None).summary.resource_changes
    assert refreshed == {"same": 5}
    stage.stack.destroy(on_output=lambda _: None)
    holds = stage.sandbox.status()["holds"]
    assert (holds["buckets"], holds["names with records"]) == (0, 0)


def test_another_zone_replaces_the_record_only(stage):
    """Created in the new zone, then deleted from the old one."""
    stage.up(publication())
    assert stage.up(publication(zone="ZORG")) == {"same": 4, "replace": 1}
    last = [(event["kind"], event["name"]) for event in stage.sandbox.events()][-2:]
    assert last == [("txt", "_mta-sts.example.org"), ("gone", "_mta-sts.example.com")]


def test_another_region_replaces_what_is_in_it(stage):
    """Bucket, versioning and object are made anew in the other region, by the resource's own or the stack's setting."""
    stage.up(publication(force_destroy=True))
    assert stage.up(publication(force_destroy=True, region="eu-west-1")) == {"same": 2, "replace": 3}
    assert stage.up(publication(force_destroy=True, region="eu-west-1"), aws_region="eu-central-1")["same"] >= 4
    assert stage.up(publication(force_destroy=True))["replace"] == 3


def test_refusals_name_the_resource_and_the_reason(stage):
    """An input the sandbox has not, a zone that is not there, a record of somebody else."""

    def unknown_input() -> None:
        aws.s3.Bucket("policies", acceleration_status="Enabled")

    said = stage.refuses(unknown_input)
    assert "aws:s3/bucket:Bucket resource 'policies'" in said
    assert "the sandbox's aws:s3/bucket:Bucket has no input 'accelerationStatus'" in said
    assert "NoSuchHostedZone: No hosted zone found with ID: ZNONE" in stage.refuses(publication(zone="ZNONE"))
    stage.sandbox.set_records("_mta-sts.example.com", "TXT", ["v=STSv1; id=theirs;"])
    assert "but it already exists" in stage.refuses(publication())
    stage.sandbox.set_records("_mta-sts.example.com", "TXT", [])
    stage.up(publication())


def test_drift_is_found_and_mended(stage):
    """A record changed by hand is seen by a refresh and put back by the next run."""
    stage.up(publication())
    stage.sandbox.set_records("_mta-sts.example.com", "TXT", ["v=STSv1; id=drift;"])
    assert stage.stack.refresh(on_output=lambda _: None).summary.resource_changes == {"same": 4, "update": 1}
    assert stage.up(publication()) == {"same": 4, "update": 1}
    assert stage.sandbox.events()[-1]["value"] == "v=STSv1; id=one;"


def test_an_error_at_each_call_is_survived(stage):
    """Whichever changing call of a rotation fails, the TXT never runs ahead of the body, and a re-run converges."""
    stage.up(publication("start"))
    for call in (1, 2):
        text = f"text{call}"
        stage.sandbox.fault("provider-error", call)
        assert "a fault was set for this call" in stage.refuses(publication(text))
        seen = [event["value"] for event in stage.sandbox.events() if event["kind"] == "txt"]
        assert f"v=STSv1; id={text};" not in seen
        assert stage.up(publication(text)) == {"same": 5 - (3 - call), "update": 3 - call}
        assert stage.sandbox.events()[-1]["value"] == f"v=STSv1; id={text};"
    stage.sandbox.fault("provider-error", 3)
    assert stage.up(publication("last")) == {"same": 3, "update": 2}
    assert [fault["value"] for fault in stage.sandbox.status()["faults"]] == [1.0]


def test_state_and_cloud_agree_after_a_restart(stage, tmp_path):
    """The next run after `down` and `up` finds everything as it was."""
    stage.up(publication())
    versions = stage.versions()
    client.down(tmp_path / "sandbox")
    stage.sandbox, _ = client.up(tmp_path / "sandbox", ephemeral=True)
    stage.stack.workspace.env_vars.update(stage.sandbox.environment())
    assert stage.stack.refresh(on_output=lambda _: None).summary.resource_changes == {"same": 5}
    assert stage.up(publication()) == {"same": 5}
    assert stage.versions() == versions
