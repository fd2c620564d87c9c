"""A job's log is read by the runner, which obeys what looks like a command to it, whoever wrote it and in any form."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from mtasts.cli.main import main
from mtasts.cli.screen import say, show
from mtasts.render.ci import verify as verify_ci
from mtasts.render.escape import github, github_property, html, terminal
from mtasts.render.runner import dumps, in_json, in_text, in_xml
from mtasts.render.table import Titled
from mtasts.render.verify import document as verify_json
from mtasts.render.verify.text import compact, full
from tests.cli.filled import document as report
from tests.cli.filled import fill
from tests.hostile.conftest import COM
from tests.render.test_verify import hostile
from tests.repositories import domain_file
from tests.verify.scenes import NOW

COMMANDS = (
    "::error::x",
    " \t\u00a0\u2003::set-output name=a::b",
    "a\n::stop-commands::x",
    "a\r::error::x",
    "##[error]x",
    "words ##[group]x",
    "###[endgroup]",
    "##vso[task.setvariable variable=a]b",
    "\\##[error]x",
    "section_start:1:x\r\x1b[0Kx",
    "section_end:1:x\r\x1b[0K",
)
FOREIGN = st.lists(st.sampled_from([*COMMANDS, *"#[]: \n\r\\\"'<&", "a"])).map("".join)


def obeyed(printed: str) -> list[str]:
    """The lines that GitHub's runner, Azure's or GitLab's would take for a command."""
    lines = re.split(r"\r\n|\r|\n", printed)
    found = [line for line in lines if line.strip().startswith("::") or re.search(r"##\w*\[", line)]
    return found + re.findall(r"section_(?:start|end):\d+:[\w.-]+\r\x1b\[0K", printed)


def test_what_is_looked_for_is_found() -> None:
    """Else the tests below would hold for anything."""
    assert [text for text in COMMANDS if not obeyed(text)] == []
    assert obeyed("a ::error::x, #[x] # [x] section_start:1:x") == []


@given(FOREIGN)
def test_no_form_of_a_text_is_obeyed(text: str) -> None:
    """And JSON and XML give it back as it was."""
    assert obeyed(in_text(text.replace("\n", " ").replace("\r", " "))) == []
    for value in (text, {text: [text]}):
        for form in ({}, {"indent": 1}, {"separators": (",", ":")}):
            written = dumps(value, **form)
            assert obeyed(written) == []
            assert json.loads(written) == value
    assert in_json("[]") == "[]"
    one_line = terminal(" ".join(text.split()))
    element = f"<a b={in_xml(chr(34) + html(one_line) + chr(34))}>{html(one_line)}</a>"
    assert obeyed(f"{html(one_line)}\n{element}") == []
    read = ElementTree.fromstring(element)
    assert read.text in (one_line, None)
    assert read.get("b") == one_line
    assert obeyed(f"x {github(text)} {github_property(text)}") == []


@given(FOREIGN, st.integers(20, 40))
def test_nothing_comes_to_the_start_of_a_line_by_folding(text: str, columns: int) -> None:
    """Neither in lines nor in the cells of a table, at whatever width."""
    table = Titled("mail domain", "what was said", least=8)
    table.add_row("example.com", f"it said {text}")
    with redirect_stdout(_Terminal(columns)) as printed:
        say(f"it said {text}")
        show(table, Text(f"it said {' '.join(text.split())}"))
    assert obeyed(printed.getvalue()) == []


class _Terminal(io.StringIO):
    """A stream of so many columns."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtasts.cli.screen.width", lambda stream=None: getattr(stream, "columns", 30))


@pytest.mark.parametrize("text", COMMANDS)
def test_what_verify_met(text: str) -> None:
    """Records, policy, greetings, MX names: in every form that `verify` has."""
    verdict = hostile(text)
    for columns in (30, 80):
        with redirect_stdout(_Terminal(columns)) as printed:
            show(full(verdict, NOW), compact(verdict))
        assert obeyed(printed.getvalue()) == []
    assert obeyed(verify_json.domain(verdict, first=True)) == []
    assert obeyed(verify_ci.junit(verdict)) == []
    commands = verify_ci.commands(verdict)
    assert obeyed("\n".join(line.removeprefix("::") for line in commands)) == []
    assert all(len(obeyed(line)) == 1 for line in commands)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Reports in which every foreign word is a command."""
    folder = tmp_path_factory.mktemp("store") / "store"
    reports = []
    for number, text in enumerate(COMMANDS):
        failure = {
            "result-type": "certificate-expired" if number % 2 else text,
            "receiving-mx-hostname": text,
            "receiving-mx-helo": text,
            "receiving-ip": text,
            "failure-reason-code": text,
            "additional-information": text,
            "failed-session-count": 1,
        }
        found = report("2026-03-05", 3, 1, name=text, by=f"r{number}.example", details=[failure])
        found["report-id"] = f"{text}{number}"
        reports.append(found)
    fill(folder, reports)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "summary example.com",
        "summary",
        "summary --by reporter",
        "summary --by result",
        "summary example.com --by reporter",
        "summary example.com --json",
        "summary --json --by result",
        "summary example.com --csv --by reporter",
        "summary example.com --csv --by result",
        "metrics",
        "quarantine",
        "quarantine --json",
    ],
)
def test_reports(store, capsys, words):
    """What reporters wrote of themselves and of failures, in every form of every verb that tells it."""
    span = ["--since", "2026-03-01", "--until", "2026-03-10"] if "quarantine" not in words else []
    code = main(["reports", *words.split(), "--store", str(store), *span])
    out, err = capsys.readouterr()
    assert (code, obeyed(out), obeyed(err)) == (0, [], [])
    if "--json" in words:
        json.loads(out)
    if "--csv" in words:
        assert len({len(row) for row in csv.reader(out.splitlines())}) == 1


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_files_that_are_no_reports(tmp_path, capsys, words):
    """Their names, and the reasons for which they are refused."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for text in COMMANDS:
        (inbox / f"{text.replace('/', '')}.json").write_text(json.dumps({text: 1}))
    assert main(["reports", "import", str(inbox), "--store", str(tmp_path / "store"), *words]) == 1
    out, err = capsys.readouterr()
    assert "##" in out + err
    assert (obeyed(out), obeyed(err)) == ([], [])


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_policy_files(tmp_path, capsys, monkeypatch, form):
    """Names of files and folders, keys and values, as `validate` tells them."""
    folder = tmp_path / "policies" / "::error::prod"
    folder.mkdir(parents=True)
    for number, text in enumerate(COMMANDS):
        name = text.replace("/", "")
        (folder / f"{name}.yaml").write_text(f"{json.dumps(text)}: x\ndomain: {json.dumps(text)}\nmode: t{number}\n")
    monkeypatch.chdir(tmp_path / "policies")
    assert main(["validate", ".", "--format", form]) == 1
    out, err = capsys.readouterr()
    ours = [line for line in out.splitlines() if re.match(r"::(?:error|warning) file=[^:]*,title=[^:]*::", line)]
    assert bool(ours) == (form == "github")
    assert [line for line in obeyed(out) if line not in ours or re.search(r"##\w*\[", line)] == []
    assert obeyed(err) == []


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_change(repo, diff, capsys, form):
    """What a pull request brings."""
    said = json.dumps(COMMANDS[1] + COMMANDS[5])
    repo.commit({COM: domain_file(mode="enforce", owner=said, rollout=f"{{hold: {said}}}")})
    repo.commit({f"policies/prod/{text.replace('/', '')}.yaml": "x" for text in COMMANDS[:9]})
    done = diff("--format", form)
    assert (done.code, obeyed(done.out), obeyed(done.err)) == (1, [], [])
    (repo.folder / "diff.json").write_text(diff("--format", "json").out)
    capsys.readouterr()
    for more in (
        [],
        ["--junit", "junit.xml", "--sarif", "sarif.json", "--code-quality", "q.json", "--summary", "s.md"],
    ):
        assert main(["comment", "--dry-run", *more, "--from", "diff.json"]) == 0
    out, err = capsys.readouterr()
    files = [Path(name).read_text() for name in ("junit.xml", "sarif.json", "q.json", "s.md")]
    assert [obeyed(text) for text in (out, err, *files)] == [[]] * 6
    ElementTree.fromstring(files[0])


def test_an_edit(tmp_path, capsys, monkeypatch):
    """The lines around an edit are the file's own."""
    path = tmp_path / "policies/prod/example.com.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(domain_file(mode=None, max_age="1d") + "notes: |\n  ::error::x ##[group]y\nmode: enforce\n")
    monkeypatch.chdir(tmp_path)
    assert main(["rollback", "example.com", "--stack", "prod", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "-mode: enforce" in out
    assert "error::x" in out.partition("@@")[2]
    assert (obeyed(out), obeyed(err)) == ([], [])
