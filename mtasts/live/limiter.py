"""Limits open connections: in total, so that this machine's sockets suffice, and per address, as a courtesy."""

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator


class Limiter:
    """Bounds connections: `total` at a time, `per_address` of them to one IP address."""

    def __init__(self, total: int, per_address: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_address = per_address
        # Semaphores live as long as somebody waits at them, so ten thousand addresses cost nothing afterwards.
        self._addresses: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def enter(self, address: str) -> AsyncIterator[None]:
        """Wait for a place. The address first: its queue must not hold places that other hosts could use."""
        own = self._addresses.get(address)
        if own is None:
            own = self._addresses[address] = asyncio.Semaphore(self._per_address)
        async with own, self._total:
            yield
