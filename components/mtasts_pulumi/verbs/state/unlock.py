"""Take away the lock of a run that is certainly gone; refused when it runs."""

import argparse

from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.render.runner import dumps
from mtasts_pulumi.engine.find import find_engine
from mtasts_pulumi.engine.holders import Fate
from mtasts_pulumi.engine.running import clear
from mtasts_pulumi.engine.state import backend_root
from mtasts_pulumi.publish.stack import Stack
from mtasts_pulumi.verbs.desk import agreed, asks
from mtasts_pulumi.verbs.progress import LazyProgress
from mtasts_pulumi.verbs.state.common import add_stack_arguments, locks_of, stack_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of both verbs."""
    add_stack_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say who holds it, ask, and take it away; 1 when the answer is no."""
    asking = asks("state unlock", yes=args.yes, sandbox=args.sandbox)
    stack = stack_of(args)
    in_files = backend_root(stack.environ) is not None
    locks = locks_of(stack)
    if in_files and not locks:
        raise CannotLook(f"stack {stack.name} is not locked")
    for lock, fate in locks:
        if fate is Fate.RUNS:
            raise CannotLook(f"stack {stack.name} is locked by {lock.holder}: {fate.value}", "wait for it, or end it")
        talk(f"mtasts: locked by {lock.holder}: {fate.value}")
    if not in_files:
        talk("mtasts: whoever runs on this stack now loses its lock")
    if asking and not agreed("state unlock", stack.name):
        return 1
    if in_files:
        clear([lock for lock, _ in locks], *stack.place)
    else:
        _cancel(stack)
    if args.json:
        cleared = [lock.holder for lock, _ in locks]
        document(dumps({"version": 1, "stack": stack.name, "cleared": cleared}, indent=2))
    else:
        say(f"{stack.name}: unlocked")
    return 0


def _cancel(stack: Stack) -> None:
    from pulumi.automation.errors import CommandError

    from mtasts_pulumi.engine.command import Engine

    with LazyProgress() as progress:
        engine = find_engine(progress, stack.environ)
    try:
        Engine(engine).run(["cancel", "--yes", "--stack", stack.name], str(stack.project.root), stack.environ)
    except CommandError as error:
        said = str(error).partition("stderr:")[2].strip().splitlines()
        raise CannotLook(
            f"the engine: {said[-1][:300] if said else 'it said nothing'}", "see PULUMI_BACKEND_URL"
        ) from None
