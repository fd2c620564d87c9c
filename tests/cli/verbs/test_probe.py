"""`mtasts probe` as a person runs it: the file, the talk, the exit codes."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import World
from tests.publishing.stage import ROOT, Run

pytestmark = pytest.mark.xdist_group("looking")
SCHEMA = json.loads((ROOT / "docs" / "reference" / "probe.schema.json").read_text(encoding="utf-8"))


def probe(world: World, *words: str) -> Run:
    return world.mtasts("probe", "--sandbox", *words)


def test_every_address_of_every_mx_host_once(world: World, tmp_path: Path) -> None:
    """The reporting mailbox is in example.com, so its hosts are in the file, too; stdout stays empty."""
    file = tmp_path / "probes.json"
    done = probe(world, "example.net", "example.org", "--out", str(file))
    assert (done.code, done.out) == (0, ""), done.err
    value = json.loads(file.read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    hosts = {entry["domain"]: entry["hosts"] for entry in value["domains"]}
    mailbox = ["mx1.example.com", "mx2.example.com"]
    own = {"example.net": ["eu1.mail.example.net"], "example.org": ["mx.example.org"]}
    assert hosts == {**own, "example.com": mailbox}
    places = [(each["host"], each["address"]) for each in value["probes"]]
    assert len(places) == len(set(places)) == 5
    assert value["smtp_open"] is True
    assert [path.name for path in tmp_path.iterdir()] == ["probes.json"]


def test_a_host_of_the_domain_that_is_also_the_mailboxs_is_told_once(world: World, tmp_path: Path) -> None:
    """One line a probe on stderr."""
    done = probe(world, "example.com", "--out", str(tmp_path / "p"))
    *lines, last = done.err.splitlines()
    assert last == "not signed: verbs that judge take the file with --unsigned-probes only"
    assert [line.partition(" [")[0] for line in lines] == [
        "example.com: mx1.example.com",
        "example.com: mx2.example.com",
    ]
    assert all(line.endswith(": ok, TLSv1.3") for line in lines)


def test_a_bad_host_gives_1_and_is_in_the_file(world: World, tmp_path: Path) -> None:
    """The file is written all the same: it is evidence."""
    world.sandbox("fault", "mx-self-signed", "--on", "mx2.example.com")
    done = probe(world, "example.com", "--out", str(tmp_path / "p"))
    assert done.code == 1
    problems = {
        each["host"]: [p["code"] for p in each["problems"]]
        for each in json.loads((tmp_path / "p").read_text())["probes"]
    }
    assert problems == {"mx1.example.com": [], "mx2.example.com": ["certificate-self-signed"]}


def test_stdout_may_be_the_file(world: World) -> None:
    """`--out -`, for a pipe."""
    done = probe(world, "example.org", "--out", "-")
    assert json.loads(done.out)["schema"] == "mtasts-probe"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "/tmp/x"), "mtasts: no domain to probe\n"),
        (("example.com", "--out", "/nonexistent/x"), "mtasts: /nonexistent/x: its folder cannot be written to\n"),
        (("example.com", "--out", "/"), "mtasts: /: is a folder\n"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_look(world: World, words: tuple[str, ...], said: str) -> None:
    """Exit code 2; not after an hour of probing."""
    done = probe(world, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)
    assert len(done.err.splitlines()) == 2


def test_a_domain_without_mail_is_not_as_it_should_be(world: World, tmp_path: Path) -> None:
    """Exit code 1 and a line that says so."""
    world.record("example.org", "MX")
    done = probe(world, "example.org", "--out", str(tmp_path / "p"))
    assert done.code == 1
    assert "example.org: no address of an MX host" in done.err
