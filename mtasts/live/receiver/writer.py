"""The one thread that writes to the store: what waits is written together, and nobody is told before it is on disk.

A commit with its fsync costs milliseconds whether it holds one report or a hundred, so posts that come at the same
time share one.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtasts.errors import CannotLook
from mtasts.live.store import Incoming, Outcome, Store

# One commit's worth; more only makes the first of them wait.
_TOGETHER = 200

# Posts waiting for the disk; beyond this the disk cannot keep up and senders are asked to come back.
_WAITING_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class _Job:
    incomings: Sequence[Incoming]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[list[Outcome]]"


class Writer:
    """Owns the store, which belongs to the thread that opened it."""

    def __init__(self, open_it: Callable[[], Store]) -> None:
        self._open = open_it
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_WAITING_LIMIT)
        self._opened = threading.Event()
        self._failure: CannotLook | None = None
        self._thread = threading.Thread(target=self._work, name="report-writer", daemon=True)

    def start(self) -> None:
        """Open the store. Raises CannotLook if that fails."""
        self._thread.start()
        self._opened.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Write what waits, then close."""
        self._jobs.put(None)
        self._thread.join()

    @property
    def working(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    async def put(self, incomings: Sequence[Incoming]) -> list[Outcome]:
        """Keep the reports of one post; on return they are safely on disk. Raises CannotLook if they are not."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[Outcome]] = loop.create_future()
        try:
            self._jobs.put_nowait(_Job(incomings, loop, done))
        except queue.Full:
            raise CannotLook("the store cannot keep up") from None
        return await done

    def _work(self) -> None:
        try:
            store = self._open()
        except CannotLook as error:
            self._failure = error
            return
        finally:
            self._opened.set()
        with store:
            while (jobs := self._next()) is not None:
                self._write(store, jobs)

    def _next(self) -> list[_Job] | None:
        """What waits, at least one; None when it is time to stop."""
        first = self._jobs.get()
        if first is None:
            return None
        jobs = [first]
        while len(jobs) < _TOGETHER:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs

    def _write(self, store: Store, jobs: Sequence[_Job]) -> None:
        try:
            with store.batch():
                outcomes = [[store.add(incoming) for incoming in job.incomings] for job in jobs]
        except Exception as error:
            failure = error if isinstance(error, CannotLook) else CannotLook(f"the store failed: {error!r}")
            for job in jobs:
                _tell(job, failure=failure)
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            _tell(job, outcome=outcome)


def _tell(job: _Job, *, outcome: list[Outcome] | None = None, failure: CannotLook | None = None) -> None:
    def settle() -> None:
        if job.done.done():
            return  # the peer went away; the report is kept all the same
        if failure is not None:
            job.done.set_exception(failure)
        else:
            job.done.set_result(outcome or [])

    try:
        job.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop has ended: nobody waits for an answer any more
