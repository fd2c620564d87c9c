"""The engine's answers to what the program asked for in this run.

A run that goes on after a failure skips whatever depends on what failed. Outputs do not tell the program: those of a
failed resource are unknown (SDK from 3.271 on), but a newer engine than 3.259 gives for a skipped one what a preview
would say, so what was wanted looks like what is there. The engine's answer to the registration does tell, and the SDK
keeps nothing of it.
"""

from typing import Any, Optional

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

_LEFT_UNDONE = "mtasts_left_undone"


def watch() -> None:
    """Remember from here on what the engine fails or skips. Again in the same run it does nothing."""
    monitor = get_monitor()
    if monitor is None or hasattr(monitor, _LEFT_UNDONE):
        return
    left: set[str] = set()
    register = monitor.RegisterResource

    def registered(request: Any, *args: Any, **options: Any) -> Any:
        answer = register(request, *args, **options)
        if answer.result != resource_pb2.Result.SUCCESS or answer.unknown:
            left.add(answer.urn)
        return answer

    setattr(monitor, _LEFT_UNDONE, left)
    monitor.RegisterResource = registered


async def done(output: Optional[pulumi.Output[Any]]) -> bool:
    """Whether all that the output comes from is there as the program wants it, by the engine; waits for it.

    A preview does nothing, so nothing of it counts as left undone. `watch` was called before the resources were made.
    """
    if output is None:
        return True
    try:
        made = [await resource.urn.future() for resource in await output.resources()]
        known = await output.is_known()
    except Exception:  # whatever it was, the SDK reports it by itself
        return False
    if pulumi.runtime.is_dry_run():
        return True
    left: set[str] = getattr(get_monitor(), _LEFT_UNDONE, set())
    return known and not left.intersection(urn for urn in made if urn)
