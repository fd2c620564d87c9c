"""Documents: the desired state, what steps hand over, what the engine keeps and says; and foreign text made safe."""

import json
import re
import tempfile
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bench.fuzz.damage import Family, Pattern, Reader
from mtasts.errors import CannotLook
from mtasts.history.ledger import read_text
from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting
from mtasts.live.files import decode, loaded_from
from mtasts.live.forge.sticky import mark_of
from mtasts.live.publications import read_publications
from mtasts.live.sightings import FolderSightings, write_sighting
from mtasts.policy.edit import edit_policy
from mtasts.policy.inputs import InputProblem, Source
from mtasts.policy.splice import CannotEdit
from mtasts.protocol.tlsa import read_tlsa
from mtasts.render import escape
from mtasts.render.ci.contained import contained
from mtasts.render.ci.forms import code_quality, junit, workflow_commands
from mtasts.render.ci.parts import BadParts, Block, Part, PartState, to_json
from mtasts.render.ci.read import parts_of
from mtasts.render.markdown import code, md
from mtasts_pulumi.engine import causes
from mtasts_pulumi.engine.published import successful_updates

ROOT = Path(__file__).parents[2]
POLICY = b"""# who answers for it
domain: example.com
mode: testing
max_age: 1d
mx:
  - mx1.example.com
  - "*.mail.example.net"
rua: [mailto:tls@example.com]
ttl: 300
dns: {provider: cloudflare, zone: 0123456789abcdef0123456789abcdef}
rollout:
  window: 14d
  waivers: []
"""
DEFAULTS = (
    b"mode: testing\nmax_age: 86400\nmx: [mx.example.com]\ndns:\n  provider: route53\n  zone: Z0123456789ABCDEFGHIJ\n"
)
TOKENS = [
    b"\n", b"\r\n", b"\t", b": ", b"- ", b"? ", b"&a ", b"*a", b"!!python/name:os ", b"!!binary ", b"<<: *a", b"---\n",
    b"...\n", b"|\n", b">-\n", b"[", b"]", b"{", b"}", b'"', b"'", b"#", b"%YAML 1.1\n", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"\x85", b"\0", b"\xff", b"1e999", b"0x1F", b"1_000", b"12:30:45", b"null", b"~", b"yes",
    b"2026-01-01", b"`", b"<!-- ", b"-->", b"<details>", b"</details>", b"```", b"::error::", b"##[error]",
    b"\x1b[31m", b"\xe2\x80\xae",
]  # fmt: skip
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT = Path(tempfile.mkdtemp(prefix="mtasts-fuzz-"))


def _source(data: bytes, name: str = "policies/prod/example.com.yaml") -> tuple[Source | None, list[InputProblem]]:
    problems: list[InputProblem] = []
    return decode(name, data, problems), problems


def _desired(data: bytes) -> None:
    source, problems = _source(data)
    base, _ = _source(DEFAULTS, "policies/prod/_defaults.yaml")
    loaded = loaded_from([source] if source else [], base, problems, defaults_lost=False)
    assert loaded.policies or loaded.problems, "a file is right, or it is said why it is not"


def _defaults(data: bytes) -> None:
    base, problems = _source(data, "policies/prod/_defaults.yaml")
    source, _ = _source(POLICY)
    assert source is not None
    loaded_from([source], base, problems, defaults_lost=base is None)


def _edit(data: bytes) -> None:
    source, _ = _source(data)
    if source is not None:
        with suppress(CannotEdit):
            edit_policy(source.text, mode="enforce", max_age="2w", add_mx=["new.example.net"])
        with suppress(CannotEdit):
            edit_policy(source.text, remove_mx=["mx1.example.com"])


def _parts(data: bytes) -> None:
    with suppress(BadParts):
        parts = parts_of(data, "prod")
        junit(parts)
        code_quality(parts)
        for command in workflow_commands(parts):
            assert len(command.splitlines()) == 1


def _publications(data: bytes) -> None:
    file = _KEPT / "publications.json"
    file.write_bytes(data)
    with suppress(CannotLook):
        read_publications(file)


def _sighting(data: bytes) -> None:
    """Beside one that is right: they are put in order."""
    place = _KEPT / "sightings"
    place.mkdir(exist_ok=True)
    (place / "example.com.jsonl").write_bytes(_seen() + b"\n" + data + b"\n")
    FolderSightings(_KEPT).of("example.com")


def _history(data: bytes) -> None:
    with suppress(ValueError, RecursionError):
        found = json.loads(data)
        successful_updates(found if isinstance(found, list) else [found])


def _tlsa(data: bytes) -> None:
    with suppress(ValueError):
        str(read_tlsa(data.decode("latin-1")))


def _ledger_text(data: bytes) -> None:
    read_text(data.decode("latin-1"))


def _said(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    causes.cause_of(text)
    causes.service_words(text)
    causes.record_of(text)


def _mark(data: bytes) -> None:
    mark_of(data.decode("utf-8", "replace"))


def _foreign(data: bytes) -> None:
    """Whatever it is, nothing of it steers a terminal, leaves its element, or begins a workflow command."""
    for text in (data.decode("utf-8", "surrogateescape"), data.decode("latin-1")):
        shown = escape.terminal(text)
        assert not any(unicodedata.category(char) in _HIDDEN for char in shown), shown
        assert not re.search("[<>\"']", escape.html(text))
        assert "\n" not in escape.github(text)
        assert "\n" not in md(text)
        assert "\n" not in code(text)
        inside = contained(shown + "\n" + text.encode("utf-8", "replace").decode())
        # In a block of code, GitLab takes no line for a command.
        begins = ("::",) if inside.startswith("```") else ("::", "/")
        assert not any(line.startswith(begins) for line in inside.split("\n")), inside


READERS: dict[str, Reader] = {
    "desired state": _desired, "defaults": _defaults, "edit": _edit, "parts": _parts, "publications": _publications,
    "sighting": _sighting, "history": _history, "TLSA": _tlsa, "ledger text": _ledger_text, "engine's text": _said,
    "mark": _mark, "foreign text": _foreign,
}  # fmt: skip
_YAML: list[Pattern] = [
    (b"", b"[", b""), (b"domain: example.com\nmx:\n", b"- a.example\n", b""), (b"", b"#\n", b""), (b"", b" ", b"x"),
    (b'domain: "', b"\\u0041", b'"'), (b"", b"a: b\n", b""), (b"", b"? ", b""), (b"", b"- ", b""),
    (b"notes: |\n", b" x\n", b""),
]  # fmt: skip
GROWING: dict[str, list[Pattern]] = {
    "desired state": _YAML, "defaults": _YAML, "edit": _YAML,
    "parts": [(b"", b"[", b""), (b'{"schema": "x', b"\\u0022", b'"}')],
    "publications": [(b"", b"[", b""), (b"[", b"{},", b"{}]")],
    "sighting": [(b"", b"[", b""), (b'{"at": "', b"0", b'"}')],
    "history": [(b"", b"[", b""), (b"[", b"{},", b"{}]")],
    "TLSA": [(b"3 1 1 ", b"ab", b""), (b"", b" ", b""), (b"", b"3 ", b"")],
    "ledger text": [(b"version: STSv1\n", b"mx: a.example\n", b""), (b"", b":", b""), (b"", b"\n", b"")],
    "engine's text": [(b'"code" : ', b"8", b""), (b"api error ", b"A", b""), (b"", b'"code"', b""), (b"", b" ", b"x"),
                      (b"", b"(", b""), (b"", b"a.", b""), (b"operation error ", b"x:", b""), (b"", b"\n", b"")],
    "mark": [(b"", b"<!-- mtasts:", b""), (b"", b"\n", b""), (b"<!-- mtasts:", b"a", b""), (b"", b" -->", b"")],
    "foreign text": [(b"", b"<details>", b""), (b"", b"`", b""), (b"", b"```\n", b""), (b"", b"::", b""),
                     (b"", b"\n", b""), (b"", b"\xe2\x80\xae", b""), (b"", b"<!-- ", b""),
                     (b"", b"[a](", b""), (b"", b"_*", b"")],
}  # fmt: skip


def family() -> Family:
    """Good documents of each kind."""
    marked = b"text\n\n<!-- mtasts:gate run=12.1 -->\n"
    seeds: dict[str, list[bytes]] = {
        "desired state": [POLICY, POLICY.replace(b"\n", b"\r\n"), DEFAULTS],
        "defaults": [DEFAULTS, POLICY],
        "edit": [POLICY, DEFAULTS],
        "parts": _handed_over(),
        "publications": [json.dumps([{
            "domain": "example.com", "id": "20260301100000",
            "text": "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n",
            "since": "2026-03-01T10:00:00Z", "until": None, "ttl": 300, "named_until": "2026-03-02T10:00:00+01:00",
        }]).encode()],
        "sighting": [_seen()],
        "history": [b'[{"kind": "update", "result": "succeeded", "endTime": 1772359200}]',
                    b'[{"kind": "update", "result": "succeeded", "endTime": "2026-03-01T10:00:00.000Z"}]'],
        "TLSA": [b"3 1 1 " + b"ab" * 32, b"2 0 0 3082", b"1 1 2 00"],
        "ledger text": [b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmax_age: 604800\r\n"],
        "engine's text": [b'error: {"code": 81057, "message": "The record already exists."}',
                          b"operation error CloudFront: CreateDistribution, api error CNAMEAlreadyExists: One or more"],
        "mark": [marked],
        "foreign text": [marked, b"**a** [b](https://c.example) `d` <e> @f #1\n> g\n", b"```\n::set-output::\n```\n"],
    }  # fmt: skip
    return Family(READERS, seeds, TOKENS, GROWING, frozenset({"parts", "publications", "sighting", "history"}))


def _handed_over() -> list[bytes]:
    """What `verify --json`, `ready --json` and `gate --json` hand to `comment`."""
    finding = {
        "check": "mx-certificate", "level": "block", "state": "fail", "subject": "mx1.example.com", "code": "expired",
        "text": "it expired", "result_type": "certificate-expired", "source": "RFC 8461 s4.2", "remedy": "renew it",
    }  # fmt: skip
    verified = {
        "domain": "example.com", "passed": False, "would_deliver_in_enforce": "no", "reasons": ["it expired"],
        "counts": {}, "policy": None, "findings": [finding], "observed": {},
    }  # fmt: skip
    criterion = {"name": "reports", "have": 3, "need": 14, "met": False, "missing": "11 days", "when": "2026-04-01"}
    judged = {
        "domain": "example.com", "mode": "testing", "state": "not ready", "reasons": ["too few"],
        "criteria": [criterion], "earliest": "2026-04-01",
    }  # fmt: skip
    block = Block("example.com", PartState.BLOCKED, "one line", "**more**\n\n- of it\n")
    gate = Part("gate", "prod", "Gate", PartState.BLOCKED, "closed", blocks=(block,))
    return [
        json.dumps({"schema": "mtasts-verify", "version": 1, "at": "-", "domains": [verified]}).encode(),
        json.dumps({"schema": "mtasts-ready", "version": 1, "domains": [judged]}).encode(),
        to_json([gate]).encode(),
    ]


def _seen() -> bytes:
    host = SeenHost("mx1.example.com", (Shown(("mx1.example.com",), "CN=an authority"),))
    return write_sighting(Sighting(datetime(2026, 3, 1, tzinfo=UTC), (host,)))
