"""A program in Python, run by the engine from this process: its own host of Python is not to be had as a Go module.

`python -m tests.languages.inline ENGINE PROGRAM`, in the project's folder.
"""

import runpy
import sys
from pathlib import Path

from pulumi.automation import CommandError
from pulumi.automation._stack import StackInitMode

from mtasts_pulumi.engine.attempt import QuickStack, Workspace
from mtasts_pulumi.engine.command import Engine


def main(engine: str, program: str) -> int:
    workspace = Workspace(
        work_dir=str(Path.cwd()),
        program=lambda: runpy.run_path(program, run_name="__main__") and None,
        pulumi_command=Engine(Path(engine), None),
    )
    try:
        QuickStack("dev", workspace, StackInitMode.SELECT).up(on_output=print, color="never")
    except CommandError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
