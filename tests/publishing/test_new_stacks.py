"""After `eval "$(mtasts sandbox env)"` the engine itself finds the project's stacks, and takes them as its own."""

import json
import os
import subprocess

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT

# `pulumi preview` and `up` themselves need the Python language host, which is not here: what they ask first is.


def pulumi(stage, *words):
    """Plain `pulumi` in the project, with no more than what `sandbox env` prints."""
    done = subprocess.run(
        [stage.environment["MTASTS_ENGINE"], "--non-interactive", *words],
        cwd=ROOT,
        env={**os.environ, **stage.cloud},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_plain_pulumi_finds_the_stacks(stage):
    """Right after `sandbox up`, and again after `sandbox reset`; `mtasts up` then publishes into the same one."""
    listed = [entry["name"] for entry in json.loads(pulumi(stage, "stack", "ls", "--json"))]
    empty = json.loads(pulumi(stage, "stack", "export", "--stack", "staging"))
    published = stage.up()
    full = json.loads(pulumi(stage, "stack", "export", "--stack", "staging"))
    reset = stage.mtasts("sandbox", "reset")
    again = json.loads(pulumi(stage, "stack", "export", "--stack", "staging"))

    assert {"staging", "prod"} <= set(listed)
    assert not (empty["deployment"] or {}).get("resources")
    assert published.code == 0, published.err
    assert published.json["notes"] == []  # the stack was not made anew
    assert len(full["deployment"]["resources"]) > 20
    assert reset.code == 0, reset.err
    assert not (again["deployment"] or {}).get("resources")
