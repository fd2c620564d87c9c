"""Work in threads that nobody waits for when the program ends."""

import subprocess
import sys

import pytest

from mtasts.live.daemons import each
from tests.patience import PATIENCE

GIVES_UP = """
import threading, time
from mtasts.live.daemons import each

def hang(number):
    hangs.release()
    time.sleep(3600)

hangs = threading.Semaphore(0)
threading.Thread(target=each, args=(hang, [1, 2, 3], 2), daemon=True).start()
hangs.acquire(), hangs.acquire()
"""


def test_in_their_order():
    """Whatever thread is done first; nothing to do is done at once."""
    assert each(lambda number: -number, range(100), 16) == [-number for number in range(100)]
    assert each(lambda number: -number, [], 16) == []


def test_what_is_raised_is_raised():
    """One that fails fails the whole, since half a ledger would call unsafe things safe."""
    with pytest.raises(ZeroDivisionError):
        each(lambda number: 1 // number, [1, 0, 1], 1)


def test_a_program_that_has_given_up_ends():
    """While two threads hang for an hour."""
    assert subprocess.run([sys.executable, "-c", GIVES_UP], timeout=PATIENCE, check=False).returncode == 0
