"""The desk of a command line: what a run of the engine says goes to stderr, and a person is asked on the terminal."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtasts.cli.next_command import command
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.signals import interrupted_by_term

if TYPE_CHECKING:
    from mtasts_pulumi.engine.first_look import FirstLook
    from mtasts_pulumi.engine.outcome import Outcome
    from mtasts_pulumi.engine.request import Request, Talk
    from mtasts_pulumi.verbs.progress import LazyProgress


@dataclass(frozen=True, slots=True)
class Shape:
    """How a run is shown. `place`: the options by which a command that is printed finds the same files and cloud."""

    form: str = "text"  # text, json, markdown for a preview's summary; "" for a verb that prints its own document
    debug: bool = False
    expect_no_changes: bool = False
    place: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TerminalDesk:
    """A `publish.desk.Desk`: what is said beside the result, on stderr."""

    shape: Shape

    def where(self, line: str) -> None:
        """Print the line."""
        talk(line)

    def note(self, line: str) -> None:
        """Print the line, with who says it."""
        talk(f"mtasts: {line}")

    def obtaining(self) -> "LazyProgress":
        """A bar or plain lines, from the first word on."""
        from mtasts_pulumi.verbs.progress import LazyProgress

        return LazyProgress()

    @contextlib.contextmanager
    def running(self, run: "Request") -> "Iterator[Talk]":
        """Show the run as it goes on, and with --json the document of one that cannot begin."""
        from mtasts_pulumi.engine.quiet import WithoutLibraryTracebacks
        from mtasts_pulumi.engine.request import Talk
        from mtasts_pulumi.verbs.display import Running

        # Chosen now: while the engine runs, what is printed is talk, and on a terminal it goes above the bar.
        together = sys.stdout.isatty() and sys.stderr.isatty()
        result = sys.stdout if self.shape.form == "text" and not together else None

        def output(line: str) -> None:
            say(line, stream=result or sys.stderr)

        # For the rest of the process: after the engine died, gRPC complains until the interpreter ends.
        if not isinstance(sys.stderr, WithoutLibraryTracebacks):  # `up` drives the engine twice
            sys.stderr = WithoutLibraryTracebacks(sys.stderr)
        # A CI job that is cancelled sends SIGTERM: it shall end as Ctrl-C does, with the state written.
        interrupted_by_term()
        with Running(run.operation, run.stack, len(run.domains)) as running:
            try:
                yield Talk(
                    note=running.note,
                    output=output if run.diff or self.shape.debug else None,
                    watcher=running.watcher,
                    interrupted=running.interrupted,
                )
            except CannotLook as error:
                if self.shape.form == "json" and (run.for_up or run.operation != "preview"):
                    _print_refusal(error, run)
                raise

    def planned(self, plan: "Outcome", look: "FirstLook") -> None:
        """Print what the look has found, and which domains go to enforce without having been asked about."""
        for line in (*look.notes, *_flips(plan, self.shape.place)):
            self.note(line)

    def agrees(self, operation: str, stack: str, plan: "Outcome | None" = None) -> bool:
        """Print the plan, and ask."""
        from mtasts_pulumi.verbs.display import complain, show

        if plan is not None:
            # stdout is for the result.
            with contextlib.redirect_stdout(sys.stderr) if self.shape.form != "text" else contextlib.nullcontext():
                show(plan)
            complain(plan, self.shape.place)
        return agreed(operation, stack)


def asks(operation: str, *, yes: bool, sandbox: bool) -> bool:
    """Whether a person has to agree. Nobody is asked about the sandbox, where nothing can be harmed.

    Raises CannotLook where somebody has to and there is no terminal to ask on.
    """
    if yes or sandbox or os.environ.get("MTASTS_SANDBOX_DIR"):
        return False
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CannotLook(f"`mtasts {operation}` asks before it changes anything, and there is no terminal", "say --yes")
    return True


def agreed(operation: str, stack: str) -> bool:
    """The person's answer. No input at all is no."""
    sys.stderr.write(f"{operation} {stack} now? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _flips(plan: "Outcome", place: tuple[str, ...]) -> list[str]:
    """One line for each domain that goes to enforce: the pipeline's gate asks for the verdict, `up` does not."""
    return [
        f"{row.domain}: {row.before.mode or 'new'} -> enforce: `up` has not asked whether it is ready;"
        f" `{command(place, 'ready', row.domain, '--stack', plan.stack.rsplit('/', 1)[-1])}` does"
        for row in plan.domains
        if row.after.mode == "enforce" and row.before.mode != "enforce" and not row.failed
    ]


def _print_refusal(error: CannotLook, run: "Request") -> None:
    """The document of a run that could not begin, because of a lock or a damaged state: why, and the way out."""
    from mtasts.render.run.document import values
    from mtasts.render.runner import dumps
    from mtasts_pulumi.engine.outcome import Outcome, RunProblem

    operation = "up" if run.for_up else run.operation
    found = (RunProblem(error.message, error.hint),)
    outcome = Outcome(operation, run.stack, "failed", (), (), found, (), {}, 0.0)
    document(dumps(values(outcome.as_run()), indent=2))
