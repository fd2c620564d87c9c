"""The engine's process, and what becomes of an interrupt of ours."""

import signal
import subprocess
from pathlib import Path

import pytest

from mtasts_pulumi.engine.command import Engine


def test_an_interrupt_while_another_is_told_waits_for_the_end_of_the_line() -> None:
    """What is written on a terminal is kept until it is out; cut off there, it would be written once more."""
    said: list[str] = []

    def tell() -> None:
        said.append("begun")
        signal.raise_signal(signal.SIGINT)  # a person presses Ctrl-C as soon as the line shows
        said.append("ended")

    engine = Engine(Path("unused"), tell)
    with subprocess.Popen(["sleep", "600"]) as process:
        with pytest.raises(KeyboardInterrupt):
            engine._interrupt(process)
        assert said == ["begun", "ended"]
        assert process.wait() == -signal.SIGINT
