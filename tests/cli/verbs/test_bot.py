"""`mtasts bot settle` and `propose` before and beside the evidence: what they are given, and what they leave alone.

With evidence it is played in tests/gitops.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mtasts.cli.main import main
from tests.cli.filled import fill
from tests.cli.ledgers import DAY, MX, ledger_file
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.stand_in import Login, serving
from tests.repositories import Repo, domain_file

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"
BRANCH = "mtasts/promote/prod/example.com-enforce"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A clone of a remote with one domain in testing, a forge, an empty store, a ledger."""
    repo = Repo(tmp_path / "clone")
    repo.commit({"policies/prod/example.com.yaml": domain_file(mode="testing", max_age="1d")})
    repo.git("clone", "-q", "--bare", ".", "../remote.git")
    repo.git("remote", "add", "origin", "../remote.git")
    fill(tmp_path / "store", [])
    ledger_file(tmp_path / "ledger.json", ("id1", "testing", DAY, MX[:1], 30))
    monkeypatch.chdir(repo.folder)
    for name in ("GITHUB_REF", "GITHUB_REF_TYPE", "CI_COMMIT_BRANCH", "PULUMI_STACK", "MTASTS_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    with serving(GitHubStandIn()) as forge:
        forge.tokens[TOKEN] = Login("the-bot")
        for name, value in forge.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        repo.forge = forge
        yield repo


@pytest.fixture
def bot(repo, tmp_path, capsys):
    """The verb, without a look at the network: exit code, stdout, stderr."""

    def run(verb: str, *words: str) -> tuple[int, str, str]:
        where = ["--no-probe", "--store", str(tmp_path / "store"), "--ledger", str(tmp_path / "ledger.json")]
        code = main(["bot", verb, "--stack", "prod", *where, *words])
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        return code, out, err

    return run


def heads(repo: Repo) -> str:
    return repo.git("ls-remote", "--heads", "origin")


def open_pull(repo: Repo, body: str) -> int:
    """As an earlier run left it."""
    repo.git("push", "-q", "origin", f"HEAD:{BRANCH}")
    number = repo.forge.pull(BRANCH, author="the-bot")
    repo.forge.issues[number]["body"] = body
    return number


def test_what_is_not_ready_is_not_proposed(repo, bot):
    """As asked, so exit code 0; the reason is on stderr, nothing at the remote or the forge has changed."""
    before = heads(repo)

    code, out, err = bot("propose")

    assert (code, out) == (0, "")
    assert "example.com: unknown: " in err
    assert "nobody has looked in the last 24 hours" in " ".join(err.split())
    assert heads(repo) == before
    assert not repo.forge.count("^(POST|PATCH)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--canary", "example.ent"), "example.ent is not in stack prod"),
        (("--canary", "a b"), "is not a mail domain"),
        (("--base", "trunk"), "origin has no branch trunk"),
        (("--base=-x",), "does not name a branch"),
        (("--remote", "upstream"), "upstream"),
        (("--remote=--upload-pack=x",), "does not name a remote"),
        (("--stack", "example/staging"), "no stack staging in policies of main"),
    ],
)
def test_names_that_are_not_there(bot, words, said):
    """Nothing is guessed: a canary with a slip in it would hold up all others for ever."""
    code, _, err = bot("propose", *words)

    assert code == 2
    assert said in err


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "100000", "٣"])
def test_numbers_that_make_no_sense(bot, number):
    """Said by the usage."""
    with pytest.raises(SystemExit) as ended:
        bot("propose", f"--at-most={number}")
    assert ended.value.code == 2


def test_without_a_token(repo, bot, monkeypatch):
    """One clear line."""
    monkeypatch.delenv("GITHUB_TOKEN")
    code, _, err = bot("propose")
    assert code == 2
    assert "GITHUB_TOKEN is not set" in err


def test_a_base_that_is_not_valid(repo, bot):
    """Nothing is judged, opened or closed by what cannot be read."""
    number = open_pull(repo, "")
    repo.commit({"policies/prod/example.com.yaml": domain_file(mode="enforced")})
    repo.git("push", "-q", "origin", "main")

    code, _, err = bot("propose")

    assert code == 1
    assert err.startswith('policies/prod/example.com.yaml:6:7: mode: "enforced" is not one of testing, enforce, none;')
    assert repo.forge.issues[number]["state"] == "open"


def test_the_remotes_branch_counts_and_not_what_lies_here(repo, bot):
    """Neither an edit in the working tree nor a commit that was not pushed."""
    path = Path("policies/prod/example.com.yaml")
    path.write_text("not: valid\n")
    repo.commit({"policies/prod/other.example.yaml": "not: valid either\n"})

    code, _, err = bot("propose", "--base", "main")

    assert code == 0
    assert "example.com: unknown: " in err
    assert path.read_text() == "not: valid\n"


def mark(holds: datetime) -> str:
    return f"words\n\n<!-- mtasts-step policy=0123456789abcdef holds={holds:%Y-%m-%dT%H:%M:%SZ} -->\n"


def test_a_verdict_that_nobody_can_renew_holds_until_it_expires(repo, bot):
    """Nothing was looked at: the open one is left as it is while its verdict holds, and taken back afterwards."""
    now = datetime.now(UTC)
    number = open_pull(repo, mark(now + timedelta(hours=1)))

    code, out, _ = bot("settle")

    assert code == 0
    assert f"example.com-enforce: left #{number}: not known now (" in out
    assert repo.forge.issues[number]["state"] == "open"

    repo.forge.issues[number]["body"] = mark(now - timedelta(seconds=1))
    code, out, _ = bot("settle", "--dry-run")
    assert f"withdrawn #{number}" in out
    assert repo.forge.issues[number]["state"] == "open", "a dry run"

    code, out, _ = bot("settle")
    assert code == 0
    assert f"withdrawn #{number}" in out
    assert repo.forge.issues[number]["state"] == "closed"
    assert repo.forge.issues[number]["body"].startswith("➖ **Withdrawn ")
    assert "its branch stays: it has commits of others" in " ".join(out.split()), "the branch was not the bot's"


def test_a_hold_takes_it_back_without_a_look(repo, bot):
    """The person's word, told in the pull request; inert, whatever it says."""
    held = domain_file(mode="testing", max_age="1d", rollout="{hold: 'Wait for @ops <b>'}")
    repo.commit({"policies/prod/example.com.yaml": held})
    repo.git("push", "-q", "origin", "main")
    number = open_pull(repo, mark(datetime.now(UTC) + timedelta(hours=1)))

    code, out, _ = bot("settle")

    assert code == 0
    assert "held: `hold` forbids it: Wait for @ops <b>" in " ".join(out.split())
    body = repo.forge.issues[number]["body"]
    assert repo.forge.issues[number]["state"] == "closed"
    assert "Wait for" in body
    assert "@ops" not in body
    assert "<b>" not in body


def test_a_pull_request_in_other_hands(repo, bot):
    """Somebody has rewritten its text, or it is another stack's: neither renewed nor closed."""
    number = open_pull(repo, "My own words.")
    repo.git("push", "-q", "origin", "HEAD:mtasts/promote/staging/example.com-enforce")
    other = repo.forge.pull("mtasts/promote/staging/example.com-enforce", author="the-bot")

    code, out, _ = bot("settle")

    assert code == 0
    assert f"example.com-enforce: left #{number}: it does not say what we wrote" in out
    assert f"#{other}" not in out
    assert {repo.forge.issues[one]["state"] for one in (number, other)} == {"open"}


def test_a_file_that_cannot_be_edited_is_left_to_a_person(repo, bot):
    """And holds up nobody else."""
    odd = domain_file("odd.example", mode=">-\n  testing", max_age="1d")
    repo.commit({"policies/prod/odd.example.yaml": odd})
    repo.git("push", "-q", "origin", "main")

    code, _, err = bot("propose")

    assert code == 0
    assert "odd.example: left: policies/prod/odd.example.yaml cannot be edited: mode is written as a block" in err
    assert "example.com: unknown: " in err


def test_settle_opens_nothing_and_looks_at_nothing_that_is_not_open(repo, bot):
    """Without a pull request of the bot there is nothing to judge: not even a store is needed."""
    before = heads(repo)

    assert bot("settle", "--store", "nowhere") == (0, "", "")

    assert heads(repo) == before
    assert not repo.forge.count("^(POST|PATCH)")


def test_propose_closes_nothing(repo, bot):
    """What may not be merged any more stays for `settle`, which is named, and does it."""
    number = open_pull(repo, mark(datetime.now(UTC) - timedelta(seconds=1)))

    code, out, err = bot("propose")

    assert (code, err) == (0, "")
    assert f"example.com-enforce: left #{number}: " in out
    assert "; `mtasts bot settle` withdraws it" in " ".join(out.split())
    assert repo.forge.issues[number]["state"] == "open"
    assert f"withdrawn #{number}" in bot("settle")[1]
    assert repo.forge.issues[number]["state"] == "closed"


@pytest.mark.parametrize("missing", ["GITHUB_ACTIONS", "GITHUB_TOKEN"])
def test_a_dry_run_goes_without_a_forge(repo, bot, monkeypatch, missing):
    """What could be proposed is said all the same, and that nobody knows what is open; nothing is asked of a forge."""
    open_pull(repo, mark(datetime.now(UTC) + timedelta(hours=1)))
    asked = repo.forge.count("^GET")
    monkeypatch.delenv(missing)

    code, out, err = bot("propose", "--dry-run")

    assert (code, out) == (0, "")
    assert err.startswith("without a forge (no ")
    assert "which steps are open already, or were declined, is not known" in " ".join(err.split())
    assert "example.com: unknown: " in err
    assert repo.forge.count("^GET") == asked
    assert bot("propose")[0] == 2
    assert bot("settle", "--dry-run")[0] == 2


@pytest.mark.parametrize(
    "words", [["--all-ready", "--open-pr"], ["--open-pr", "--canary", "example.com", "--settle=1"]]
)
def test_the_old_spelling_names_the_new_one(bot, capsys, words):
    """One line, and what it names works."""
    assert main(["promote", *words, "--stack", "prod"]) == 2

    err = " ".join(capsys.readouterr().err.split())
    assert err.startswith("mtasts: --all-ready and --open-pr are no longer options of `promote`")
    for command in ("mtasts bot settle --stack S", "mtasts bot propose --stack S"):
        assert f"`{command}`" in err
        assert bot(command.split()[2])[0] == 0


@pytest.mark.parametrize("verb", ["settle", "propose"])
def test_a_stack_without_a_domain_has_no_steps(repo, capsys, verb, monkeypatch):
    """Its folder need not be there, nothing of it need ever have been published, and nothing is looked at."""
    repo.commit({"Pulumi.yaml": "name: mail\nruntime: python\n", "__main__.py": "", "Pulumi.lab.yaml": "config: {}\n"})
    repo.git("push", "-q", "origin", "main")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///nowhere")
    monkeypatch.setenv("MTASTS_REPORTS", "/nowhere")

    assert main(["bot", verb, "--stack", "lab"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["bot", verb, "--stack", "nosuch"]) == 2
    assert "no stack nosuch" in capsys.readouterr().err
