"""The matrix on real servers that nobody here wrote: expected verdicts, and where two peers judge otherwise."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.matrix import document
from tests.matrix.disagreements import CHECKDMARC, DISAGREEMENTS, RESOLVER
from tests.matrix.lab import NEEDS, Lab, ask_peer
from tests.matrix.situations import SITUATIONS, Situation

# One process must hold the lab: with xdist all tests of the group go to one worker.
pytestmark = [pytest.mark.xdist_group("matrix"), pytest.mark.needs(*NEEDS)]

Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Seen:
    """What each looker says, by domain."""

    ours: Answers
    checkdmarc: Answers
    resolver: Answers


@pytest.fixture(scope="module")
def seen(lab: Lab, ours: Answers) -> Seen:
    """All three lookers over all situations."""
    with ThreadPoolExecutor(2) as pool:
        checkdmarc = pool.submit(ask_peer, lab, "peer_checkdmarc.py", SITUATIONS)
        resolver = pool.submit(ask_peer, lab, "peer_resolver.py", SITUATIONS)
        return Seen(ours, checkdmarc.result(), resolver.result())


def open_codes(entry: dict[str, Any]) -> set[str]:
    """The codes of all failed and unknown findings above a note."""
    findings = entry["findings"]
    return {f["code"] for f in findings if f["level"] != "note" and f["state"] in ("fail", "unknown")}


def test_there_are_enough_situations_each_with_its_own_name() -> None:
    """At least 40, and no name twice (a second one would replace the first in the zone)."""
    names = [situation.name for situation in SITUATIONS]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_verdict_and_findings(seen: Seen, situation: Situation) -> None:
    """The verdict, exactly the open findings expected (no neighbour raises a false alarm), and the pass flag."""
    entry = seen.ours[situation.domain]
    assert (entry["would_deliver_in_enforce"], open_codes(entry)) == (situation.delivers, set(situation.codes))
    assert entry["passed"] is (not situation.codes)


def _why(peer: Answers, names: set[str]) -> dict[str, str]:
    return {name: peer[f"{name}.test"]["why"] for name in sorted(names)}


def test_exactly_the_known_disagreements_with_checkdmarc(seen: Seen) -> None:
    """A new one, and one that has gone, both need a new line in the table."""
    found = {s.name for s in SITUATIONS if seen.checkdmarc[s.domain]["delivers"] is not (s.delivers == "yes")}
    assert found == {name for name, peer in DISAGREEMENTS if peer == CHECKDMARC}, _why(seen.checkdmarc, found)


def test_exactly_the_known_disagreements_with_the_resolver_for_postfix(seen: Seen) -> None:
    """It judges the policy only, so ours is reduced to the blocking findings of record, host and policy."""
    mail = {"mx-present", "mx-covered", "patterns-used", "mx-resolves", "mx-secure"}

    def ours(situation: Situation) -> bool:
        findings = seen.ours[situation.domain]["findings"]
        return not any(
            f["level"] == "block" and f["state"] in ("fail", "unknown") and f["check"] not in mail for f in findings
        )

    found = {s.name for s in SITUATIONS if seen.resolver[s.domain]["policy"] is not ours(s)}
    assert found == {name for name, peer in DISAGREEMENTS if peer == RESOLVER}, _why(seen.resolver, found)


def test_the_document_is_in_step() -> None:
    """docs/disagreements.md is what `python -m tests.matrix.document` writes."""
    assert document.PATH.read_text(encoding="utf-8") == document.text()


def test_dnssec_is_told_apart(seen: Seen) -> None:
    """Secure, insecure and bogus come from a validating resolver that nobody here wrote."""
    states = {name: seen.ours[f"{name}.test"]["observed"]["mta_sts"]["dnssec"] for name in ("signed", "good", "bogus")}
    assert states == {"signed": "secure", "good": "insecure", "bogus": "bogus"}


def test_several_strings_and_cname_chains_are_seen(seen: Seen) -> None:
    """The observation tells how the record was made up, not only its text."""
    strings = seen.ours["txt-strings.test"]["observed"]["mta_sts"]
    assert (strings["values"], strings["pieces"]) == (["v=STSv1; id=20260101;"], [3])
    chain = seen.ours["txt-chain.test"]["observed"]["mta_sts"]["chain"]
    assert chain == ["_mta-sts.txt-cname.test", "_mta-sts.good.test"]
