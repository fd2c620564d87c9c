"""A question to the engine, or to another program: what it prints, in the time that it is given."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def ask(
    words: Sequence[str], seconds: float, environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program in `folder` and read what it prints.

    Where that takes more than `seconds`, or we are interrupted, it is killed with everything that it has started.
    Raises subprocess.TimeoutExpired then, and OSError for a program that cannot be run.
    """
    with subprocess.Popen(  # noqa: S603 - the engine that the user or our cache names
        words,
        cwd=folder,
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a group of its own: what it starts can be killed with it
    ) as child:
        try:
            out, said = child.communicate(timeout=seconds)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(words, child.returncode, out, said)
