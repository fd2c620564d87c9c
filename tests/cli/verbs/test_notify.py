"""`mtasts notify` as a watch runs it: changes to a webhook, each once, the URL never shown."""

import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mtasts.cli.main import main
from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience
from mtasts.live.web import Secret
from mtasts.live.webhook import post, read_told
from mtasts.render.ci.parts import Block, Part, PartState, to_json
from tests.patience import PATIENCE
from tests.pki import Pki

PATH = "/services/T000/B000/OnlyTheRequestMayHoldThis"


@dataclass
class Channel:
    """An incoming webhook: what was posted, and the answers to give before 200."""

    port: int = 0
    posted: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)


def _serve(channel: Channel, context: ssl.SSLContext | None = None) -> Iterator[Channel]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, text = channel.answers.pop(0) if channel.answers else (200, {}, "ok")
            if self.path != PATH:
                status, text = 404, "no_team"
            if status == 200:
                channel.posted.append(value)
            self.send_response(status)
            for name, content in headers.items():
                self.send_header(name, content)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    channel.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield channel
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Channel]:
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GITLAB_", "CI", "MTASTS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for channel in _serve(Channel()):
        monkeypatch.setenv("MTASTS_WEBHOOK_URL", f"http://127.0.0.1:{channel.port}{PATH}")
        yield channel


def _file(state: PartState, why: str = "why") -> str:
    part = Part("verify", "prod", "verify", state, "h", "", (Block("example.com", state, why),))
    Path("verify.json").write_text(to_json([part]))
    return "verify.json"


def _notify(state: PartState) -> int:
    return main(["notify", "--told", "told.json", "--from", _file(state)])


def test_a_change_is_told_once(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    """Blocked, still blocked, passed: two messages."""
    assert [_notify(PartState.BLOCKED), _notify(PartState.BLOCKED), _notify(PartState.PASSED)] == [0, 0, 0]
    assert [value["blocks"][1]["text"]["text"] for value in channel.posted] == [
        "⛔ verify example.com (prod): blocked: why",
        "✅ verify example.com (prod): blocked -> passed: why",
    ]
    assert capsys.readouterr().err.split("\n")[:3] == [
        "mtasts: told 1 change",
        "mtasts: nothing has changed",
        "mtasts: told 1 change",
    ]


def test_what_was_not_taken_is_told_by_the_next_run(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is marked as told before it was."""
    channel.answers.append((400, {}, "invalid_payload"))
    assert _notify(PartState.BLOCKED) == 2
    assert "it answered 400: invalid_payload" in capsys.readouterr().err
    assert _notify(PartState.BLOCKED) == 0
    assert len(channel.posted) == 1


def test_the_url_is_never_shown(
    channel: Channel, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when it is refused, nor when nobody listens, nor when it is not https, nor with --debug."""
    channel.answers.append((403, {}, f"no access to http://127.0.0.1:{channel.port}{PATH}"))
    _notify(PartState.BLOCKED)
    monkeypatch.setenv("MTASTS_WEBHOOK_URL", f"http://hooks.example{PATH}")
    assert _notify(PartState.BLOCKED) == 2
    monkeypatch.setenv("MTASTS_WEBHOOK_URL", f"hooks.example{PATH}")
    assert _notify(PartState.BLOCKED) == 2
    out, err = capsys.readouterr()
    assert "OnlyTheRequestMayHoldThis" not in out + err
    assert "MTASTS_WEBHOOK_URL is not an https URL" in err


def test_an_outage_and_a_limit_are_waited_for(channel: Channel) -> None:
    """502, then 429 with the time to wait, then taken."""
    slept: list[float] = []
    channel.answers += [(502, {}, ""), (429, {"Retry-After": "17"}, "")]
    url = Secret(f"http://127.0.0.1:{channel.port}{PATH}")
    post(url, {"text": "hello"}, Patience(sleep=slept.append))
    assert channel.posted == [{"text": "hello"}]
    assert slept[0] <= 1
    assert slept[1] == 17


def test_an_outage_that_lasts_is_told_without_the_url(channel: Channel) -> None:
    """After the last attempt."""
    channel.answers += [(503, {}, "")] * 9
    url = Secret(f"http://127.0.0.1:{channel.port}{PATH}")
    with pytest.raises(CannotLook, match="it answered 503") as caught:
        post(url, {"text": "hello"}, Patience(attempts=3, sleep=lambda _: None))
    assert len(channel.answers) == 6
    assert PATH not in caught.value.message


def test_nobody_listening_is_told_without_the_url(channel: Channel) -> None:
    """The reason of the network, with nothing of the address."""
    with pytest.raises(CannotLook, match="refused") as caught:
        post(Secret(f"http://127.0.0.1:9{PATH}"), {}, Patience(attempts=2, sleep=lambda _: None))
    assert PATH not in caught.value.message + caught.value.hint


def test_a_dry_run_prints_and_remembers_nothing(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON as it would be posted; needs no webhook."""
    assert main(["notify", "--dry-run", "--told", "told.json", "--from", _file(PartState.BLOCKED)]) == 0
    assert json.loads(capsys.readouterr().out)["blocks"][0]["text"]["text"] == "MTA-STS: 1 outcome has changed"
    assert (channel.posted, Path("told.json").exists()) == ([], False)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema": "mtasts-told", "version": 2, "told": {}}',
        '{"schema": "mtasts-told", "version": 1, "told": {"a": 1}}',
    ],
)
def test_a_file_that_is_not_ours_is_told_and_kept(
    channel: Channel, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """--told on the wrong file must not overwrite it."""
    Path("told.json").write_text(content)
    assert _notify(PartState.BLOCKED) == 2
    assert "not a file of reported results" in capsys.readouterr().err
    assert Path("told.json").read_text() == content
    assert channel.posted == []


def test_what_was_told_is_replaced_at_once(channel: Channel) -> None:
    """No half file, nothing left beside it; a folder that is not there is made."""
    main(["notify", "--told", "state/told.json", "--from", _file(PartState.BLOCKED)])
    assert [path.name for path in Path("state").iterdir()] == ["told.json"]
    assert read_told(Path("state/told.json")) == {"verify/prod/example.com": "blocked"}


def test_a_webhook_of_another_name(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--webhook names the variable, never the URL."""
    monkeypatch.setenv("OPS_HOOK", os.environ["MTASTS_WEBHOOK_URL"])
    monkeypatch.delenv("MTASTS_WEBHOOK_URL")
    assert _notify(PartState.BLOCKED) == 2
    assert "MTASTS_WEBHOOK_URL is not set" in capsys.readouterr().err
    assert main(["notify", "--webhook", "OPS_HOOK", "--told", "told.json", "--from", _file(PartState.BLOCKED)]) == 0


def test_over_https_with_a_companys_own_authority(tmp_path: Path) -> None:
    """As it is used: a process, https, SSL_CERT_FILE."""
    pki = Pki(tmp_path)
    leaf = pki.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.chain, leaf.key)
    part = Part(
        "verify", "prod", "verify", PartState.BLOCKED, "h", "", (Block("example.com", PartState.BLOCKED, "why"),)
    )
    (tmp_path / "verify.json").write_text(to_json([part]))
    for channel in _serve(Channel(), context):
        environ = {
            "PATH": "/usr/bin:/bin",
            "MTASTS_WEBHOOK_URL": f"https://localhost:{channel.port}{PATH}",
            "SSL_CERT_FILE": str(pki.ca_file),
        }
        command = [sys.executable, "-m", "mtasts", "notify", "--told", "told.json", "--from", "verify.json"]
        environ["PYTHONPATH"] = str(Path(__file__).parents[3])
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.returncode, done.stderr) == (0, "mtasts: told 1 change\n")
        assert len(channel.posted) == 1
