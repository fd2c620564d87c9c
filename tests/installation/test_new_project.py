"""A project of one's own, from wheels alone: an empty folder, an empty HOME, no checkout, no index, the real engine.

pip takes what the wheels need from links to what the tests run with, and ours by hash from the project's own folder.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mtasts.app.project.requirements import DISTRIBUTIONS
from tests.installation.installed import closure, link
from tests.patience import PATIENCE
from tools import dist
from tools.version import raise_to

POLICY = """\
domain: example.com
mx: [mx1.example.com]
tls_rpt: {rua: [mailto:tls-reports@example.com]}
dns: {provider: route53, zone: Z0123456789EXAMPLE}
"""


class Person:
    """Somebody with a shell, in a folder of their own."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        self.environ = {"HOME": str(home), "PIP_NO_INDEX": "1", **environ}

    def types(self, line: str, cwd: Path, code: int = 0) -> str:
        """A line as it stands on a page; what it printed."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=cwd,
            env={"PATH": os.environ["PATH"], **self.environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, (line, done.stdout, done.stderr)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` builds."""
    folder = tmp_path_factory.mktemp("dist")
    dist.make(folder)
    return folder


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Person]:
    """In an empty HOME; whatever sandbox they started ends with them."""
    home = tmp_path_factory.mktemp("home")
    site = tmp_path_factory.mktemp("packages")
    link(site, {*closure("mtasts-sandbox"), "setuptools"} - {*DISTRIBUTIONS})
    found = Person(home, PYTHONPATH=str(site), MTASTS_ENGINE=str(engine), MTASTS_SANDBOX_DIR=str(home / "sandbox"))
    yield found
    found.types(f"{sys.executable} -m mtasts sandbox down", home)


@pytest.fixture(scope="module")
def project(person: Person, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by the wheels, in a folder that was empty, and set up and rehearsed by the first command of its README."""
    empty = tmp_path_factory.mktemp("empty")
    install = f"{sys.executable} -m venv v && v/bin/pip install --quiet --no-deps {wheels}/*.whl"
    person.types(install, empty)
    said = person.types("v/bin/mtasts new acme", empty)
    first, _ = commands(empty / "acme")
    assert first in said
    shown = person.types(first, empty / "acme")
    assert "Body first, then the TXT" in shown
    assert "Defaulting to user" not in shown
    return empty / "acme"


def commands(project: Path) -> list[str]:
    """The command lines in the blocks of a project's README."""
    return re.findall(r"^```sh\n(.+)\n```$", (project / "README.md").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def published(project: Path, person: Person) -> str:
    """What is typed before a command to be in a shell that has the project's `mtasts` and was given the sandbox.

    One domain is published there, by the second command of the README.
    """
    (project / "policies" / "main" / "example.com.yaml").write_text(POLICY)
    bin_first = f'PATH="{project}/.venv/bin:$PATH"; '
    person.types(f"{bin_first} mtasts sandbox up --port 0", project)
    _, publish = commands(project)
    shell = f'{bin_first} eval "$(mtasts sandbox env)"; '
    said = person.types(shell + publish, project)
    assert "1 domain in 1 stack (main): valid" in said
    assert "main: 1 domain changed" in said
    return shell


def test_from_nothing_to_a_look_as_a_sender(project: Path, person: Person, published: str) -> None:
    """new, validate, sandbox up, up, verify."""
    person.types(f"{published} mtasts sandbox mail add mx1.example.com", project)
    person.types(f"{published} mtasts sandbox record example.com MX '10 mx1.example.com'", project)
    looked = person.types(f"{published} mtasts verify example.com", project)
    assert "would deliver in enforce: yes" in looked
    unchanged = person.types(f"{published} mtasts preview --stack main --expect-no-changes", project)
    assert "nothing to do" in unchanged
    assert not {path.name for path in person.home.iterdir()} & {".pulumi", ".cache", ".local"}


def test_a_wheel_that_was_changed_is_refused(project: Path, person: Person, tmp_path: Path) -> None:
    """Ours are held against their hash, though they lie in the project's own folder."""
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".venv"))
    (wheel,) = (copy / "wheels").glob("mtasts_pulumi-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    refused = person.types("sh install.sh", copy, code=2)
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in refused
    assert refused.splitlines()[-1].startswith("install.sh: pip could not install what requirements.txt names")


def test_a_release_is_the_same_bytes_again(wheels: Path, tmp_path: Path) -> None:
    """From the same commit; and its checksums are right."""
    dist.make(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in wheels.iterdir()
    }
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=wheels, check=True)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of a later version, in which a template and the pipelines' commit have changed, too."""
    copy = tmp_path_factory.mktemp("newer") / "mtasts"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist")
    for folder in ("mtasts", "components", "sandbox", "docs/reference"):
        shutil.copytree(dist.ROOT / folder, copy / folder, ignore=ignored)
    for file in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "policies/schema.json",
        "policies/defaults.schema.json",
    ):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(dist.ROOT / file, copy / file)
    (copy / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- Something is better.\n\n## 0.0.9\n\n- Old.\n")
    with (copy / "mtasts/app/project/files/project/install.sh").open("a") as script:
        script.write("# newer\n")
    pipelines = {"repository": "example/mtasts", "commit": "b" * 40}
    (copy / "mtasts/release/pipelines.json").write_text(json.dumps(pipelines))
    raise_to("99.1.0", date(2026, 12, 1), copy)
    dist.make(copy / "dist", copy)
    return copy / "dist"


def test_an_upgrade(project: Path, person: Person, published: str, newer: Path) -> None:
    """Pins, schema, script and the workflows' commit are raised, the rest is left; the newer version previews."""
    person.types(f"{published} mtasts new . --wheels wheels --ci github --pipelines example/mtasts@{'a' * 40}", project)
    mine = {
        path: path.read_bytes() for path in (project / "README.md", project / "__main__.py", project / "Pulumi.yaml")
    }
    (project / "policies" / "schema.json").write_text("{}")
    said = person.types(f"{published} mtasts upgrade --to {newer}", project)
    assert "- Something is better." in said
    assert "- Old." not in said
    assert "the project is at mtasts 99.1.0, up from " in said
    assert "main: nothing to do" in said
    assert [path.name.split("-")[1] for path in (project / "wheels").iterdir()] == ["99.1.0"] * 3
    assert (project / "install.sh").read_text().endswith("# newer\n")
    assert "mail domain" in (project / "policies" / "schema.json").read_text()
    preview = (project / ".github" / "workflows" / "mtasts-preview.yml").read_text()
    assert f"@{'b' * 40} # v99.1.0" in preview
    assert "a" * 40 not in preview
    assert {path: path.read_bytes() for path in mine} == mine
    assert "mtasts 99.1.0" in person.types(f"{published} mtasts --version", project)


def test_an_upgrade_that_would_change_what_is_published(project: Path, person: Person, published: str) -> None:
    """It says so, and which command shows it; so would a second run."""
    path = project / "policies" / "main" / "example.com.yaml"
    path.write_text(POLICY + "ttl: 600\n")
    try:
        said = person.types(f"{published} mtasts upgrade", project, code=1)
        again = re.search(
            r"main: this version would change something \(above\); read `(.+?)` before you merge it", said
        )
        assert again
        assert "example.com" in person.types(published + again[1], project)
    finally:
        path.write_text(POLICY)


def test_an_upgrade_that_cannot_be_installed(
    project: Path, person: Person, published: str, newer: Path, tmp_path: Path
) -> None:
    """The project is as it was."""
    broken = tmp_path / "broken"
    shutil.copytree(newer, broken)
    for wheel in broken.glob("*.whl"):
        wheel.rename(wheel.with_name(wheel.name.replace("99.1.0", "99.2.0")))
    before = {path: path.read_bytes() for path in project.glob("*") if path.is_file()}
    said = person.types(f"{published} mtasts upgrade --to {broken}", project, code=2)
    assert "the new version could not be installed; the project is as it was" in said
    assert {path: path.read_bytes() for path in project.glob("*") if path.is_file()} == before
