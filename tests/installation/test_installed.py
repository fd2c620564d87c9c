"""An installed wheel, used from a folder that is no checkout: everything that a verb reads is in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.cli.dispatch import VERBS
from tests.installation.installed import lay_out
from tests.patience import PATIENCE

POLICY = """\
domain: example.com
mode: testing
mx: [mail.example.com]
tls_rpt: {rua: [mailto:tls-reports@example.com]}
dns: {provider: route53, zone: Z0123456789EXAMPLE}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder."""
    return lay_out(tmp_path_factory.mktemp("wheel"))


def run(wheel: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python with the wheel in front, in an empty HOME."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(wheel), "HOME": str(cwd)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_every_verb_explains_itself(wheel: Path, tmp_path: Path) -> None:
    """And what the engine's verbs need on disk is the wheel's own."""
    code = """
import json
from mtasts.cli.dispatch import VERBS, parser_of
from mtasts_pulumi.engine.build import module_folder
from mtasts_pulumi.hosting.s3_cloudfront import VIEWER_REQUEST
helped = [verb for verb in VERBS if parser_of(verb).format_help()]
print(json.dumps([helped, str(module_folder() / 'go.mod'), str(VIEWER_REQUEST)]))
"""
    done = run(wheel, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    helped, *files = json.loads(done.stdout)
    assert helped == list(VERBS)
    assert [Path(file).exists() and Path(file).is_relative_to(wheel) for file in files] == [True] * 2


def test_files_are_judged_and_a_project_is_asked_for(wheel: Path, tmp_path: Path) -> None:
    """`validate` needs only the files; `preview` says that it needs a project, and does not take the wheel's."""
    (tmp_path / "policies" / "prod").mkdir(parents=True)
    (tmp_path / "policies" / "prod" / "example.com.yaml").write_text(POLICY)
    good = run(wheel, tmp_path, "-m", "mtasts", "validate")
    assert (good.returncode, good.stderr) == (0, ""), good.stdout
    asked = run(wheel, tmp_path, "-m", "mtasts", "preview", "--stack", "prod")
    assert asked.returncode == 2
    assert f"no Pulumi.yaml in {tmp_path} or above it" in asked.stderr
