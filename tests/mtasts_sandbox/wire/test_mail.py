"""The mail servers, met by smtplib and by raw bytes: each fault as a real client sees it."""

import asyncio
import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts_sandbox.faults import BadFault
from mtasts_sandbox.wire.mail import MAIL_KINDS, MailServers
from mtasts_sandbox.wire.smtp import Behaviour, Session
from tests.mtasts_sandbox.memory_world import Stage, on_loop, stage, trusting
from tests.patience import PATIENCE

MX = "mx1.example.com"


def visit(served: Stage, address: str, host: str = MX, context: ssl.SSLContext | None = None) -> list[object]:
    """What a verifying client does: EHLO, STARTTLS, EHLO, QUIT. Gives the TLS version and the final EHLO's offers."""
    client = smtplib.SMTP(timeout=PATIENCE)
    # smtplib verifies the certificate against the name it was told to connect to.
    client._host = host  # type: ignore[attr-defined]
    try:
        code, text = client.connect(address, served.wire.ports.smtp)
        client._host = host  # type: ignore[attr-defined]
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        client.starttls(context=context or trusting(served))
        client.ehlo()
        seen = [client.sock.version(), sorted(client.esmtp_features)]
        client.quit()
        return seen
    finally:
        client.close()


async def visited(served: Stage, address: str, host: str = MX, context: ssl.SSLContext | None = None) -> list[object]:
    return await asyncio.to_thread(visit, served, address, host, context)


GOOD = ["TLSv1.3", ["8bitmime", "pipelining", "smtputf8"]]


@on_loop
async def test_a_verifying_client_is_content(tmp_path: Path) -> None:
    """Two addresses of one MX host and one of another, all on one port, each with its own name's certificate."""
    async with stage(tmp_path) as served:
        first = await served.wire.mail.add(MX, count=2)
        second = await served.wire.mail.add("MX2.Example.com.")
        assert (first.host, first.addresses) == (MX, ("127.0.1.1", "127.0.1.2"))
        assert (second.host, second.addresses) == ("mx2.example.com", ("127.0.1.3",))
        for address in first.addresses:
            assert await visited(served, address) == GOOD
        assert await visited(served, second.addresses[0], "mx2.example.com") == GOOD
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await visited(served, second.addresses[0], MX)


@pytest.mark.needs("ipv6")
@on_loop
async def test_ipv6_address(tmp_path: Path) -> None:
    """An MX host may have `::1` beside IPv4; another cannot have it too."""
    async with stage(tmp_path) as served:
        server = await served.wire.mail.add(MX, addresses=["127.0.1.9", "::1"])
        for address in server.addresses:
            assert await visited(served, address) == GOOD
        with pytest.raises(CannotLook, match=r"mx2\.example\.com: ::1 belongs to another mail server already"):
            await served.wire.mail.add("mx2.example.com", addresses=["::1"])


def raises(error: type[Exception], match: str) -> Callable[[], contextlib.AbstractContextManager[object]]:
    return lambda: pytest.raises(error, match=match)


VERIFY = ssl.SSLCertVerificationError
FAULTS = [
    ("mx-no-starttls", raises(smtplib.SMTPNotSupportedError, "STARTTLS extension not supported")),
    ("mx-starttls-4xx", raises(smtplib.SMTPResponseException, "454")),
    ("mx-expired", raises(VERIFY, "certificate has expired")),
    ("mx-self-signed", raises(VERIFY, "self-signed certificate")),
    ("mx-unknown-ca", raises(VERIFY, "unable to get local issuer certificate")),
    ("mx-wrong-name", raises(VERIFY, "Hostname mismatch")),
    ("mx-missing-intermediate", raises(VERIFY, "unable to get local issuer certificate")),
    ("mx-tls-1.0", raises(ssl.SSLError, "UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION")),
    ("mx-garbage-after-starttls", raises(ssl.SSLError, "WRONG_VERSION_NUMBER")),
    ("mx-4xx-greeting", raises(smtplib.SMTPConnectError, "421")),
    ("mx-refuse", raises(ConnectionRefusedError, "refused")),
]


@pytest.mark.parametrize("by", ["host", "address"])
@pytest.mark.parametrize(("fault", "seen"), FAULTS, ids=[name for name, _ in FAULTS])
@on_loop
async def test_a_client_meets_each_fault(
    tmp_path: Path, fault: str, seen: Callable[[], contextlib.AbstractContextManager[object]], by: str
) -> None:
    """Set for an MX host it is met at all its addresses, set for one address only there; cleared, all is well."""
    async with stage(tmp_path) as served:
        first, second = (await served.wire.mail.add(MX, count=2)).addresses
        other = (await served.wire.mail.add("mx2.example.com")).addresses[0]
        served.faults.set(fault, None, MX if by == "host" else second)
        await served.wire.settled()
        with seen():
            await visited(served, second)
        if by == "host":
            with seen():
                await visited(served, first)
        else:
            assert await visited(served, first) == GOOD
        assert await visited(served, other, "mx2.example.com") == GOOD
        served.faults.clear(fault)
        await served.wire.settled()
        assert await visited(served, second) == GOOD


@on_loop
async def test_slow_hang_and_endless_banner_cost_a_client_its_patience(tmp_path: Path) -> None:
    """Each is alive on the wire and gives no answer in time; a client beside it is served."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        other = (await served.wire.mail.add("mx2.example.com")).addresses[0]
        served.faults.set("mx-slow", 0.3, MX)
        start = time.monotonic()
        assert await visited(served, address) == GOOD
        assert time.monotonic() - start >= 1.5  # five replies
        served.faults.clear()

        served.faults.set("mx-hang", None, MX)
        reader, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        writer.close()
        served.faults.clear()

        served.faults.set("mx-endless-banner", None, MX)
        reader, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
        for _ in range(50):
            assert (await reader.readline()).startswith(b"220-xxx")
        assert await visited(served, other, "mx2.example.com") == GOOD
        writer.close()


@on_loop
async def test_tls_1_0_is_really_spoken(tmp_path: Path) -> None:
    """An old client does get through: the fault is an old version, not a broken handshake."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        served.faults.set("mx-tls-1.0")
        old = trusting(served)
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        assert (await visited(served, address, context=old))[0] == "TLSv1"


async def talk(served: Stage, address: str, *lines: bytes) -> list[bytes]:
    """Send lines one by one; gives the last line of each reply, the greeting first."""
    reader, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
    replies = []
    for line in (b"", *lines):
        writer.write(line)
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        replies.append(reply.rstrip())
    writer.close()
    return replies


@on_loop
async def test_the_words_of_the_protocol(tmp_path: Path) -> None:
    """No mail is ever taken; what is not known is 502; lower case and bare LF are understood."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        said = [b"EHLO a\r\n", b"helo a\n", b"NOOP\r\n", b"rset\r\n", b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n"]
        said += [b"DATA\r\n", b"VRFY a\r\n", b"\r\n", b"\xff\x00\r\n", b"QUIT\r\n"]
        replies = await talk(served, address, *said)
        codes = [220, 250, 250, 250, 250, 250, 250, 554, 502, 502, 502, 221]
        assert [int(reply[:3]) for reply in replies] == codes
        assert replies[0] == b"220 mx1.example.com ESMTP mtasts sandbox"
        assert (await talk(served, address, b"x" * 1100))[1][:3] == b"500"


@on_loop
async def test_what_is_pipelined_behind_starttls_is_thrown_away(tmp_path: Path) -> None:
    """RFC 3207 s6: a command sent in clear is not answered inside TLS, and STARTTLS is not offered twice."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        reader, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
        await reader.readline()
        writer.write(b"STARTTLS\r\nNOOP\r\n")
        assert (await reader.readline()).startswith(b"220 ")
        await writer.start_tls(trusting(served), server_hostname=MX)
        writer.write(b"STARTTLS\r\nQUIT\r\n")
        assert [line[:3] for line in (await reader.read()).splitlines()] == [b"502", b"221"]
        writer.close()


@on_loop
async def test_plaintext_injection_is_one_segment_with_the_reply(tmp_path: Path) -> None:
    """The injected lines come with the 220, where a careless client's buffer would keep them."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        served.faults.set("mx-plaintext-injection")
        reader, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
        await reader.readline()
        writer.write(b"STARTTLS\r\n")
        assert (await reader.read(1000)).splitlines()[1:] == [b"250-injected.example", b"250 X-INJECTED"]
        writer.close()
        # smtplib throws its buffer away at STARTTLS, so it goes on and never learns of X-INJECTED.
        assert await visited(served, address) == GOOD


@on_loop
async def test_servers_and_refusal_survive_a_restart(tmp_path: Path) -> None:
    """The same hosts on the same addresses; a removed one is gone, and its address is free."""
    async with stage(tmp_path) as served:
        kept = await served.wire.mail.add(MX, count=2)
        gone = await served.wire.mail.add("mx2.example.com")
        assert await served.wire.mail.remove("mx2.example.com")
        assert not await served.wire.mail.remove("mx2.example.com")
        with pytest.raises(ConnectionRefusedError):
            await visited(served, gone.addresses[0])
    async with stage(tmp_path) as served:
        assert served.wire.mail.servers() == (kept,)
        assert await visited(served, kept.addresses[1]) == GOOD
        assert (await served.wire.mail.add("mx3.example.com")).addresses == gone.addresses


@on_loop
async def test_what_cannot_be_added_is_said(tmp_path: Path) -> None:
    """Bad names, addresses off loopback or taken, and another shape of the same host; the same again is fine."""
    async with stage(tmp_path) as served:
        mail = served.wire.mail
        kept = await mail.add(MX)
        assert await mail.add(MX) == kept
        for attempt, message in (
            (mail.add(MX, count=2), "there is a mail server for mx1.example.com already, on 127.0.1.1"),
            (mail.add("no name"), "'no name' is not a name for a mail server"),
            (mail.add("mx4.example.com", addresses=["192.0.2.1"]), "192.0.2.1 is not a loopback address"),
            (mail.add("mx4.example.com", addresses=["127.0.0.1"]), "127.0.0.1 is not a loopback address for mail"),
            (mail.add("mx4.example.com", addresses=["nonsense"]), "nonsense is not a loopback address"),
            (mail.add("mx4.example.com", addresses=["127.0.1.1"]), "127.0.1.1 belongs to another mail server"),
            (mail.add("mx4.example.com", count=6000), "at most 5000 mail server addresses"),
            (mail.add("mx4.example.com", count=0), "at most 5000 mail server addresses"),
        ):
            with pytest.raises(CannotLook) as caught:
                await attempt
            assert message in caught.value.message
        assert mail.servers() == (kept,)


@on_loop
async def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    """One clear line with the file and the way out, and no port stays taken."""
    (tmp_path / "mail.json").write_text("[1")
    with pytest.raises(CannotLook, match=r"mail\.json cannot be read"):
        async with stage(tmp_path):
            pass


@on_loop
async def test_every_fault_is_known_to_the_switch(tmp_path: Path) -> None:
    """`serve` makes the faults known, once; a fault that nobody knows is still refused."""
    async with stage(tmp_path) as served:
        assert {kind.name for kind in MAIL_KINDS} <= set(served.faults.kinds)
        assert "drip" in served.faults.kinds
        with pytest.raises(BadFault, match="mx-slow needs a value"):
            served.faults.set("mx-slow")
        with pytest.raises(BadFault, match="no fault is called"):
            served.faults.set("mx-nonsense")


class Wire(asyncio.Transport):
    """A transport that counts what is written and goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written += len(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([b"EHLO a\r\n", b"STARTTLS\r\n", b"\x16\x03\x01"]))))
def test_any_bytes_end_in_an_answer_or_an_end(pieces: list[bytes]) -> None:
    """A session fed with anything, then ended, ends by itself with nothing but the errors of a broken connection."""

    async def session() -> None:
        reader = asyncio.StreamReader(limit=2**16)
        for piece in pieces:
            reader.feed_data(piece)
        reader.feed_eof()
        protocol = asyncio.StreamReaderProtocol(reader)
        writer = asyncio.StreamWriter(Wire(), protocol, reader, asyncio.get_running_loop())
        with contextlib.suppress(EOFError, ssl.SSLError):
            await Session(Behaviour(MX), lambda _sni: None).run(reader, writer)

    asyncio.run(session())


@on_loop
async def test_garbage_does_not_stop_a_server(tmp_path: Path) -> None:
    """Twenty broken clients at once, in clear and in the handshake; the next one is served."""
    async with stage(tmp_path) as served:
        address = (await served.wire.mail.add(MX)).addresses[0]
        writers = []
        for octets in (
            b"\xff" * 5000,
            b"STARTTLS\r\n" + b"\x16\x03\x01\x00\x05hello",
            b"STARTTLS\r\n\x80\x80",
            b"",
        ) * 5:
            _, writer = await asyncio.open_connection(address, served.wire.ports.smtp)
            writer.write(octets)
            writers.append(writer)
        assert await visited(served, address) == GOOD
        for writer in writers:
            writer.close()


@on_loop
async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The mail servers' port is settled at the start, so that the clash is seen then."""
    async with stage(tmp_path) as served:
        second = MailServers(served.faults, served.authority, tmp_path)
        with pytest.raises(
            CannotLook, match=rf"mail servers cannot listen on 127\.0\.0\.1 port {served.wire.ports.smtp}"
        ):
            await second.start(served.wire.ports.smtp)
