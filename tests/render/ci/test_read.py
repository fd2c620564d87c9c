"""What `verify --json` and `ready --json` say, as parts."""

import json

import pytest

from mtasts.render.ci.parts import BadParts, PartState
from mtasts.render.ci.read import parts_of
from mtasts.render.verdict import document as ready_json
from mtasts.render.verify import document as verify_json
from mtasts.verify.run_checks import judge
from tests.render.hostile import HOSTILE
from tests.render.marked import shown
from tests.verdict.fortnight import NOW as MARCH
from tests.verdict.fortnight import failed, reports, verdict
from tests.verify.scenes import NOW, good
from tests.verify.test_checks import SCENES


def _finding(**changed: str) -> dict[str, str]:
    finding = {
        "check": "mx-certificate",
        "level": "block",
        "state": "fail",
        "subject": "mx1.example.com [192.0.2.1]",
        "code": "expired",
        "text": "the certificate expired",
        "result_type": "certificate-expired",
        "source": "RFC 8461 s4.2",
        "remedy": "renew it",
    }
    return finding | changed


def _verify(*domains: tuple[str, bool, list[dict[str, str]]]) -> bytes:
    shown_domains = [
        {
            "domain": name,
            "passed": passed,
            "would_deliver_in_enforce": "yes" if passed else "no",
            "reasons": [] if passed else ["mx1: the certificate expired"],
            "counts": {},
            "policy": None,
            "findings": findings,
            "observed": {"anything": True},
        }
        for name, passed, findings in domains
    ]
    return json.dumps({"schema": "mtasts-verify", "version": 1, "at": "-", "domains": shown_domains}).encode()


@pytest.mark.parametrize("name", sorted(SCENES))
def test_what_verify_writes_is_read(name: str) -> None:
    """Every scene of the checks, as `verify --json` writes it."""
    verdicts = [judge(scene, NOW) for scene in (good(), SCENES[name][0](good()))]
    text = verify_json.opening(NOW) + verify_json.domain(verdicts[0], first=True)
    text += verify_json.domain(verdicts[1], first=False) + verify_json.closing(2, 1)
    (part,) = parts_of(text.encode())
    assert [block.state is PartState.PASSED for block in part.blocks] == [one.passed for one in verdicts]
    assert shown(part.blocks[1].markdown).unclosed == []


@pytest.mark.parametrize("bad", [(), ("evil.example",)])
@pytest.mark.parametrize("reporters", [("google.com", "microsoft.com"), ("google.com",), ()])
def test_what_ready_writes_is_read(reporters: tuple[str, ...], bad: tuple[str, ...]) -> None:
    """Ready, something to look at, or not, as `ready --json` writes it."""
    made = verdict([*reports(by=reporters), *(failed(20, by=by) for by in bad)])
    text = ready_json.opening(MARCH, rehearsal=False) + ready_json.domain(made, first=True)
    (part,) = parts_of((text + ready_json.closing({made.state: 1})).encode())
    (block,) = part.blocks
    assert (block.state is PartState.PASSED) == made.ready
    assert block.summary.startswith(made.state.value)
    assert len(block.markdown.splitlines()) == 2 + len(made.criteria)


def test_verify_with_all_well_is_a_part_that_passed() -> None:
    """What a watch closes its issue by."""
    (part,) = parts_of(_verify(("example.com", True, [_finding(state="pass")])), "prod")
    assert (part.kind, part.stack, part.state) == ("verify", "prod", PartState.PASSED)
    assert part.headline == "1 domain of prod is published as the YAML says."


def test_verify_names_what_is_open_and_what_to_do() -> None:
    """A failure blocks, only unknowns could not be looked at, notes and passes are left out."""
    (part,) = parts_of(
        _verify(
            (
                "a.example",
                False,
                [_finding(), _finding(state="pass", text="fine"), _finding(level="note", text="note")],
            ),
            ("b.example", False, [_finding(state="unknown")]),
            ("c.example", True, []),
        ),
        "prod",
    )
    assert part.state is PartState.BLOCKED
    assert part.headline.startswith("2 of 3 domains of prod")
    assert [block.state for block in part.blocks] == [PartState.BLOCKED, PartState.FAILED, PartState.PASSED]
    assert part.blocks[0].summary == "mx1: the certificate expired"
    assert part.blocks[0].markdown.count("\n") == 2
    assert "`expired`" in part.blocks[0].markdown


def _ready(state: str, reasons: list[str]) -> bytes:
    criterion = {
        "code": "days",
        "kind": "evidence",
        "have": 3,
        "need": 14,
        "met": False,
        "blocks": False,
        "missing": "11 more days",
        "when": "2026-12-05",
        "accepted": None,
        "detail": [],
    }
    domain = {
        "domain": "a.example",
        "mode": "testing",
        "state": state,
        "reasons": reasons,
        "criteria": [criterion],
        "earliest": None,
    }
    return json.dumps({"schema": "mtasts-ready", "version": 1, "domains": [domain | {"notes": []}]}).encode()


@pytest.mark.parametrize(
    ("state", "expected"),
    [("ready", PartState.PASSED), ("not ready", PartState.BLOCKED), ("not enough evidence", PartState.BLOCKED)],
)
def test_ready_keeps_its_three_words(state: str, expected: PartState) -> None:
    """The verdict's word begins the summary."""
    (part,) = parts_of(_ready(state, ["11 more days"]), "prod")
    (block,) = part.blocks
    assert (part.kind, block.state, block.summary) == ("ready", expected, f"{state}: 11 more days")
    assert "| `days` | 3 | 14 | 11 more days | 2026-12-05 |" in block.markdown


@pytest.mark.parametrize(
    "text",
    [
        b'{"schema": "mtasts-verify", "version": 1}',
        b'{"schema": "mtasts-verify", "version": 2, "domains": []}',
        b'{"schema": "mtasts-ready", "version": 1, "domains": [{}]}',
        b'{"schema": "other", "version": 1}',
        _ready("splendid", []),
        b"",
    ],
)
def test_anything_else_is_refused(text: bytes) -> None:
    """In one line."""
    with pytest.raises(BadParts):
        parts_of(text)


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_what_reports_and_servers_wrote_is_inert(text: str) -> None:
    """The Markdown of a block keeps the promise that `parts` asks for."""
    finding = _finding(subject=text, text=text, code=text, remedy=text)
    if "\ud800" in text:
        with pytest.raises(BadParts):
            parts_of(_verify((text, False, [finding])))
        return
    (part,) = parts_of(_verify((text, False, [finding])))
    page = shown(part.blocks[0].markdown)
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert (page.links, page.unclosed) == ([], [])
