"""Branches and pull requests of proposed steps, against a real remote and a forge on loopback that follows the API."""

import threading
from dataclasses import replace

import pytest

from mtasts.app.bot.proposals import Change, Proposals
from mtasts.live.git_branch import Branches
from mtasts.render.verdict.promotion import Mark, withdrawn
from tests.forge.clients import client
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import Fault, meeting, serving
from tests.patience import PATIENCE
from tests.repositories import Repo
from tests.verdict.fortnight import NOW

PATH, DEFAULTS = "policies/prod/example.com.yaml", "policies/prod/_defaults.yaml"
BRANCH = "mtasts/promote/prod/example.com-enforce"
MARK = Mark("0123456789abcdef", NOW)


class Scene:
    """A clone, its remote, a forge beside it; each `bot()` is one run."""

    def __init__(self, folder, forge) -> None:
        self.clone = Repo(folder / "clone")
        self.clone.commit({PATH: "mode: testing\n", DEFAULTS: "ttl: 300\n"})
        self.clone.git("clone", "-q", "--bare", ".", "../remote.git")
        self.clone.git("remote", "add", "origin", "../remote.git")
        self.forge = forge
        forge.branches = self

    def __contains__(self, branch: str) -> bool:
        """What the forge sees of its repository."""
        return branch in self.heads()

    def heads(self) -> dict[str, str]:
        lines = self.clone.git("ls-remote", "--heads", "origin").splitlines()
        return {line.split("refs/heads/")[1]: line.split()[0] for line in lines}

    def bot(self) -> Proposals:
        branches = Branches(self.clone.folder)
        heads = branches.heads("main", "mtasts/promote/prod/*")
        branches.fetch(["main"])
        return Proposals(client(self.forge), branches, "main", heads["main"], "mtasts/promote/prod/", heads)

    def base(self, files) -> None:
        """Somebody merges something else."""
        self.clone.git("checkout", "-q", "main")
        self.clone.commit(files)
        self.clone.git("push", "-q", "origin", "main")

    def put_on_branch(self) -> None:
        """A person adds a commit to the proposal."""
        self.clone.git("fetch", "-q", "origin")
        self.clone.git("checkout", "-q", "-B", "work", f"origin/{BRANCH}")
        self.clone.commit({"note.txt": "by hand\n"})
        self.clone.git("push", "-q", "origin", f"HEAD:{BRANCH}")

    def pull(self, number) -> dict:
        pulls = self.forge.issues if isinstance(self.forge, GitHubStandIn) else self.forge.merges
        return pulls[number]

    def body(self, number) -> str:
        return self.pull(number).get("body") or self.pull(number).get("description") or ""

    def closed(self, number) -> bool:
        return self.pull(number)["state"] == "closed"

    def content(self) -> str:
        self.clone.git("fetch", "-q", "origin")
        return self.clone.git("show", f"origin/{BRANCH}:{PATH}")


def change(content="mode: enforce\n", body="The evidence.") -> Change:
    return Change(BRANCH, PATH, content.encode(), "Flip it\n", "Flip it", f"{body}\n\n{MARK}\n", (DEFAULTS,))


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn], ids=["github", "gitlab"])
def scene(request, tmp_path):
    with serving(request.param()) as forge:
        yield Scene(tmp_path, forge)


def opened(scene):
    pull = scene.bot().propose(change())
    assert pull is not None
    return pull


def test_a_step_is_proposed_once(scene):
    """A branch with one commit on the base's tip, a pull request from it; the next run finds both, and does nothing."""
    pull = opened(scene)
    heads = scene.heads()
    asked = len(scene.forge.asked)

    bot = scene.bot()
    (found,) = bot.open()

    assert (found.number, found.branch, found.base, found.labels) == (pull.number, BRANCH, "main", ("mta-sts",))
    assert scene.content() == "mode: enforce"
    assert bot.renew(found, change()) == ""
    assert scene.heads() == heads
    assert not [line for line in scene.forge.asked[asked:] if not line.startswith("GET")]


def test_a_run_that_was_cut_off_is_gone_on_with(scene):
    """The branch was pushed and the forge was away: the next run opens the pull request."""
    bot = scene.bot()
    bot.branches.push(BRANCH, bot.branches.commit(bot.tip, PATH, b"mode: enforce\n", "Flip it\n"), "")

    assert scene.bot().open() == ()
    pull = opened(scene)

    assert [one.number for one in scene.bot().open()] == [pull.number]


def test_two_runs_at_once_open_one(scene):
    """Both see no pull request; one pushes the branch, the other finds it moved and leaves it."""
    said = []

    def go(bot, message) -> None:
        said.append(bot.propose(replace(change(), message=message)))

    threads = [threading.Thread(target=go, args=(scene.bot(), message)) for message in ("one\n", "other\n")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert [one is None for one in said].count(True) == 1
    assert len(scene.bot().open()) == 1


def test_two_runs_at_once_past_the_branch_open_one(scene):
    """Both pushed the same: the forge takes one pull request, and both get that one."""
    bots = [scene.bot(), scene.bot()]
    commit = bots[0].branches.commit(bots[0].tip, PATH, b"mode: enforce\n", "Flip it\n")
    bots[0].branches.push(BRANCH, commit, "")
    scene.forge.before.append((r"POST .*/(pulls|merge_requests)$", meeting(2)))
    forges, said = [bot.forge for bot in bots], []

    def go(forge) -> None:
        said.append(forge.open_pull(branch=BRANCH, base="main", title="Flip it", body="x").number)

    threads = [threading.Thread(target=go, args=(forge,)) for forge in forges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert len(said) == 2
    assert len(set(said)) == 1


def test_new_evidence_is_written_over_the_old(scene):
    """The text alone: an approval is not thrown away for a date."""
    pull = opened(scene)
    heads = scene.heads()

    bot = scene.bot()
    assert bot.renew(bot.open()[0], change(body="A day later.")) == "evidence renewed"

    assert scene.body(pull.number).startswith("A day later.")
    assert scene.heads() == heads


@pytest.mark.parametrize(
    ("files", "renewed"),
    [
        ({PATH: "mode: testing\nnotes: x\n"}, True),
        ({DEFAULTS: "ttl: 600\n"}, True),
        ({"README.md": "other\n"}, False),
    ],
)
def test_a_base_that_has_gone_on(scene, files, renewed):
    """Made anew when the domain's file or the stack's defaults have changed, and for nothing else."""
    opened(scene)
    scene.base(files)
    content = "mode: enforce\nnotes: x\n" if PATH in files else "mode: enforce\n"

    bot = scene.bot()
    done = bot.renew(bot.open()[0], change(content))

    assert done == ("made again from main" if renewed else "")
    assert scene.content() == content.strip()
    tip, branch = scene.heads()["main"], scene.heads()[BRANCH]
    assert (scene.clone.git("rev-parse", f"{branch}^") == tip) is renewed


def test_what_a_person_put_on_the_branch_stays(scene):
    """Neither overwritten when the base goes on nor deleted when the step is taken back; its text is still ours."""
    pull = opened(scene)
    scene.put_on_branch()
    theirs = scene.heads()[BRANCH]
    scene.base({PATH: "mode: testing\nnotes: x\n"})

    bot = scene.bot()
    (found,) = bot.open()
    assert bot.renew(found, change(body="A day later.")) == "evidence renewed"
    assert bot.withdraw(found, withdrawn(found.body, "failures", NOW)) == "its branch stays: it has commits of others"

    assert scene.heads()[BRANCH] == theirs
    assert scene.closed(pull.number)


def test_taken_back(scene):
    """Closed with the reason in its text, the branch gone; nobody has declined it, so it may come again."""
    pull = opened(scene)
    bot = scene.bot()
    (found,) = bot.open()

    assert bot.withdraw(found, withdrawn(found.body, "failures: 2 more", NOW)) == ""

    assert scene.closed(pull.number)
    assert "failures: 2 more" in scene.body(pull.number)
    assert BRANCH not in scene.heads()
    bot = scene.bot()
    assert bot.open() == ()
    assert bot.declined(change(), MARK.policy) is None
    again = bot.propose(change())
    assert again is not None
    assert again.number != pull.number


def test_taken_back_in_two_halves(scene):
    """The forge goes away between the text and the closing: it is still ours to close, and was not declined."""
    pull = opened(scene)
    bot = scene.bot()
    (found,) = bot.open()
    bot.forge.update_pull(pull.number, body=withdrawn(found.body, "failures", NOW))
    bot.forge.close_pull(pull.number)

    assert scene.bot().declined(change(), MARK.policy) is None


def test_declined(scene):
    """Closed by a person, branch kept or not: this step is not proposed again, another policy is."""
    pull = opened(scene)
    client(scene.forge).close_pull(pull.number)
    Branches(scene.clone.folder).delete(BRANCH, scene.heads()[BRANCH])

    bot = scene.bot()

    declined = bot.declined(change(), MARK.policy)
    assert declined is not None
    assert declined.number == pull.number
    assert bot.declined(change(), "f" * 16) is None


def test_merged_is_not_declined(scene):
    """A step that was merged, rolled back and is ready again may be proposed again, over the branch of then."""
    pull = opened(scene)
    merged = scene.pull(pull.number)
    merged |= {"state": "closed", "merged_at": "2026-03-30T12:00:00Z"} if "merged_at" in merged else {"state": "merged"}

    bot = scene.bot()

    assert bot.declined(change(), MARK.policy) is None
    again = bot.propose(change())
    assert again is not None
    assert again.number != pull.number


def test_a_forge_that_fails_after_the_work(scene):
    """The pull request was opened and the answer lost: it is found, not doubled."""
    scene.forge.faults.append(Fault(r"POST .*/(pulls|merge_requests)$", status=502, after=True))

    pull = opened(scene)

    assert [one.number for one in scene.bot().open()] == [pull.number]
