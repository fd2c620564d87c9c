"""The engine's state of stacks, for `mtasts.app.stack_state`, which finds it by an entry point."""

from collections.abc import Mapping

from mtasts.app.stack_state import Published, StackState
from mtasts.changes.moves import Placed
from mtasts.live.project import Project
from mtasts_pulumi.engine.placed import known_places
from mtasts_pulumi.engine.published import published


class _EngineState:
    def published(
        self, project: Project, stack: str, environ: Mapping[str, str], seconds: float | None = None
    ) -> Published:
        return published(project, stack, environ, seconds)

    def places(self, project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Placed]:
        return known_places(project, stack, environ)


STATE: StackState = _EngineState()
