"""The distributions, the project and its stacks."""

from pathlib import Path

import pytest

from mtasts.app.doctor import project
from mtasts.render.doctor import State
from tests.app.doctor.projects import ROUTE53, make_project, set_up


@pytest.mark.parametrize(
    ("installed", "state", "step"),
    [
        ({"mtasts": "1.2.0", "mtasts-pulumi": "1.2.0"}, State.OK, ""),
        ({"mtasts": "1.2.0", "mtasts-pulumi": "1.1.0"}, State.WRONG, "pip install -r requirements.txt"),
        ({"mtasts": "1.2.0"}, State.MISSING, "pip install mtasts-pulumi"),
    ],
)
def test_distributions_are_of_one_version(installed, state, step, tmp_path: Path, monkeypatch) -> None:
    """A look and a verdict need the first alone; publishing needs the second in the same version."""
    monkeypatch.setattr(project, "_version", lambda name: installed.get(name, ""))
    (found,) = project.distributions(set_up(tmp_path))
    assert found.state is state
    assert step in found.step


def test_a_project_and_its_stacks(tmp_path: Path) -> None:
    """Each stack by itself: valid, empty, with a mistake, whose list is one command away."""
    root = make_project(tmp_path / "mail", example_com=ROUTE53)
    (root / "Pulumi.empty.yaml").touch()
    bad = root / "policies" / "staging" / "example.net.yaml"
    bad.parent.mkdir()
    bad.write_text("domain: example.net\nmode: test\n")
    setup = set_up(root)
    assert [one.state for one in project.project(setup)] == [State.OK]
    found = {one.subject: one for one in project.stacks(setup)}
    assert {name: one.state for name, one in found.items()} == {
        "stack empty": State.NOTE,
        "stack prod": State.OK,
        "stack staging": State.WRONG,
    }
    assert "example.net.yaml" in found["stack staging"].says
    assert found["stack staging"].step == f"`mtasts validate {root / 'policies'}` lists them all"


def test_no_project_and_no_stack(tmp_path: Path) -> None:
    """Nothing is guessed: what is missing is named."""
    (found,) = project.project(set_up(tmp_path))
    assert (found.state, "Pulumi.yaml" in found.says) == (State.MISSING, True)
    assert list(project.stacks(set_up(tmp_path))) == []
    root = make_project(tmp_path / "mail")
    (root / "policies" / "prod").rmdir()
    (found,) = project.stacks(set_up(root))
    assert found.state is State.MISSING
