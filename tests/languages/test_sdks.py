"""SDKs for users of other languages, written by the generators of the engine, and the examples compiled with them."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from mtasts_pulumi.package.plugin import Package
from tests.languages.project import EXAMPLES, Project
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT
from tools import language_hosts


@pytest.fixture
def example(tmp_path):
    """An example in a folder of its own, with the SDK where `pulumi package add` puts it."""

    def copied(folder: str, language: str) -> Path:
        schema = tmp_path / "schema.json"
        schema.write_text(Package().schema)
        program = tmp_path / folder
        shutil.copytree(EXAMPLES / folder, program)
        generator = language_hosts.generator(os.environ)
        run([str(generator), str(schema), language, str(program / "sdks/mtasts")], tmp_path)
        return program

    return copied


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE * 5, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.needs("sdk-generator", "typescript")
def test_typescript(example):
    """The compiler takes the example and the whole SDK, and still refuses a mode that there is not."""
    program = example("typescript", "nodejs")
    (program / "node_modules").symlink_to(language_hosts.node_modules(os.environ))
    (program / "here.json").write_text(
        '{"extends": "./tsconfig.json", "compilerOptions": {"noEmit": true, "preserveSymlinks": true,'
        ' "skipLibCheck": true, "baseUrl": ".", "paths": {"@pulumi/mtasts": ["./sdks/mtasts"]}}}'
    )
    compiler = ["node", "node_modules/typescript/bin/tsc", "-p", "here.json"]

    run(compiler, program)

    text = (program / "index.ts").read_text()
    (program / "index.ts").write_text(text.replace("mtasts.Mode.TESTING", '"strict"'))
    wrong = subprocess.run(compiler, cwd=program, capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
    assert '"strict"' in wrong.stdout
    assert wrong.returncode != 0


@pytest.mark.needs("sdk-generator")
def test_go(example, tmp_path):
    """The example is built into a program."""
    program = example("go", "go")
    go, environment = language_hosts.go(tmp_path / "go-work", os.environ)

    run([go, "build", "-o", "mail", "."], program, environment)

    assert (program / "mail").is_file()


@pytest.mark.needs("sdk-generator")
def test_python(example, stage, engine):
    """The example is run with the generated SDK, and what it says is published."""
    program = example("python", "python")
    # What pip leaves of an installation, which the SDK asks for its version.
    metadata = program / "sdks/mtasts/pulumi_mtasts.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: pulumi_mtasts\nVersion: {version('mtasts-pulumi')}\n")
    project = Project(program, stage, engine, [])
    path = os.pathsep.join([str(program / "sdks/mtasts"), str(ROOT)])

    run(
        [sys.executable, "-m", "tests.languages.inline", str(engine), str(program / "__main__.py")],
        program,
        {**project.environment, "PYTHONPATH": path},
    )

    assert b"mode: testing\r\nmx: mx1.example.com\r\n" in stage.body("example.com")
    assert b"max_age: 604800" in stage.body("example.net")
    assert stage.txt("example.com")
    assert stage.txt("example.net")
