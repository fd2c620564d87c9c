"""The HTTPS edge, met by Python's own http.client and ssl, and by raw bytes over TLS."""

import asyncio
import contextlib
import http.client
import os
import re
import resource
import signal
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts_sandbox.wire import listener
from mtasts_sandbox.wire.functions import FunctionFailed, Functions, event
from mtasts_sandbox.wire.http import BadRequest, Response, read_head, render
from mtasts_sandbox.world import Ports, Site
from tests.mtasts_sandbox.memory_world import POLICY, Stage, on_loop, publish, site, stage, trusting
from tests.patience import PATIENCE

HOST = "mta-sts.example.com"
PATH = "/.well-known/mta-sts.txt"


async def connect(
    served: Stage, sni: str = HOST, *, context: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(
        address, served.wire.ports.https, ssl=context or trusting(served), server_hostname=sni
    )


async def raw(served: Stage, octets: bytes, sni: str = HOST, **how: object) -> bytes:
    """Send bytes on a new TLS connection and read to its end."""
    reader, writer = await connect(served, sni, **how)  # type: ignore[arg-type]
    writer.write(octets)
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    return answer


async def get(served: Stage, path: str = PATH, host: str = HOST, sni: str = HOST, **how: object) -> tuple[int, bytes]:
    """Status and body of one GET."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = await raw(served, request.encode(), sni, **how)
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@contextlib.asynccontextmanager
async def published(tmp_path: Path):  # type: ignore[no-untyped-def]
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        yield served


@pytest.mark.needs("ipv6")
@on_loop
async def test_http_client_gets_the_policy(tmp_path: Path) -> None:
    """An ordinary client, on IPv4 and IPv6: 200, the bytes, the object's and the policy's headers, keep-alive."""
    async with published(tmp_path) as served:

        def fetch() -> list[tuple[int, bytes, dict[str, str]]]:
            connection = http.client.HTTPSConnection(
                HOST, served.wire.ports.https, context=trusting(served), timeout=PATIENCE
            )
            connection._create_connection = lambda _where, *rest, **more: __import__("socket").create_connection(  # type: ignore[attr-defined]
                ("127.0.0.1", served.wire.ports.https), PATIENCE
            )
            answers = []
            for method in ("GET", "HEAD", "GET"):
                connection.request(method, PATH)
                response = connection.getresponse()
                answers.append((response.status, response.read(), dict(response.getheaders())))
            connection.close()
            return answers

        first, head, again = await asyncio.to_thread(fetch)
        assert (first[0], first[1]) == (again[0], again[1]) == (200, POLICY)
        assert (head[0], head[1], head[2]["Content-Length"]) == (200, b"", str(len(POLICY)))
        expected = {
            "Content-Type": "text/plain; charset=utf-8",
            "Cache-Control": "max-age=60",
            "x-amz-version-id": "v1",
            "x-amz-meta-mta-sts-id": "a1",
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "Server": "CloudFront",
            "X-Cache": "Miss from cloudfront",
            "Content-Length": str(len(POLICY)),
        }
        assert {k: v for k, v in first[2].items() if k in expected} == expected
        assert await get(served, address="::1") == (200, POLICY)


@on_loop
async def test_only_the_one_path_of_the_one_host(tmp_path: Path) -> None:
    """The site's function answers 404 for other paths; a host that is not served is 403, another's is 421."""
    async with published(tmp_path) as served:
        publish(served.world, "example.net", served.authority)
        assert await get(served, "/") == (404, b"not here")
        assert (await get(served, f"{PATH}?x=1"))[0] == 200
        assert (await get(served, host="other.example.org"))[0] == 403
        assert (await get(served, host="mta-sts.example.net"))[0] == 421
        assert (await get(served, host="MTA-STS.Example.Com:443"))[0] == 200
        served.world.drop_object("policies", f"{HOST}{PATH}")
        assert (await get(served))[0] == 403
        served.world.listable.add("policies")
        assert (await get(served))[0] == 404


@on_loop
async def test_no_certificate_no_handshake(tmp_path: Path) -> None:
    """A name nobody serves, a certificate not validated yet, a disabled site, and no SNI: the TLS alert of a CDN."""
    async with published(tmp_path) as served:
        served.world.put_site(site("pending.example.com", served.authority, certificate_pem=None, key_pem=None))
        served.world.put_site(site("off.example.com", served.authority, enabled=False))
        for name in ("unknown.example.com", "pending.example.com", "off.example.com"):
            with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
                await connect(served, name)
        anonymous = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anonymous.check_hostname, anonymous.verify_mode = False, ssl.CERT_NONE
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            await connect(served, "", context=anonymous)
        assert (await get(served))[0] == 200


@on_loop
async def test_distributions_own_name_has_cloudfronts_certificate(tmp_path: Path) -> None:
    """`d....cloudfront.net` is served under a wildcard certificate of its own."""
    async with published(tmp_path) as served:
        own = "d111abc.cloudfront.net"
        served.world.put_site(site(own, served.authority, certificate_pem=None, key_pem=None))
        assert (await get(served, "/", own, own))[0] == 404


@pytest.mark.parametrize(
    ("policy", "client", "works"),
    [
        ("TLSv1.2_2021", ssl.TLSVersion.TLSv1_2, True),
        ("TLSv1.2_2021", ssl.TLSVersion.TLSv1_3, True),
        ("TLSv1.2_2021", ssl.TLSVersion.TLSv1_1, False),
        ("TLSv1", ssl.TLSVersion.TLSv1_1, True),
        ("TLSv1.3_2025", ssl.TLSVersion.TLSv1_2, False),
        ("TLSv1.3_2025", ssl.TLSVersion.TLSv1_3, True),
    ],
)
@on_loop
async def test_lowest_tls_version_is_the_sites(
    tmp_path: Path, policy: str, client: ssl.TLSVersion, works: bool
) -> None:
    """The security policy of the distribution decides, per name."""
    async with stage(tmp_path) as served:
        served.world.put_site(site(HOST, served.authority, minimum_tls=policy))
        context = trusting(served)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = client
        if works:
            assert (await get(served, "/", context=context))[0] == 404
        else:
            with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
                await connect(served, context=context)


@on_loop
async def test_a_renewed_certificate_is_shown_at_once(tmp_path: Path) -> None:
    """The context cache goes by the certificate, not by the name."""
    async with published(tmp_path) as served:

        async def serial() -> str:
            _, writer = await connect(served)
            certificate = writer.get_extra_info("peercert")
            writer.close()
            return str(certificate["serialNumber"])

        first, same = await serial(), await serial()
        served.world.put_site(site(HOST, served.authority))
        assert first == same != await serial()


REQUESTS = [
    (b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n\r\n", 400),
    (b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"GET nothing HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\nHost: mta-sts.example.com\r\n\r\n", 505),
    (b"GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\n folded: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\nbad name: x\r\n\r\n", 400),
    (b"POST /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\nContent-Length: 2\r\n\r\nhi", 403),
    (b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\nTransfer-Encoding: chunked\r\n\r\n", 403),
    (b"GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\nX: " + b"y" * 9000 + b"\r\n\r\n", 431),
    (b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n", 431),
    (b"GET https://mta-sts.example.com/.well-known/mta-sts.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    (b"GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: mta-sts.example.com\r\n\r\n", 200),
]


@pytest.mark.parametrize(("request_", "status"), REQUESTS, ids=range(len(REQUESTS)))
@on_loop
async def test_requests_at_the_edges_of_http(tmp_path: Path, request_: bytes, status: int) -> None:
    """What cannot be read gets its 4xx and the connection's end; old and absolute forms are served."""
    async with published(tmp_path) as served:
        answer = await raw(served, request_)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"\r\nConnection: close\r\n" in answer


@on_loop
async def test_pipelined_requests_and_close(tmp_path: Path) -> None:
    """Two requests in one segment get two answers in order, the second ends the connection."""
    async with published(tmp_path) as served:
        one = b"GET /first HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n"
        two = b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\nConnection: close\r\n\r\n"
        answer = await raw(served, one + two)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"404", b"200"]


async def fails_verification(served: Stage, reason: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        await connect(served)


async def answers(served: Stage, status: int, text: bytes) -> None:
    found, body = await get(served)
    assert found == status
    assert text in body


FAULTS: list[tuple[str, Callable[[Stage], Awaitable[None]]]] = [
    ("wrong-certificate", lambda s: fails_verification(s, "Hostname mismatch")),
    ("expired-certificate", lambda s: fails_verification(s, "certificate has expired")),
    ("redirect", lambda s: answers(s, 301, b"Moved Permanently")),
    ("not-found", lambda s: answers(s, 404, b"Not Found")),
    ("html", lambda s: answers(s, 200, b"<!DOCTYPE html>")),
    ("oversize", lambda s: answers(s, 200, b"x-pad: 0\r\n" * 6600)),
    ("wrong-type", lambda s: answers(s, 200, POLICY)),
]


@pytest.mark.parametrize("where", ["*", HOST])
@pytest.mark.parametrize(("fault", "seen"), FAULTS, ids=[name for name, _ in FAULTS])
@on_loop
async def test_a_client_meets_each_fault(
    tmp_path: Path, fault: str, seen: Callable[[Stage], Awaitable[None]], where: str
) -> None:
    """Set for all or for one host it is met; the other host and everything afterwards is as it should be."""
    async with published(tmp_path) as served:
        publish(served.world, "example.net", served.authority)
        served.faults.set(fault, None, where)
        await seen(served)
        if where != "*":
            assert await get(served, host="mta-sts.example.net", sni="mta-sts.example.net") == (200, POLICY)
        served.faults.clear(fault)
        assert await get(served) == (200, POLICY)


@on_loop
async def test_wrong_type_and_redirect_headers(tmp_path: Path) -> None:
    """The type that object stores fall back to; a redirect that has a place to go to."""
    async with published(tmp_path) as served:
        request = f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        served.faults.set("wrong-type")
        answer = await raw(served, request)
        assert b"\r\nContent-Type: application/octet-stream\r\n" in answer
        assert answer.count(b"Content-Type:") == 1
        served.faults.set("redirect")
        assert b"\r\nLocation: https://mta-sts.example.com/elsewhere.txt\r\n" in await raw(served, request)


@pytest.mark.needs("ipv6")
@on_loop
async def test_edge_down_refuses_and_comes_back_on_the_same_port(tmp_path: Path) -> None:
    """Connections are refused by the kernel, open ones are reset; nobody can take the port meanwhile."""
    async with published(tmp_path) as served:
        reader, writer = await connect(served)
        for _ in range(3):
            served.faults.set("edge-down")
            await served.wire.settled()
            with pytest.raises(ConnectionRefusedError):
                await connect(served)
            with pytest.raises(ConnectionRefusedError):
                await connect(served, address="::1")
            with pytest.raises(OSError, match="in use"):
                await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", served.wire.ports.https)
            served.faults.clear("edge-down")
            await served.wire.settled()
            assert await get(served) == (200, POLICY)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read(1) == b""
        writer.close()


@on_loop
async def test_edge_down_for_one_host_resets_it_only(tmp_path: Path) -> None:
    """With a place the fault hits that host's connections; the other host is served."""
    async with published(tmp_path) as served:
        publish(served.world, "example.net", served.authority)
        served.faults.set("edge-down", None, HOST)
        with pytest.raises((OSError, ssl.SSLError, IndexError)):
            await get(served)
        assert await get(served, host="mta-sts.example.net", sni="mta-sts.example.net") == (200, POLICY)


@on_loop
async def test_slow_and_drip_take_their_time(tmp_path: Path) -> None:
    """`slow` waits before the answer, `drip` between its bytes."""
    async with published(tmp_path) as served:
        served.faults.set("slow", 0.3)
        start = time.monotonic()
        assert (await get(served))[0] == 200
        assert time.monotonic() - start >= 0.3
        served.faults.clear()
        served.faults.set("drip", 0.01)
        reader, writer = await connect(served)
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        start = time.monotonic()
        await reader.readexactly(20)
        assert time.monotonic() - start >= 0.15
        writer.close()


@on_loop
async def test_stale_edge_serves_the_old_bytes_for_that_long(tmp_path: Path) -> None:
    """The old object for N seconds after the change, also when "old" means none at all; then the newest."""
    async with published(tmp_path) as served:
        key = f"{HOST}{PATH}"
        served.faults.set("stale-edge", PATIENCE)
        served.world.put_object("policies", key, b"second", "v2")
        assert await get(served) == (200, POLICY)
        served.world.put_object("policies", key, b"third", "v3")
        assert await get(served) == (200, POLICY)
        served.faults.clear("stale-edge")
        assert await get(served) == (200, b"third")
        served.faults.set("stale-edge", 0.5)
        start = time.monotonic()
        served.world.put_object("policies", key, b"fourth", "v4")
        seen = []
        while (body := (await get(served))[1]) == b"third":
            seen.append(body)
            served.world.put_object("policies", key, b"fifth", "v5")  # what is held already is not held for longer
        assert time.monotonic() - start >= 0.5
        assert body == (b"fifth" if seen else b"fourth")
        served.faults.clear("stale-edge")
        served.world.drop_object("policies", key)
        served.faults.set("stale-edge", 60)
        served.world.put_object("policies", key, b"sixth", "v6")
        assert (await get(served))[0] == 403
        served.faults.clear("stale-edge")
        assert await get(served) == (200, b"sixth")


@on_loop
async def test_slow_loris_and_non_tls_do_not_stop_others(tmp_path: Path) -> None:
    """Connections that say nothing, half a handshake, or plain HTTP cost the others nothing."""
    async with published(tmp_path) as served:
        idle = [await asyncio.open_connection("127.0.0.1", served.wire.ports.https) for _ in range(200)]
        for number, (_, writer) in enumerate(idle):
            writer.write(b"\x16\x03\x01\x02\x00\x01" if number % 2 else b"")
        reader, writer = await asyncio.open_connection("127.0.0.1", served.wire.ports.https)
        writer.write(b"GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n")
        assert b"HTTP" not in await reader.read()
        assert await get(served) == (200, POLICY)
        for _, writer in idle:
            writer.close()


@on_loop
async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """A second sandbox on the same port gets one clear line."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with stage(tmp_path / "one") as served:
        with pytest.raises(
            CannotLook, match=rf"HTTPS edge cannot listen on 127\.0\.0\.1 port {served.wire.ports.https}: "
        ):
            async with stage(tmp_path / "two", ports=Ports(https=served.wire.ports.https)):
                pass


@pytest.mark.needs("ipv6")
@on_loop
async def test_any_port_is_one_that_is_free_on_ipv6_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody else has on ::1 is not taken: clients that go there first would meet them."""
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        free_port = listener._free_port
        first = iter([taken.getsockname()[1]])
        monkeypatch.setattr(listener, "_free_port", lambda *where: next(first, None) or free_port(*where))
        async with published(tmp_path) as served:
            assert next(first, None) is None
            assert await get(served, address="::1") == (200, POLICY)


@settings(max_examples=1500)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, 60), st.binary(max_size=8)).map(
            lambda cut: b"GET /a?b#c HTTP/1.1\r\nHost: a.test\r\nX-Y:  z \r\nConnection: close"[: cut[0]] + cut[1]
        ),
    )
)
def test_any_head_is_read_or_refused(head: bytes) -> None:
    """Nothing but BadRequest comes out of any bytes."""
    try:
        request = read_head(head)
    except BadRequest as bad:
        assert 400 <= bad.status <= 505  # noqa: PT017 - either outcome is right, each has its own rule
    else:
        assert request.path.startswith("/")


@settings(max_examples=300)
@given(st.text(max_size=50), st.text(max_size=50))
def test_a_header_value_cannot_start_another_header(name: str, value: str) -> None:
    """Metadata and function headers come from outside: no CR, LF or NUL gets through."""
    octets = render(Response(200, value, ((name, value),), b""), date="now", keep_alive=False)
    head, _, body = octets.partition(b"\r\n\r\n")
    assert body == b""
    assert head.count(b"\r\n") == head.count(b"\r") == head.count(b"\n") == 4


FUNCTIONS_THAT_FAIL = [
    "function handler(event) { throw new Error('no'); }",
    "function handler(event) { return 5; }",
    "function handler(event) { return {statusCode: 99}; }",
    "function handler(event) { return {uri: 7}; }",
    "function handler(event) { return undefined; }",
    "function handler(event) {",
    "var nothing = 1;",
    "function handler(event) { return require('fs'); }",
    "function handler(event) { return {statusCode: 200, body: process.env.HOME}; }",
    "// " + "x" * 10_240 + "\nfunction handler(e) { return e.request; }",
]


@pytest.mark.parametrize("code", FUNCTIONS_THAT_FAIL, ids=range(len(FUNCTIONS_THAT_FAIL)))
@on_loop
async def test_a_function_that_fails_is_503(tmp_path: Path, code: str) -> None:
    """As CloudFront answers for an execution error; the edge goes on."""
    with contextlib.closing(Functions()) as functions, pytest.raises(FunctionFailed):
        functions.run(code, event("GET", "/", "", {"host": HOST}))
    async with published(tmp_path) as served:
        served.world.put_site(replace(served.world.site(HOST) or Site(**{}), function_code=code))
        assert (await get(served))[0] == 503


def test_the_functions_event_is_cloudfronts() -> None:
    """Method, uri, query, headers without the cookies, cookies apart; and the function may use all of them."""
    what = event("GET", "/p", "a=1&b", {"host": HOST, "cookie": "s=x; t=y", "user-agent": "u"})
    assert what["request"] == {
        "method": "GET",
        "uri": "/p",
        "querystring": {"a": {"value": "1"}, "b": {"value": ""}},
        "headers": {"host": {"value": HOST}, "user-agent": {"value": "u"}},
        "cookies": {"s": {"value": "x"}, "t": {"value": "y"}},
    }
    code = "function handler(e) { e.request.uri = '/' + e.version + '/' + e.context.eventType; return e.request; }"
    with contextlib.closing(Functions()) as functions:
        assert functions.run(code, what).uri == "/1.0/viewer-request"


def test_function_results_are_kept_per_event() -> None:
    """10,000 requests of one kind take milliseconds; another host is another result."""
    code = "function handler(e) { e.request.uri = '/' + e.request.headers.host.value; return e.request; }"
    with contextlib.closing(Functions()) as functions:
        start = time.process_time()
        for _ in range(10_000):
            assert functions.run(code, event("GET", "/", "", {"host": "a.test"})).uri == "/a.test"
        assert time.process_time() - start < 1
        assert functions.run(code, event("GET", "/", "", {"host": "b.test"})).uri == "/b.test"


def test_a_function_that_hangs_or_eats_memory_is_ended() -> None:
    """The sandbox waits once, then knows; the next function runs in a new engine."""
    good = "function handler(e) { return e.request; }"
    what = event("GET", "/", "", {"host": HOST})
    with contextlib.closing(Functions()) as functions:
        hangs = "function handler(e) { while (true) {} }"
        took = []
        for _ in range(2):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            with pytest.raises(FunctionFailed, match="did not return within 3 s of processor time"):
                functions.run(hangs, what)
            took.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
        assert took[0] > 2.5
        assert took[1] == 0
        assert functions.run(good, what).uri == "/"
        eats = "function handler(e) { var a = []; while (true) { a.push(new Array(1e6).join('x')); } }"
        with pytest.raises(FunctionFailed):
            functions.run(eats, what)
        assert functions.run(good, event("GET", "/a", "", {"host": HOST})).uri == "/a"


def test_a_busy_machine_is_not_the_functions_fault() -> None:
    """An engine that gets no processor for longer than a function may take one still gives the answer."""
    good = "function handler(e) { return e.request; }"
    with contextlib.closing(Functions()) as functions:
        functions.run(good, event("GET", "/", "", {"host": HOST}))
        assert functions._engine is not None
        os.kill(functions._engine.pid, signal.SIGSTOP)
        goes_on = threading.Timer(3.2, os.kill, (functions._engine.pid, signal.SIGCONT))
        goes_on.start()
        assert functions.run(good, event("GET", "/a", "", {"host": HOST})).uri == "/a"
        goes_on.join()


def test_the_shipped_viewer_request_function_runs() -> None:
    """The function the components publish does its one job in this engine."""
    code = (Path(__file__).parents[3] / "components" / "mtasts_pulumi" / "hosting" / "viewer_request.js").read_text()
    with contextlib.closing(Functions()) as functions:
        passed = functions.run(code, event("GET", PATH, "", {"host": HOST}))
        assert (passed.status, passed.uri) == (None, f"/{HOST}{PATH}")
        assert functions.run(code, event("GET", "/", "", {"host": HOST})).status == 404


def test_the_shipped_bucket_policy_lets_the_edge_tell_a_missing_object() -> None:
    """With the policy the components write, CloudFront of this account may list: 404, not 403; another's may not."""
    from mtasts_pulumi.hosting.s3_cloudfront import bucket_policy as shipped
    from mtasts_sandbox.cloud.aws import bucket_policy

    access = "arn:aws:cloudfront::123456789012:origin-access-control/E1"
    statements = bucket_policy.read(shipped("arn:aws:s3:::policies", access))
    asked = [
        (bucket_policy.cloudfront_may_list, "arn:aws:s3:::policies", "123456789012"),
        (bucket_policy.cloudfront_may_list, "arn:aws:s3:::policies", "999999999999"),
        (bucket_policy.cloudfront_may_list, "arn:aws:s3:::other", "123456789012"),
        (bucket_policy.cloudfront_may_read, "arn:aws:s3:::policies/key", "123456789012"),
    ]
    assert [
        may(statements, arn, f"arn:aws:cloudfront::{account}:distribution/E2", account) for may, arn, account in asked
    ] == [True, False, False, True]
