"""A program in any language on a stage: the engine's own command, the package's executable, a sandbox as clouds."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.patience import PATIENCE
from tests.publishing.stage import ROOT, Run, Stage

EXAMPLES = ROOT / "examples"


class Project:
    """The folder of a program, with a stack `dev` in the sandbox's backend."""

    def __init__(self, folder: Path, stage: Stage, engine: Path, hosts: Sequence[Path]) -> None:
        self.folder, self.stage = folder, stage
        path = [*(str(host.parent) for host in hosts), str(Path(sys.executable).parent), str(engine.parent)]
        self.environment = {
            **stage.environment,
            **stage.cloud,
            "PATH": os.pathsep.join([*path, stage.environment["PATH"]]),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "MTASTS_REMOVE_BEFORE_DATE": "",
        }
        (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
        made = self.pulumi("stack", "init", "dev")
        assert made.code == 0, made.err

    def pulumi(self, *words: str, **environment: str) -> Run:
        done = subprocess.run(
            ["pulumi", "--non-interactive", "--color", "never", *words],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def up(self, *words: str) -> Run:
        return self.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", *words)

    def preview(self, *words: str) -> Run:
        return self.pulumi("preview", "--stack", "dev", *words)

    def resources(self) -> list[dict]:
        exported = self.pulumi("stack", "export", "--stack", "dev")
        assert exported.code == 0, exported.err
        return json.loads(exported.out)["deployment"].get("resources", [])

    def resource(self, name: str) -> dict:
        return next(one for one in self.resources() if one["urn"].endswith(f"::{name}"))
