"""Where policies are published from, the files must be the bytes that were judged: those of the commit."""

import shutil

import pytest

from mtasts.cli.main import main
from mtasts.live.files import read_file
from mtasts.live.git import read_stacks_at
from mtasts.live.git_bytes import converted, uncommitted
from tests.hostile.conftest import COM, DEFAULTS
from tests.hostile.test_bytes import RULES, TWO_FACED, commit_raw
from tests.publishing.stage import Run
from tests.repositories import Repo, domain_file

BYTES = "differs from the commit"


@pytest.fixture
def publish(repo, capsys):
    """`mtasts up` or `preview` in the folder of the repository, as far as it comes without an engine."""
    repo.commit({"Pulumi.yaml": "name: mail\nruntime: python\n", "__main__.py": ""})

    def run(verb, *words):
        capsys.readouterr()
        code = main([verb, "--stack", "prod", *(["--yes"] if verb == "up" else []), *words])
        return Run(code, *capsys.readouterr())

    return run


def told(problems):
    return [str(problem) for problem in problems]


def here(repo):
    return repo.folder / "policies"


def clone(repo, folder, *settings):
    """A fresh checkout on a machine that is set up so."""
    repo.git(*settings, "clone", "-q", "-b", "change", str(repo.folder), str(folder))
    return Repo(folder)


@pytest.mark.parametrize("verb", ["up", "preview"])
def test_a_two_faced_file_is_published_by_nobody(repo, publish, verb, tmp_path, monkeypatch):
    """Checked out afresh it says enforce, and git calls it unchanged: refused with and without --committed."""
    commit_raw(repo, {RULES: "*.yaml working-tree-encoding=ISO646-SE\n", COM: TWO_FACED})
    fresh = clone(repo, tmp_path / "fresh")
    monkeypatch.chdir(fresh.folder)
    assert [policy.mode for policy in read_file(fresh.folder / COM).policies] == ["enforce"]
    assert {policy.mode for policy in read_stacks_at(repo.folder, "change")["prod"].policies} == {"testing"}
    assert fresh.git("status", "--porcelain", COM) == ""

    plain, committed = publish(verb), publish(verb, "--committed")

    assert (plain.code, committed.code) == (1, 1)
    assert f"{COM}:1:1: file: the attribute working-tree-encoding=ISO646-SE changes its bytes" in plain.err
    assert f"{COM}:1:1: file: {BYTES}" in committed.err
    assert plain.err.endswith("nothing was touched\n")


def test_as_committed(repo):
    """A checkout is what its commit has; an edit is the operator's own, who is not in a pipeline."""
    assert uncommitted(here(repo), "prod") == converted(here(repo), "prod") == ()
    repo.write({COM: domain_file(mode="enforce", max_age="1d"), "policies/prod/notes.txt": "x", ".gitignore": "x"})

    assert converted(here(repo), "prod") == ()
    assert [line.partition(": file: ")[2] for line in told(uncommitted(here(repo), "prod"))] == [
        f"{BYTES} (an edit, an attribute, core.autocrlf); check it out again"
    ]


@pytest.mark.parametrize("staged", [False, True])
def test_files_more_or_less(repo, staged):
    """Neither the index nor what git is told to ignore counts; a stack whose folder is gone is not an empty one."""
    repo.write(
        {DEFAULTS: None, "policies/prod/example.net.yaml": domain_file("example.net"), ".gitignore": "*.net.yaml"}
    )
    if staged:
        repo.git("add", "-f", "-A", "policies")
    gone, more = sorted(told(uncommitted(here(repo), "prod")))
    assert gone.endswith(f"{DEFAULTS}:1:1: file: is in the commit, but is not here; check the commit out whole")
    assert more.endswith("example.net.yaml:1:1: file: is not in the commit; commit it, or take it away")

    shutil.rmtree(here(repo) / "prod")
    assert len(uncommitted(here(repo), "prod")) == 3


def test_bits_that_hide_an_edit(repo):
    """Git can be told to take a file for unchanged, or to keep it out of the checkout."""
    repo.git("update-index", "--assume-unchanged", COM)
    repo.write({COM: domain_file(mode="enforce")})
    assert repo.git("status", "--porcelain") == ""
    assert BYTES in "".join(told(uncommitted(here(repo), "prod")))

    repo.git("update-index", "--no-assume-unchanged", COM)
    repo.git("checkout", "-q", COM)
    repo.git("sparse-checkout", "set", "--no-cone", "/*", f"!/{COM}")
    assert "is in the commit, but is not here" in "".join(told(uncommitted(here(repo), "prod")))


def test_a_link_is_not_the_file(repo):
    """Also when the same text is at its other end."""
    (repo.folder / COM).rename(repo.folder / "elsewhere")
    (repo.folder / COM).symlink_to(repo.folder / "elsewhere")

    assert BYTES in "".join(told(uncommitted(here(repo), "prod")))


@pytest.mark.parametrize("way", ["info", "setting", "autocrlf", "hook", "replace"])
def test_what_the_machine_makes_of_a_checkout(repo, tmp_path, way):
    """None of it is in the commit."""
    rules = tmp_path / "rules"
    rules.write_text("*.yaml filter=other\n")
    smudge = ["-c", "filter.other.smudge=sed s/testing/enforce/", "-c", f"core.attributesFile={rules}"]
    given = {"setting": smudge, "autocrlf": ["-c", "core.autocrlf=true"]}.get(way, [])
    fresh = clone(repo, tmp_path / "fresh", *given)
    file = fresh.folder / COM
    if way == "info":
        (fresh.folder / ".git/info/attributes").write_text("*.yaml filter=other\n")
        fresh.git("config", "filter.other.smudge", "sed s/testing/enforce/")
        file.unlink()
        fresh.git("checkout", "-q", COM)
        assert "the attribute filter=other changes its bytes" in told(converted(here(fresh), "prod"))[0]
    elif way == "hook":
        hook = fresh.folder / ".git/hooks/post-checkout"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nsed -i s/testing/enforce/ {file}\n")
        hook.chmod(0o755)
        fresh.git("checkout", "-q", "-B", "again")
    elif way == "replace":
        other = fresh.git("hash-object", "-w", "--stdin", stdin=domain_file(mode="enforce").encode())
        fresh.git("replace", fresh.git("rev-parse", f"HEAD:{COM}"), other)
        file.unlink()
        fresh.git("checkout", "-q", COM)
    assert file.read_bytes() != (repo.folder / COM).read_bytes()

    assert any(COM in line and BYTES in line for line in told(uncommitted(here(fresh), "prod")))


def test_a_repository_with_longer_ids(tmp_path, monkeypatch):
    """Git can name objects by SHA-256; a merge there is made in a repository that does so, too."""
    repo = Repo(tmp_path / "long")
    shutil.rmtree(repo.folder / ".git")
    repo.git("init", "-q", "-b", "main", "--object-format=sha256")
    repo.commit({COM: domain_file()})
    assert len(repo.git("rev-parse", "HEAD")) == 64
    assert uncommitted(here(repo), "prod") == ()
    repo.branch("change")
    repo.commit({COM: domain_file(max_age="1d")})
    repo.switch("main")
    repo.commit({"README.md": "x"})
    monkeypatch.chdir(repo.folder)
    assert main(["diff", "--base", "main", "--head", "change"]) == 0
    repo.write({COM: domain_file(mode="enforce")})
    assert BYTES in told(uncommitted(here(repo), "prod"))[0]


def test_a_folder_in_no_repository(repo, publish, tmp_path):
    """Nothing was committed, so that nothing can be held against it: fine by hand, not in a pipeline."""
    shutil.copytree(here(repo), tmp_path / "alone")
    assert converted(tmp_path / "alone", "prod") == ()

    done = publish("preview", "--policies", str(tmp_path / "alone"), "--committed")

    assert (done.code, done.out) == (2, "")
    assert "is in no git repository" in done.err
