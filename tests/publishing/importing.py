"""A program that imports what it is told and says the same of it, run by the real engine in a process of its own.

With the sandbox's environment: `python -m tests.publishing.importing FOLDER ENGINE`. FOLDER has `things.json`, a list
of `{"type", "name", "id", "inputs"}`, and gets the engine's project, in the region of the staging stack; prints
`OP NAME` of each step, or the engine's error.
"""

import json
import os
import sys
from pathlib import Path

import pulumi
from pulumi.automation import CommandError
from pulumi.automation._stack import StackInitMode

from mtasts_pulumi.engine.attempt import QuickStack, Workspace
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.new_stacks import make_stacks


def main(folder: Path, engine: str) -> int:
    things = json.loads((folder / "things.json").read_text())

    def program() -> None:
        for thing in things:
            imported = pulumi.ResourceOptions(import_=thing["id"])
            pulumi.CustomResource(thing["type"], thing["name"], thing["inputs"], imported)

    def show(event) -> None:
        if event.resource_pre_event is not None:
            step = event.resource_pre_event.metadata
            print(step.op.value, step.urn.rpartition("::")[2])

    (folder / "Pulumi.yaml").write_text("name: imports\nruntime: python\n")
    # A bucket is imported from the provider's region.
    (folder / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-central-1}\n")
    make_stacks("imports", ["dev"], os.environ)
    workspace = Workspace(work_dir=str(folder), program=program, pulumi_command=Engine(Path(engine), None))
    try:
        QuickStack("dev", workspace, StackInitMode.SELECT).up(on_event=show, color="never")
    except CommandError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
