"""One mailbox, asked for at mail servers of the tests; no mail is sent to any."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest

from mtasts.live.mailbox import BoxLook, ask_mailbox, readable
from mtasts.live.network import ConnectTo, Network
from mtasts.verify.model import LookOutcome
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki

HOST, BOX = "mx1.example.com", "tls-reports@example.com"
HEARD = [b"EHLO", b"MAIL FROM:<>", b"RCPT TO:<tls-reports@example.com>", b"QUIT"]


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Leaf:
    return Pki(tmp_path_factory.mktemp("pki")).issue(HOST)


def ask(replies: Mapping[bytes, bytes], leaf: Leaf | None = None, mailbox: str = BOX) -> tuple[BoxLook, list[bytes]]:
    """Ask a server that answers each verb so; `leaf`: it offers STARTTLS, and takes no command before it."""
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure = leaf is None
        writer.write(replies.get(b"greeting", b"220 mx1.example.com ESMTP\r\n"))
        while line := await reader.readline():
            verb = line.split()[0].upper()
            if verb == b"STARTTLS" and leaf is not None:
                writer.write(b"220 go ahead\r\n")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(leaf.chain, leaf.key)
                await writer.start_tls(context, ssl_handshake_timeout=PATIENCE)
                secure, heard[:] = True, []
                continue
            heard.append(line.rstrip(b"\r\n"))
            if verb == b"EHLO":
                writer.write(b"250 mx1.example.com\r\n" if secure else b"250-mx1.example.com\r\n250 STARTTLS\r\n")
            else:
                writer.write(replies.get(verb, b"250 2.1.0 ok\r\n") if secure else b"530 5.7.0 STARTTLS first\r\n")
        writer.close()
        ended.set()

    async def run() -> BoxLook:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        network = Network(connect_to=(ConnectTo("", 25, "127.0.0.1", port),))
        try:
            look = await ask_mailbox(mailbox, HOST, "192.0.2.1", network, timeout=PATIENCE)
            await asyncio.wait_for(ended.wait(), PATIENCE)
        finally:
            server.close()
        return look

    return asyncio.run(run()), heard


@pytest.mark.parametrize("secure", [False, True])
def test_a_mailbox_that_takes_mail(leaf: Leaf, *, secure: bool) -> None:
    """It goes to RCPT and no further, over TLS where that is offered."""
    look, heard = ask({}, leaf if secure else None)
    assert look == BoxLook(LookOutcome.OK, "mx1.example.com takes mail for it")
    assert [line.split(b" [")[0] for line in heard] == HEARD


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({b"RCPT": b"550 5.1.1 no such user\r\n"}, LookOutcome.FAILED),
        ({b"RCPT": b"550-5.1.10 not here\r\n550 5.1.10 really\r\n"}, LookOutcome.FAILED),
        ({b"RCPT": b"550 5.7.1 your address is on a list\r\n"}, LookOutcome.UNREACHABLE),
        ({b"RCPT": b"550 go away\r\n"}, LookOutcome.UNREACHABLE),
        ({b"RCPT": b"450 4.2.0 greylisted\r\n"}, LookOutcome.UNREACHABLE),
        ({b"MAIL": b"550 5.7.1 no mail from you\r\n"}, LookOutcome.UNREACHABLE),
        ({b"greeting": b"554 no\r\n"}, LookOutcome.UNREACHABLE),
        ({b"greeting": b"what\r\n"}, LookOutcome.UNREACHABLE),
    ],
)
def test_what_a_refusal_means(replies: Mapping[bytes, bytes], outcome: LookOutcome) -> None:
    """Only a word about the mailbox is one; a word about this client says nothing of it."""
    look, _ = ask(replies)
    assert look.outcome is outcome, look


def test_nobody_there(tmp_path: Path) -> None:
    """A port that nothing listens on."""
    from tests.ports import free_port

    network = Network(connect_to=(ConnectTo("", 25, "127.0.0.1", free_port()),))
    look = asyncio.run(ask_mailbox(BOX, HOST, "192.0.2.1", network, timeout=PATIENCE))
    assert look.outcome is LookOutcome.UNREACHABLE


def test_only_a_plain_local_part_is_asked_for() -> None:
    """What would need quotes, or would end the command, is not."""
    assert readable("tls+reports@example.com")
    assert not any(
        map(readable, ["a b@example.com", "a\r\nQUIT@example.com", "<a>@example.com", "é@example.com", "@x"])
    )
