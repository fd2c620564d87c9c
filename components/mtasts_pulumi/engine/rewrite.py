"""A state that is edited: exported by the engine, and imported again under the lock that the engine takes for it.

The engine takes the lock for the import alone. So nobody may hold it when the state is exported, nor have written the
state when the edited one is imported: an update that ended in between would be forgotten. What a `file://` backend
keeps is looked at for that; of another backend only the engine's own lock is known.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from mtasts.errors import CannotLook
from mtasts.live.project import Project, work_folder
from mtasts_pulumi.engine.checkpoints import damage, keep
from mtasts_pulumi.engine.command import Engine
from mtasts_pulumi.engine.failures import cannot_look
from mtasts_pulumi.engine.holders import Fate
from mtasts_pulumi.engine.locks import Lock, fate, read_lock_file, read_locks
from mtasts_pulumi.engine.running import clear, forget_the_gone, surroundings
from mtasts_pulumi.engine.state import drop_broken_attributes, lock_files, ours, read_file_deployment


class Rewriter:
    """The state of one stack, read when this is made, and put back edited. `environ`: where its backend is.

    Raises CannotLook for a stack that is not there, a state that is damaged, or one that a run holds.
    """

    def __init__(self, project: Project, stack: str, binary: Path, environ: Mapping[str, str]) -> None:
        self._place = project.name, stack, environ
        if wrong := damage(*self._place):
            raise CannotLook(
                f"the state of stack {stack} is damaged: {wrong}",
                f"`mtasts state repair --stack {stack}` puts one back",
            )
        drop_broken_attributes(*self._place)
        forget_the_gone(*self._place)
        self._folder, _ = work_folder(project, stack, environ)
        self._engine = Engine(binary, holders=ours(environ, "running", *self._place[:2]))
        self._refuse_while_held()
        self._before = read_file_deployment(*self._place)
        self._exported: dict[str, Any] = json.loads(self._asked("export"))

    @property
    def deployment(self) -> Mapping[str, Any]:
        """The `deployment` object, as it was read."""
        found = self._exported.get("deployment")
        return found if isinstance(found, Mapping) else {}

    def put(self, deployment: Mapping[str, Any]) -> None:
        """Import it in the place of what was read. Raises CannotLook; then the state is as it was."""
        stack = self._place[1]
        self._refuse_while_held()
        if read_file_deployment(*self._place) != self._before:
            raise CannotLook(f"stack {stack} was changed by another run meanwhile; nothing was touched", "run it again")
        keep(*self._place)
        with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
            file = Path(folder) / "state.json"
            file.write_text(json.dumps({**self._exported, "deployment": deployment}), encoding="utf-8")
            self._asked("import", "--file", str(file))
        forget_the_gone(*self._place)

    def _asked(self, *words: str) -> str:
        _, stack, environ = self._place
        try:
            return self._engine.run(["stack", *words, "--stack", stack], str(self._folder), environ).stdout
        except ConcurrentUpdateError as error:
            raise self._held(read_locks(str(error))) from error
        except CommandError as error:
            said = str(error).partition("stderr:")[2].strip()
            known = cannot_look(str(error), environ.get("PULUMI_BACKEND_URL") or "(the one of `pulumi login`)")
            raise known or CannotLook(
                f"the engine: {said.splitlines()[-1][:300] if said else 'it said nothing'}", "see PULUMI_BACKEND_URL"
            ) from error

    def _refuse_while_held(self) -> None:
        """Take away the locks of processes that are gone; raise CannotLook for any other one."""
        holders, around = surroundings(*self._place)
        locks = [read_lock_file(file) for file in lock_files(*self._place)]
        judged = [(lock, fate(lock, holders.values(), around)) for lock in locks]
        if left := [lock for lock, found in judged if found is not Fate.GONE]:
            raise self._held(left)
        clear(locks, *self._place)

    def _held(self, locks: "list[Lock] | tuple[Lock, ...]") -> CannotLook:
        stack = self._place[1]
        told = " and ".join(lock.holder for lock in locks) or "another run"
        certain = f"if it is certainly gone: `mtasts state unlock --stack {stack}`"
        return CannotLook(f"stack {stack} is locked by {told}; nothing was touched", f"wait for it; {certain}")
