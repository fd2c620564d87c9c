"""`mtasts preview` as part of a pull request's comment, from the real engine."""

import shutil
from pathlib import Path

import pytest

from mtasts.render.parts import PartState, from_json
from tests.cli.conftest import World
from tests.engine.stage import Run

pytestmark = pytest.mark.xdist_group("looking")


@pytest.fixture
def proposed(world: World, tmp_path: Path) -> Path:
    """The published policies, for a test to change."""
    shutil.copytree(world.policies, tmp_path / "policies")
    return tmp_path / "policies"


def preview(world: World, policies: Path, form: str) -> Run:
    return world.mtasts("preview", "--stack", "staging", "--sandbox", "--policies", str(policies), "--format", form)


def test_nothing_to_publish_is_quiet(world: World, proposed: Path) -> None:
    """One line in the comment, and the whole result behind it for programs."""
    done = preview(world, proposed, "json")
    assert done.code == 0, done.err
    (part,) = from_json(done.out.encode())
    assert (part.kind, part.stack, part.state, part.blocks) == ("preview", "staging", PartState.NOTHING, ())
    assert done.json["details"]["result"] == "succeeded"


def test_a_flip_is_a_domain_with_its_resources_folded(world: World, proposed: Path) -> None:
    """Mode and id as they are and would be, then what the engine would do, in its order."""
    path = proposed / "staging" / "example.com.yaml"
    path.write_text(path.read_text().replace("mode: testing", "mode: enforce\nmax_age: 1d"))
    done = preview(world, proposed, "json")
    assert done.code == 0, done.err
    (part,) = from_json(done.out.encode())
    (block,) = part.blocks
    assert (part.state, part.headline) == (PartState.PASSED, "1 domain would change; 1 stay as they are.")
    assert block.subject == "example.com"
    assert (
        block.summary == "mode testing -> enforce; id replaced, policy file updated, TXT _mta-sts.example.com updated"
    )
    assert f"| id | `{world.id('example.com')}` | new |" in block.markdown
    assert "<summary>3 resource changes, in this order</summary>" in block.markdown
    shown = preview(world, proposed, "markdown").out
    assert shown.startswith("✅ **1 domain would change; 1 stay as they are.** Next: ")


def test_files_that_are_not_valid(world: World, proposed: Path) -> None:
    """Exit code 1, and a part that says so: the comment is posted all the same."""
    (proposed / "staging" / "example.com.yaml").write_text("mode: no\n")
    done = preview(world, proposed, "json")
    assert done.code == 1
    (part,) = from_json(done.out.encode())
    assert part.state is PartState.BLOCKED
    assert part.headline.startswith("Not previewed. ")
    assert part.blocks[0].annotations[0].path.endswith("staging/example.com.yaml")
