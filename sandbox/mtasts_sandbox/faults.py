"""Switches that make the sandbox misbehave on purpose. They live in the daemon only and do not survive its restart."""

import asyncio
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


class BadFault(ValueError):  # noqa: N818 - it names the input, like BadName
    """A fault nobody here knows, or a value it cannot take; str() is a whole sentence."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of fault: its name, what its value means ("" when it takes none), and what it does."""

    name: str
    value: str
    what: str
    default: float | None = None  # the value when none is given; None: one must be given


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is on. `where`: a host (edge, mail), or a pattern of operations (those that count calls)."""

    name: str
    value: float
    where: str  # "*" for everywhere


EDGE_AND_PROVIDER = (
    Kind("edge-down", "", "the edge refuses every connection"),
    Kind("stale-edge", "SECONDS", "the edge serves what an object was until this long after a change"),
    Kind("wrong-certificate", "", "the edge shows a certificate for another name"),
    Kind("redirect", "", "the edge answers 301 to another path"),
    Kind("slow", "SECONDS", "the edge waits this long before it answers"),
    Kind("validation-wait", "SECONDS", "a certificate waits this long for its validation records, not 20 s"),
    Kind("provider-error", "K", "the K-th changing provider call from now fails, once; 0 switches it off", 1),
    Kind("call-held", "K", "the K-th changing provider call from now is not carried out until this is cleared", 1),
    Kind("answer-held", "K", "the K-th changing provider call from now is carried out, its answer waits for that", 1),
)
_COUNTING = ("provider-error", "call-held", "answer-held")
_HOLDING = 0.0  # the value of a fault that holds a call now


class Faults:
    """The faults that are on now, by name and place."""

    def __init__(self, kinds: Iterable[Kind] = EDGE_AND_PROVIDER) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._on: dict[tuple[str, str], Fault] = {}
        self._held: dict[tuple[str, str], asyncio.Event] = {}  # calls that wait for their fault to be cleared
        self._watchers: list[Callable[[], None]] = []

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Every fault that can be set, by name."""
        return self._kinds

    def register(self, kinds: Iterable[Kind]) -> None:
        """Make further faults known (the mail servers bring theirs)."""
        self._kinds.update((kind.name, kind) for kind in kinds)

    def watch(self, callback: Callable[[], None]) -> None:
        """Call `callback` after any fault was set or cleared."""
        self._watchers.append(callback)

    def set(self, name: str, value: float | None = None, where: str = "*") -> Fault:
        """Switch a fault on; for a fault without a value that is all. Raises BadFault."""
        kind = self._kinds.get(name)
        if kind is None:
            raise BadFault(f"no fault is called {name!r}; there are {', '.join(sorted(self._kinds))}")
        if kind.value and value is None:
            value = kind.default
        if kind.value and value is None:
            raise BadFault(f"{name} needs a value: {kind.value}")
        if not kind.value and value is not None:
            raise BadFault(f"{name} takes no value")
        if value is not None and not 0 <= value < 86_400:
            raise BadFault(f"{name}: {value:g} is not between 0 and 86400")
        if name in _COUNTING and value is not None and value != int(value):
            raise BadFault(f"{name}: {value:g} is not a whole number of calls")
        fault = Fault(name, 1.0 if value is None else float(value), where.lower())
        if fault.value == 0:
            self._on.pop((name, fault.where), None)
        else:
            self._on[name, fault.where] = fault
        self._changed()
        return fault

    def clear(self, name: str | None = None, where: str | None = None) -> int:
        """Switch off all faults, or those of this name, or only at this place; gives how many were on."""
        if name is not None and name not in self._kinds:
            raise BadFault(f"no fault is called {name!r}; there are {', '.join(sorted(self._kinds))}")
        gone = [key for key in self._on if name in (None, key[0]) and where in (None, key[1])]
        for key in gone:
            del self._on[key]
        self._changed()
        return len(gone)

    def active(self) -> tuple[Fault, ...]:
        """The faults that are on, in the order they were set."""
        return tuple(self._on.values())

    def value(self, name: str, host: str = "*") -> float | None:
        """The value of a fault as it holds for this host (one set for the host wins over `*`); None when off."""
        if not self._on:
            return None
        fault = self._on.get((name, host.lower())) or self._on.get((name, "*"))
        return fault.value if fault else None

    def set_for(self, name: str, where: str) -> float | None:
        """The value of a fault that was set for exactly this place, not everywhere; None when it is off there."""
        fault = self._on.get((name, where.lower()))
        return fault.value if fault else None

    def on(self, name: str, host: str = "*") -> bool:
        """Is this fault on for this host?"""
        return self.value(name, host) is not None

    def count_call(self, operation: str) -> bool:
        """Count one changing provider call, such as `aws:route53/record:Record.Create`; True when it must fail now."""
        due = self._due("provider-error", operation)
        for key in due:
            del self._on[key]
        return bool(due)

    async def hold_call(self, name: str, operation: str) -> None:
        """Count one call for `call-held` or `answer-held`; the one whose turn it is waits until that is cleared."""
        for key in self._due(name, operation):
            self._on[key] = Fault(name, _HOLDING, key[1])
            cleared = self._held[key] = asyncio.Event()
            self._changed()
            await cleared.wait()

    def _due(self, name: str, operation: str) -> list[tuple[str, str]]:
        """Count one call for the faults of this name; gives those whose turn it is."""
        due = []
        for key, fault in list(self._on.items()):
            if fault.name != name or not fnmatch.fnmatchcase(operation.lower(), fault.where):
                continue
            if fault.value == 1:
                due.append(key)
            elif fault.value != _HOLDING:
                self._on[key] = Fault(name, fault.value - 1, fault.where)
        return due

    def pattern_on(self, names: Iterable[str], operation: str) -> str | None:
        """The first of these faults that is on for an operation, by the pattern it was set for; None when none is."""
        wanted = set(names)
        for fault in self._on.values():
            if fault.name in wanted and fnmatch.fnmatchcase(operation.lower(), fault.where):
                return fault.name
        return None

    def _changed(self) -> None:
        for key in [key for key in self._held if self._on.get(key, Fault("", 1, "")).value != _HOLDING]:
            self._held.pop(key).set()
        for watcher in self._watchers:
            watcher()
