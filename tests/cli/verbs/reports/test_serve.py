"""The receiver as a process, spoken to over its socket, killed, and flooded."""

import asyncio
import gzip
import http.client
import json
import select
import signal
import socket
import subprocess
import sys
import time
from datetime import date

import pytest

from mtasts.live.store import open_store
from mtasts.reports.stored import Trust
from tests.cli.filled import document, reports
from tests.cli.serving import running
from tests.patience import PATIENCE
from tests.signals import without_sigint

JSON = "application/tlsrpt+json"
GZIP = "application/tlsrpt+gzip"
DAY = "2026-03-05"


def body(number=0, **given):
    """The JSON of a report with its own id."""
    found = document(DAY, 10, **given)
    found["report-id"] = f"id-{number}"
    return json.dumps(found).encode()


def post(server, content, media_type=JSON, path="/", **headers):
    """Post and return (status, headers, text)."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    try:
        connection.request("POST", path, content, {"Content-Type": media_type, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def kept(location, domain="example.com"):
    """The report-ids and trust levels in the store."""
    with open_store(str(location)) as store:
        found = store.window(domain, date(2026, 1, 1), date(2026, 12, 31))
        return {stored.report.report_id: stored.trust for stored in found}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One receiver and its store."""
    location = tmp_path_factory.mktemp("posts")
    with running("serve", "--store", location, "--listen", "127.0.0.1:0") as server:
        server.location = location
        yield server


@pytest.mark.parametrize(
    ("number", "pack", "media_type", "headers"),
    [
        (1, bytes, JSON, {}),
        (2, gzip.compress, GZIP, {}),
        (3, bytes, "Application/TLSRPT+JSON; charset=utf-8", {}),
        (4, gzip.compress, JSON, {"Content-Encoding": "gzip"}),
        (5, bytes, "application/json", {}),
        (6, gzip.compress, "application/gzip", {}),
        (7, bytes, GZIP, {}),
    ],
)
def test_a_report_is_created_once(served, number, pack, media_type, headers):
    """201 with the report in the store as `posted`; 200 for the same again; the bytes decide, not the label."""
    content = pack(body(number))
    assert post(served, content, media_type, **headers)[0] == 201
    assert kept(served.location)[f"id-{number}"] is Trust.POSTED
    assert post(served, content, media_type, **headers)[0] == 200


def test_posted_reports_are_no_evidence(served, capsys):
    """They are stored and shown, and in no counted sum."""
    post(served, body(50, domain="only-posted.example"))
    words = ("--store", served.location, "--since", DAY, "--until", DAY, "--json")
    found = json.loads(reports(capsys, "summary", "only-posted.example", *words)[1])
    assert found["sts"] == {"successes": 0, "failures": 0}
    assert found["untrusted"]["sts"] == {"successes": 10, "failures": 0}
    assert [w["code"] for w in found["warnings"]] == ["no-reports", "not-counted"]


NAMELESS = json.dumps(
    {
        "organization-name": "Postfix",
        "date-range": {"start-datetime": f"{DAY}T00:00:00Z", "end-datetime": f"{DAY}T23:59:59Z"},
        "contact-info": "tls@postfix.example",
        "policies": [
            {
                "summary": {"total-successful-session-count": 4, "total-failure-session-count": 0},
                "policy": {"policy-type": "no-policy-found"},
                "failure-details": [],
            }
        ],
        "report-id": f"{DAY}T00:00:00Z_idx1_np.example",
    }
).encode()


@pytest.mark.parametrize(
    ("content", "media_type", "headers", "reason"),
    [
        (b"{}", JSON, {}, "date-range is missing"),
        (b"not json", JSON, {}, "is neither JSON nor gzip nor zip"),
        (b"\x1f\x8b\x08garbage", GZIP, {}, "is damaged gzip"),
        (gzip.compress(b"x" * 100)[:-5], GZIP, {}, "is gzip that was cut short"),
        (b"[" * 100_000, JSON, {}, "is nested too deep"),
        (b"\xff\xfe\x00\x01", JSON, {}, "is neither JSON nor gzip nor zip"),
        (b"{1}", "text/plain", {}, "is not JSON"),
        (b"brotli", JSON, {"Content-Encoding": "br"}, "is neither JSON nor gzip nor zip"),
        (gzip.compress(b" " * 11_000_000), GZIP, {}, "unpacks to more than 10485760 bytes"),
        (gzip.compress(gzip.compress(b"0" * 50_000_000)), GZIP, {}, "unpacks to more than 10485760 bytes"),
        (NAMELESS, JSON, {}, "no policy domain is named"),
    ],
    ids=[
        "empty-object",
        "no-json",
        "no-gzip",
        "cut-gzip",
        "nested",
        "binary",
        "text",
        "brotli",
        "large-unpacked",
        "bomb",
        "no-domain",
    ],
)
def test_what_cannot_be_counted_is_kept(served, content, media_type, headers, reason):
    """202: the sender would not come again. It lies in quarantine, to the byte, with the reason in answer and list."""
    got, answered, text = post(served, content, media_type, **headers)
    assert got == 202
    assert answered["content-type"].startswith("text/plain")
    assert text.startswith("kept, and not counted: ")
    assert reason in text
    assert text.isprintable() or text.endswith("\n")
    with open_store(str(served.location)) as store:
        held = {store.quarantined_bytes(one.key): one for one in store.quarantined()}
    assert reason in held[content].reason
    assert held[content].source == "https:127.0.0.1"
    assert health(served) == 200


@pytest.mark.parametrize("media_type", ["text/plain", "", "multipart/form-data", "application/octet-stream"])
def test_a_report_of_any_media_type_is_a_report(served, media_type):
    """What it is, its first bytes say; some clients name no type, or their library's own."""
    assert post(served, body(f"type-{media_type}"), media_type)[0] == 201


@pytest.mark.parametrize(("content", "status"), [(b"", 400), (b" \n", 400), (b" " * 10_485_761, 413)])
def test_only_what_could_not_be_kept_is_refused(served, content, status):
    """Nothing in it, or too much of it."""
    assert post(served, content)[0] == status
    assert health(served) == 200


def test_a_report_without_a_domain_is_about_the_only_one(tmp_path, capsys):
    """no-policy-found of tlsrpt-reporter names none. --domain tells, now or when it is judged later; no evidence."""
    with running("serve", "--store", tmp_path / "a", "--domain", "np.example", "--listen", "127.0.0.1:0") as server:
        assert post(server, NAMELESS)[0] == 201
        assert post(server, gzip.compress(NAMELESS), GZIP)[0] == 200
    assert list(kept(tmp_path / "a", "np.example").values()) == [Trust.POSTED]
    two = ("--domain", "np.example", "--domain", "b.example", "--listen", "127.0.0.1:0")
    with running("serve", "--store", tmp_path / "b", *two) as server:
        assert post(server, NAMELESS)[0] == 202
        assert post(server, body(1))[0] == 202
    words = ("--store", tmp_path / "b", "--judge")
    assert reports(capsys, "quarantine", *words)[:2] == (1, "1 posted report moved out of quarantine, 1 post stays\n")
    code, out, _ = reports(capsys, "quarantine", *words, "--domain", "np.example")
    assert (code, out) == (0, "1 posted report moved out of quarantine, 0 posts stay\n")
    assert list(kept(tmp_path / "b", "np.example").values()) == [Trust.POSTED]
    assert list(kept(tmp_path / "b").values()) == [Trust.POSTED]


def test_posts_taken_out_are_kept_apart_from_files_of_ones_own(tmp_path, capsys):
    """Imported they would count as handed over by the operator."""
    with running("serve", "--store", tmp_path / "s", "--listen", "127.0.0.1:0") as server:
        post(server, NAMELESS)
    reports(capsys, "quarantine", "--store", tmp_path / "s", "--out", tmp_path / "out")
    (found,) = (tmp_path / "out" / "posted").iterdir()
    assert found.read_bytes() == NAMELESS


def test_a_body_without_a_length_is_bounded_too(served):
    """Chunked and endless: 413 as soon as the limit is passed, and the connection ends."""
    with socket.create_connection((served.host, served.port), timeout=PATIENCE) as peer:
        peer.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: %b\r\n\r\n" % JSON.encode()
        )
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            while sent < 200 * 1024 * 1024:
                peer.sendall(chunk)
                sent += 0x100000
        except OSError:
            pass
        assert sent < 100 * 1024 * 1024
    assert health(served) == 200


def test_other_methods_and_the_health_page(served):
    """405 with Allow for anything but POST; /health is 200."""
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
        connection = http.client.HTTPConnection(served.host, served.port, timeout=PATIENCE)
        connection.request(method, "/")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        connection.close()
    assert health(served) == 200


def health(server):
    """The status of /health."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    connection.request("GET", "/health")
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\x00\x01\x02",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"A" * 100_000,
        b"\x16\x03\x01",
    ],
    ids=["binary", "version", "length", "long", "tls"],
)
def test_what_is_no_http_is_answered_or_cut(served, bytes_sent):
    """Garbage gets a 400 or a closed connection, at once."""
    with socket.create_connection((served.host, served.port), timeout=PATIENCE) as peer:
        try:
            peer.sendall(bytes_sent + b"\r\n\r\n")
            answer = peer.recv(1000)
        except OSError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert health(served) == 200


def test_the_log_cannot_be_steered(served):
    """A line per post on standard error, without what a peer wrote coming through raw."""
    post(served, body(60, name="\x1b[31mred\nnext", by="x"))
    post(served, b"{}", "text/\x80plain")
    time.sleep(0.2)
    for line in served.lines:
        assert line.endswith("\n")
        assert line.rstrip("\n").isprintable()


def test_paths_and_rates(tmp_path):
    """--path takes posts there only. Beyond --rate posts go to quarantine, 202: not one is refused, not one is lost."""
    # One a minute: on a busy machine a faster one's next turn could come before the last post of the test.
    words = ("--path", "/here", "--rate", "1", "--listen", "127.0.0.1:0")
    with running("serve", "--store", tmp_path / "s", *words) as server:
        assert post(server, body(1), path="/there")[0] == 404
        answers = [post(server, body(n), path="/here/" if n == 2 else "/here")[0] for n in range(1, 5)]
        assert answers == [201] * 2 + [202] * 2
    assert set(kept(tmp_path / "s")) == {"id-1", "id-2"}
    with open_store(str(tmp_path / "s")) as store:
        assert sorted(store.quarantined_bytes(one.key) for one in store.quarantined()) == [body(3), body(4)]


def test_a_little_more_than_the_rate_waits_for_its_turn(tmp_path):
    """120 a minute, 240 at once: the next few are delayed, and stored like the others."""
    with running("serve", "--store", tmp_path, "--rate", "120", "--quiet", "--listen", "127.0.0.1:0") as server:
        answers = {}
        asyncio.run(flood(server, [body(n) for n in range(245)], answers))
        assert answers == dict.fromkeys(range(245), 201)


def test_the_proxy_in_front_names_the_peer(tmp_path):
    """X-Forwarded-For of a trusted proxy counts for the rate; from anybody else it does not."""
    words = ("--rate", "1", "--listen", "127.0.0.1:0")
    with running("serve", "--store", tmp_path / "a", *words) as server:
        sent = [post(server, body(n), **{"X-Forwarded-For": f"192.0.2.{n}"})[0] for n in range(5)]
        assert sent == [201] * 5
    with running("serve", "--store", tmp_path / "b", "--proxy", "192.0.2.99", *words) as server:
        sent = [post(server, body(n), **{"X-Forwarded-For": f"192.0.2.{n}"})[0] for n in range(5)]
        assert sent == [201, 201, 202, 202, 202]


def test_slow_peers_do_not_hold_the_door(tmp_path):
    """Two hundred peers that never finish their head: others are served meanwhile, and they are cut off."""
    with running("serve", "--store", tmp_path, "--listen", "127.0.0.1:0") as server:
        for _ in range(5):  # on a busy machine the answer may take longer than the slow ones have
            begun = time.monotonic()
            slow = [socket.create_connection((server.host, server.port), timeout=PATIENCE) for _ in range(200)]
            for peer in slow:
                peer.sendall(b"POST / HTTP/1.1\r\nX-Slow: ")
            assert post(server, body(1))[0] in {200, 201}
            meanwhile = select.select(slow, [], [], 0)[0] == []
            for peer in slow:
                assert peer.recv(100) == b""
                peer.close()
            assert time.monotonic() - begun > 8
            if meanwhile:
                break
        assert meanwhile


def test_a_slow_second_request_is_cut_too(tmp_path):
    """A connection that was useful once gets no endless patience for the next head."""
    with (
        running("serve", "--store", tmp_path, "--listen", "127.0.0.1:0") as server,
        socket.create_connection((server.host, server.port), timeout=PATIENCE) as peer,
    ):
        peer.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"ok\n"):
            answer += peer.recv(1000)
        begun = time.monotonic()
        peer.sendall(b"POST / HTTP/1.1\r\nX-Slow: ")
        assert peer.recv(100) == b""
        assert time.monotonic() - begun > 8


async def flood(server, contents, answers):
    """All posts at once, each on its own connection; statuses by number as they come."""

    async def one(number, content):
        try:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {len(content)}\r\n\r\n"
            writer.write(head.encode() + content)
            line = await reader.readline()
            if line.startswith(b"HTTP/1.1 "):
                answers[number] = int(line.split()[1])
            writer.close()
        except OSError:
            pass

    await asyncio.gather(*(one(number, content) for number, content in enumerate(contents)))


def test_five_hundred_at_once(tmp_path):
    """All are stored, each answered 201."""
    with running("serve", "--store", tmp_path, "--quiet", "--listen", "127.0.0.1:0") as server:
        answers = {}
        asyncio.run(flood(server, [body(n) for n in range(500)], answers))
        assert answers == dict.fromkeys(range(500), 201)
        assert server.stop() == 0
    assert set(kept(tmp_path)) == {f"id-{n}" for n in range(500)}


@pytest.mark.parametrize("after", [1, 150, 450])
def test_killed_in_the_middle_nothing_acknowledged_is_lost(tmp_path, after):
    """kill -9 while 500 posts are under way: every one that got its 201 is in the store, which opens unharmed."""
    with running("serve", "--store", tmp_path, "--quiet", "--listen", "127.0.0.1:0") as server:
        answers = {}

        async def kill_in_the_middle():
            posting = asyncio.create_task(flood(server, [body(n) for n in range(500)], answers))
            while len(answers) < after and not posting.done():
                await asyncio.sleep(0)
            server.process.kill()
            await posting

        asyncio.run(kill_in_the_middle())
        server.process.wait(PATIENCE)
    created = {f"id-{n}" for n, status in answers.items() if status == 201}
    assert len(created) >= after
    found = kept(tmp_path)
    assert created <= set(found)
    with running("serve", "--store", tmp_path, "--quiet", "--listen", "127.0.0.1:0") as server:
        assert post(server, body(1000))[0] == 201


def test_a_term_signal_ends_it_well(tmp_path):
    """SIGTERM and SIGINT: exit code 0, nothing lost."""
    for number, how in enumerate((signal.SIGTERM, signal.SIGINT)):
        with running("serve", "--store", tmp_path, "--listen", "127.0.0.1:0") as server:
            assert post(server, body(number))[0] == 201
            assert server.stop(how) == 0
            assert "Traceback" not in "".join(server.lines)
    assert set(kept(tmp_path)) == {"id-0", "id-1"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopped_as_soon_as_it_listens(how):
    """Whoever waits for its word and stops it at once gets its clean end."""
    script = (
        "import os, signal\n"
        "from mtasts.live.receiver.server import serve\n"
        f"serve(None, '127.0.0.1', 0, announce=lambda url: os.kill(os.getpid(), {int(how)}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_in_the_background_of_a_script_control_c_is_not_for_it(tmp_path):
    """There SIGINT comes ignored, and stays so; SIGTERM ends it."""
    with running("serve", "--store", tmp_path, "--listen", "127.0.0.1:0", started=without_sigint) as server:
        server.process.send_signal(signal.SIGINT)
        for number in range(10):
            assert post(server, body(number))[0] == 201
            time.sleep(0.1)
        assert server.stop() == 0


def test_an_import_at_the_same_time(tmp_path, capsys):
    """Posts and an import into the same store do not get in each other's way."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.json").write_bytes(body(f"import-{number}"))
    with running("serve", "--store", tmp_path / "s", "--quiet", "--listen", "127.0.0.1:0") as server:
        importing = subprocess.Popen(
            [sys.executable, "-m", "mtasts", "reports", "import", folder, "--store", tmp_path / "s", "--json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        answers = {}
        asyncio.run(flood(server, [body(n) for n in range(200)], answers))
        assert importing.wait(PATIENCE) == 0
    assert set(answers.values()) == {201}
    assert len(kept(tmp_path / "s")) == 400


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--rate", "0"), "at least 1"),
        (("--path", "here"), "begins with /"),
        (("--listen", "192.0.2.1:8460"), "cannot listen"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_two(tmp_path, capsys, words, says):
    """Exit code 2 before anything listens."""
    code, _, err = reports(capsys, "serve", "--store", tmp_path / "s", *words)
    assert code == 2
    assert says in err.splitlines()[-2 if "hint" in err else -1]


def test_a_store_that_cannot_be_opened_is_one_line_and_two(tmp_path, capsys):
    """A file where the folder should be."""
    (tmp_path / "s").write_text("")
    code, _, err = reports(capsys, "serve", "--store", tmp_path / "s", "--listen", "127.0.0.1:0")
    assert code == 2
    assert "Traceback" not in err
