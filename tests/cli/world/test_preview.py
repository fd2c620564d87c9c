"""`mtasts preview` as part of a pull request's comment, from the real engine."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.render.ci.parts import PartState, from_json
from tests.cli.conftest import World
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run

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
    assert done.json["result"] == done.json["details"]["result"] == "succeeded"
    again = world.mtasts("preview", "--stack", "staging", "--sandbox", "--policies", str(proposed), "--json")
    timed = {"seconds": 0, "details": 0}
    assert {**again.json, **timed} == {**done.json, **timed}


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
    """Exit code 1, and a part that says so: the comment is posted all the same. One of them, then all of them."""
    file = proposed / "staging" / "example.com.yaml"
    file.write_text("mode: no\n")
    done = preview(world, proposed, "json")
    assert done.code == 1
    (part,) = from_json(done.out.encode())
    assert part.state is PartState.BLOCKED
    said = f"Not all of it would be published. example.com is held as it is: {file}:"
    assert part.headline.startswith(said)
    assert done.json["result"] == "failed"
    assert [bool(row["held"]) for row in done.json["domains"]] == [True, False]

    (proposed / "staging" / "example.net.yaml").write_text("mode: no\n")
    done = preview(world, proposed, "json")
    assert done.code == 1
    (part,) = from_json(done.out.encode())
    assert part.state is PartState.BLOCKED
    assert part.headline.startswith("Not previewed. ")
    assert part.blocks[0].annotations[0].path.endswith("staging/example.com.yaml")
    assert (done.json["result"], done.json["domains"]) == ("failed", [])


def test_a_stack_without_a_domain(world: World, proposed: Path) -> None:
    """Nothing to do, whole documents, exit code 0; also where git left no folder. What is published is not touched."""
    for path in (proposed / "staging").glob("example*"):
        path.unlink()
    done = preview(world, proposed, "json")
    assert (done.code, done.json["domains"], done.json["result"]) == (0, [], "succeeded"), done.err
    (part,) = from_json(done.out.encode())
    assert (part.state, part.headline) == (PartState.NOTHING, "Nothing to publish.")
    shutil.rmtree(proposed / "staging")
    words = ("--stack", "staging", "--policies", str(proposed))
    for verb in (["preview"], ["up", "--yes"]):
        done = world.mtasts(*verb, *words, "--sandbox", "--json")
        destroy = shlex.join(["mtasts", "destroy", *words, "--sandbox"])
        note = f"stack staging has no mail domain; what it published before stays until `{destroy}`"
        assert (done.code, done.json["notes"][0]) == (0, note), done.err
    for verb in (["verify", "--json"], ["ready", "--all", "--json"]):
        done = world.mtasts(*verb, *words, "--sandbox")
        assert (done.code, done.json["domains"]) == (0, []), done.err
        assert done.err == "note: stack staging has no mail domain; nothing to do\n"
    assert world.id("example.com")


def test_the_program_takes_nothing_down(world: World, proposed: Path) -> None:
    """Run by the engine without this command, a stack without a domain is refused: all there is would be deleted."""
    for path in (proposed / "staging").glob("example*"):
        path.unlink()
    script = """
import sys
from pathlib import Path
from mtasts_pulumi.engine.drive import Request, run
from mtasts.live.project import find_project

outcome = run(Request("preview", find_project(Path.cwd()), "staging", Path(sys.argv[1])))
print(outcome.result, outcome.problems[0].message)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, world.environment["MTASTS_ENGINE"]],
        cwd=ROOT,
        env={**world.environment, **world.cloud, "MTASTS_POLICIES": str(proposed)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.startswith("failed "), done.stdout
    assert "no mail domain in" in done.stdout
