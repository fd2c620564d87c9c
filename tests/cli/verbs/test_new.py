"""`mtasts new` as a person types it: what it prints, what it says is next, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.app.project.requirements import BUILD, DATA, DISTRIBUTIONS
from mtasts.version import version
from tests.app.project.conftest import wheel
from tests.patience import PATIENCE


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    for name in DISTRIBUTIONS:
        made = wheel(name, version(), **{f"mtasts/{DATA}": "six==1.17.0\n", f"mtasts/{BUILD}": "setuptools==80.10.2\n"})
        (folder / made.name).write_bytes(made.content)
    return folder


def new(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mtasts", "new", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_what_is_made_and_what_is_next(tmp_path: Path, wheels: Path) -> None:
    """The files on stdout, by the name that the person gave; the next commands beside them."""
    done = new(tmp_path, "acme", "--wheels", str(wheels), "--stack", "eu", "--stack", "us")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == ["acme/Pulumi.yaml", "acme/Pulumi.eu.yaml", "acme/Pulumi.us.yaml"]
    assert all((tmp_path / line).is_file() for line in done.stdout.splitlines())
    assert "  sh install.sh && .venv/bin/mtasts demo --project .\n" in done.stderr
    assert "no pipelines yet: the same again with --ci github|gitlab|" in done.stderr
    again = new(tmp_path, "acme", "--wheels", str(wheels))
    assert (again.returncode, again.stdout) == (0, "acme has all of it already; nothing was written\n")


def test_in_a_repository_with_other_things(tmp_path: Path, wheels: Path) -> None:
    """What is outside of the project is named whole, and of what is somebody's it is said what to add."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "CODEOWNERS").write_text("* @example/everybody\n")
    (tmp_path / ".gitlab-ci.yml").write_text("mine: {}\n")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / ".gitignore").write_text("*.log\n")
    reference = f"example/mtasts@{'a' * 40}"
    done = new(tmp_path, "mail", "--wheels", str(wheels), "--ci", "gitlab", "--pipelines", reference)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / ".pre-commit-config.yaml") in done.stdout.splitlines()
    told = "{} is yours and was left as it is; add to it:\n"
    assert told.format("mail/.gitignore") + "    .venv/\n    .mtasts/\n" in done.stderr
    assert told.format(tmp_path / ".gitlab-ci.yml") in done.stderr
    assert told.format(tmp_path / "CODEOWNERS") in done.stderr
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "mine: {}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acme",), "mtasts: this mtasts runs from a checkout, which a project cannot pin"),
        (("acme", "--wheels", "nowhere"), "mtasts: cannot read nowhere: No such file or directory"),
        (("acme", "--wheels", "dist", "--stack", "a b"), "mtasts: 'a b' is not a stack name: letters"),
        (
            ("acme", "--wheels", "dist", "--ci", "github"),
            "mtasts: --ci github calls reusable pipelines, and this release",
        ),
        (("acme", "--pipelines", "main"), "mtasts: this mtasts runs from a checkout"),
        (("dist/x.whl/y", "--wheels", "dist"), "is a file; name a folder"),
    ],
)
def test_what_is_refused(tmp_path: Path, wheels: Path, words: tuple[str, ...], said: str) -> None:
    """In one line with what to do, exit code 2, and nothing is there."""
    (wheels / "x.whl").touch()
    done = new(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]
