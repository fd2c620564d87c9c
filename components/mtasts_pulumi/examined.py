"""Examinations of the engine for `mtasts doctor`: the program, its SDK, and the state of each stack."""

import importlib.metadata
from collections.abc import Iterator

from mtasts.app.doctor import SetUp
from mtasts.app.stack_state import NoState
from mtasts.cli.next_command import command
from mtasts.errors import CannotLook
from mtasts.render.doctor import Found, State
from mtasts_pulumi.engine.cache import ask_version, cached_engine, installed
from mtasts_pulumi.engine.find import VERSION_SECONDS, chosen_engine
from mtasts_pulumi.engine.published import NO_STACK
from mtasts_pulumi.engine.version import SDK, dotted
from mtasts_pulumi.stack_state import STATE


def engine(setup: SetUp) -> Iterator[Found]:
    """The engine that `up` would take, and its SDK. Nothing is obtained."""
    try:
        path = chosen_engine(setup.environ) or installed(setup.environ)
    except CannotLook as error:
        yield Found("engine", State.WRONG, error.message, error.hint)
    else:
        if path is None:
            says = f"none on PATH, none in {cached_engine(setup.environ).parent}"
            yield Found("engine", State.MISSING, says, "`mtasts engine` obtains it")
        else:
            version = ask_version(path, VERSION_SECONDS)
            yield Found("engine", State.OK, f"{path}{f', {dotted(version)}' if version else ''}")
    sdk = importlib.metadata.version("pulumi")
    if sdk != dotted(SDK):
        says = f"pulumi {sdk} is installed; this was made for {dotted(SDK)}"
        yield Found("engine SDK", State.WRONG, says, f"`pip install pulumi=={dotted(SDK)}`")
    else:
        yield Found("engine SDK", State.OK, f"pulumi {sdk}")


def state(setup: SetUp) -> Iterator[Found]:
    """Of each stack that has domains: can its state be read, and was it published?"""
    if setup.project is None:
        return
    for stack in dict.fromkeys(stack for stack, _ in setup.domains()):
        subject = f"state of {stack}"
        make = command(setup.place, "up", "--stack", stack, "--create")
        try:
            published = STATE.published(setup.project, stack, setup.environ)
        except CannotLook as error:
            if isinstance(error, NoState) or NO_STACK in error.message:
                yield Found(subject, State.MISSING, error.message, f"`{make}` makes the stack and publishes it")
            else:
                hint = error.hint if "ledger" not in error.hint else ""  # `doctor` has no such option
                step = hint or "is PULUMI_BACKEND_URL the right one, and `pulumi whoami -v` content?"
                yield Found(subject, State.UNKNOWN, error.message, step)
        else:
            if published.updates:
                yield Found(subject, State.OK, f"last published {published.updates[-1]:%Y-%m-%d %H:%M} UTC")
            else:
                yield Found(subject, State.MISSING, "nothing was published yet", f"`{make}` publishes it")
