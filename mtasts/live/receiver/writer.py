"""The one thread that writes to the store: what waits is written together, and nobody is told before it is on disk.

A commit with its fsync costs milliseconds whether it holds one report or a hundred, so posts that come at the same
time share one.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtasts.errors import CannotLook
from mtasts.live.receiver.quarantine import PostQuarantine
from mtasts.live.store import Added, Incoming, Store

# One commit's worth; more only makes the first of them wait.
_TOGETHER = 200

# Posts waiting for the disk; beyond this they wait for a place, and after a while the disk cannot keep up.
_WAITING_LIMIT = 2000
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A post to keep as it came, for somebody to judge later."""

    raw: bytes
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Post:
    """What of a post is to be kept: its reports, or itself, or both."""

    incomings: Sequence[Incoming]
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class _Job:
    post: Post
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[list[Added]]"


class Writer:
    """Owns the store, which belongs to the thread that opened it."""

    def __init__(
        self,
        open_it: Callable[[], Store],
        quarantine: PostQuarantine | None = None,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._open = open_it
        self._quarantine = quarantine or PostQuarantine()
        self._log = log
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

    async def put(self, post: Post) -> list[Added]:
        """Keep what is to be kept of one post; on return it is safely on disk. Raises CannotLook if it is not."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[Added]] = loop.create_future()
        end = loop.time() + _PATIENCE_SECONDS
        while True:
            try:
                self._jobs.put_nowait(_Job(post, loop, done))
                break
            except queue.Full:
                if loop.time() > end:
                    raise CannotLook("the store cannot keep up") from None
                await asyncio.sleep(0.05)
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
            with contextlib.suppress(CannotLook):
                store.release(self._quarantine.know(store.quarantined()))
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
                outcomes = [[store.add(incoming) for incoming in job.post.incomings] for job in jobs]
                self._keep(store, [job.post.kept for job in jobs if job.post.kept])
        except Exception as error:
            failure = error if isinstance(error, CannotLook) else CannotLook(f"the store failed: {error!r}")
            for job in jobs:
                _tell(job, failure=failure)
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            _tell(job, outcome=outcome)

    def _keep(self, store: Store, posts: Sequence[Kept]) -> None:
        gone: list[str] = []
        for post in posts:
            key = store.quarantine(post.raw, post.source, post.reason)
            gone += self._quarantine.add(key, post.source, len(post.raw))
        if gone:
            store.release(gone)
            self._log(f"quarantine is full: {len(gone)} dropped, the oldest of the peer that holds most")


def _tell(job: _Job, *, outcome: list[Added] | None = None, failure: CannotLook | None = None) -> None:
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
