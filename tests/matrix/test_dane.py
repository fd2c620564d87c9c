"""DANE on real servers: what `mtasts verify` says beside what a real Postfix does, situation by situation."""

import json
from typing import Any

import pytest

from tests.matrix.dane import ROWS, SITUATIONS, Row
from tests.matrix.lab import NEEDS, Lab, deliver, mtasts

# One process must hold the lab: with xdist all tests of the group go to one worker.
pytestmark = [pytest.mark.xdist_group("matrix"), pytest.mark.needs(*NEEDS)]

Answers = dict[str, dict[str, Any]]
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.situation.name)


@pytest.fixture(scope="module")
def postfix(lab: Lab) -> dict[str, tuple[str, str]]:
    """How a delivery by Postfix with the level dane ends, by domain, and its log line."""
    return deliver(lab, [situation.domain for situation in SITUATIONS])


def codes(entry: dict[str, Any], *, notes: bool) -> set[str]:
    """The codes of what failed or is unknown, of notes or of all above them."""
    found = [f for f in entry["findings"] if f["state"] in ("fail", "unknown")]
    return {f["code"] for f in found if (f["level"] == "note") is notes}


@each_row
def test_what_we_say(ours: Answers, row: Row) -> None:
    """The verdict, exactly the findings expected, and exactly the notes."""
    entry, situation = ours[row.situation.domain], row.situation
    said = (entry["would_deliver_in_enforce"], codes(entry, notes=False), codes(entry, notes=True))
    # Where the servers are, no sender of the internet could reach them.
    assert said == (situation.delivers, set(situation.codes), {*row.notes, "not-public"})


@each_row
def test_what_postfix_does(postfix: dict[str, tuple[str, str]], row: Row) -> None:
    """The expectation of ours rests on what a sender really does."""
    how, line = postfix[row.situation.domain]
    assert how == row.postfix, line


@each_row
def test_a_host_that_postfix_leaves_is_never_a_pass(
    ours: Answers, postfix: dict[str, tuple[str, str]], row: Row
) -> None:
    """The other way round, a mismatch of ours is a host that Postfix does not use."""
    entry = ours[row.situation.domain]
    ends = {f["state"] for f in entry["findings"] if f["check"] == "mx-dane"}
    if postfix[row.situation.domain][0] == "delayed":
        assert entry["would_deliver_in_enforce"] != "yes"
    if "fail" in ends:
        assert postfix[row.situation.domain][0] == "delayed"


@pytest.mark.usefixtures("postfix")
@pytest.mark.parametrize(
    ("name", "code", "without"), [("beside", "tlsa-mismatch", ""), ("instead", "dane-usable", "TLSA")]
)
def test_the_record_that_a_finding_names_is_the_remedy(
    lab: Lab, ours: Answers, name: str, code: str, without: str
) -> None:
    """Published as printed, beside the others or instead of them: we find nothing, and Postfix delivers verified."""
    domain = f"dane-{name}.test"
    (text,) = [f["text"] for f in ours[domain]["findings"] if f["code"] == code]
    record = text.rpartition("the record is ")[2]
    lab.publish(domain, f"_25._tcp.mx.{domain}. TLSA {record}", **({"without": without} if without else {}))
    again = json.loads(mtasts(lab, "verify", "--json", domain).stdout)["domains"][0]
    assert (again["would_deliver_in_enforce"], codes(again, notes=False)) == ("yes", set())
    assert deliver(lab, [domain])[domain][0] == "verified"


def test_probe_says_what_dane_makes_of_a_host(lab: Lab) -> None:
    """Exit code 1 for a host that is otherwise right; nothing is said where there are no records."""
    bad = mtasts(lab, "probe", "dane-strong.test", "--out", "-")
    assert bad.returncode == 1
    assert "dane-strong.test: mx.dane-strong.test [198.51.100." in bad.stderr
    assert ": DANE: TLSA 3 1 2 " in bad.stderr
    good = mtasts(lab, "probe", "dane-next.test", "--out", "-")
    assert (good.returncode, "]: DANE: TLSA 3 1 1 " in good.stderr) == (0, True)
    none = mtasts(lab, "probe", "dane-none.test", "--out", "-")
    assert (none.returncode, "DANE" in none.stderr) == (0, False)


def test_evidence_of_a_probe_is_judged_as_a_look_is(lab: Lab, ours: Answers) -> None:
    """`probe` takes along what was presented, behind an alias as well; DNS is asked by who judges."""
    file = lab.folder / "probes.json"
    names = ["dane-key.test", "dane-ca.test", "dane-alias.test", "dane-strong.test", "dane-ca-name.test"]
    mtasts(lab, "probe", *names, "--out", file)
    judged = json.loads(mtasts(lab, "verify", "--json", *names, "--probe-evidence", file, "--unsigned-probes").stdout)[
        "domains"
    ]
    for entry in judged:
        before = ours[entry["domain"]]
        assert [f for f in entry["findings"] if "dane" in f["check"]] == [
            f for f in before["findings"] if "dane" in f["check"]
        ]
