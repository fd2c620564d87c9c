"""A policy host that another CloudFront distribution has, on the real engine: it moves, and senders see one policy."""

import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run, Stage

FIRST, SECOND = "example.com", "example.net"  # Route 53, Cloudflare
ID = "20240101000000Z"
RECORD = f"v=STSv1; id={ID};"
TEXTS = {
    FIRST: "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmx: mx2.example.com\r\nmax_age: 86400\r\n",
    # As somebody has written it: senders take it, we would write it otherwise.
    SECOND: "version: STSv1\nmode: testing\nmx: *.mail.example.net\nmax_age: 86400\n",
}
MAIL = {FIRST: ("mx1.example.com", "mx2.example.com"), SECOND: ("eu1.mail.example.net",)}


class Elsewhere(Stage):
    """Both domains of a host group are served by distributions that somebody made by hand in the same account."""

    def start(self) -> None:
        super().start()
        self.made = {}
        for domain, text in TEXTS.items():
            path = self.policies.parent / f"{domain}.txt"
            path.write_bytes(text.encode())
            record = "alias" if domain == FIRST else "cname"
            words = ("distribution", "add", f"mta-sts.{domain}", "--policy", str(path), "--record", record)
            id_, own = self.sandbox(*words).out.split()
            self.made[domain] = (id_, own)
            self.sandbox("record", f"_mta-sts.{domain}", "TXT", RECORD)
            for host in MAIL[domain]:
                self.sandbox("mail", "add", host)
            self.sandbox("record", domain, "MX", *(f"10 {host}." for host in MAIL[domain]))
            adopted = {"id": ID, "seen": "2026-03-14T00:00:00Z", "text": text}
            self.edit(domain, host_group="fleet", max_age="1d", adopted=adopted)
        acm = self.aws("acm")
        for each in acm.list_certificates()["CertificateSummaryList"]:
            told = acm.describe_certificate(CertificateArn=each["CertificateArn"])["Certificate"]
            for option in told["DomainValidationOptions"]:
                if option["DomainName"].endswith(SECOND):
                    # Somebody has cleaned up after the certificate was issued.
                    self.sandbox("record", option["ResourceRecord"]["Name"].rstrip("."), "CNAME")

    def sandbox(self, *words: str) -> Run:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err
        return done

    def adopt(self, *words: str) -> Run:
        return self.mtasts(*self.adopting(), *words)

    def adopting(self) -> list[str]:
        return ["adopt", *TEXTS, "--stack", "staging", "--sandbox", "--policies", str(self.policies), "--json"]

    def prepare(self) -> None:
        """What `adopt` does before a name moves."""
        words = [sys.executable, "-m", "tests.publishing.prepared", str(self.policies), *TEXTS]
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr

    def killed_once_moved(self) -> None:
        """`adopt`, killed when a name is seen to be at our distribution."""
        words = self.command(*self.adopting())
        running = subprocess.Popen(words, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE)
        before = {id_ for id_, _ in self.made.values()}
        deadline = time.monotonic() + PATIENCE
        while not any(aliases for id_, aliases in self.holders().items() if id_ not in before):
            assert running.poll() is None
            assert time.monotonic() < deadline
        running.kill()
        running.communicate()

    def aws(self, service: str):
        import boto3

        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        named = dict(zip(("aws_access_key_id", "aws_secret_access_key"), map(self.cloud.get, keys), strict=True))
        return boto3.client(service, endpoint_url=self.cloud["AWS_ENDPOINT_URL"], region_name="us-east-1", **named)

    def holders(self) -> dict[str, list[str]]:
        """Each distribution's aliases."""
        found = self.aws("cloudfront").list_distributions()["DistributionList"]["Items"]
        return {each["Id"]: sorted(each["Aliases"].get("Items", [])) for each in found}

    def ours(self) -> str:
        """The id of the one distribution that this stack has made."""
        (found,) = self.holders().keys() - {id_ for id_, _ in self.made.values()}
        return found


class Sender:
    """Asks for record and policy of both domains all the time, from a process of its own."""

    def __init__(self, stage: Elsewhere) -> None:
        self._stage, self._path = stage, stage.state.with_name("seen.jsonl")
        self._stop = multiprocessing.get_context("fork").Event()
        self._process = multiprocessing.get_context("fork").Process(target=self._look, daemon=True)

    def __enter__(self) -> "Sender":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join(PATIENCE)
        # RFC 8461 s3.1: what does not begin with the version is discarded; one has to be left.
        sights = [json.loads(line) for line in self._path.read_text().splitlines(keepends=True) if line.endswith("\n")]
        assert len(sights) > 10
        for domain, texts, body in sights:
            counted = [text for text in texts if text.startswith("v=STSv1;")]
            assert (counted, body) == ([RECORD], TEXTS[domain]), domain

    def _look(self) -> None:
        with self._path.open("w") as file:
            while not self._stop.is_set():
                for domain in TEXTS:
                    try:
                        seen = [domain, self._stage.txts(f"_mta-sts.{domain}"), self._stage.body(domain).decode()]
                    except Exception as error:
                        seen = [domain, [], repr(error)]
                    file.write(json.dumps(seen) + "\n")
                    file.flush()
                time.sleep(0.01)


@pytest.fixture
def elsewhere(tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Elsewhere(tmp_path)
    stage.start()
    yield stage
    stage.stop()


def test_two_names_move_and_senders_see_one_policy(elsewhere: Elsewhere) -> None:
    """Killed as soon as the first name has moved; the next run finishes it, moves the other, and publishes both."""
    with Sender(elsewhere):
        refused = elsewhere.up()
        assert refused.code == 1
        assert "`mtasts adopt DOMAIN`" in refused.err, refused.err
        elsewhere.killed_once_moved()

        done = elsewhere.adopt()

        assert done.code == 0, done.err
        assert elsewhere.holders()[elsewhere.ours()] == ["mta-sts.example.com", "mta-sts.example.net"]
        assert [elsewhere.holders()[id_] for id_, _ in elsewhere.made.values()] == [[], []]
        assert [elsewhere.txts(f"_mta-sts.{domain}") for domain in TEXTS] == [[RECORD], [RECORD]]
        again = elsewhere.adopt()
        assert again.code == 0, again.err
        assert "until now" not in again.err

    id_, own = elsewhere.made[SECOND]
    assert f"CloudFront distribution {id_} ({own}) has no name any more; disable and delete it" in done.err
    assert elsewhere.outputs()["hosts"]["fleet"]["names"] == [FIRST, SECOND]


def test_names_go_back_when_ours_serves_something_else(elsewhere: Elsewhere) -> None:
    """The bucket does not let our distribution read: seen only once the name is here. Then it is put right."""
    elsewhere.prepare()
    s3, bucket = elsewhere.aws("s3"), elsewhere.outputs()["bucket"]
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)

    refused = elsewhere.adopt()

    assert refused.code == 1
    for domain, (id_, _) in elsewhere.made.items():
        moved = f"mta-sts.{domain} was moved to {elsewhere.ours()} and at once back to {id_}: the new one did not serve"
        assert moved in refused.err
        assert elsewhere.holders()[id_] == [f"mta-sts.{domain}"]
        assert elsewhere.body(domain).decode() == TEXTS[domain]
        assert elsewhere.txts(f"_mta-sts.{domain}") == [RECORD]

    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    done = elsewhere.adopt()
    assert done.code == 0, done.err
    assert elsewhere.holders()[elsewhere.ours()] == ["mta-sts.example.com", "mta-sts.example.net"]


def test_a_strangers_name_is_not_touched(stage: Stage, tmp_path: Path) -> None:
    """Said in the plan, with the order of what its owner has to do; nothing is written or changed."""
    path = tmp_path / "policy.txt"
    path.write_bytes(TEXTS[FIRST].encode())
    stage.remove(FIRST)
    for words in (
        ("distribution", "add", f"mta-sts.{FIRST}", "--policy", str(path), "--account", "other", "--record", "cname"),
        ("record", f"_mta-sts.{FIRST}", "TXT", RECORD),
        ("mail", "add", "mx1.example.com"),
        ("mail", "add", "mx2.example.com"),
        ("record", FIRST, "MX", "10 mx1.example.com.", "10 mx2.example.com."),
    ):
        done = stage.mtasts("sandbox", *words)
        assert done.code == 0, done.err

    refused = stage.mtasts(
        "adopt", FIRST, "--stack", "staging", "--sandbox", "--policies", str(stage.policies), "--json"
    )

    assert refused.code == 1, refused.err
    (told,) = refused.json["domains"]
    assert [each["code"] for each in told["obstacles"]] == ["alias-elsewhere"]
    assert "have the other account's owner take mta-sts.example.com off its aliases" in refused.err
    assert not (stage.policies / "staging" / f"{FIRST}.yaml").exists()
    assert stage.txts(f"_mta-sts.{FIRST}") == [RECORD]
    assert stage.body(FIRST).decode() == TEXTS[FIRST]
