"""Pull requests that must not be merged: the gate's own step closes it, with the right reason in the first line."""

import html
from collections.abc import Mapping

import pytest

from tests.gitops.scene import BACKUP, Scene

pytestmark = [pytest.mark.xdist_group("gitops"), pytest.mark.needs("namespaces")]

Files = Mapping[str, str | None]


def first_line(scene: Scene, name: str, files: Files) -> str:
    """What a reviewer reads first about a change of these files, after the gate has closed; as it is rendered."""
    run, left = scene.gate(scene.propose(name, files))

    assert run.results["Gate"].returncode == 1, run.results["Gate"]
    assert run.results["Show"].returncode == 0, run.results["Show"]
    assert {part["stack"]: part["state"] for part in left["parts"]} == {"prod": "blocked", "staging": "nothing"}
    return html.unescape(run.summary.splitlines()[0]).replace("\u200b", "").replace("**", "")


def flipped(scene: Scene, domain: str, more: str = "") -> Files:
    """The domain's file with the mode flipped, and perhaps more."""
    return {domain: scene.yaml(domain).replace("mode: testing", "mode: enforce") + more}


def test_silence(scene: Scene) -> None:
    """No reports at all is not enough evidence, never a pass."""
    said = first_line(scene, "silence", flipped(scene, "silent.example"))

    assert said.startswith("⛔ Rehearsal as of ")
    assert ": silent.example, testing -> enforce: not now. enforce-unproven: the verdict is not ready: " in said
    assert "reporters: 2 more reporters to go" in said
    assert "no counted report at all" in said
    assert "the owner (mail team) to approve" in said


def test_only_no_policy_found(scene: Scene) -> None:
    """Reporters who never saw the policy say nothing about it, whatever they delivered."""
    said = first_line(scene, "unfetched", flipped(scene, "unfetched.example"))

    assert "unfetched.example, testing -> enforce: not now. enforce-unproven: " in said
    assert "days: 7 more days to go; reporters: 2 more reporters to go; sessions: 100 more sessions to go" in said


def test_one_bad_mx(scene: Scene) -> None:
    """Good reports of the last fortnight do not outweigh an MX host whose certificate has ended since."""
    scene.fault("mx-expired", "--on", BACKUP)
    try:
        said = first_line(scene, "bad-mx", flipped(scene, "fine.example"))
    finally:
        scene.fault("clear")

    assert "fine.example, testing -> enforce: not now. enforce-unproven: the verdict is not ready: " in said
    assert BACKUP in said
    assert "expired" in said


def test_a_pull_request_that_lowers_its_own_threshold(scene: Scene) -> None:
    """One reporter is enough, says the change; two are needed, says the base, and that counts."""
    lowered = "rollout:\n  reporters: 1\n  sessions: 1\n"
    said = first_line(scene, "lower", flipped(scene, "thin.example", lowered))

    assert "thin.example, testing -> enforce: not now. enforce-unproven: " in said
    assert "reporters: 1 more reporter to go" in said


def test_a_pull_request_that_waives_its_own_failure(scene: Scene) -> None:
    """A waiver counts from the merge on: it is not there yet, and the failure is."""
    until = f"{scene.day(60):%Y-%m-%d}"
    waiver = f"{{result_type: certificate-expired, reason: It was renewed., until: {until}}}"
    said = first_line(scene, "waive", flipped(scene, "failing.example", f"rollout:\n  waivers: [{waiver}]\n"))

    assert "failing.example, testing -> enforce: not now. enforce-unproven: " in said
    assert "certificate-expired" in said
    assert "mx2.example.com" in said


def test_an_mx_removed_too_early(scene: Scene) -> None:
    """A pattern goes while its host is in DNS: enforcing senders would refuse that host."""
    shrunk = scene.yaml("steady.example").replace("  - mx2.example.com\n", "")
    said = first_line(scene, "shrink", {"steady.example": shrunk})

    assert "steady.example, mx - mx2.example.com: not now. mx-removed-too-early: " in said
    assert "mx2.example.com is removed while MX host mx2.example.com is still in DNS" in said


def test_a_domain_file_deleted(scene: Scene) -> None:
    """Senders hold the policy: taking it away is no way out of it (RFC 8461 s8.3)."""
    said = first_line(scene, "delete", {"steady.example": None})

    assert "steady.example, removal: not now. removal-mode: steady.example is removed in mode enforce" in said


def test_the_worst_of_several_leads(scene: Scene) -> None:
    """One good flip beside a bad one does not hide it, and the good one may not pass with it."""
    said = first_line(scene, "both", {**flipped(scene, "fine.example"), **flipped(scene, "silent.example")})

    assert ": silent.example, testing -> enforce: not now. enforce-unproven: " in said
    assert "fine.example" not in said
