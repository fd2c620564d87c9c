"""Display of a run and of its end: for a person on a terminal, or plain lines anywhere else."""

import sys
from collections.abc import Sequence
from typing import Any, Self

from mtasts.cli.next_command import command
from mtasts.cli.screen import draws, say, talk
from mtasts.render.escape import terminal
from mtasts.words.counted import listed, number
from mtasts.words.names import with_u_labels
from mtasts_pulumi.engine.outcome import DomainRow, Outcome, Watcher
from mtasts_pulumi.engine.steps import Step

_VERBS = {
    "preview": {
        "create": "create",
        "import": "take over",
        "update": "update",
        "delete": "delete",
        "replace": "replace",
    },
    "up": {
        "create": "created",
        "import": "taken over",
        "update": "updated",
        "delete": "deleted",
        "replace": "replaced",
    },
}
_VERBS["destroy"] = _VERBS["up"]
_MOST_STEPS = 12


class Running:
    """Progress on stderr: a bar over the mail domains on a terminal, else a line for each domain that changed."""

    def __init__(self, operation: str, stack: str, domains: int, *, shared: bool = True) -> None:
        self._shared = shared
        self._operation = operation
        self._title = f"{operation} {stack}"
        self._total = domains
        self._done = 0
        self._changes: dict[str, list[Step]] = {}
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if draws(sys.stderr):
            # Late: rich costs 50 ms, and a run in CI shows no bar.
            from rich import progress as bars

            from mtasts.cli.bar import Now, Words, bar

            self._bar = bar(
                bars.SpinnerColumn(),
                Words("{task.description}"),
                bars.BarColumn(bar_width=24),
                bars.MofNCompleteColumn(),
                Words("domains"),
                bars.TimeElapsedColumn(),
                Now("{task.fields[now]}"),
            )
            self._task = self._bar.add_task(self._title, total=self._total or None, now="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def watcher(self) -> Watcher:
        """One that reports here."""
        self._done = 0
        return Watcher(on_step=self._on_step, on_domain=self._on_domain)

    def note(self, text: str) -> None:
        """A line that stays."""
        if self._bar is not None:
            from mtasts.cli.bar import say

            say(self._bar, text)
        else:
            talk(terminal(text))

    def interrupted(self) -> None:
        """Said once per Ctrl-C."""
        self.note("interrupted: the engine finishes what it has begun, then stops; please wait")

    def _on_step(self, domain: str, step: Step) -> None:
        if domain:
            before = self._changes.get(domain, [])
            self._changes[domain] = [*(one for one in before if one.urn != step.urn), step]
        if self._bar is not None:
            self._bar.update(self._task, now=f"{domain or 'shared'}: {_phrase(self._operation, step)}")
        elif not domain and self._shared and self._operation != "preview":
            self.note(f"shared: {_phrase(self._operation, step)}")

    def _on_domain(self, domain: str) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)
        elif domain in self._changes and self._operation != "preview":
            said = ", then ".join(_phrase(self._operation, step) for step in self._changes[domain])
            self.note(f"{with_u_labels(domain)}: {said}")


def _phrase(operation: str, step: Step) -> str:
    detail = f", {step.detail}" if step.detail else ""
    return f"{step.what} {_VERBS[operation].get(step.op, step.op)}{detail}"


def show(outcome: Outcome) -> None:
    """The result on stdout: one row per domain that changed, the shared changes, one line of sum."""
    from rich.text import Text

    from mtasts.cli.screen import show as shown
    from mtasts.render.table import Titled

    changed = [row for row in outcome.domains if row.changed or row.failed]
    if changed:
        in_order = "in this order" if outcome.operation != "preview" else "what would be done"
        table = Titled("mail domain", "mode", "id", in_order, least=28)
        for row in changed:
            table.add_row(
                with_u_labels(row.domain),
                _change(row.before.mode, row.after.mode, row, "mode"),
                _change(row.before.id, row.after.id, row, "id"),
                _listing(outcome.operation, row.steps) + _failed(row),
            )
        shown(table)
    if outcome.shared:
        shown(Text(f"shared: {_listing(outcome.operation, outcome.shared)}"))
    shown(Text(_sum(outcome, len(changed))))


def _change(before: str | None, after: str | None, row: DomainRow, what: str) -> str:
    gone = row.op == "delete"
    if before == after:
        return before or "-"
    if after is None and not gone:
        # A preview cannot know the id: it carries the time at which it is really published.
        after = "(new)" if what == "id" else "?"
    return f"{before or '-'} -> {after or '-'}"


def _listing(operation: str, steps: Sequence[Step]) -> str:
    if len(steps) <= _MOST_STEPS:
        return ", ".join(_phrase(operation, step) for step in steps)
    return listed([(step.what, _VERBS[operation].get(step.op, step.op)) for step in steps], _MOST_STEPS)


def _failed(row: DomainRow) -> str:
    if row.held and not row.because:
        return f"{', then ' if row.steps else ''}HELD as published"
    if not row.failed:
        return ""
    first = f"{', then ' if row.steps else ''}FAILED"
    return f"{first}: {', '.join(row.because)}" if row.because else first


def _sum(outcome: Outcome, shown: int) -> str:
    same = len(outcome.domains) - shown
    held = sum(bool(row.held) and not row.because for row in outcome.domains)
    failed = sum(row.failed for row in outcome.domains) - held
    changed = number(shown - failed - held, "domain")
    verb = {"preview": "would change", "up": "changed", "destroy": "taken down"}[outcome.operation]
    if outcome.result == "succeeded" and not outcome.changed:
        return f"{outcome.stack}: nothing to do, {number(same, 'domain')} unchanged ({outcome.seconds:.1f} s)"
    end = {"succeeded": "", "failed": "; FAILED", "interrupted": "; INTERRUPTED"}[outcome.result]
    not_done = (f", {failed} failed" if failed else "") + (f", {held} held as published" if held else "")
    return f"{outcome.stack}: {changed} {verb}{not_done}, {same} unchanged ({outcome.seconds:.1f} s){end}"


def complain(outcome: Outcome, place: Sequence[str]) -> None:
    """The problems, each one line and its way out, on stderr; `place`: options of a command that is printed."""
    for problem in outcome.problems:
        say(terminal(f"mtasts: {problem.message}"), stream=sys.stderr)
        if problem.hint:
            say(terminal(f"  hint: {problem.hint}"), stream=sys.stderr)
    if outcome.result == "interrupted":
        talk(
            "mtasts: interrupted: what is listed above was done and recorded, the rest was not begun\n"
            f"  hint: `{command(place, outcome.operation, '--stack', outcome.stack)}` again goes on from here",
        )
