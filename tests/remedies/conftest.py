"""One published sandbox for all of this folder: each test breaks something in it and leaves it repaired."""

import json

import boto3
import pytest

from mtasts.policy.published_names import policy_key
from tests.publishing.stage import Stage


class Broken(Stage):
    """The stage, and the hands that change things behind the engine's back."""

    def where(self) -> list[str]:
        return ["--stack", "staging", "--sandbox", "--policies", str(self.policies)]

    def run(self, command: str, *words: str):
        """Run a command as it was printed, `mtasts` and all, with where this stage lies."""
        program, verb, *options = command.split()
        assert program == "mtasts", command
        yes = ["--yes"] if verb in {"up", "destroy"} else []
        return self.mtasts(verb, *options, *self.where(), "--json", *yes, *words)

    def record(self, name: str, kind: str, *values: str, ttl: int = 300) -> None:
        done = self.mtasts("sandbox", "record", name, kind, *values, "--ttl", str(ttl))
        assert done.code == 0, done.err

    @property
    def s3(self):
        return boto3.client(
            "s3",
            endpoint_url=self.cloud["AWS_ENDPOINT_URL"],
            region_name=self.cloud["AWS_REGION"],
            aws_access_key_id=self.cloud["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.cloud["AWS_SECRET_ACCESS_KEY"],
        )

    def bucket(self) -> str:
        return self.s3.list_buckets()["Buckets"][0]["Name"]

    def change_policy(self, domain: str, old: bytes, new: bytes) -> None:
        """Another text under the same key, with all that was beside the old one."""
        where = {"Bucket": self.bucket(), "Key": policy_key(domain)}
        found = self.s3.get_object(**where)
        body = found["Body"].read()
        assert old in body
        kept = {name: found[name] for name in ("Metadata", "ContentType", "CacheControl")}
        self.s3.put_object(**where, Body=body.replace(old, new), **kept)

    def delete_policy(self, domain: str) -> None:
        self.s3.delete_object(Bucket=self.bucket(), Key=policy_key(domain))

    def findings(self, domain: str) -> dict[str, dict[str, str]]:
        """What is open in the look at one domain, by check."""
        done = self.mtasts("verify", "--stack", "staging", "--policies", str(self.policies), "--sandbox", "--json")
        assert done.code in (0, 1), done.err
        row = next(one for one in json.loads(done.out)["domains"] if one["domain"] == domain)
        return {one["check"]: one for one in row["findings"] if one["state"] != "pass"}


@pytest.fixture(scope="package")
def broken(tmp_path_factory, engine):
    stage = Broken(tmp_path_factory.mktemp("remedies"))
    stage.environment["MTASTS_ENGINE"] = str(engine)
    stage.environment["MTASTS_READ_BACK_DEADLINE"] = "60"
    stage.start()
    try:
        done = stage.up()
        assert done.code == 0, done.err
        yield stage
    finally:
        stage.stop()
