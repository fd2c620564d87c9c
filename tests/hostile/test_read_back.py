"""The read-back when DNS tells one address family and not the other: unknown is waited for, and is not "absent"."""

import asyncio
import re

import pytest

from mtasts.live.https import OWN_ADDRESS_LIMIT
from mtasts_pulumi.read_back import NotRead, NotServed, not_served, see_retired, until_served
from tests.hostile.edge import HOST, NONE, Edge
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki

TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.com\r\nmax_age: 86400\r\n"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def leaf(pki: Pki) -> Leaf:
    """The policy host's certificate."""
    return pki.issue(HOST)


def seen_once(edge: Edge, text: str, timeout: float = PATIENCE) -> str:
    """Why one look at `edge` does not prove that `text` is served; "" when it does."""

    async def run() -> str:
        async with edge.open():
            return not_served(await edge.look("example.com", timeout), text.encode()) or ""

    return asyncio.run(run())


FAULTS = {"servfail": "SERVFAIL", "refused": "REFUSED", "lame": "lame server", "silent": "time-out"}


@pytest.mark.parametrize("family", ["A", "AAAA"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_family_that_dns_does_not_tell_proves_nothing(pki: Pki, leaf: Leaf, fault: str, family: str) -> None:
    """The other family serves the new body everywhere; the reason names the family that did not answer."""
    edge = Edge(pki, leaf, TEXT)
    edge.names.records = {(HOST, "A"): ("192.0.2.1",), (HOST, "AAAA"): ("2001:db8::1",)}
    edge.names.faults = {f"{HOST} {family}": fault}

    reason = seen_once(edge, TEXT, 2 if fault == "silent" else PATIENCE)

    assert reason.startswith(f"DNS did not say where {HOST} is (")
    assert re.search(rf"\b{family}: .*{FAULTS[fault]}", reason)


def test_the_record_stays_as_it_is_until_the_deadline(pki: Pki, leaf: Leaf) -> None:
    """The update fails with the family that nobody told, and the record is not touched."""

    async def run() -> None:
        edge = Edge(pki, leaf, TEXT)
        edge.names.faults = {f"{HOST} AAAA": "servfail"}
        async with edge.open():
            await until_served("example.com", TEXT, edge.look, deadline=2)

    with pytest.raises(NotServed, match=rf"TXT was left as it is: DNS did not say where {HOST} is \(.*AAAA: "):
        asyncio.run(run())


def test_a_family_that_recovers_is_waited_for(pki: Pki, leaf: Leaf) -> None:
    """SERVFAIL ends, the AAAA turns out to be absent, and the record may change."""

    async def run() -> None:
        edge = Edge(pki, leaf, TEXT)
        edge.names.faults = {f"{HOST} AAAA": "servfail"}
        async with edge.open():
            waiting = asyncio.create_task(until_served("example.com", TEXT, edge.look, deadline=PATIENCE))
            while sum(asked[:2] == (HOST, "A") for asked in edge.names.asked) < 2:
                await asyncio.sleep(0.01)
                assert not waiting.done()
            edge.names.faults = {}
            await waiting

    asyncio.run(run())


@pytest.mark.parametrize("values", [(), ("2001:db8::1",)], ids=["no AAAA", "AAAA"])
def test_a_family_that_is_absent_or_serves_is_enough(pki: Pki, leaf: Leaf, values: tuple[str, ...]) -> None:
    """NODATA is an answer."""
    edge = Edge(pki, leaf, TEXT)
    if values:
        edge.names.records = {**edge.names.records, (HOST, "AAAA"): values}

    assert not seen_once(edge, TEXT)


@pytest.mark.parametrize("count", [17, 20, OWN_ADDRESS_LIMIT])
def test_the_last_of_many_addresses_counts(pki: Pki, leaf: Leaf, count: int) -> None:
    """Every address of the host is looked at: the one that still serves the old text is named."""
    edge = Edge(pki, leaf, TEXT)
    addresses = tuple(f"192.0.2.{number}" for number in range(100, 100 + count))
    edge.names.records = {(HOST, "A"): addresses}
    edge.stale = addresses[-1:]

    assert f"[{addresses[-1]}] still serves another policy" in seen_once(edge, TEXT)


def test_an_address_beyond_the_bound_proves_nothing(pki: Pki, leaf: Leaf) -> None:
    """What was not looked at may serve anything; of both families some are looked at."""
    edge = Edge(pki, leaf, TEXT)
    addresses = tuple(f"192.0.2.{number}" for number in range(100, 100 + OWN_ADDRESS_LIMIT))
    edge.names.records = {(HOST, "A"): addresses, (HOST, "AAAA"): ("2001:db8::1",)}
    assert f"[{addresses[-1]}] was not looked at" in seen_once(edge, TEXT)

    edge = Edge(pki, leaf, TEXT)
    edge.names.records = {(HOST, "A"): addresses, (HOST, "AAAA"): ("2001:db8::1",)}
    edge.stale = ("2001:db8::1",)
    assert "[2001:db8::1] still serves another policy" in seen_once(edge, TEXT)


@pytest.mark.parametrize("fault", ["servfail", "refused", "silent"])
def test_a_name_is_held_while_dns_does_not_tell_its_addresses(pki: Pki, leaf: Leaf, fault: str) -> None:
    """One family serves `none`; what the other one serves, nobody knows."""

    async def run() -> None:
        edge = Edge(pki, leaf, NONE)
        edge.names.faults = {f"{HOST} AAAA": fault}
        async with edge.open():
            await see_retired("example.com", edge.look, deadline=2)

    with pytest.raises(NotRead, match=r"nobody can tell what that serves: DNS did not say where .* \(.*AAAA: "):
        asyncio.run(run())
