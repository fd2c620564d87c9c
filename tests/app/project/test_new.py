"""What `mtasts new` plans and writes, in every kind of folder that a person names first."""

import subprocess
from pathlib import Path

import pytest
import yaml

from mtasts.app.project.made import Shape, made
from mtasts.app.project.new import NewRequest, plan, to_add, write
from mtasts.app.project.pipelines import Pipelines
from mtasts.app.project.requirements import Release
from mtasts.app.project.table import FILES, FORGES
from mtasts.app.validate import validate
from mtasts.errors import CannotLook

PIPELINES = Pipelines("example/mtasts", "a" * 40, "1.2.3")


def make(folder: Path, release: Release, *stacks: str, ci: str = "") -> list[str]:
    """Plan and write; the files, as seen from the folder above."""
    planned = plan(NewRequest(folder, release, stacks, ci, PIPELINES))
    assert planned.problems == ()
    write(planned)
    return sorted(str(one.path.relative_to(planned.site.repository)) for one in planned.new)


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def test_a_project_in_a_folder_that_is_new(tmp_path: Path, release: Release) -> None:
    """One stack by default; it is valid as it is, and nothing in it is published."""
    assert make(tmp_path / "a" / "mail", release) == [
        ".gitignore",
        ".pre-commit-config.yaml",
        "Pulumi.main.yaml",
        "Pulumi.yaml",
        "README.md",
        "__main__.py",
        "install.sh",
        "policies/defaults.schema.json",
        "policies/main/_defaults.yaml",
        "policies/main/example.com.yaml.example",
        "policies/schema.json",
        "requirements-build.txt",
        "requirements.txt",
        "wheels/mtasts-1.2.3-py3-none-any.whl",
        "wheels/mtasts_pulumi-1.2.3-py3-none-any.whl",
        "wheels/mtasts_sandbox-1.2.3-py3-none-any.whl",
    ]
    validated = validate(tmp_path / "a" / "mail" / "policies", None)
    assert (validated.valid, validated.problems) == (True, ())


def test_the_example_is_valid_once_its_signs_are_taken_away(tmp_path: Path, release: Release) -> None:
    """As its head says; the prose in it goes by its capital letter or its first words."""
    make(tmp_path / "mail", release)
    policies = tmp_path / "mail" / "policies" / "main"
    lines = (policies / "example.com.yaml.example").read_text().split("\n\n", 1)[1].splitlines()
    yaml_lines = [line.removeprefix("# ") for line in lines if ": " in line[:24] or line.endswith(":") or " - " in line]
    kept = [line for line in yaml_lines if not line[:1].isupper() and not line.startswith(("testing", "enforce"))]
    (policies / "example.com.yaml").write_text("\n".join(kept))
    validated = validate(policies.parent, None)
    assert validated.problems == ()
    assert yaml.safe_load((policies / "example.com.yaml").read_text())["domain"] == "example.com"


@pytest.mark.parametrize("ci", FORGES)
def test_again_adds_what_is_missing_and_changes_nothing(tmp_path: Path, release: Release, ci: str) -> None:
    """Pipelines later, then another stack; whatever was edited meanwhile stays."""
    make(tmp_path / "mail", release, "eu")
    (tmp_path / "mail" / "README.md").write_text("ours\n")
    added = make(tmp_path / "mail", release, ci=ci)
    assert added
    assert all("main" not in path and "wheels" not in path for path in added)
    assert make(tmp_path / "mail", release, ci=ci) == []
    assert make(tmp_path / "mail", release, "us", ci=ci) == [
        "Pulumi.us.yaml",
        "policies/us/_defaults.yaml",
        "policies/us/example.com.yaml.example",
    ]
    assert (tmp_path / "mail" / "README.md").read_text() == "ours\n"


@pytest.mark.parametrize("ci", FORGES)
def test_below_a_repository(tmp_path: Path, release: Release, ci: str) -> None:
    """What a forge reads is at the top, and names the project's folder; all YAML of it can be read."""
    files = make(repository(tmp_path / "all things") / "mail" / "sts", release, ci=ci)
    above = [path for path in files if not path.startswith("mail/sts/")]
    assert ".pre-commit-config.yaml" in above
    for path in above:
        text = (tmp_path / "all things" / path).read_text()
        assert "mail/sts" in text or path == ".github/dependabot.yml", path
        assert yaml.safe_load(text) if path.endswith((".yml", ".yaml")) else True


def test_whose_lists_are_kept(tmp_path: Path, release: Release) -> None:
    """A .gitignore of one's own is left as it is, and what to add to it is known, until that is there."""
    (tmp_path / ".gitignore").write_text("*.log\n")
    (kept,) = plan(NewRequest(tmp_path, release)).kept
    assert to_add(kept) == ".venv/\n.mtasts/\n__pycache__/\n"
    (tmp_path / ".gitignore").write_text("*.log\n" + to_add(kept))
    (kept,) = plan(NewRequest(tmp_path, release)).kept
    assert to_add(kept) == ""


@pytest.mark.parametrize("ci", FORGES)
def test_what_may_be_somebodys_is_known_again(tmp_path: Path, release: Release, ci: str) -> None:
    """So that a second run does not ask to add what the first wrote."""
    make(tmp_path, release, ci=ci)
    assert [
        to_add(one) for one in plan(NewRequest(tmp_path, release, ci=ci, pipelines=PIPELINES)).kept if one.shared
    ] == [""] * sum(file.shared and file.ci in ("", ci) for file in FILES)


def test_every_problem_is_named_and_nothing_is_written(tmp_path: Path, release: Release) -> None:
    """A name that pipelines cannot write, another program, two wrong stacks, a wrong example, no pipelines."""
    folder = repository(tmp_path / "r") / "mail & more"
    folder.mkdir()
    (folder / "__main__.py").write_text("import pulumi\n")
    planned = plan(NewRequest(folder, release, ("prod", "-x", "a/b"), "github", None, "not a name"))
    assert len(planned.problems) == 6, planned.problems
    assert "'mail & more', the folder's path" in planned.problems[0]
    assert "is another program; name a folder of its own" in planned.problems[1]
    assert "--pipelines OWNER/REPO@COMMIT" in planned.problems[5]
    assert [path.name for path in folder.iterdir()] == ["__main__.py"]


def test_a_file_in_the_way(tmp_path: Path, release: Release) -> None:
    """Where the folder, or one in it, should be."""
    (tmp_path / "mail").write_text("")
    assert plan(NewRequest(tmp_path / "mail" / "sts", release)).problems == (
        f"{tmp_path / 'mail'} is a file; name a folder",
    )
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "policies").write_text("")
    assert plan(NewRequest(tmp_path / "two", release)).problems == (
        f"{tmp_path / 'two' / 'policies'} is not a folder; move it away",
    )


def test_a_project_within_a_project(tmp_path: Path, release: Release) -> None:
    """Pulumi would take the nearest one, and pipelines the other."""
    make(repository(tmp_path / "mail"), release)
    (problem,) = plan(NewRequest(tmp_path / "mail" / "more", release)).problems
    assert (
        problem
        == f"{tmp_path / 'mail' / 'more'} is inside of the Pulumi project {tmp_path / 'mail'}; make it beside that"
    )


def test_all_or_nothing(tmp_path: Path, release: Release) -> None:
    """A file that comes up after the plan stays, and nothing of the project is left beside it."""
    planned = plan(NewRequest(tmp_path / "mail", release))
    (tmp_path / "mail" / "policies").mkdir(parents=True)
    (tmp_path / "mail" / "policies" / "schema.json").write_text("theirs")
    with pytest.raises(CannotLook, match=r"schema.json: File exists; nothing was made"):
        write(planned)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["schema.json"]


def test_no_file_has_two_templates(tmp_path: Path, release: Release) -> None:
    """Of one forge."""
    for ci in ("", *FORGES):
        paths = [one.path for one in made(Shape(tmp_path, tmp_path, ("a", "b"), release, ci, PIPELINES))]
        assert len(paths) == len(set(paths))
