"""The `pulumi` process: the Automation API's PulumiCommand with an engine whose version is known, and with signals."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation._cmd import OnOutput
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from mtasts.signals import held_back
from mtasts_pulumi.engine.holders import keep_holder
from mtasts_pulumi.engine.version import VERSION

# The engine's process, standing still until somebody has written down who it is: a lock of one that was killed before
# would be nobody's.
_WHEN_TOLD = ("/bin/sh", "-c", 'read -r go || exit; exec "$@" </dev/null', "sh")


class Engine(PulumiCommand):
    """Runs one engine binary. A SIGINT of ours becomes one SIGINT of the engine, which then finishes what it began.

    The base class asks the binary for its version each time it is made (0.13 s); find_engine has done that already.
    """

    def __init__(
        self, binary: Path, on_interrupt: Callable[[], None] | None = None, holders: Path | None = None
    ) -> None:
        self.command = str(binary)
        # Only used to choose how events are sent, which is the same for every version that find_engine lets pass.
        self.version = VersionInfo(*VERSION)
        self.interrupted = False
        self.killed_by = 0  # the signal that ended the last run, if one did
        self.calls: list[list[str]] = []
        self._on_interrupt = on_interrupt
        self._holders = holders  # where to keep who the engine is, so that its lock can be judged

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run `pulumi ARGS` to its end. Raises CommandError (of pulumi.automation) for any exit code but 0."""
        command = [self.command, "--non-interactive", *args]
        self.calls.append(command[1:])
        # The engine looks for language hosts and other plugins beside itself first.
        path = os.pathsep.join([str(Path(self.command).parent), os.environ.get("PATH", os.defpath)])
        process = subprocess.Popen(  # noqa: S603
            [*_WHEN_TOLD, *command],
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true", "PATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            # Its own group: a Ctrl-C goes to us alone, and we pass it on once. A second SIGINT would make the engine
            # give up at once and leave operations of which nobody knows whether they happened.
            process_group=0,
        )
        output, errors = _Reader(process.stdout, on_output), _Reader(process.stderr, on_error)
        if self._holders:
            keep_holder(self._holders, process.pid)
        _go(process)
        self._wait(process)
        result = CommandResult(stdout=output.text(), stderr=errors.text(), code=process.returncode)
        self.killed_by = max(0, -result.code)
        if result.code != 0:
            raise create_command_error(result)
        return result

    def _wait(self, process: subprocess.Popen[str]) -> None:
        asked = answered = 0
        while True:
            try:
                while answered < asked:
                    answered += 1
                    self._interrupt(process)
                process.wait()
            except KeyboardInterrupt:  # also one that comes while another is answered: the engine is never left behind
                asked += 1
            else:
                return

    def _interrupt(self, process: subprocess.Popen[str]) -> None:
        if not self.interrupted:
            self.interrupted = True
            process.send_signal(signal.SIGINT)
        if self._on_interrupt:
            with held_back():  # one that comes while a line is written would have it written again with the next
                self._on_interrupt()


def _go(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(BrokenPipeError), process.stdin or contextlib.nullcontext() as stdin:  # killed already
        if stdin is not None:
            stdin.write("go\n")


class _Reader:
    """Collects a stream's lines in a thread, so that a full pipe never stops the engine."""

    def __init__(self, stream: IO[str] | None, on_line: OnOutput | None) -> None:
        self._lines: list[str] = []
        self._stream = stream
        self._on_line = on_line
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream or ():
            self._lines.append(line.rstrip())
            if self._on_line:
                self._on_line(line.rstrip())

    def text(self) -> str:
        # Bounded: a child that the engine left behind may hold the pipe open.
        self._thread.join(5)
        return "\n".join(self._lines)
