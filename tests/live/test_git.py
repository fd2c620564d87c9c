"""Desired state from git's objects: what is read, what is refused, and that nothing else happens."""

import os
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts.live import git as reader
from mtasts.live.files import read_stack
from mtasts.live.git import Repository, read_stacks_at
from tests.repositories import Repo, domain_file

COM, NET = "policies/prod/example.com.yaml", "policies/staging/example.net.yaml"


@pytest.fixture(autouse=True)
def _own_configuration(monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


@pytest.fixture
def repo(tmp_path):
    """Two stacks of one domain each, in one commit."""
    repo = Repo(tmp_path / "repo")
    repo.commit({COM: domain_file(), NET: domain_file("example.net"), "policies/schema.json": "{}"})
    return repo


def tree(repo, ref="HEAD", policies="policies"):
    repository = Repository(repo.folder, Path(policies))
    return repository.tree(repository.commit(ref))


def domains(repo, ref="HEAD"):
    return {stack: [policy.domain for policy in loaded.policies] for stack, loaded in tree(repo, ref).stacks.items()}


def problems(repo, ref="HEAD"):
    found = tree(repo, ref)
    return [str(problem) for problem in (*found.problems, *(p for one in found.stacks.values() for p in one.problems))]


def test_a_commit_reads_as_its_files_on_disk(repo, monkeypatch):
    """Same policies, same paths, same problems, defaults included."""
    repo.commit({"policies/prod/_defaults.yaml": "ttl: 600\n", "policies/prod/bad.yaml": "mode: no\n"})
    here = read_stacks_at(repo.folder, "HEAD")
    monkeypatch.chdir(repo.folder)
    assert here == {name: read_stack(Path("policies"), name) for name in ("prod", "staging")}
    assert here["prod"].policies[0].ttl == 600


def test_what_is_not_committed_does_not_count(repo):
    """Neither an edit nor a new file of the working tree."""
    repo.write({COM: domain_file(mode="enforce"), "policies/prod/example.org.yaml": domain_file("example.org")})
    assert [policy.mode for policy in tree(repo).stacks["prod"].policies] == ["testing"]


def test_a_project_in_a_folder_of_the_repository(tmp_path):
    """Paths are those of the repository, wherever in it the command runs; also with an absolute policies folder."""
    repo = Repo(tmp_path / "mono")
    repo.commit({f"dns/mail/{COM}": domain_file(), "policies/prod/example.org.yaml": domain_file("example.org")})
    for policies in (Path("policies"), repo.folder / "dns/mail/policies", Path("../mail/policies")):
        found = Repository(repo.folder / "dns/mail", policies)
        assert list(found.tree(found.commit("HEAD")).files) == [f"dns/mail/{COM}"]
    with pytest.raises(CannotLook, match="not in the git repository"):
        Repository(repo.folder, Path("../elsewhere"))


def test_stacks_at_the_root(tmp_path):
    """A repository that is nothing but the policies folder."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"prod/example.com.yaml": domain_file(), "README": "x"})
    assert list(tree(repo, policies=".").stacks) == ["prod"]


def test_a_bare_repository(repo, tmp_path):
    """There is no working tree to look at."""
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert list(read_stacks_at(tmp_path / "bare.git", "main")) == ["prod", "staging"]


def test_no_policies_folder_is_no_stack(repo):
    """As it is before a project begins."""
    assert tree(repo, policies="nothing").stacks == {}
    with pytest.raises(CannotLook, match=r"policies/schema\.json is not a folder"):
        tree(repo, policies="policies/schema.json")


@pytest.mark.parametrize("ref", ["", "-h", "--upload-pack=touch x", "nowhere", "HEAD:policies", "a\nb", "x" * 2000])
def test_what_names_no_commit_is_one_clear_line(repo, ref):
    """An option is none either, and nothing of it reaches git."""
    with pytest.raises(CannotLook, match="commit") as caught:
        Repository(repo.folder, Path("policies")).commit(ref)
    assert "\n" not in caught.value.message + caught.value.hint


def test_the_merge_base_is_where_the_branch_left(repo):
    """Not the tip of main, which went on."""
    first = repo.git("rev-parse", "HEAD")
    repo.branch("flip")
    head = repo.commit({COM: domain_file(mode="enforce")})
    repo.switch("main")
    tip = repo.commit({"policies/prod/example.org.yaml": domain_file("example.org")})
    assert Repository(repo.folder, Path("policies")).merge_bases(tip, head) == (first,)


def test_histories_without_a_common_commit(repo):
    """By design, or since the clone is a shallow one: said with the way out."""
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--orphan", "other")
    head = repo.commit({}, "another beginning")
    with pytest.raises(CannotLook, match="no commit in common") as caught:
        Repository(repo.folder, Path("policies")).merge_bases(base, head)
    assert caught.value.hint == "begin the change from the base branch"
    (repo.folder / ".git/shallow").write_text(f"{base}\n")
    with pytest.raises(CannotLook, match="no commit in common") as caught:
        Repository(repo.folder, Path("policies")).merge_bases(base, head)
    assert "fetch-depth: 0" in caught.value.hint


def test_links_and_submodules_are_problems(repo):
    """A link could lead to what no reviewer sees, and be another file where the policies are published from."""
    (repo.folder / "policies/prod/example.org.yaml").symlink_to("/etc/passwd")
    (repo.folder / "policies/linked").symlink_to("prod")
    head = repo.commit({})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},policies/prod/sub.yaml")
    repo.git("commit", "-q", "-m", "submodule")
    assert sorted(problems(repo)) == [
        "policies/linked:1:1: file: is a symbolic link; put the file itself there",
        "policies/prod/example.org.yaml:1:1: file: is a symbolic link; put the file itself there",
        "policies/prod/sub.yaml:1:1: file: is a submodule; put the file itself there",
    ]
    assert domains(repo)["prod"] == ["example.com"]


@pytest.mark.parametrize("inside", ["a", "deep/er/a.yaml"])
@pytest.mark.parametrize("name", ["example.org.yaml", "example.org.yml", "_defaults.yaml"])
def test_a_folder_with_the_name_of_a_file_is_the_same_problem_as_on_disk(repo, monkeypatch, name, inside):
    """Git lists no folders; whoever judges a change must say what the run after its merge would say."""
    repo.commit({f"policies/prod/{name}/{inside}": "x", f"policies/prod/{name}/b": "x"})
    here = read_stacks_at(repo.folder, "HEAD")
    assert len(here["prod"].problems) == 1
    monkeypatch.chdir(repo.folder)
    assert here == {stack: read_stack(Path("policies"), stack) for stack in ("prod", "staging")}


def test_files_that_nothing_reads_are_told(repo):
    """As `validate` does: a wrong ending, a place beside the stacks. Hidden and deeper ones mean nothing."""
    repo.commit(
        {
            "policies/prod/example.org.yml": "x",
            "policies/example.org.yaml": "x",
            "policies/prod/.hidden.yaml": "x",
            "policies/.git-ish/a.yaml": "x",
            "policies/prod/deep/a.yaml": "x",
        }
    )
    assert [problem.split(":")[0] for problem in problems(repo)] == [
        "policies/example.org.yaml",
        "policies/prod/example.org.yml",
    ]


def test_hostile_names_and_bytes_stay_names_and_bytes(repo):
    """Line breaks, escapes and bytes that are no UTF-8 neither break the reading nor reach a terminal."""
    repo.commit(
        {
            "policies/prod/a\nb\x1b[31m.yaml": domain_file("example.org"),
            os.fsdecode(b"policies/prod/\xff.yaml"): domain_file("example.edu"),
            "policies/prod/bytes.yaml": b"domain: \xff\n",
        }
    )
    found = problems(repo)
    assert len(found) == 3
    assert all(line.isprintable() for line in found)
    assert domains(repo)["prod"] == ["example.com"]


def test_a_file_that_is_too_long_is_a_problem_and_is_not_read(repo):
    """Its size alone is enough."""
    repo.commit({"policies/prod/example.org.yaml": b"#" * (reader.BYTES_LIMIT + 1)})
    assert ["bytes, more than" in line for line in problems(repo)] == [True]


def test_too_many_files_cannot_be_looked_at(repo):
    """A tree that contains itself many times over makes any number of paths out of a few bytes."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    level = repo.git("mktree", stdin="".join(f"100644 blob {blob}\t{'f' * 200}{i}\n" for i in range(40)).encode())
    for _ in range(3):
        level = repo.git("mktree", stdin="".join(f"040000 tree {level}\td{i}\n" for i in range(40)).encode())
    top = repo.git("mktree", stdin=f"040000 tree {level}\tpolicies\n".encode())
    bomb = repo.git("commit-tree", top, "-m", "bomb")
    with pytest.raises(CannotLook, match=r"at most 50000 are read|more than 16 MiB"):
        tree(repo, bomb)


def test_nothing_of_the_repository_is_run(repo, tmp_path):
    """Hooks, filters, a file system monitor, an alias, text conversion: none of them is asked."""
    flag = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {flag}\ncat\n")
    script.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "filter.x.smudge",
        "filter.x.clean",
        "diff.x.textconv",
        "alias.ls-tree",
        "core.pager",
    ):
        repo.git("config", key, str(script))
    repo.write({".gitattributes": "*.yaml filter=x diff=x\n"})
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (repo.folder / ".git/hooks").mkdir(exist_ok=True)
        (repo.folder / ".git/hooks" / hook).symlink_to(script)
    flag.unlink(missing_ok=True)
    assert list(read_stacks_at(repo.folder, "HEAD")) == ["prod", "staging"]
    assert not flag.exists()


def test_what_is_missing_is_not_fetched(repo, tmp_path):
    """A partial clone would ask its origin for the content; nothing may be asked of anybody."""
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    repo.git("clone", "-q", "--no-local", "--no-checkout", "--filter=blob:none", f"file://{repo.folder}", str(clone))
    with pytest.raises(CannotLook) as caught:
        read_stacks_at(clone, "HEAD")
    assert "fetch-depth: 0" in caught.value.hint


def test_replacements_do_not_count(repo):
    """`git replace` lets a repository show other objects than those that were reviewed."""
    old = repo.git("rev-parse", f"HEAD:{COM}")
    new = repo.git("hash-object", "-w", "--stdin", stdin=domain_file(mode="enforce").encode())
    repo.git("replace", old, new)
    assert [policy.mode for policy in read_stacks_at(repo.folder, "HEAD")["prod"].policies] == ["testing"]


def test_another_repository_in_the_environment_is_not_taken(repo, tmp_path, monkeypatch):
    """Inside a hook git names its repository by GIT_DIR."""
    Repo(tmp_path / "other").commit({})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    assert list(read_stacks_at(repo.folder, "HEAD")) == ["prod", "staging"]


def test_no_repository_and_no_folder(tmp_path):
    """One clear line each."""
    with pytest.raises(CannotLook, match="is in no git repository"):
        read_stacks_at(tmp_path, "HEAD")
    with pytest.raises(CannotLook, match="no such folder"):
        read_stacks_at(tmp_path / "gone", "HEAD")


def test_two_commits_share_what_they_have_in_common(repo):
    """A stack whose files are the same is the same value, read once."""
    repository = Repository(repo.folder, Path("policies"))
    first = repository.tree(repository.commit("HEAD"))
    repo.commit({COM: domain_file(mode="enforce")})
    second = repository.tree(repository.commit("HEAD"))
    assert first.stacks["staging"] is second.stacks["staging"]
    assert first.stacks["prod"] != second.stacks["prod"]
