"""Wrong files of some domains: each of those stays as it was published, the others are published, roll-backs too."""

import pytest

from mtasts.policy.policy_id import belongs
from tests.publishing.stage import ROOT, Stage

LIVING = "example.net"
VICTIMS = ("empty", "text", "folder", "link", "twice", "ending", "gone", "renamed", "zone", "group", "unfinished")
DOMAINS = {word: f"{word}.example" for word in VICTIMS}
WRONG = {
    "empty": "empty.example.yaml:1:1: yaml: the file is empty",
    "text": "text.example.yaml:2:7: mode: ",
    "folder": "folder.example.yaml:1:1: file: is a folder; put the file itself there",
    "link": "link.example.yaml:1:1: file: is a symbolic link; put the file itself there",
    "twice": "twice.example.yaml:1:9: domain: twice.example is the domain of ",
    "ending": "ending.example.yml:1:1: file: is ignored because of its file extension; rename it to end in .yaml",
    "gone": "no right file names it, and nothing is removed while a file of the stack is wrong: ",
    "renamed": "no right file names it, and nothing is removed while a file of the stack is wrong: ",
    "zone": "zone.example.yaml:1:1: dns: zone.example is published in route53 zone ZZONE",
    "group": "group.example.yaml:1:1: host_group: ",
    "unfinished": "unfinished.example.yaml:1:1: yaml: the file is empty",
}


class Fleet:
    """The staging stack, in a project of its own whose quota is as many names as the victims of the fleet are."""

    def __init__(self, stage: Stage, project) -> None:
        self.stage, self.project = stage, project
        self.files = stage.policies / "staging"
        project.mkdir()
        for name in ("Pulumi.yaml", "__main__.py"):
            (project / name).symlink_to(ROOT / name)
        self.allow(len(DOMAINS) - 1)

    def allow(self, names: int) -> None:
        settings = f"config:\n  aws:region: eu-central-1\n  mtasts:namesPerCertificate: {names}\n"
        (self.project / "Pulumi.staging.yaml").write_text(settings)

    def run(self, verb: str = "up", *more: str):
        return self.stage.mtasts(*self.stage.words(verb), "--project", str(self.project), *more)

    def validate(self):
        return self.stage.mtasts("validate", str(self.stage.policies), "--stack", "staging")

    def seen(self) -> dict[str, tuple]:
        """What a sender sees of every victim that was published."""
        found = {domain: self.stage.txt(domain) for domain in DOMAINS.values()}
        return {domain: (txt, self.stage.body(domain)) for domain, txt in found.items() if txt is not None}

    def spoil(self) -> None:
        """One fault of each kind, and two files of domains that were never published."""

        def file(word):
            return self.files / f"{DOMAINS[word]}.yaml"

        file("empty").write_text("")
        file("text").write_text(file("text").read_text().replace("mode: enforce", "mode: enfroce"))
        file("folder").unlink()
        file("folder").mkdir()
        file("link").rename(self.files.parent / "elsewhere")
        file("link").symlink_to(self.files.parent / "elsewhere")
        (self.files / "TWICE.example.yaml").write_bytes(file("twice").read_bytes())
        (self.files / "ending.example.yml").write_bytes(file("ending").read_bytes())
        file("gone").unlink()
        file("renamed").rename(self.files / "copy.example.yaml")
        self.stage.edit(DOMAINS["zone"], dns={"provider": "route53", "zone": "ZOTHER"})
        self.stage.edit(DOMAINS["group"], host_group="elsewhere")
        file("unfinished").write_text("")
        self.stage.add("newcomer.example", like=LIVING, host_group="fleet", dns={"provider": "route53", "zone": "ZNEW"})
        (self.files / "new-and-wrong.example.yaml").write_text("domain: [")


@pytest.fixture
def fleet(tmp_path, engine, monkeypatch):
    """Ten enforced domains of one host group, one that cannot be finished, and one that nothing will be wrong with."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    stage.remove("example.com")
    for word, domain in DOMAINS.items():
        zone = {"provider": "route53", "zone": f"Z{word.upper()}"}
        stage.add(domain, like=LIVING, dns=zone, mode="enforce", host_group="fleet")
    stage.edit(DOMAINS["unfinished"], host_group="alone")
    stage.edit(LIVING, mode="enforce")
    stage.start()
    stage.edit(DOMAINS["unfinished"], dns={"provider": "route53", "zone": "ZNOTHERE"})
    yield Fleet(stage, tmp_path / "project")
    stage.stop()


def test_what_is_right_is_published_and_what_is_wrong_stays(fleet: Fleet) -> None:
    """By preview and up; `--strict` and the engine alone publish nothing; after the repair all converges."""
    first = fleet.run()
    assert first.code == 1, first.err
    assert {row["domain"] for row in first.json["domains"] if row["failed"]} == {"unfinished.example"}
    published, before = fleet.seen(), fleet.stage.outputs()
    assert len(published) == len(DOMAINS) - 1
    good = {path.name: path.read_bytes() for path in fleet.files.iterdir()}
    fleet.spoil()
    fleet.stage.edit(LIVING, mode="testing")

    refused_in_full(fleet)
    planned = fleet.run("preview")
    told(planned, "would")
    assert {row["domain"] for row in planned.json["domains"] if row["steps"]} - {"unfinished.example"} == {LIVING}

    id_before = fleet.stage.id(LIVING)
    done = fleet.run()
    told(done, "was")
    assert b"mode: testing" in fleet.stage.body(LIVING), done.err
    assert fleet.stage.id(LIVING) != id_before
    assert belongs(fleet.stage.id(LIVING), fleet.stage.body(LIVING).decode()) is True
    assert fleet.seen() == published
    after = fleet.stage.outputs()
    for part in ("domains", "desired"):
        assert {name: told for name, told in after[part].items() if name != LIVING} == {
            name: told for name, told in before[part].items() if name != LIVING
        }
    assert after["hosts"] == before["hosts"]
    assert after["domains"][LIVING]["mode"] == "testing"

    nothing_to_stand_on(fleet, published)
    repaired(fleet, good, published)


def told(done, tense: str) -> None:
    """Exit code 1, each by name with the reason; rows and counts say the same."""
    assert done.code == 1, (tense, done.err)
    rows = {row["domain"]: row for row in done.json["domains"]}
    for word, domain in DOMAINS.items():
        assert rows[domain]["failed"], (tense, domain)
        assert WRONG[word] in rows[domain]["held"], (tense, rows[domain]["held"])
        assert f"mtasts: held as published: {domain}, because " in done.err
    for domain in ("newcomer.example", "new-and-wrong.example"):
        assert (rows[domain]["op"], rows[domain]["failed"], rows[domain]["steps"]) == ("create", True, [])
        assert f"mtasts: left out: {domain}, because " in done.err
    assert '"fleet" has 11 domains, and the quota is 10 names a certificate' in done.err
    assert (rows[LIVING]["failed"], rows[LIVING]["held"]) == (False, "")
    assert done.json["result"] == "failed"
    assert "copy.example.yaml:1:1: file: the file of renamed.example must be named" in done.err


def refused_in_full(fleet: Fleet) -> None:
    """`validate` says no. With --strict, and by the engine without `mtasts`, nothing is touched."""
    assert fleet.validate().code == 1
    events = fleet.stage.events()
    for verb in ("preview", "up"):
        strict = fleet.run(verb, "--strict")
        assert strict.code == 1
        assert "problems in policies; nothing was touched" in strict.err
    assert fleet.stage.events() == events


def nothing_to_stand_on(fleet: Fleet, published: dict) -> None:
    """Wrong defaults are everybody's: nothing is published, whatever else is right."""
    defaults = fleet.files / "_defaults.yaml"
    right = defaults.read_bytes()
    defaults.write_text("ttl: soon\n")
    events = fleet.stage.events()
    for verb in ("preview", "up"):
        done = fleet.run(verb)
        assert done.code == 1
        assert "problems in policies; nothing was touched" in done.err
        assert "why not the others: _defaults.yaml is wrong, and every domain depends on it" in done.err
    assert (fleet.stage.events(), fleet.seen()) == (events, published)
    defaults.write_bytes(right)


def repaired(fleet: Fleet, good: dict[str, bytes], published: dict) -> None:
    """With every file right again, held domains have not changed, and the unfinished one is gone on with."""
    for path in list(fleet.files.iterdir()):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, content in good.items():
        (fleet.files / name).write_bytes(content)
    fleet.stage.edit(DOMAINS["unfinished"], dns={"provider": "route53", "zone": "ZUNFINISHED"})
    done = fleet.run()
    assert done.code == 0, done.err
    assert {row["domain"] for row in done.json["domains"] if row["steps"]} == {LIVING, "unfinished.example"}
    seen = fleet.seen()
    assert {domain: seen[domain] for domain in published} == published
    assert fleet.stage.id("unfinished.example") is not None
