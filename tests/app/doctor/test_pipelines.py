"""The pins of workflows and requirements."""

from pathlib import Path

import pytest

from mtasts.app.doctor import pipelines
from mtasts.render.doctor import State
from tests.app.doctor.projects import make_project, set_up

COMMIT = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"


def workflows(folder: Path, *uses: str) -> Path:
    """A repository with a project in a folder of it, and a workflow whose job and steps use these."""
    (folder / ".git").mkdir()
    (folder / ".github" / "workflows").mkdir(parents=True)
    steps = "".join(f"      - uses: {one}\n" for one in uses)
    (folder / ".github" / "workflows" / "one.yml").write_text(f"on: push\njobs:\n  a:\n    steps:\n{steps}")
    return make_project(folder / "mail")


@pytest.mark.parametrize(
    ("used", "state"),
    [
        (f"actions/checkout@{COMMIT}", State.OK),
        ("./.github/actions/setup", State.OK),
        (f"docker://example/image@sha256:{'a' * 64}", State.OK),
        ("actions/checkout@v6", State.WIDE),
        (f"actions/checkout@{COMMIT[:12]}", State.WIDE),
        ("docker://example/image:1", State.WIDE),
    ],
)
def test_an_action(used, state, tmp_path: Path) -> None:
    """Found at the top of the repository of a project in a folder; only a whole commit stays what it is."""
    (found,) = pipelines.examine(set_up(workflows(tmp_path, used)))
    assert found.state is state
    assert (used in found.says) is (state is State.WIDE)


def test_a_file_that_is_no_workflow(tmp_path: Path) -> None:
    """Unknown, never a pass; without any file there is only a note."""
    root = workflows(tmp_path)
    (tmp_path / ".github" / "workflows" / "two.yaml").write_text("- a list\n")
    assert [one.state for one in pipelines.examine(set_up(root))] == [State.UNKNOWN]
    alone = make_project(tmp_path / "alone")
    (alone / ".git").mkdir()
    assert [one.state for one in pipelines.examine(set_up(alone))] == [State.NOTE]


def test_requirements(tmp_path: Path) -> None:
    """Each with its hash, as pip wants it all or none."""
    root = workflows(tmp_path)
    file = root / "requirements.txt"
    file.write_text(f"# ours\n--only-binary :all:\nh11==0.16.0 \\\n    --hash=sha256:{'a' * 64}\n")
    assert [one.state for one in pipelines.examine(set_up(root))] == [State.OK]
    file.write_text(file.read_text() + "idna==3.10\n")
    (found,) = pipelines.examine(set_up(root))
    assert (found.state, "idna==3.10" in found.says) == (State.WIDE, True)
