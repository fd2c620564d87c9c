"""`pulumi up --target URN...` as a person with the language host runs it: the same program, engine and options.

Run as a process of its own, with the sandbox's environment: `python -m tests.publishing.targeted STACK ENGINE URN...`.
"""

import os
import runpy
import sys
from pathlib import Path

from pulumi.automation import CommandError
from pulumi.automation._stack import StackInitMode

from mtasts.live.project import find_project, work_folder
from mtasts_pulumi.engine.attempt import QuickStack, Workspace
from mtasts_pulumi.engine.command import Engine


def main(stack: str, engine: str, *urns: str) -> int:
    project = find_project(Path.cwd())
    folder, _ = work_folder(project, stack, os.environ)
    workspace = Workspace(
        work_dir=str(folder),
        program=lambda: runpy.run_path(str(project.program), run_name="__main__") and None,
        pulumi_command=Engine(Path(engine), None),
    )
    try:
        QuickStack(stack, workspace, StackInitMode.SELECT).up(target=list(urns) or None, on_output=print, color="never")
    except CommandError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
