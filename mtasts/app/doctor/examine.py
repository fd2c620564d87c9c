"""Every examination in its order: first what the others stand on. One that cannot look stops no other."""

import importlib.metadata
from collections.abc import Callable, Iterable, Iterator

from mtasts.app.doctor import credentials, evidence, forge, mail, pipelines, project, rights, zones
from mtasts.app.doctor.set_up import SetUp
from mtasts.errors import CannotLook
from mtasts.render.doctor import Found, State

GROUP = "mtasts.doctor"
Examination = Callable[[SetUp], Iterable[Found]]
"""Looks at one subject. May raise CannotLook."""

_BEFORE: tuple[tuple[str, Examination], ...] = (
    ("distributions", project.distributions),
    ("project", project.project),
    ("stacks", project.stacks),
)
_AFTER: tuple[tuple[str, Examination], ...] = (
    ("credentials", credentials.examine),
    ("rights", rights.examine),
    ("zones", zones.examine),
    ("reports", evidence.reports),
    ("probes", evidence.probes),
    ("mail", mail.examine),
    ("pipelines", pipelines.examine),
    ("forge", forge.examine),
)


def examine(setup: SetUp, *, debug: bool = False) -> Iterator[Found]:
    """What every examination finds, as it is found. Never raises, unless `debug` asks for what nobody foresaw."""
    for name, look in (*_BEFORE, *_of_others(), *_AFTER):
        try:
            yield from look(setup)
        except CannotLook as error:
            yield Found(name, State.UNKNOWN, error.message, error.hint or "put that right, and look again")
        except Exception as error:  # what nobody foresaw of one subject must not hide the others
            if debug:
                raise
            said = f"{type(error).__name__}: {error}"
            yield Found(name, State.UNKNOWN, said, "please report it, with the output of the same command and --debug")


def _of_others() -> Iterator[tuple[str, Examination]]:
    """What the distributions beside this one examine, by entry points of the group `mtasts.doctor`."""
    for point in importlib.metadata.entry_points(group=GROUP):
        yield point.name, point.load()
