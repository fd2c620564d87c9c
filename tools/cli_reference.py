"""Write the help of every verb into docs/reference/cli.md, below its marker: `python -m tools.cli_reference`."""

import os
import subprocess
import sys
from pathlib import Path

from mtasts.cli.dispatch import VERBS, below, find

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
MARKER = "<!-- below: written by `python -m tools.cli_reference` -->\n"


def help_of(*words: str) -> str:
    """What `mtasts WORDS --help` prints, at 100 columns."""
    command = [sys.executable, "-m", "mtasts", *words, "--help"]
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.rstrip() + "\n"


def sections() -> str:
    """One section per verb; that of a group has the options of its verbs, too."""
    return "\n".join(f"## mtasts {verb}\n\n```text\n{_helps(verb)}```\n" for verb in VERBS)


def _helps(verb: str) -> str:
    return "\n".join([help_of(verb), *(help_of(verb, name) for name in below(find([verb])))])


if __name__ == "__main__":
    own = PAGE.read_text(encoding="utf-8").partition(MARKER)[0]
    PAGE.write_text(f"{own}{MARKER}\n{sections()}", encoding="utf-8")
