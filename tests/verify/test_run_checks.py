"""Findings come to a verdict: failures first, unknown never a pass, a check that crashes never silent."""

from dataclasses import replace

import pytest

from mtasts.verify.findings import Check, Decides, Delivers, Level, State
from mtasts.verify.model import LookOutcome, Trouble
from mtasts.verify.run_checks import CHECKS, judge
from tests.verify.scenes import MX, NOW, change, good, mail_host, probed


def test_failures_come_before_unknowns() -> None:
    """A reader must see first what certainly breaks, whichever check found it."""
    lost = probed(MX[0], "192.0.2.25", Trouble("unreachable-from-here", "no way"), outcome=LookOutcome.UNREACHABLE)
    bad = probed(MX[1], "192.0.2.26", Trouble("starttls-not-supported", "no STARTTLS"))
    seen = judge(change(hosts=(mail_host(MX[0], lost), mail_host(MX[1], bad)))(good()), NOW)
    assert seen.delivers is Delivers.NO
    assert [reason.state for reason in seen.reasons] == [State.FAIL, State.UNKNOWN]
    assert seen.reasons[0].line == "mx2.example.com [192.0.2.26]: no STARTTLS"


def test_a_warning_leaves_delivery_alone_and_is_not_a_pass() -> None:
    """Exit code 1, yet a sender would deliver."""
    seen = judge(change(rua=(replace(good().rua[0], outcome=LookOutcome.FAILED),))(good()), NOW)
    assert (seen.delivers, seen.passed, seen.reasons) == (Delivers.YES, False, ())


def test_a_note_does_not_open_anything() -> None:
    """What is only worth knowing does not fail a run."""
    seen = judge(change(families=("ipv6",))(good()), NOW)
    assert (seen.delivers, seen.passed) == (Delivers.YES, True)


def test_a_check_that_crashes_is_unknown_and_hides_no_other() -> None:
    """Its bug is named; a blocking check that crashed leaves no yes."""

    def crash(view: object) -> list[object]:
        raise ZeroDivisionError("a bug")

    broken = Check("broken", Level.BLOCK, "ours", "t", "r", crash, Decides.POLICY)  # type: ignore[arg-type]
    seen = judge(good(), NOW, checks=(broken, *CHECKS))
    assert seen.delivers is Delivers.CANNOT_TELL
    assert [f.line for f in seen.findings if f.code == "check-failed"] == [
        "the check itself failed: ZeroDivisionError: a bug"
    ]
    assert len({f.check for f in seen.findings}) == len(CHECKS) + 1


def test_the_remedy_belongs_to_the_code() -> None:
    """Not the check's general advice where the trouble has its own fix."""
    bad = probed(MX[1], "192.0.2.26", Trouble("certificate-self-signed", "the certificate is self-signed"))
    seen = judge(change(hosts=(good().hosts[0], mail_host(MX[1], bad)))(good()), NOW)
    assert seen.reasons[0].remedy == "Get one from a public CA for exactly this host name."


def test_what_blocks_decides_a_criterion() -> None:
    """A check that stopped mail and no step towards enforce would be worth nothing."""
    with pytest.raises(ValueError, match="check idle blocks, but decides no criterion"):
        Check("idle", Level.BLOCK, "ours", "t", "r", lambda view: ())
    assert {check.decides for check in CHECKS} == set(Decides)
