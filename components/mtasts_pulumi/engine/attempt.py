"""One verb, carried to its end: a run of the engine, and what has to be put right so that it can run at all.

The stack may not exist yet, a killed run may have left its lock, or operations of which nobody knows whether they
happened. Each is put right at most once; what is still in the way then is told.
"""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi.automation import Deployment, LocalWorkspace, OutputMap, Stack, StackNotFoundError, UpdateSummary
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from mtasts.app.accounts import accounts_of
from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.failures import cannot_look
from mtasts_pulumi.engine.holders import Fate
from mtasts_pulumi.engine.host_search import find_host
from mtasts_pulumi.engine.locks import fate, read_locks
from mtasts_pulumi.engine.outcome import Watcher
from mtasts_pulumi.engine.pending import settle
from mtasts_pulumi.engine.published import asked_early
from mtasts_pulumi.engine.record_search import find_record
from mtasts_pulumi.engine.request import Request, Talk
from mtasts_pulumi.engine.running import clear, surroundings
from mtasts_pulumi.engine.state import has_lock_files

# A read-back that waits for its policy to be served holds one of the engine's workers. The engine's own number is 4 a
# core: on a small machine a few domains that are not served would keep all others waiting (decisions/publication.md).
_AT_ONCE = 64
_NOT_ASKED = object()


class Workspace(LocalWorkspace):
    """Does not select: each command names its stack, and selecting costs a run of the engine."""

    def select_stack(self, stack_name: str) -> None:
        """Nothing."""


class QuickStack(Stack):
    """Asks nothing after a run: what it would ask has been told by the run's events."""

    def outputs(self) -> OutputMap:
        """None; the Watcher has them."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        """Nothing that anybody looks at."""
        return cast(UpdateSummary, _NOT_ASKED)


@dataclass
class Attempt:
    """`pending`: the state is known to hold operations that were begun and whose end was not recorded."""

    request: Request
    talk: Talk
    workspace: LocalWorkspace
    engine: Engine
    pending: bool
    notes: list[str] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set)
    _replaced: list[str] = field(default_factory=list)  # urns of what is to be made anew, though nothing of it changed

    def say_what_was_asked(self) -> None:
        """What is to be done against advice is told and kept in the stack's history."""
        asked = self._message()
        if asked:
            self.note(asked)

    def until_settled(self) -> tuple[Watcher, str]:
        """Run, and run again after what was in the way is put right. Returns what was seen, and the result.

        Raises CannotLook when the engine could not begin.
        """
        while True:
            watcher = self.talk.watcher()
            if self.engine.interrupted:
                return watcher, "interrupted"
            try:
                if self.pending and (self.request.operation == "preview" or not self._may_run_elsewhere()):
                    self._settle()
                self._once(watcher)
            except CommandError as error:
                result = self._after(error, watcher)
                if result:
                    return watcher, result
            except RuntimeError as error:
                # The Automation API's complaint about a preview without a summary, as an interrupted one is.
                if not self.engine.interrupted:
                    raise CannotLook(f"the engine gave no result: {error}", "--debug shows its output") from error
                return watcher, "interrupted"
            else:
                if self._left_pending(watcher):
                    if self.request.for_up:
                        continue  # settled, and planned again: what it took over is not created
                    self._settle()  # all of it exists now; this only forgets the entries
                return watcher, "interrupted" if self.engine.interrupted else "succeeded"

    def renew_ids(self, watcher: Watcher) -> str:
        """Give a new id to each domain of which another text was served; the result, "" when there was nothing to do.

        Senders that fetched that text under the id there was would keep it for the max_age that stood in it: they look
        again only when the id changes (RFC 8461 s3.1).
        """
        forged = watcher.served_by_hand
        if not forged:
            return ""
        for domain in forged:
            self.note(f"{domain}: another text was served; it gets a new id, so that who holds that text looks again")
        self._replaced = list(forged.values())
        try:
            self._once(watcher)
        except CommandError as error:
            return self._failed(watcher, error)
        return ""

    def _after(self, error: CommandError, watcher: Watcher) -> str:
        """The result that an error means, or "" when what was in the way is put right and it is to be run again."""
        if self.engine.interrupted:
            return "interrupted"
        if isinstance(error, StackNotFoundError):
            self._first_time("stack", error)
            self._make_stack(error)
        elif isinstance(error, ConcurrentUpdateError):
            self._first_time("lock", error)
            self._clear_lock(error)
        elif not self._left_pending(watcher):
            return self._failed(watcher, error)
        return ""

    def _once(self, watcher: Watcher) -> None:
        stack = QuickStack(self.request.stack, self.workspace, StackInitMode.SELECT)
        options: dict[str, Any] = {
            "on_event": watcher.on_event,
            "on_output": self.talk.output,
            "on_error": self.talk.output,
            "parallel": self.request.parallel,
            "refresh": (self.request.refresh and not self._replaced) or None,
            "message": self._message(),
            "color": "always" if self.request.diff and sys.stdout.isatty() else "never",
        }
        if self.request.operation == "preview":
            stack.preview(diff=self.request.diff or None, **options)
        elif self.request.operation == "up":
            options["parallel"] = self.request.parallel or _AT_ONCE
            # One domain that fails must not keep the others from being published.
            replaced = self._replaced or None
            stack.up(diff=self.request.diff or None, continue_on_error=True, replace=replaced, **options)
        else:
            self._look_at_destroy(stack, watcher, options)
            stack.destroy(run_program=True, **options)

    def _look_at_destroy(self, stack: Stack, watcher: Watcher, options: Mapping[str, Any]) -> None:
        """Raise the engine's refusal before anything is deleted.

        The hook on deletion needs a program. But when the engine runs one and meets a refusal half-way (the hook's, or
        of a protected resource that the program does not name), it writes a state that lost its root; 3.276 says so of
        the state that a preview would write, which nobody needs to hear.
        """
        seen: list[Any] = []
        try:
            stack.preview_destroy(
                run_program=True,
                on_event=seen.append,
                **{name: value for name, value in options.items() if name not in {"on_event", "message"}},
            )
        except CommandError:
            for event in seen:
                if not event.res_outputs_event and not _of_a_state(event):  # nothing was done or written
                    watcher.on_event(event)
            raise

    def _message(self) -> str | None:
        """What the stack's history shall say of this run: what was done against advice."""
        early = sorted(asked_early(os.environ))
        return f"to be removed before the date of the ledger: {', '.join(early)}" if early else None

    def _failed(self, watcher: Watcher, error: CommandError) -> str:
        if self.engine.killed_by:
            name = signal.Signals(self.engine.killed_by).name
            watcher.errors.append(("", f"the engine was killed ({name}); run it again, it goes on from here"))
        known = cannot_look("\n".join(text for _, text in watcher.errors), _backend())
        # A preview does nothing, though the engine reports what would be done as if it were.
        if known and (self.request.operation == "preview" or not watcher.did_anything):
            raise known from error
        if not watcher.errors:
            raise self._explained(error) from error
        return "failed"

    def _first_time(self, what: str, error: CommandError) -> None:
        if what in self._tried:
            raise self._explained(error) from error
        self._tried.add(what)

    def _make_stack(self, error: CommandError) -> None:
        stack = self.request.stack
        if not self.request.create:
            names = [summary.name for summary in self.workspace.list_stacks()]
            raise CannotLook(
                f"no such stack in the state backend: {stack} (there: {', '.join(names) or 'none'})",
                f"`mtasts up --stack {stack} --create` makes it; or see PULUMI_BACKEND_URL",
            ) from error
        try:
            self.workspace.create_stack(stack)
        except CommandError as refusal:
            if self.engine.interrupted:
                return
            raise self._explained(refusal) from refusal
        self.note(f"stack {stack} is new")

    def _clear_lock(self, error: CommandError) -> None:
        """Take the lock away if its holder is provably gone. Raises CannotLook otherwise: then a person is asked."""
        place = self.request.project.name, self.request.stack, os.environ
        locks = read_locks(str(error))
        holders, around = surroundings(*place)
        judged = [(lock, fate(lock, holders.values(), around)) for lock in locks]
        held = [(lock, found) for lock, found in judged if found is not Fate.GONE]
        if held or not locks:
            told = " and ".join(f"{lock.holder}: {found.value}" for lock, found in held) or "another run"
            certain = f"; if it is certainly gone: `mtasts state unlock --stack {self.request.named}`"
            runs = any(found is Fate.RUNS for _, found in held)
            raise CannotLook(
                f"stack {self.request.stack} is locked by {told}", f"wait for it{'' if runs else certain}"
            ) from error
        clear(locks, *place)
        self.note(f"cleared the lock of {locks[0].holder}: that process is gone")

    def _may_run_elsewhere(self) -> bool:
        # Operations of a run that goes on are pending, too. The engine will find the lock, and we judge it then.
        return has_lock_files(self.request.project.name, self.request.stack, os.environ)

    def _left_pending(self, watcher: Watcher) -> bool:
        """Whether the engine told of pending operations that we had not known of (a backend that we cannot read)."""
        told = any("pending operations from previous deployment" in text for text in watcher.warnings)
        if not told or "pending" in self._tried or self.engine.interrupted or self.engine.killed_by:
            return False
        self.pending = True
        return True

    @property
    def _only_looks(self) -> bool:
        return self.request.operation == "preview" and not self.request.for_up

    def _settle(self) -> None:
        """Raises ConcurrentUpdateError when the stack is locked."""
        if self._only_looks:
            self._settled()
            self.note("another run is in the middle of an operation, or was killed there; then `mtasts up` settles it")
            return
        stack = self.request.stack
        exported = self.workspace.export_stack(stack)
        settled = settle(exported.deployment or {}, self._find)
        self.workspace.import_stack(stack, Deployment(version=exported.version, deployment=settled.deployment))
        self._settled()
        if settled.adopted:
            QuickStack(stack, self.workspace, StackInitMode.SELECT).refresh(
                target=list(settled.adopted), run_program=False, color="never"
            )
        names = ", ".join(urn.rsplit("::", 1)[-1] for urn in settled.adopted)
        self.note(f"an earlier run was killed in the middle; settled{f', taken over: {names}' if names else ''}")
        if settled.left_over:
            self.note(f"it may have left behind, not in the state: {', '.join(settled.left_over)}")

    def _find(self, kind: str, inputs: Mapping[str, Any], account: str) -> str | None:
        ways = Ways(accounts_of(self.request.project, self.request.stack), os.environ)
        return find_record(kind, inputs, ways.of(account)) or find_host(kind, inputs, os.environ)

    def _settled(self) -> None:
        self.pending = False
        self._tried.add("pending")

    def note(self, text: str) -> None:
        """Say it, and keep it for the outcome."""
        self.notes.append(text)
        self.talk.note(text)

    def _explained(self, error: CommandError) -> CannotLook:
        text = str(error)
        known = cannot_look(text, _backend())
        if known:
            return known
        said = [line.strip() for line in text.splitlines() if line.strip().lower().startswith("error:")]
        stderr = text.partition("stderr:")[2].strip().splitlines()
        last = said[-1] if said else stderr[-1] if stderr else "it said nothing"
        return CannotLook(f"the engine: {last[:500]}", "--debug shows its whole output")


def _backend() -> str:
    return os.environ.get("PULUMI_BACKEND_URL") or "(the one of `pulumi login`)"


def _of_a_state(event: Any) -> bool:
    said = event.diagnostic_event
    return said is not None and "failed to verify snapshot" in said.message
