"""The forge's settings that the pipelines rest on: environments, variables, the required check."""

from collections.abc import Iterator

from mtasts.app.doctor.set_up import SetUp
from mtasts.app.setup.forge import ForgePlace, ForgeWish, StackWish, StepState, open_settings
from mtasts.errors import CannotLook
from mtasts.live.workflow_files import repository_of, workflow_files
from mtasts.render.doctor import Found, State

_STATES = {StepState.CHANGE: State.MISSING, StepState.BY_HAND: State.MISSING, StepState.UNKNOWN: State.UNKNOWN}


def examine(setup: SetUp) -> Iterator[Found]:
    """What set-up would still have to do there; nothing of a project without pipelines."""
    if setup.project is None or not setup.stacks:
        return
    folder = repository_of(setup.project.root)
    if not workflow_files(folder) and not (folder / ".gitlab-ci.yml").is_file():
        return
    try:
        settings = open_settings(ForgePlace(setup.environ, folder))
        steps = settings.plan(ForgeWish(tuple(StackWish(stack) for stack in setup.stacks)))
    except CannotLook as error:
        yield Found("forge", State.UNKNOWN, error.message, error.hint or "look where the forge can be reached")
        return
    for step in steps:
        if step.state in _STATES:
            says = f"{step.what} is {step.now or 'not there'}, wanted: {step.wanted}"
            yield Found(settings.place, _STATES[step.state], says, step.how)
    if all(step.state is StepState.SET for step in steps):
        yield Found(settings.place, State.OK, f"{len(steps)} settings are as the pipelines need them")
