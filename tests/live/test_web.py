"""The exchange itself: TLS is checked, proxies are used as the environment says, sizes hold."""

import http.server
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtasts.live.web import ANSWER_LIMIT, NoAnswer, exchange
from tests.patience import PATIENCE
from tests.pki import Pki

SCRIPT = """
import sys
from mtasts.live.web import NoAnswer, exchange
try:
    answer = exchange("POST", sys.argv[1], {"X-Token": "t"}, b"ping", seconds=float(sys.argv[2]))
    print(answer.status, answer.body.decode(), answer.headers["x-was"])
except NoAnswer as error:
    print("NoAnswer", error.reason, error.sent)
"""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("X-Was", f"{self.headers['Host']} {self.headers['X-Token']}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        piece = b"x" * 2**20
        try:
            for _ in range(ANSWER_LIMIT // len(piece) + 2):
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


def _serve(server: http.server.ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


@pytest.fixture
def plain() -> Iterator[int]:
    yield from _serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler))


@pytest.fixture
def secure(pki: Pki) -> Iterator[int]:
    """A TLS server whose certificate is for forge.test and localhost."""
    leaf = pki.issue("forge.test", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.chain, leaf.key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from _serve(server)


@pytest.fixture
def proxy(secure: int) -> Iterator[tuple[int, list[str]]]:
    """A proxy that takes CONNECT and leads everything to the TLS server; and what it was asked for."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            asked.append(head.split(b"\r\n")[0].decode())
            upstream = socket.create_connection(("127.0.0.1", secure))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(upstream, client), daemon=True).start()
            threading.Thread(target=pump, args=(client, upstream), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], asked
    listener.close()


def _run(url: str, **environ: str) -> str:
    clean = {"PATH": "/usr/bin:/bin", **environ}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, url, str(PATIENCE)],
        capture_output=True,
        text=True,
        env=clean,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout.strip()


def test_a_certificate_of_a_trusted_authority_is_taken(pki: Pki, secure: int) -> None:
    """SSL_CERT_FILE names a company's own, as for every program that uses OpenSSL."""
    assert _run(f"https://localhost:{secure}/x", SSL_CERT_FILE=str(pki.ca_file)) == f"200 ping localhost:{secure} t"


def test_any_other_certificate_is_refused_before_the_secret_is_sent(pki: Pki, secure: int) -> None:
    """An unknown authority, and a name that is not in it."""
    assert _run(f"https://localhost:{secure}/x") == "NoAnswer TLS: CERTIFICATE_VERIFY_FAILED False"
    other = _run(f"https://127.0.0.1:{secure}/x", SSL_CERT_FILE=str(pki.ca_file))
    assert other == "NoAnswer TLS: CERTIFICATE_VERIFY_FAILED False"


def test_a_proxy_is_asked_to_connect_and_sees_no_more(pki: Pki, proxy: tuple[int, list[str]]) -> None:
    """HTTPS_PROXY: the certificate is still the forge's, checked by its name."""
    port, asked = proxy
    environ = {"SSL_CERT_FILE": str(pki.ca_file), "HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    assert _run("https://forge.test/x", **environ) == "200 ping forge.test t"
    assert _run("https://other.test/x", **environ) == "NoAnswer TLS: CERTIFICATE_VERIFY_FAILED False"
    assert asked == ["CONNECT forge.test:443 HTTP/1.0", "CONNECT other.test:443 HTTP/1.0"] or asked == [
        "CONNECT forge.test:443 HTTP/1.1",
        "CONNECT other.test:443 HTTP/1.1",
    ]


def test_loopback_is_never_asked_for_at_a_proxy(plain: int) -> None:
    """Whatever the environment says of proxies."""
    environ = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    assert _run(f"http://127.0.0.1:{plain}/x", **environ) == f"200 ping 127.0.0.1:{plain} t"


def test_a_name_that_does_not_exist_was_not_sent_anything() -> None:
    """So it may be tried again."""
    with pytest.raises(NoAnswer) as caught:
        exchange("POST", "https://absent.invalid/x", {}, b"", seconds=PATIENCE)
    assert not caught.value.sent


def test_an_answer_without_end_is_cut_off(plain: int) -> None:
    """At 32 MiB."""
    with pytest.raises(NoAnswer, match="longer than"):
        exchange("GET", f"http://127.0.0.1:{plain}/x", {}, None, seconds=PATIENCE)
