"""`mtasts diff` over real repositories: what it compares, what it says, its exit codes; no network, no secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from mtasts.cli.main import main
from mtasts.live import git as live_git
from mtasts.render.ci.parts import PartState, from_json
from tests.patience import PATIENCE
from tests.repositories import ENVIRONMENT, Repo, domain_file

COM, ORG, DEFAULTS = "policies/prod/example.com.yaml", "policies/prod/example.org.yaml", "policies/prod/_defaults.yaml"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """main has example.com in testing; we stand on a branch of it, in its folder."""
    repo = Repo(tmp_path / "repo")
    repo.commit(
        {
            COM: domain_file(mode="testing", max_age="1d"),
            "policies/staging/example.net.yaml": domain_file("example.net"),
        }
    )
    repo.branch("change")
    monkeypatch.chdir(repo.folder)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("MTASTS_POLICIES", raising=False)
    return repo


@pytest.fixture
def diff(capsys):
    def run(*words):
        capsys.readouterr()
        code = main(["diff", "--base", "main", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/diff-gate.schema.json").read_text(encoding="utf-8"))


def domains(out):
    """The domains of a JSON result that keeps to its schema."""
    details = json.loads(out)["details"]
    jsonschema.Draft202012Validator(SCHEMA).validate(details)
    return {(one["stack"], one["domain"]): one for one in details["domains"]}


def test_nothing_changed(repo, diff):
    """One line, exit code 0."""
    repo.commit({"README": "x"})
    assert diff() == (0, "Nothing changes for mail.\n", "")


def test_a_flip(repo, diff):
    """What changes, and that evidence is for the gate to judge: not wrong by itself."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    code, out, err = diff()
    assert (code, err) == (0, "")
    assert out.startswith("example.com, testing -> enforce. example.com: whether the evidence holds is for the gate")
    assert "    text     -mode: testing\n    text     +mode: enforce\n" in out
    assert "left     not judged from files alone, but by `mtasts gate`: enforce-unproven, mx-uncovered\n" in out


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({ORG: domain_file("example.org", mode="enforce")}, "first-mode"),
        ({COM: None}, "removal-mode"),
        ({COM: domain_file(mode="enforce", max_age="2w")}, "enforce-max-age"),
    ],
)
def test_what_no_evidence_could_allow(repo, diff, files, code):
    """Exit code 1, the rule's code in the first line."""
    repo.commit(files)
    done, out, _ = diff()
    assert done == 1
    assert code in out.splitlines()[0]


def test_a_year_of_testing_is_no_year_of_enforce(repo, diff):
    """The flip of one word: blocked, with the line to write; with that line no rule forbids it."""
    repo.switch("main")
    repo.commit({COM: domain_file(mode="testing", max_age="31557600")})
    repo.branch("flip")
    repo.commit({COM: domain_file(mode="enforce", max_age="31557600")})
    code, out, _ = diff()
    assert code == 1
    assert out.startswith(
        "example.com, testing -> enforce: not now. enforce-long-start: enforce would begin with max_age"
    )
    assert "Next: write `max_age: 1w`; `mtasts promote` lengthens it later, step by step." in " ".join(out.split())
    repo.commit({COM: domain_file(mode="enforce", max_age="1w")})
    assert diff()[0] == 0


def test_a_hold_that_the_change_lifts_counts_all_the_same(repo, diff):
    """The bar is that of the base."""
    repo.switch("main")
    repo.commit({COM: domain_file(mode="testing", max_age="1d", rollout="{hold: audit}")})
    repo.branch("lift")
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    code, out, _ = diff()
    assert code == 1
    assert out.startswith("example.com, testing -> enforce: not now. held: `hold` forbids it: audit")


def test_a_hold_that_the_base_got_later_counts(repo, diff):
    """Settings are those of the branch's tip, although the change was begun before."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    repo.switch("main")
    repo.commit({DEFAULTS: "rollout: {hold: audit}\n"})
    repo.switch("change")
    assert diff()[1].startswith("example.com, testing -> enforce: not now. held: `hold` forbids it: audit")


def test_a_change_names_nobody_who_may_approve_it(repo, diff):
    """The owner is the one on the branch's tip, whom the branch may have got later."""
    repo.switch("main")
    repo.commit({COM: domain_file(mode="testing", max_age="1d", owner=None)})
    repo.git("checkout", "-q", "-B", "change")
    repo.commit({COM: domain_file(mode="enforce", max_age="1d", owner="me")})
    repo.switch("main")
    repo.commit({DEFAULTS: "owner: postmaster\n"})
    repo.switch("change")
    assert "then the owner (postmaster) may approve it." in " ".join(diff()[1].split())


def test_a_base_that_published_something_else_meanwhile(repo, diff):
    """Nobody can tell which text the merge would give."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    repo.switch("main")
    repo.commit({COM: domain_file(mode="testing", max_age="1w")})
    repo.switch("change")
    code, out, _ = diff()
    assert code == 1
    assert out.startswith(f"It cannot be judged as it would be merged. {COM}:1:1: base-moved: the base branch and")
    assert "\nNext: take the base branch into this one (`git merge BASE`), then judge again.\n" in out


def test_other_domains_of_a_base_that_went_on_are_not_ours(repo, diff):
    """What main did since is in what the merge gives, and not undone by it."""
    repo.commit({COM: domain_file(mode="testing", max_age="1w")})
    repo.switch("main")
    repo.commit({ORG: domain_file("example.org"), "policies/staging/example.net.yaml": None})
    repo.switch("change")
    code, out, _ = diff("--format", "json")
    assert code == 0
    assert set(domains(out)) == {("prod", "example.com")}


def test_the_defaults_reach_every_domain(repo, diff):
    """Each is told, and by way of which file."""
    repo.switch("main")
    repo.commit({DEFAULTS: "ttl: 300\n", ORG: domain_file("example.org")})
    repo.branch("ttl")
    repo.commit({DEFAULTS: "ttl: 600\n"})
    found = domains(diff("--format", "json")[1])
    assert {key: one["through"] for key, one in found.items()} == {
        ("prod", "example.com"): DEFAULTS,
        ("prod", "example.org"): DEFAULTS,
    }
    assert {one["id_rotates"] for one in found.values()} == {False}


def test_a_move_to_another_stack_is_blocked(repo, diff):
    """It would be taken down in one before, or after, it begins in the other."""
    repo.commit({COM: None, "policies/staging/example.com.yaml": domain_file(mode="testing", max_age="1d")})
    code, out, _ = diff()
    assert code == 1
    assert "moves to stack staging: each stack is published by itself" in out
    assert "removal-mode" in out


def test_the_same_domain_in_two_stacks(repo, diff):
    """They would undo each other's records."""
    repo.commit({"policies/staging/example.com.yaml": domain_file()})
    code, out, _ = diff()
    assert code == 1
    assert "a domain belongs to one stack" in out


def test_files_that_are_not_valid(repo, diff):
    """The problem at its place, and no word of a removal."""
    repo.commit({COM: domain_file(mode="no")})
    code, out, _ = diff()
    assert code == 1
    assert out.startswith("The files are not valid. policies/prod/example.com.yaml:6:7: mode:")
    assert "removal" not in out


def test_a_base_that_was_not_valid(repo, diff):
    """What is published cannot be read from it: named, and left to the gate, which has the ledger."""
    repo.switch("main")
    repo.commit({COM: domain_file(mode="no")})
    repo.branch("fix")
    repo.commit({COM: domain_file(mode="testing")})
    code, out, _ = diff("--format", "json")
    assert code == 0
    assert domains(out)["prod", "example.com"]["left"] == ["base-invalid"]
    repo.commit({COM: None})
    code, out, _ = diff()
    assert code == 1
    assert "is gone, and what it published cannot be read" in " ".join(out.split())


def test_the_working_tree_instead_of_a_commit(repo, diff):
    """For a look before committing; paths are the same, so that nothing else seems to change."""
    repo.write({COM: domain_file(mode="enforce", max_age="1d")})
    assert diff()[1] == "Nothing changes for mail.\n"
    code, out, _ = diff("--worktree", "--format", "json")
    assert code == 0
    (one,) = domains(out).values()
    assert (one["step"], one["file"], one["settings"]) == ("testing -> enforce", COM, [])


def test_the_working_tree_from_elsewhere(repo, diff, tmp_path, monkeypatch):
    """--repo and --policies say where; problems are named as git names the files."""
    repo.write({COM: domain_file(mode="no")})
    monkeypatch.chdir(tmp_path)
    code, out, _ = diff("--worktree", "--repo", "repo", "--policies", "policies")
    assert code == 1
    assert "policies/prod/example.com.yaml:6:7: mode:" in out


def test_json_is_what_comment_reads(repo, diff):
    """A part for each stack, and the whole result behind it."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    _, out, _ = diff("--format", "json")
    prod, staging = from_json(out.encode())
    assert (prod.kind, prod.stack, prod.state) == ("diff", "prod", PartState.PASSED)
    assert (staging.stack, staging.state) == ("staging", PartState.NOTHING)
    details = json.loads(out)["details"]
    assert (details["version"], details["look"], details["passed"]) == (1, "diff", True)
    assert details["commits"] == {
        "base": repo.git("rev-parse", "main"),
        "head": repo.git("rev-parse", "change"),
        "merge_base": repo.git("rev-parse", "main"),
    }


def test_markdown_is_for_a_summary(repo, diff):
    """The result first."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    _, out, _ = diff("--format", "markdown")
    assert out.startswith("✅ **example.com, testing -&#62; enforce.")
    assert "```diff\n version: STSv1\n-mode: testing\n+mode: enforce\n" in out


HOSTILE = "@team ::error::x ##[error]y <b>z</b> \\u001b[31m"


def test_a_hostile_change_is_shown_and_does_nothing(repo, diff):
    """Names of files and folders, owners, notes, reasons, messages: whatever a stranger may write."""
    waivers = f'{{waivers: [{{mx: mx1.example.com, until: 2027-01-01, reason: "{HOSTILE}"}}]}}'
    repo.commit(
        {
            COM: domain_file(mode="testing", max_age="1d", owner=f'"{HOSTILE}"', notes=f'"{HOSTILE}"', rollout=waivers),
            "policies/prod/::error::.yaml": "x",
            "policies/::error::/example.org.yaml": domain_file("example.org"),
            os.fsdecode(b"policies/prod/\xff\n##[error]x.yaml"): "x",
        },
        "::error::message\n\n@team closes #1",
    )
    for form in ("text", "markdown", "json"):
        code, out, err = diff("--format", form)
        assert (code, err) == (1, "")
        assert not any(line.strip().startswith("::") for line in out.splitlines())
        assert "\x1b" not in out
        assert "##[" not in out
    assert from_json(out.encode())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--head", "nowhere"], "no commit 'nowhere'"),
        (["--head", "--all"], "does not name a commit"),
        (["--policies", "elsewhere"], "no mail domain in elsewhere"),
        (["--repo", "/"], "is in no git repository"),
    ],
)
def test_what_cannot_be_looked_at(repo, diff, words, message):
    """Exit code 2, one line and a way out, nothing on stdout."""
    words = [f"{words[0]}={words[1]}"]
    code, out, err = diff(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_nothing_is_needed_but_git(repo):
    """No credentials, no home, no settings of any cloud: as on a stranger's fork."""
    repo.commit({COM: domain_file(mode="enforce", max_age="1d")})
    bare = {name: ENVIRONMENT[name] for name in ("PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")}
    done = subprocess.run(
        [sys.executable, "-m", "mtasts", "diff", "--base", "main"],
        cwd=repo.folder, env=bare, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("example.com, testing -> enforce.")


def test_a_thousand_domains_cost_no_more_runs_of_git(repo, diff, monkeypatch):
    """One that changes among many: what is the same is read once, and all of it with one process."""
    repo.switch("main")
    # As many as the quotas let one stack have: bundled, ten to a policy host.
    many = {
        f"policies/prod/d{n}.example.yaml": domain_file(f"d{n}.example", host_group=f"g{n // 10}") for n in range(980)
    }
    repo.commit(many)
    repo.branch("one")
    repo.commit({"policies/prod/d7.example.yaml": domain_file("d7.example", host_group="g0", max_age="1w")})
    runs = []
    run = live_git.git
    monkeypatch.setattr(live_git, "git", lambda *words, **more: runs.append(words[1]) or run(*words, **more))
    code, out, _ = diff()
    read = [words for words in runs if words[0] == "cat-file"]
    assert (code, len(read), len(runs) < 20) == (0, 2, True)
    assert out.startswith("d7.example, max_age 1 day -> 1 week: no rule forbids it.\n")
