"""Releasing domains to another tool: nothing changes in DNS, `up` leaves it so, and the host's name goes last."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.publishing.stage import Stage
from tests.publishing.watcher import Watcher

ROUTE53, CLOUDFLARE, BESIDE = "example.com", "example.net", "sub.example.com"
RELEASED = (ROUTE53, CLOUDFLARE)
PAGES = "pages.example.org"


class Shared(Stage):
    """Route 53 and Cloudflare in one stack; the first shares its host with a domain that is not released."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.edit(ROUTE53, host_group="fleet")
        self.add(BESIDE, like=ROUTE53, host_group="fleet", mx=["mx1.example.com"])

    def release(self, *words: str):
        place = ("--stack", "staging", "--sandbox", "--policies", str(self.policies), "--json", "--yes")
        return self.mtasts("release", *words, *place)

    def file(self, domain: str) -> Path:
        return self.policies / "staging" / f"{domain}.yaml"

    def in_dns(self) -> dict[str, list[str]]:
        """All that the zones hold of the released domains and of the one beside them."""
        names = [
            f"{label}{domain}" for domain in (*RELEASED, BESIDE) for label in ("_mta-sts.", "_smtp._tls.", "mta-sts.")
        ]
        found = {name: [*self.txts(name), *self.addresses(name)] for name in names}
        return found | {"validation": sorted(event["name"] for event in self.events() if event["kind"] == "record")}

    def sandbox(self, *words: str) -> None:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err

    def lead_elsewhere(self, domain: str) -> None:
        """Another tool changes what it has taken over, and serves the same text."""
        kept = self.state / f"{domain}.txt"
        kept.write_bytes(self.body(domain))
        self.sandbox("web", "add", f"{domain}.{PAGES}", "--policy", str(kept), "--host", f"mta-sts.{domain}")
        for kind in ("A", "AAAA", "CNAME"):
            self.sandbox("record", f"mta-sts.{domain}", kind)
        self.sandbox("record", f"mta-sts.{domain}", "CNAME", f"{domain}.{PAGES}.")

    def resources(self) -> list[str]:
        backend = Path(self.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
        (state,) = (backend / ".pulumi" / "stacks").rglob("staging.json")
        latest = json.loads(state.read_text())["checkpoint"]["latest"]
        return [entry["urn"].rsplit("::", 1)[-1] for entry in latest["resources"]]


@pytest.fixture(scope="module")
def _shared_once(tmp_path_factory, engine):
    folder = tmp_path_factory.mktemp("r")
    stage = Shared(folder)
    stage.environment["MTASTS_ENGINE"] = str(engine)
    stage.start()
    try:
        stage.sandbox("zone", "add", PAGES, "route53", "ZPAGES")
        done = stage.up()
        assert done.code == 0, done.err
    finally:
        stage.stop()
    return folder


@pytest.fixture
def stage(tmp_path, _shared_once, engine, monkeypatch):
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    shutil.copytree(_shared_once / "sandbox", tmp_path / "sandbox")
    stage = Shared(tmp_path)
    stage.start()
    yield stage
    stage.stop()


def unchanged(stage, before) -> None:
    assert stage.in_dns() == before


def test_nothing_changes_outside_and_up_leaves_it_so(stage):
    """Both providers, watched; a change of another domain waits untouched, and is published afterwards."""
    before, bodies = stage.in_dns(), {domain: stage.body(domain) for domain in RELEASED}
    stage.edit(BESIDE, max_age="2d")
    with Watcher(stage) as watcher:
        told = stage.release(*RELEASED, "--dry-run")
        assert (told.code, told.json["result"]) == (0, "would be released"), told.err
        assert "released" not in stage.file(ROUTE53).read_text()

        done = stage.release(*RELEASED)

        assert (done.code, done.json["result"]) == (0, "released"), done.err
        unchanged(stage, before)
        day = done.json["domains"][0]["released"]
        assert yaml.safe_load(stage.file(ROUTE53).read_text())["released"].isoformat() == day
        assert not [name for name in stage.resources() if name.startswith(("example.com-", "example.net-"))]
        assert "fleet-distribution" in stage.resources()
        planned = stage.preview()
        assert planned.code == 0, planned.err
        assert [row["domain"] for row in planned.json["domains"]] == [BESIDE]
        assert planned.json["shared"] == []

        again = stage.release(*RELEASED)
        assert (again.code, again.json["result"]) == (0, "nothing to do"), again.err
        published = stage.up()
        assert published.code == 0, published.err
        assert published.domain(BESIDE)["steps"]
        same = stage.preview("--expect-no-changes")
        assert same.code == 0, same.err
    watcher.judge()
    assert {name: told for name, told in stage.in_dns().items() if BESIDE not in name} == {
        name: told for name, told in before.items() if BESIDE not in name
    }
    assert {domain: stage.body(domain) for domain in RELEASED} == bodies
    outputs = stage.outputs()
    assert outputs["hosts"]["fleet"]["names"] == [ROUTE53, BESIDE]
    assert {domain: outputs["desired"][domain]["released"] for domain in RELEASED} == dict.fromkeys(RELEASED, day)
    assert outputs["domains"].keys() == {BESIDE}
    known = {record["id"] for domain in done.json["domains"] for record in domain["records"]}
    assert "Z0123456789EXAMPLECOM__mta-sts.example.com_TXT" in known

    _the_names_go_last(stage)


def _the_names_go_last(stage) -> None:
    """While DNS leads here the files may not go; a shared host loses the name then, and a host of one goes."""
    texts = {domain: stage.file(domain).read_text() for domain in RELEASED}
    # The engine deletes nothing where an update was refused, so each alone: a host of one, and a shared one.
    for domain in (CLOUDFLARE, ROUTE53):
        stage.remove(domain)
        told = "its name stays with the policy host of this stack: its records are released, and DNS still leads"
        for run in (stage.preview(), stage.up()):
            assert run.code == 1
            assert f"{domain}: {told} mta-sts.{domain} there" in run.err
            assert "have the other tool lead the policy host to its own web host first" in run.err
            assert stage.body(domain)
            assert stage.txt(domain)
        stage.file(domain).write_text(texts[domain])
    back = stage.up()
    assert back.code == 0, back.err

    for domain in RELEASED:
        stage.lead_elsewhere(domain)
        stage.remove(domain)
    records = {domain: (stage.txt(domain), stage.txts(f"_smtp._tls.{domain}")) for domain in RELEASED}
    gone = stage.up()

    assert gone.code == 0, gone.err
    assert "fleet-distribution" in stage.resources()
    assert "example-net-distribution" not in stage.resources()
    assert stage.outputs()["hosts"]["fleet"]["names"] == [BESIDE]
    assert {domain: (stage.txt(domain), stage.txts(f"_smtp._tls.{domain}")) for domain in RELEASED} == records
    assert stage.up().code == 0
    assert stage.outputs()["desired"].keys() == {BESIDE}


def killing(engine: Path, folder: Path, when: str) -> str:
    """An engine that has its caller killed, `before` or `after` it has imported a state."""
    script = folder / "pulumi"
    run = f'"{engine}" "$@"; done=$?'
    end = 'kill -9 "$PPID"'
    script.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *"stack import"*) {f"{end}; exit" if when == "before" else f"{run}; {end}; exit $done"};; esac\n'
        f'exec "{engine}" "$@"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def test_a_kill_in_between_harms_nothing(stage, tmp_path, engine):
    """Before the state is put back nothing has happened; after it `up` refuses the domain, and it is run again."""
    before = stage.in_dns()
    stage.environment["MTASTS_ENGINE"] = killing(engine, tmp_path, "before")
    assert stage.release(ROUTE53).code == -9
    stage.environment["MTASTS_ENGINE"] = str(engine)
    assert stage.preview("--expect-no-changes").code == 0

    stage.environment["MTASTS_ENGINE"] = killing(engine, tmp_path, "after")
    assert stage.release(ROUTE53).code == -9
    stage.environment["MTASTS_ENGINE"] = str(engine)
    assert "released" not in stage.file(ROUTE53).read_text()
    for run in (stage.preview(), stage.up()):
        assert run.code == 1
        assert "its file does not say so: `mtasts release example.com` writes it" in run.err
        assert run.domain(ROUTE53)["failed"] is True
        unchanged(stage, before)
    plain = subprocess.run(
        [str(engine), "--non-interactive", "stack", "export", "--stack", "staging"],
        cwd=stage.state / "workspace",
        env={**stage.environment, **stage.cloud},
        capture_output=True,
        check=False,
    )
    assert plain.returncode == 0, "the state is whole"

    done = stage.release(ROUTE53)

    assert (done.code, done.json["result"]) == (0, "released"), done.err
    assert len(done.json["domains"][0]["records"]) == 5, "what stays is told again"
    assert stage.up().code == 0
    unchanged(stage, before)
    assert stage.preview("--expect-no-changes").code == 0


def test_what_cannot_be_released_is_one_line(stage):
    """Nothing is touched, also not of those that could be."""
    before, files = stage.in_dns(), {domain: stage.file(domain).read_text() for domain in (*RELEASED, BESIDE)}
    stage.edit(CLOUDFLARE, released="2026-11-28")
    for run in (stage.preview(), stage.up()):
        assert run.code == 1
        assert "released, and this stack holds them still: run `mtasts release example.net`" in run.err
        unchanged(stage, before)
    stage.add("new.example.com", like=ROUTE53, mx=["mx1.example.com"])
    stage.edit(BESIDE, mode="enforce")
    for domain, said in (
        ("absent.example.com", "no file of absent.example.com"),
        ("new.example.com", "new.example.com: nothing of it is published from this stack"),
        (BESIDE, f"{BESIDE}: its file asks for something that is not published yet: run `mtasts up` first"),
    ):
        refused = stage.release(ROUTE53, domain)
        assert refused.code in {1, 2}
        assert said in refused.err
    unchanged(stage, before)
    assert stage.file(ROUTE53).read_text() == files[ROUTE53]
    assert "example.com-mta-sts" in stage.resources()

    done = stage.release(CLOUDFLARE)

    assert done.code == 0, done.err
    assert "example.net-mta-sts" not in stage.resources()
    unchanged(stage, before)
