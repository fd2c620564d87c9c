"""Work in threads that a program which has given up on it does not wait for when it ends.

The threads of `concurrent.futures` are waited for, however long a server takes with its answer.
"""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """What `work` gives for each item, in their order. Raises the first exception that it raises."""
    waiting: SimpleQueue[int] = SimpleQueue()
    ended: SimpleQueue[Exception | None] = SimpleQueue()
    found: dict[int, Result] = {}

    def run() -> None:
        try:
            while True:
                number = waiting.get_nowait()
                found[number] = work(items[number])
        except Empty:
            ended.put(None)
        except Exception as error:
            ended.put(error)

    for number in range(len(items)):
        waiting.put(number)
    started = [Thread(target=run, daemon=True) for _ in range(min(threads, len(items)))]
    for thread in started:
        thread.start()
    for _ in started:
        if (error := ended.get()) is not None:
            raise error
    return [found[number] for number in range(len(items))]
