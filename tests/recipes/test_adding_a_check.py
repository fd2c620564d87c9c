"""The recipe for a new check, followed in a copy: what it names is enough for the check to work everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
CHECK = '''

def mx_named_alike(view: View) -> Iterator[Result]:
    """No MX host has a name, says this test."""
    for host in view.observed.hosts:
        yield Result(State.FAIL, "has a name", host.name)


CHECKS = (
    *CHECKS,
    Check("named-alike", Level.BLOCK, "ours", "hosts have no name", "take it away", mx_named_alike, Decides.MX_HOSTS),
)
'''
USE = """
import json
from io import StringIO

from rich.console import Console

import mtasts
from mtasts.policy.settings import RolloutSettings
from mtasts.render.ci.verify import commands, junit
from mtasts.render.verify import document, text
from mtasts.verdict.criteria_facts import looks
from mtasts.verify.explain import explain
from mtasts.verify.run_checks import judge
from tests.verify.scenes import NOW, good
from tools import checks_page

found = judge(good(), NOW)
screen = StringIO()
Console(file=screen, width=200).print(text.full(found, NOW))
checks_page.PAGE.write_text(checks_page.text(), encoding="utf-8")
print(json.dumps({
    "file": mtasts.__file__,
    "delivers": found.delivers,
    "text": screen.getvalue(),
    "json": json.loads(document.domain(found, first=True))["reasons"],
    "junit": junit(found),
    "github": commands(found),
    "explain": explain("named-alike").fix,
    "verdict": {one.code: (one.met, one.blocks, one.missing) for one in looks(found, RolloutSettings(), NOW)},
}))
"""


def test_a_check_works_everywhere(tmp_path: Path) -> None:
    """Text, JSON, JUnit, workflow commands, --explain, the page of checks, and the criterion of the verdict."""
    for folder in ("mtasts", "tools", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "images"))
    with (tmp_path / "mtasts/verify/checks_mx.py").open("a", encoding="utf-8") as file:
        file.write(CHECK)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)

    assert seen["file"].startswith(str(tmp_path))
    assert seen["delivers"] == "no"
    assert "named-alike" in seen["text"]
    assert "take it away" in seen["text"]
    assert seen["json"] == ["mx1.example.com: has a name", "mx2.example.com: has a name"]
    assert "named-alike" in seen["junit"]
    assert any("named-alike" in line for line in seen["github"])
    assert seen["explain"] == "take it away"
    assert "| `named-alike` | hosts have no name | take it away | ours |" in (tmp_path / "docs/checks.md").read_text()
    assert seen["verdict"]["mx-hosts"] == [False, True, "mx1.example.com: has a name (and 1 more)"]
    assert seen["verdict"]["policy-served"][0] is True
