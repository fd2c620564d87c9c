"""Workflow files: what they use, within bounds."""

from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts.live.workflow_files import DEPTH_LIMIT, repository_of, uses_of, workflow_files


def test_every_use_of_jobs_and_steps(tmp_path: Path) -> None:
    """In the order of the file; what an alias repeats is told once."""
    path = tmp_path / "one.yml"
    path.write_text(
        "jobs:\n  a: {uses: x/y/.github/workflows/z.yml@v1}\n  b: &b\n    steps: [{uses: c/d@v2}, {run: 'uses: no'}]\n"
        "  c: *b\n"
    )
    assert uses_of(path) == ("x/y/.github/workflows/z.yml@v1", "c/d@v2")


def test_a_repository_of_several_forges(tmp_path: Path) -> None:
    """Found from a project in a folder of it."""
    (tmp_path / ".git").touch()
    for folder in (".github", ".forgejo"):
        (tmp_path / folder / "workflows").mkdir(parents=True)
        (tmp_path / folder / "workflows" / "one.yaml").touch()
    (tmp_path / "mail").mkdir()
    assert repository_of(tmp_path / "mail") == tmp_path
    assert len(workflow_files(tmp_path)) == 2


@pytest.mark.parametrize("text", ["a: [", "- a\n", f"a: {'[' * (DEPTH_LIMIT + 1)}{']' * (DEPTH_LIMIT + 1)}", "\x00"])
def test_what_is_no_workflow(tmp_path: Path, text: str) -> None:
    """One error, whatever it is; so for a file that is not there."""
    path = tmp_path / "one.yml"
    path.write_text(text)
    with pytest.raises(CannotLook, match=r"one\.yml"):
        uses_of(path)
    with pytest.raises(CannotLook, match=r"gone\.yml"):
        uses_of(tmp_path / "gone.yml")
