"""A published domain that moves between zones, and somebody who asks for its records all the while."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tests.patience import PATIENCE
from tests.publishing.processes import kill_with_children
from tests.publishing.stage import ROOT, Run, Stage

DOMAIN = "example.com"
FIRST = {"provider": "route53", "zone": "Z0123456789EXAMPLECOM"}
SECOND = {"provider": "route53", "zone": "ZSECOND"}
THIRD = {"provider": "cloudflare", "zone": "0123456789abcdef0123456789abcdaa"}
MARK = f"_mta-zone.{DOMAIN}"


class Moving:
    """The staging stack with one enforced domain, in a project of its own whose settings a test may change."""

    def __init__(self, stage: Stage, project: Path) -> None:
        self.stage = stage
        self.project = project
        project.mkdir()
        for name in ("Pulumi.yaml", "__main__.py"):
            (project / name).symlink_to(ROOT / name)
        self.keep_old_delegation_for(172_800)

    def begin(self) -> None:
        """Publish it in the first zone; there are two more, and the delegation leads to the first."""
        self.stage.remove("example.net")
        self.stage.edit(DOMAIN, mode="enforce", max_age="1d")
        done = self.run()
        assert done.code == 0, done.err
        for zone in (SECOND, THIRD):
            self.zone("add", zone)
        self.zone("delegate", FIRST)

    def keep_old_delegation_for(self, seconds: int, region: str = "eu-central-1") -> None:
        settings = f"config:\n  aws:region: {region}\n  mtasts:delegationTtl: {seconds}\n"
        (self.project / "Pulumi.staging.yaml").write_text(settings)

    def words(self, verb: str) -> list[str]:
        return [*self.stage.words(verb), "--project", str(self.project)]

    def run(self, verb: str = "up", *more: str) -> Run:
        return self.stage.mtasts(*self.words(verb), *more)

    def refused(self, *words: str) -> None:
        """By preview and up alike, before anything is touched; with other domains beside it, as --strict has it."""
        before = self.stage.events()
        for verb in ("preview", "up"):
            done = self.run(verb, "--strict")
            assert done.code == 1, (verb, done.err)
            assert "mtasts: 1 problem in policies; nothing was touched" in done.err
            for word in words:
                assert word in done.err, (verb, done.err)
        assert self.stage.events() == before

    def write(self, dns: dict, leaving: dict | None = None) -> None:
        self.stage.edit(DOMAIN, dns={**dns, **({"leaving": leaving} if leaving else {})})

    def zone(self, verb: str, dns: dict) -> None:
        words = ("delegate", DOMAIN, dns["zone"]) if verb == "delegate" else ("add", DOMAIN, *dns.values())
        done = self.stage.mtasts("sandbox", "zone", *words)
        assert done.code == 0, done.err

    def records(self, dns: dict) -> dict[tuple[str, str], object]:
        """What a Route 53 zone holds, whether or not the delegation leads to it."""
        client = boto3.client(
            "route53",
            endpoint_url=self.stage.cloud["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        found = client.list_resource_record_sets(HostedZoneId=dns["zone"])["ResourceRecordSets"]
        return {
            (each["Name"].rstrip("."), each["Type"]): each.get("ResourceRecords", each.get("AliasTarget"))
            for each in found
            if each["Type"] not in ("NS", "SOA")
        }

    @contextmanager
    def asked_all_the_time(self) -> Iterator[None]:
        """Somebody asks for the TXT and fetches the policy, all the time, and must always find both."""
        missed: list[str] = []
        asked, done = [], threading.Event()

        def ask() -> None:
            while not done.is_set():
                asked.append(self.stage.txts(f"_mta-sts.{DOMAIN}"))
                if len(asked[-1]) != 1:
                    missed.append(f"TXT {asked[-1]}")
                if not self.stage.addresses(f"mta-sts.{DOMAIN}"):
                    missed.append("no address of the policy host")
                done.wait(0.02)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(PATIENCE)
        assert not missed, missed[:3]
        assert len(asked) > 3
        assert len({texts[0] for texts in asked}) == 1, "the id changed though the text did not"


def killed_when(moving: Moving, seen: Callable[[], object]) -> None:
    """Begin an update, and kill all of it as soon as something is seen."""
    run = subprocess.Popen(
        moving.stage.command(*moving.words("up")),
        cwd=ROOT,
        env=moving.stage.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not seen():
        assert run.poll() is None, "it ended before"
    kill_with_children(run)
    run.wait(PATIENCE)
