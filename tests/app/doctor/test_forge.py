"""The forge's settings, against a stand-in of its documented API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mtasts.app.doctor import forge
from mtasts.app.setup.forge import ForgePlace, ForgeWish, StackWish, apply, open_settings
from mtasts.render.doctor import State
from tests.app.doctor.projects import make_project, set_up
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.stand_in import Login, serving

TOKEN = "ghs_OnlyTheHeaderMayHoldThis0123456789"


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        server.tokens[TOKEN] = Login("an-admin")
        yield server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "preview.yml").write_text("on: push\n")
    return make_project(tmp_path / "mail")


def test_what_set_up_would_still_do(root: Path, github: GitHubStandIn) -> None:
    """Each setting with what is there and how it gets right; nothing is left open once it is done."""
    environ = github.environment(TOKEN)
    before = list(forge.examine(set_up(root, environ)))
    assert {one.state for one in before} == {State.MISSING}
    assert all(one.step for one in before)
    assert any("environment prod" in one.says for one in before)
    settings = open_settings(ForgePlace(environ))
    assert list(apply(settings, settings.plan(ForgeWish((StackWish("prod"),)))))
    assert [one.state for one in forge.examine(set_up(root, environ))] == [State.OK]


def test_nobody_may_look(root: Path, github: GitHubStandIn) -> None:
    """A token that the forge does not know, or no forge at all, is unknown; a project without pipelines asks nobody."""
    found = list(forge.examine(set_up(root, github.environment("ghs_Another"))))
    assert {one.state for one in found} == {State.UNKNOWN}
    (found,) = forge.examine(set_up(root))
    assert (found.state, "no forge" in found.says) == (State.UNKNOWN, True)
    (root.parent / ".github" / "workflows" / "preview.yml").unlink()
    assert list(forge.examine(set_up(root))) == []
