"""Domains that share a host: what befalls one of them is its own affair, and the certificate in use stays."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mtasts.policy.policy_id import belongs
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run, Stage

FIRST, SECOND, THIRD, NEW = "example.com", "example.net", "example.org", "example.edu"
LIVING = (FIRST, SECOND, THIRD)
GROUP = "fleet"


def route53(zone: str) -> dict[str, str]:
    return {"provider": "route53", "zone": zone}


class Fleet(Stage):
    """Three domains that share a host; DNS is kept for a fourth, whose right zone is ZNEW."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        for domain in (FIRST, SECOND):
            self.edit(domain, host_group=GROUP, mode="enforce", max_age="1d")
        self.add(THIRD, like=FIRST, dns=route53("ZTHIRD"))

    def start(self) -> None:
        super().start()
        self.sandbox("zone", "add", NEW, "route53", "ZNEW")

    def sandbox(self, *words: str) -> None:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err

    def newcomer(self, zone: dict[str, str]) -> None:
        self.add(NEW, like=THIRD, mode="testing", dns=zone)

    def plain(self) -> Run:
        """`pulumi up --continue-on-error` and no `mtasts` at all."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.publishing.targeted", "staging", self.environment["MTASTS_ENGINE"]],
            cwd=ROOT,
            env=self.environment
            | self.cloud
            | {"MTASTS_POLICIES": str(self.policies), "PULUMI_CONTINUE_ON_ERROR": "true"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def begin(self) -> "subprocess.Popen[str]":
        """`mtasts up`, going on."""
        return subprocess.Popen(
            self.command(*self.words("up")),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def serves(self, domain: str, mode: str) -> bool:
        """Whether it serves the mode, and its TXT names that very text."""
        body = self.body(domain).decode()
        return f"mode: {mode}\r\n" in body and belongs(self.id(domain), body) is True

    def in_order(self, domain: str, since: int) -> list[str]:
        """What became visible of a domain's policy since an event, body and TXT only."""
        kinds = {f"mta-sts.{domain}": "body", f"_mta-sts.{domain}": "txt"}
        return [event["kind"] for event in self.events()[since:] if kinds.get(event["name"]) == event["kind"]]

    def say_served_by(self, distribution: str) -> None:
        """Have the outputs in the engine's state name another distribution of the host group."""
        backend = Path(self.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
        (path,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
        state = json.loads(path.read_text())
        resources = state["checkpoint"]["latest"]["resources"]
        stack = next(entry for entry in resources if entry["type"] == "pulumi:pulumi:Stack")
        stack["outputs"]["hosts"][GROUP]["distribution"] = distribution
        path.write_text(json.dumps(state))

    def served_names(self) -> list[str]:
        names: list[str] = self.outputs()["hosts"][GROUP]["names"]
        return names


def until(seen: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Until it is seen; a process that ends before is wrong."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_said(process: "subprocess.Popen[str]", word: str) -> None:
    """Until a line of its stderr holds the word."""
    for line in process.stderr or ():
        if word in line:
            return
    raise AssertionError(f"it never said {word!r}")


def fates(done: Run) -> dict[str, tuple[str, bool, list[str]]]:
    return {row["domain"]: (row["op"], row["failed"], row["because"]) for row in done.json["domains"]}


@pytest.fixture
def fleet(tmp_path, engine, monkeypatch):
    """Published."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    fleet = Fleet(tmp_path)
    fleet.start()
    done = fleet.up()
    assert done.code == 0, done.err
    yield fleet
    fleet.stop()


@pytest.mark.engines
def test_a_newcomer_whose_zone_is_gone(fleet):
    """One member is rolled back, one gets another text, one does not change: each is published, or left alone."""
    ids = {domain: fleet.id(domain) for domain in LIVING}
    fleet.newcomer(route53("ZNOTTHERE"))
    fleet.edit(FIRST, mode="testing")
    fleet.edit(SECOND, max_age="2w")
    since = len(fleet.events())

    planned = fleet.preview()
    done = fleet.up()
    again = fleet.up()

    assert planned.code == 0, planned.err
    assert {domain: op for domain, (op, _, _) in fates(planned).items()} == {
        FIRST: "update", SECOND: "update", THIRD: "same", NEW: "create"
    }  # fmt: skip
    assert done.code == again.code == 1
    assert fates(done) == {
        FIRST: ("update", False, []),
        SECOND: ("update", False, []),
        THIRD: ("same", False, []),
        NEW: ("create", True, [f"{NEW}-tls-rpt", f"{NEW}-validation"]),
    }
    assert {domain: fate for domain, fate in fates(again).items() if domain != NEW} == dict.fromkeys(
        LIVING, ("same", False, [])
    )
    assert any(
        f"{NEW}-validation: its DNS zone is not there" in problem["message"] for problem in done.json["problems"]
    )
    for domain, mode in ((FIRST, "testing"), (SECOND, "enforce"), (THIRD, "enforce")):
        assert fleet.serves(domain, mode)
        assert fleet.in_order(domain, since) == ([] if domain == THIRD else ["body", "txt"])
        assert (fleet.id(domain) == ids[domain]) is (domain == THIRD)
    assert fleet.served_names() == list(LIVING)
    assert fleet.txt(NEW) is None
    assert NEW not in fleet.outputs()["domains"]  # skipped, although the engine answers the program as if it was made

    # and with plain Pulumi: an urgent roll-back, while the newcomer is as wrong as before
    fleet.edit(SECOND, mode="testing")
    plain = fleet.plain()
    assert plain.code == 1
    assert fleet.serves(SECOND, "testing"), plain.out

    fleet.newcomer(route53("ZNEW"))
    repaired = fleet.up()
    assert repaired.code == 0, repaired.err
    assert fleet.serves(NEW, "testing")
    assert fleet.served_names() == sorted([*LIVING, NEW])

    # What the outputs say of the host is not so, as when the distribution is made anew: healed by the next run.
    fleet.say_served_by("dgone.cloudfront.net")
    astray, healed = fleet.up(), fleet.up()
    assert astray.code == 1
    assert healed.code == 0, healed.err
    assert fleet.serves(SECOND, "testing")
    assert set(fleet.preview().json["changes"]) == {"same"}


def test_a_newcomer_whose_records_are_refused_and_a_member_that_leaves(fleet):
    """It is taken back; then a member leaves while another is rolled back. No certificate in use is touched."""
    fleet.newcomer({"provider": "cloudflare", "zone": "0123456789abcdef01234567000000ff"})
    fleet.sandbox("zone", "add", NEW, "cloudflare", "0123456789abcdef01234567000000ff")
    fleet.sandbox("zone", "delegate", NEW, "0123456789abcdef01234567000000ff")
    fleet.edit(FIRST, mode="testing")
    fleet.edit(THIRD, mode="none")
    fleet.fault("access-denied", "--on", "cloudflare:*")
    done = fleet.up()
    fleet.fault("clear")

    assert done.code == 1
    assert {domain: failed for domain, (_, failed, _) in fates(done).items()} == dict.fromkeys(LIVING, False) | {
        NEW: True
    }
    assert fleet.serves(FIRST, "testing")
    assert fleet.serves(THIRD, "none")

    fleet.remove(NEW)
    taken_back = fleet.up()
    assert taken_back.code == 0, taken_back.err
    assert fleet.served_names() == list(LIVING)
    assert set(fleet.preview().json["changes"]) == {"same"}

    # It leaves before its date; one that stays is rolled forward. The engine may not go on to take the certificate.
    fleet.remove(THIRD)
    fleet.edit(FIRST, mode="enforce")
    early = fleet.up()
    assert early.code == 1
    assert fates(early)[FIRST] == ("update", False, [])
    assert fates(early)[SECOND] == ("same", False, [])
    assert fleet.serves(FIRST, "enforce")
    assert "ResourceInUse" not in early.out
    assert fleet.served_names() == list(LIVING)

    # And at last, with a distribution that cannot be updated: nothing is deleted, and the next run does it all.
    fleet.fault("provider-error", "1", "--on", "aws:cloudfront/distribution:Distribution.Update")
    fleet.edit(FIRST, mode="testing")
    failed = fleet.up("--remove-before-date", THIRD)
    assert failed.code == 1
    assert fleet.serves(FIRST, "testing")
    assert fates(failed)[FIRST] == ("update", False, [])
    assert not [step for step in failed.json["shared"] if step["op"] == "delete"]
    assert fleet.txt(THIRD) is not None
    last = fleet.up("--remove-before-date", THIRD)
    assert last.code == 0, last.err
    assert fleet.txt(THIRD) is None
    assert fleet.served_names() == [FIRST, SECOND]
    assert set(fleet.preview().json["changes"]) == {"same"}


def test_a_newcomer_whose_certificate_is_not_issued(fleet):
    """Its zone is not the one that answers. The others are done while the run waits; what ends it leaves no harm."""
    fleet.newcomer(route53("ZOTHER"))
    fleet.sandbox("zone", "add", NEW, "route53", "ZOTHER")
    fleet.fault("validation-wait", "1")
    fleet.edit(FIRST, mode="testing")
    timed_out = fleet.up()
    assert timed_out.code == 1
    assert fates(timed_out)[NEW] == ("create", True, [f"{GROUP}-certificate-validation"])
    assert {domain: fate for domain, fate in fates(timed_out).items() if domain != NEW} == {
        FIRST: ("update", False, []),
        SECOND: ("same", False, []),
        THIRD: ("same", False, []),
    }
    assert any("ACM did not see the validation record" in problem["message"] for problem in timed_out.json["problems"])
    assert fleet.serves(FIRST, "testing")

    fleet.remove(NEW)
    taken_back = fleet.up()
    assert taken_back.code == 0, taken_back.err
    assert fleet.served_names() == list(LIVING)

    # SIGTERM is what Ctrl-C is; a shell's background jobs ignore SIGINT.
    fleet.newcomer(route53("ZOTHER"))
    fleet.fault("validation-wait", str(PATIENCE))
    fleet.edit(FIRST, mode="enforce")
    waiting = fleet.begin()
    until(lambda: fleet.serves(FIRST, "enforce"), waiting)
    waiting.send_signal(signal.SIGTERM)
    until_said(waiting, "interrupted")
    fleet.sandbox("zone", "delegate", NEW, "ZOTHER")
    _, err = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 130, err
    assert fleet.txt(NEW) is None

    done = fleet.up()
    assert done.code == 0, done.err
    assert fleet.serves(NEW, "testing")
    assert fleet.served_names() == sorted([*LIVING, NEW])
    assert set(fleet.preview().json["changes"]) == {"same"}


def test_domains_of_a_failed_host_have_failed(stage):
    """Two members of a host group whose distribution cannot be made, beside a domain that is published already."""
    stage.remove("example.com")
    first = stage.up()
    stage.add("b.example.net", like="example.net", host_group="fleet")
    stage.add("c.example.net", like="example.net", host_group="fleet")
    stage.fault("provider-error", "1", "--on", "aws:cloudfront/distribution:Distribution.Create")
    done = stage.up()

    assert first.code == 0, first.err
    assert done.code == 1
    assert {row["domain"]: (row["failed"], row["because"]) for row in done.json["domains"]} == {
        "b.example.net": (True, ["fleet-distribution"]),
        "c.example.net": (True, ["fleet-distribution"]),
        "example.net": (False, []),
    }
    assert stage.txt("b.example.net") is None
