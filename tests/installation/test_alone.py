"""mtasts alone, in an environment that holds its dependencies and nothing else: no SDK of a cloud, no sandbox."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtasts_sandbox import client
from tests.cli.filled import document
from tests.installation.installed import DISTRIBUTIONS, closure, lay_out, link, wheel
from tests.patience import PATIENCE

POLICY = """\
domain: example.com
mode: testing
mx: [mail.example.com]
tls_rpt: {rua: [mailto:tls-reports@example.com]}
dns: {provider: route53, zone: Z0123456789EXAMPLE}
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel of mtasts and links to what it depends on."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=PATIENCE)
    site = next(folder.glob("lib/python3*/site-packages"))
    lay_out(site, "mtasts")
    link(site, closure("mtasts") - {"mtasts"})
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Sandbox]:
    """Servers to look at."""
    state = tmp_path_factory.mktemp("cloud")
    sandbox, _ = client.up(state, ephemeral=True)
    sandbox.add_zone("example.com", "route53", "Z0123456789EXAMPLE")
    yield sandbox
    client.down(state)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository in which one policy goes to enforce, and a report of the domain."""
    (tmp_path / "policies" / "prod").mkdir(parents=True)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one.json").write_text(json.dumps(document("2026-01-02", 7)))
    (tmp_path / "ledger.json").write_text("[]")
    git("init", "-q", cwd=tmp_path)
    for mode in ("testing", "enforce"):
        (tmp_path / "policies" / "prod" / "example.com.yaml").write_text(POLICY.replace("testing", mode))
        git("add", ".", cwd=tmp_path)
        git("commit", "-q", "-m", mode, cwd=tmp_path)
    return tmp_path


def git(*words: str, cwd: Path) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *who, *words], cwd=cwd, check=True, timeout=PATIENCE)


def mtasts(python: Path, project: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command line, with nothing of the checkout's environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(project), **environ}
    return subprocess.run(
        [str(python), "-I", "-m", "mtasts", *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_every_verb_of_mtasts_works_without_the_others(python: Path, project: Path, cloud: client.Sandbox) -> None:
    """lint, validate, verify, diff, reports and ready; each says what it finds, and none misses a package."""
    code = "import importlib.util as u; print([m for m in ('pulumi', 'moto', 'mtasts_sandbox') if u.find_spec(m)])"
    assert subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    network = {name: value for name, value in cloud.environment().items() if name.startswith("MTASTS_")}
    store = ("--store", "kept")
    for words, exit_code, said in (
        (("lint", "txt", "v=STSv1; id=20260101;"), 0, ""),
        (("validate",), 0, "1 domain in 1 stack"),
        (("verify", "example.com"), 1, "example.com"),
        (("diff", "--base", "HEAD~1"), 1, "enforce"),
        (("reports", "import", "reports", "--no-dkim", *store), 0, ""),
        (
            ("reports", "summary", "example.com", "--since", "2026-01-01", "--until", "2026-01-03", *store),
            0,
            "example.com",
        ),
        (("ready", "example.com", "--stack", "prod", "--ledger", "ledger.json", *store), 1, "example.com"),
    ):
        done = mtasts(python, project, *words, **network)
        assert done.returncode == exit_code, (words, done.stdout, done.stderr)
        assert said in done.stdout, (words, done.stdout)
        assert "not installed" not in done.stderr
        assert "internal error" not in done.stderr


def test_what_is_missing_is_named(python: Path, project: Path) -> None:
    """Verbs and options of the other distributions say what to install; the help shows only what is there."""
    for words, missing in (
        (("up", "--stack", "prod"), "mtasts-pulumi"),
        (("sandbox", "up"), "mtasts-sandbox"),
        (("demo",), "mtasts-sandbox"),
        (("verify", "example.com", "--sandbox"), "mtasts-sandbox"),
    ):
        done = mtasts(python, project, *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        said, hint = done.stderr.splitlines()
        assert said.endswith(f" is in the distribution {missing}, which is not installed")
        assert hint == f"  hint: pip install {missing}"
    assert not re.search(r"^  (up|preview|sandbox|demo) ", mtasts(python, project, "--help").stdout, re.MULTILINE)


def test_versions_are_in_step() -> None:
    """One version, three times, and each asks for exactly that of the one below it."""
    projects = [tomllib.loads((folder / "pyproject.toml").read_text())["project"] for folder in DISTRIBUTIONS.values()]
    versions = {project["version"] for project in projects}
    assert len(versions) == 1
    pins = {line for project in projects for line in project["dependencies"] if line.startswith("mtasts")}
    (version,) = versions
    assert pins == {f"mtasts=={version}", f"mtasts-pulumi=={version}"}
    assert {(folder / "LICENSE").read_bytes() for folder in DISTRIBUTIONS.values()} == {
        (DISTRIBUTIONS["mtasts"] / "LICENSE").read_bytes()
    }


@pytest.mark.parametrize("name", list(DISTRIBUTIONS))
def test_what_a_wheel_carries(name: str, tmp_path: Path) -> None:
    """The marker of types, licence and description; the schemas, the engine's module, the function of the edge."""
    with zipfile.ZipFile(wheel(name, tmp_path)) as packed:
        files = set(packed.namelist())
        about = next(file for file in files if file.endswith(".dist-info/METADATA"))
        text = packed.read(about).decode()
    assert f"{name}/py.typed" in files
    assert any(file.endswith(".dist-info/licenses/LICENSE") for file in files)
    assert "Description-Content-Type: text/markdown" in text
    more = {
        "mtasts": {
            "mtasts/app/project/files/project/install.sh",
            "mtasts/app/project/files/repository/pre-commit-config.yaml",
            "mtasts/release/pipelines.json",
            "mtasts/release/requirements.txt",
            *(f"mtasts/schemas/{page}.schema.json" for page in ("policy", "defaults", "verify", "ready", "parts")),
        },
        "mtasts_pulumi": {"mtasts_pulumi/engine/module/go.sum", "mtasts_pulumi/hosting/viewer_request.js"},
        "mtasts_sandbox": set(),
    }
    assert more[name] <= files
    assert {file.partition("/")[0] for file in files if ".dist-info/" not in file} == {name}
