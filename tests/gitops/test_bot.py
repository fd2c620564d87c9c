"""Whose turn it is, as the bot says it for a fleet with evidence; nothing is opened here."""

import pytest

from tests.gitops.scene import TOKEN, Scene
from tests.repositories import git
from tests.workflows.steps import shell

pytestmark = [pytest.mark.xdist_group("gitops"), pytest.mark.needs("namespaces")]


def turns(scene: Scene, *words: str) -> str:
    """What would be done for the fleet as it was at first, whatever other tests have merged since."""
    first = git(scene.remote, "rev-list", "--max-parents=0", "main")
    git(scene.remote, "branch", "-f", "first", first)
    bot = "mtasts bot propose --stack prod --base first --dry-run"
    environ = {**scene.environ(), "GITHUB_TOKEN": TOKEN, "MTASTS_REPORTS": str(scene.store)}
    done = shell(" ".join((bot, *words)), scene.clone(), environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_without_canaries(scene: Scene) -> None:
    """What is ready would be opened; a dry run opens nothing."""
    before = scene.heads()

    assert "fine.example-enforce: would be opened" in turns(scene)
    assert {name: head for name, head in scene.heads().items() if name != "first"} == {
        name: head for name, head in before.items() if name != "first"
    }


def test_a_canary_that_has_settled(scene: Scene) -> None:
    """It is in enforce for a fortnight, and nothing is known against it: the others may go."""
    assert "fine.example-enforce: would be opened" in turns(scene, "--canary", "steady.example")


def test_a_canary_that_is_not_there_yet(scene: Scene) -> None:
    """All others wait for it, and are told for what."""
    said = turns(scene, "--canary", "steady.example", "--canary", "thin.example")

    assert "fine.example-enforce: waits for the canary thin.example: it is in testing: " in said
    assert "reporters: 1 more reporter to go" in said


def test_a_flip_that_has_not_settled_takes_a_turn(scene: Scene) -> None:
    """A domain that went to enforce within the last days counts as one of the changes that are under way."""
    said = turns(scene, "--at-most", "1", "--settle", "20")

    assert "fine.example-enforce: waits for its turn: 0 open and 1 just gone to enforce, at most 1 at once" in said
