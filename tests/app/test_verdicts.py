"""Verdicts of several domains from a store, without a look, and the ledger as a rehearsal knows it."""

from datetime import UTC, datetime, timedelta

import pytest

from mtasts.app.verdicts import VerdictRequest, known_at, verdicts
from mtasts.errors import CannotLook
from mtasts.history.eras import Publication
from mtasts.live.store import open_store
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.protocol.mta_sts import Mode, render_policy
from mtasts.verdict.criterion import ReadyState

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)


def policy(domain: str) -> DomainPolicy:
    return DomainPolicy(
        domain, Mode.TESTING, 86400, (f"mx1.{domain}",), ("mailto:tls@example.net",), 300,
        DnsZone("route53", "Z1"), domain, "", "", f"{domain}.yaml",
    )  # fmt: skip


def published(one: DomainPolicy, since: datetime, until: datetime | None = None) -> Publication:
    return Publication("20260101000000aaaa", render_policy(one.policy), since, until)


def request(store, *, rehearsed: bool = False) -> VerdictRequest:
    return VerdictRequest(NOW, str(store), None, keep=False, rehearsed=rehearsed)


@pytest.fixture
def store(tmp_path):
    """A store without any report."""
    with open_store(str(tmp_path / "store"), create=True):
        pass
    return tmp_path / "store"


def test_each_in_its_place_and_none_is_ready_unseen(store):
    """In the order asked for; what nobody has looked at and nobody has reported about is not enough evidence."""
    asked = [policy("b.example"), policy("a.example")]
    ledger = {"a.example": [published(asked[1], NOW - timedelta(days=90))]}

    found = list(verdicts(request(store), asked, ledger, pytest.fail))

    assert [verdict.domain for verdict in found] == ["b.example", "a.example"]
    assert {verdict.state for verdict in found} == {ReadyState.NOT_ENOUGH}
    by_code = [{one.code: one for one in verdict.criteria} for verdict in found]
    assert [one["publication"].met for one in by_code] == [False, True]
    assert not any(one["mx-hosts"].met for one in by_code)


def test_a_rehearsal_knows_nothing_later(store):
    """What is published after the time that was handed in is not published yet."""
    asked = [policy("a.example")]
    ledger = {"a.example": [published(asked[0], NOW + timedelta(hours=1))]}

    (now,) = verdicts(request(store), asked, ledger, pytest.fail)
    (then,) = verdicts(request(store, rehearsed=True), asked, ledger, pytest.fail)

    assert [one.have for one in now.criteria if one.code == "publication"] == ["mode testing"]
    assert [one.have for one in then.criteria if one.code == "publication"] == ["unknown"]


def test_known_at():
    """What ended later is still served then."""
    early, late = NOW - timedelta(days=2), NOW + timedelta(days=2)
    one = policy("a.example")

    assert known_at([published(one, early, late)], NOW) == (published(one, early, None),)
    assert known_at([published(one, early, early)], NOW) == (published(one, early, early),)
    assert known_at([published(one, late)], NOW) == ()


def test_no_store(tmp_path):
    """It cannot be looked at; nothing is made there."""
    with pytest.raises(CannotLook, match="no reports are kept here"):
        list(verdicts(request(tmp_path / "none"), [policy("a.example")], {}, pytest.fail))
    assert not (tmp_path / "none").exists()
