"""Port 25 and the reporting addresses, by mail servers and a name server of the tests."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from mtasts.app.doctor import mail
from mtasts.live.network import ConnectTo, Network
from mtasts.render.doctor import Found, State
from tests.app.doctor.projects import ROUTE53, make_project, set_up
from tests.fakes.dns_server import DnsServer
from tests.ports import free_port

MX = {("example.com", "MX"): ("10 mx1.example.com.",), ("mx1.example.com", "A"): ("192.0.2.1",)}


def look(
    root: Path, records: Mapping[tuple[str, str], tuple[str, ...]], rcpt: bytes | None, **environ: str
) -> dict[str, Found]:
    """What is found with these records, and a mail server that answers RCPT so; None: nothing listens."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx1.example.com ESMTP\r\n")
        while line := await reader.readline():
            writer.write(rcpt if rcpt and line.startswith(b"RCPT") else b"250 2.0.0 ok\r\n")
        writer.close()

    async def run() -> list[Found]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1] if rcpt else free_port()
        async with DnsServer(dict(records)) as names:
            network = Network(names.endpoint, connect_to=(ConnectTo("", 25, "127.0.0.1", port),))
            found = await asyncio.to_thread(lambda: list(mail.examine(set_up(root, environ, network))))
        server.close()
        return found

    return {one.subject: one for one in asyncio.run(run())}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path, example_com=ROUTE53)


RUA = "rua mailto:reports@example.com"


def test_open_and_answered(root: Path) -> None:
    """The domain's own MX host is reached, and takes mail for the address."""
    found = look(root, MX, b"250 2.1.5 ok\r\n")
    assert {name: one.state for name, one in found.items()} == {"port 25": State.OK, RUA: State.OK}


def test_no_such_mailbox(root: Path) -> None:
    """The server is there; reports would come back to their senders."""
    found = look(root, MX, b"550 5.1.1 no such user\r\n")
    assert (found["port 25"].state, found[RUA].state) == (State.OK, State.WRONG)
    assert "5.1.1 no such user" in found[RUA].says


def test_a_closed_port(root: Path) -> None:
    """It is missing where probes are made here, and only a note where they come from elsewhere."""
    found = look(root, MX, None)
    assert (found["port 25"].state, "mtasts probe --make-key FILE" in found["port 25"].step) == (State.MISSING, True)
    assert found[RUA].state is not State.OK
    assert look(root, MX, None, MTASTS_PROBES="probes.json")["port 25"].state is State.NOTE


def test_a_domain_without_mail(root: Path) -> None:
    """Nothing was tried, so nothing is known of the port; the address cannot work."""
    found = look(root, {("example.com", "MX"): ("0 .",)}, b"250 2.1.5 ok\r\n")
    assert (found["port 25"].state, found[RUA].state) == (State.UNKNOWN, State.WRONG)


def test_no_domain(tmp_path: Path) -> None:
    """Nobody is asked."""
    assert [one.state for one in mail.examine(set_up(make_project(tmp_path)))] == [State.NOTE]
