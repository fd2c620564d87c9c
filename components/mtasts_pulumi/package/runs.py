"""Memory of a run. One process of the package serves all of its components, and perhaps the preview before it."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from mtasts_pulumi.policy_host import PolicyHost
from mtasts_pulumi.policy_origin import PolicyOrigin

_KEPT = 8


@dataclass(slots=True)
class Run:
    """The components so far: the hosting by its name, with what it has made, and the name of each mail domain's.

    What comes back as an input says less than what was made: a preview does not know an output of another component,
    not even the part of it that is plain; and all of it seems to come from the component, not from the resources
    inside, which then might be deleted before what needs them.
    """

    hosting: str = ""
    origin: PolicyOrigin | None = None
    hosts: dict[str, PolicyHost] = field(default_factory=dict)
    groups: Mapping[str, Collection[str]] | None = None  # None: not known
    domains: dict[str, str] = field(default_factory=dict)


_runs: OrderedDict[str, Run] = OrderedDict()
_current: ContextVar[Run | None] = ContextVar("run", default=None)


def enter(monitor: str) -> None:
    """From here on this task works for the run whose resource monitor has this address."""
    run = _runs.setdefault(monitor, Run())
    _runs.move_to_end(monitor)
    while len(_runs) > _KEPT:
        _runs.popitem(last=False)
    _current.set(run)


def current() -> Run:
    """The run of this task; outside of any, one that knows nothing."""
    return _current.get() or Run()
