"""Reports moved from sources into a store, in batches, and counted."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mtasts.errors import CannotLook
from mtasts.live.intake import Intake, Prepared, Refusal, keep
from mtasts.live.sources.contract import Source
from mtasts.live.store.contract import Store
from mtasts.protocol.problem import Problem
from mtasts.signals import held_back

# A batch is one write to disk. It is also what is read again after a kill, and how long another import may wait.
_BATCH_ITEMS = 500
_BATCH_BYTES = 16 * 1024 * 1024
_BATCH_SECONDS = 1.0


class Progress(Protocol):
    """Is told how far the import is."""

    def begin(self, total: int, unit: str) -> None:
        """What lies ahead, in all sources; 0 if unknown."""

    def advance(self, weight: int, read: int) -> None:
        """So much of it is done, and so many reports were read in all."""

    def say(self, text: str) -> None:
        """Something a person should know, though the import goes on."""


@dataclass(slots=True)
class _Warned:
    count: int
    message: str
    source: str


@dataclass(slots=True)
class Tally:
    """What an import did."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    dmarc: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: dict[str, _Warned] = field(default_factory=dict)

    def add(self, prepared: Prepared, stored: int, duplicates: int, refused: list[Refusal]) -> None:
        """Count what became of one item. `read` is all that was looked at: stored, duplicates, DMARC and refused."""
        self.read += stored + duplicates + prepared.dmarc + len(refused)
        self.dmarc += prepared.dmarc
        self.stored += stored
        self.duplicates += duplicates
        self.refused += refused
        for problem in prepared.warnings:
            self._warn(problem, prepared.item.source)

    def _warn(self, problem: Problem, source: str) -> None:
        known = self.warnings.get(problem.code)
        if known is None:
            self.warnings[problem.code] = _Warned(1, problem.message, source)
        else:
            known.count += 1

    def as_json(self) -> dict[str, object]:
        """The object that `mtasts reports import --json` ends with."""
        return {
            "read": self.read,
            "stored": self.stored,
            "duplicates": self.duplicates,
            "dmarc": self.dmarc,
            "refused": [{"source": one.source, "reason": one.reason} for one in self.refused],
            "warnings": [
                {"code": code, "count": one.count, "message": one.message, "source": one.source}
                for code, one in sorted(self.warnings.items())
            ],
        }


class Importing:
    """One import of one or more sources."""

    def __init__(self, store: Store, intake: Intake, clock: Callable[[], datetime]) -> None:
        self.tally = Tally()
        self._store = store
        self._intake = intake
        self._clock = clock

    def run(self, sources: Sequence[Source], progress: Progress, *, watch: float | None = None) -> None:
        """Read all sources; with `watch`, look for more every so many seconds, until interrupted."""
        units = {source.unit for source in sources}
        totals = [source.total() for source in sources] if len(units) == 1 else [0]
        progress.begin(sum(totals) if all(totals) else 0, units.pop() if len(units) == 1 else "")
        while True:
            for source in sources:
                try:
                    self._read(source, progress)
                except CannotLook as error:
                    if watch is None:
                        raise
                    # A mail server that restarts must not end a watch; what was read is kept.
                    progress.say(f"{error.message}; trying again in {watch:g} s")
            if watch is None:
                return
            time.sleep(watch)

    def _read(self, source: Source, progress: Progress) -> None:
        waiting: list[Prepared] = []
        size, began = 0, time.monotonic()
        for item in source.items():
            # Signatures are verified before the batch: the store is not held while DNS is asked.
            waiting.append(self._intake.prepare(item, self._clock(), self._store))
            size += len(item.data)
            if len(waiting) >= _BATCH_ITEMS or size >= _BATCH_BYTES or time.monotonic() - began > _BATCH_SECONDS:
                self._keep(source, waiting, progress)
                waiting, size, began = [], 0, time.monotonic()
        self._keep(source, waiting, progress)

    def _keep(self, source: Source, batch: list[Prepared], progress: Progress) -> None:
        if not batch:
            return
        # Counted only when it is safely kept, and then in any case: an interrupted watch ends with its outcome.
        with held_back():
            with self._store.batch():
                outcomes = self._keep_all(batch)
                for prepared in batch:
                    source.took(prepared.item, again=prepared.again)
                note = source.progress()
                if note:
                    self._store.set_mark(*note)
            for prepared, outcome in zip(batch, outcomes, strict=True):
                self.tally.add(prepared, *outcome)
        progress.advance(sum(prepared.item.weight for prepared in batch), self.tally.read)

    def _keep_all(self, batch: list[Prepared]) -> list[tuple[int, int, list[Refusal]]]:
        if self._store.width == 1:
            return [keep(self._store, prepared) for prepared in batch]
        # A store at the end of a network: most of the time is waiting.
        with ThreadPoolExecutor(self._store.width) as pool:
            return list(pool.map(lambda prepared: keep(self._store, prepared), batch))
