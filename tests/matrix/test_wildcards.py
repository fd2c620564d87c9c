"""Where an answer comes from, asked of a server that nobody here wrote: knot, signing as it goes, so that what does not
exist is proven."""

import asyncio
import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

from mtasts.live.network import ConnectTo, Network
from mtasts.live.standing import Names
from mtasts.verify.model import Standing
from mtasts.verify.standing import EVERYTHING, refusals
from tests.live.test_standing import CASES, Case
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = pytest.mark.needs("knotd")
_HEAD = "$ORIGIN {0}.\n@ 60 SOA ns1 host 1 3600 600 86400 60\n@ 60 NS ns1\nns1 60 A 127.0.0.1\n"
ASKED = {name: case for name, case in CASES.items() if "wildcard" in name or "CNAME" in name or "terminal" in name}


@pytest.fixture
def knot() -> Iterator[tuple[Path, int]]:
    """A folder for its zones, and a free port. A short path: its control socket must fit in 108 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder), free_port()


def zone_of(zone: str, case: Case) -> str:
    """The records of a case that are this zone's, as a zone file."""
    lines = [_HEAD.format(zone)]
    for key, values in case.records.items():
        name, kind = key.split()
        if max((each for each in case.zones if f".{name}".endswith(f".{each}")), key=len) == zone:
            for value in (values,) if isinstance(values, str) else values:
                quote = '"' if kind == "TXT" else ""
                lines.append(f"{name}. 60 {kind} {quote}{value}{quote}\n")
    below = [each for each in case.zones if each.endswith(f".{zone}")]
    return "".join([*lines, *(f"{each}. 60 NS ns1.{each}.\nns1.{each}. 60 A 127.0.0.1\n" for each in below)])


def served(case: Case, folder: Path, port: int) -> Standing:
    """What is seen of a case's domain while knot serves it."""
    config = f"server:\n  rundir: {folder}\n  listen: 127.0.0.1@{port}\ndatabase:\n  storage: {folder}\n"
    config += "policy:\n  - id: sign\n    algorithm: ecdsap256sha256\n    single-type-signing: on\nzone:\n"
    for zone in case.zones:
        (folder / f"{zone}.zone").write_text(zone_of(zone, case))
        config += (
            f"  - domain: {zone}\n    file: {folder}/{zone}.zone\n    dnssec-signing: on\n    dnssec-policy: sign\n"
        )
    (folder / "knot.conf").write_text(config)
    with subprocess.Popen(
        ["knotd", "-c", folder / "knot.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(case.zones, port)
            return asyncio.run(look(case.domain, port))
        finally:
            server.terminate()


def wait_for(zones: tuple[str, ...], port: int) -> None:
    """Until each zone is served, and signed: half a look before that would be a look at another world."""
    end = time.monotonic() + PATIENCE
    for zone in zones:
        question = dns.message.make_query(zone, "DNSKEY")
        while True:
            with contextlib.suppress(OSError, dns.exception.DNSException):
                if dns.query.tcp(question, "127.0.0.1", port=port, timeout=PATIENCE).answer:
                    break
            assert time.monotonic() < end, f"knot does not serve {zone}"
            time.sleep(0.05)


async def look(domain: str, port: int) -> Standing:
    here = f"127.0.0.1:{port}"
    names = Names(Network(here, None, (ConnectTo.parse(f":53:{here}"),)), PATIENCE)
    try:
        return await names.look(domain)
    finally:
        names.close()


@pytest.mark.parametrize("case", ASKED.values(), ids=ASKED)
def test_knot_is_understood(case: Case, knot: tuple[Path, int]) -> None:
    """The same answers as of the sandbox's server (tests/live/test_standing.py)."""
    standing = served(case, *knot)
    assert [refusal.code for refusal in refusals(case.domain, standing, EVERYTHING)] == case.codes
