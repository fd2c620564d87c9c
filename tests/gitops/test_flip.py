"""From reports to enforce: what the pipelines do when the evidence is there, and when it goes away again."""

import json
import re
from pathlib import Path

import pytest

from tests.gitops.scene import BACKUP, TOKEN, Scene
from tests.repositories import git
from tests.workflows.steps import Run

pytestmark = [pytest.mark.xdist_group("gitops"), pytest.mark.needs("namespaces")]

GOLDEN = Path(__file__).with_name("golden")
FLIP, FINE = "mtasts/promote/prod/example.com-enforce", "mtasts/promote/prod/fine.example-enforce"


def promoted(scene: Scene) -> str:
    """The bot's step for prod: what it printed."""
    run = scene.play("watch", "promote", scene.clone(), matrix__stack="prod")
    assert run.passed, run.results
    assert TOKEN not in str(run.results)
    return run.results["Settle"].stdout + run.results["Propose"].stdout


def test_the_whole_way(scene: Scene) -> None:
    """Proposed by the bot, gated, previewed and told; merged by a person; published and seen in enforce."""
    _look(scene)
    number = _propose(scene)
    _judge(scene, number)
    _merge(scene, number)
    _publish(scene)
    _go_on(scene)


def _look(scene: Scene) -> None:
    """Nothing has drifted, and two domains of seven are ready."""
    folder = scene.clone()
    run = scene.play("watch", "look", folder, matrix__stack="prod")

    assert run.passed, run.results
    ready = json.loads((folder / "ready-prod.json").read_text())
    assert {one["domain"] for one in ready["domains"] if one["state"] == "ready"} == {"example.com", "fine.example"}
    assert "'mode': 'testing'" in scene.ask("example.com")


def _propose(scene: Scene) -> int:
    """A branch with one changed line and a pull request for each, and never a second one."""
    said = promoted(scene)

    assert re.findall(r"^(\S+): opened #\d+", said, re.MULTILINE) == ["example.com-enforce", "fine.example-enforce"]
    assert set(scene.pulls()) == {FLIP, FINE}
    changed = git(scene.remote, "diff", "-U0", "main", FLIP).splitlines()[4:]
    assert changed == ["@@ -3 +3 @@ domain: example.com", "-mode: testing", "+mode: enforce"]
    pull = scene.pulls()[FLIP]
    assert (pull["title"], pull["base"]["ref"]) == ("example.com: testing -> enforce", "main")
    golden(scene, "pull.md", pull["body"])

    heads = scene.heads()
    again = promoted(scene)
    assert "opened" not in again
    assert scene.heads() == heads
    assert len(scene.pulls()) == 2
    return int(pull["number"])


def _judge(scene: Scene, number: int) -> None:
    """The gate is open, the preview shows the publication, and one comment says both, once."""
    run, _ = scene.gate(FLIP)
    assert run.passed, run.results
    folder = scene.clone()
    results, gate = folder / "results", folder / "gate"
    results.mkdir()
    gate.mkdir()
    (gate / "gate.json").write_bytes(scene.left)
    handed_over = run.outputs.removeprefix("digest=").strip()
    for stack in ("staging", "prod"):
        proposed = scene.clone(FLIP)
        assert scene.play("preview", "preview", proposed, matrix__stack=stack).passed
        name = f"preview-{stack}.json"
        (results / name).write_text((proposed / name).read_text())

    for _ in range(2):
        told = scene.play(
            "preview",
            "comment",
            folder,
            github__event__pull_request__number=str(number),
            needs__gate__outputs__digest=handed_over,
            needs__validate__outputs__stacks='["staging", "prod"]',
        )
        assert told.passed, told.results

    (comment,) = scene.forge.bodies(number)
    golden(scene, "comment.md", comment)


def _merge(scene: Scene, number: int) -> None:
    """A person does; what is published does not change by that."""
    scene.merge(number)
    assert "mode: enforce" in scene.yaml("example.com")
    assert "'mode': 'testing'" in scene.ask("example.com")


def _publish(scene: Scene) -> None:
    """The deployment's jobs one after the other; then a client that nobody here wrote sees enforce."""

    def job(name: str, stack: str = "") -> Run:
        run = scene.play("deploy", name, scene.clone(), matrix__stack=stack)
        assert run.passed, run.results
        return run

    assert 'first=["staging"]\nlater=["prod"]\n' in job("stacks").outputs
    job("first", "staging")
    plan = job("plan")
    assert 'stacks=["prod"]\n' in plan.outputs, "there is something to approve"
    assert "testing" in plan.summary
    job("later", "prod")

    seen = scene.ask("example.com")
    assert "STSFetchResult.VALID" in seen
    assert "'mode': 'enforce'" in seen
    assert "'max_age': 86400" in seen
    assert "'mode': 'testing'" in scene.ask("fine.example")


def _go_on(scene: Scene) -> None:
    """The next rung has to wait. The other proposal goes when its backup MX fails, comes back, and is declined."""
    fine = int(scene.pulls()[FINE]["number"])
    scene.fault("mx-expired", "--on", BACKUP)
    try:
        said = promoted(scene)
    finally:
        scene.fault("clear")

    assert f"withdrawn #{fine}: " in said
    assert scene.pulls() == {}
    assert set(scene.heads()) & {FLIP, FINE} == set()
    body = scene.forge.issues[fine]["body"]
    assert body.startswith("➖ **Withdrawn ")
    assert "expired" in body.splitlines()[0]

    assert "fine.example-enforce: opened #" in promoted(scene)
    again = int(scene.pulls()[FINE]["number"])
    assert again != fine
    scene.forge.issues[again]["state"] = "closed"
    assert f"declined in #{again}" in promoted(scene)
    assert scene.pulls() == {}


def golden(scene: Scene, name: str, text: str) -> None:
    """The text is that of the file, but for what differs from run to run."""
    # Names that look like commits are broken up for Markdown, so that nobody is linked.
    told = re.sub(r"\b\d{14}[0-9a-f]{16}\b|\b\d{6}&#8203;\d{6}(&#8203;[0-9a-f]{6}){3}", "ID", text)
    told = re.sub(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ| UTC)?", "TIME", told)
    told = re.sub(r"\b\d{4}-\d\d-\d\d\b", "DAY", told)
    told = re.sub(r"For commit `[0-9a-f]{12}`", "For commit `COMMIT`", told)
    told = told.replace(str(scene.folder), "FOLDER")
    path = GOLDEN / name
    if not path.exists():
        path.write_text(told)
        pytest.fail(f"{path} was not there, and was written: look at it")
    assert told == path.read_text()
