"""One published sandbox for all that is shown on a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.stage import ROOT, Stage
from tests.terminal.screen import Terminal


class Seat(Stage):
    """A stage with somebody before it: the same command, on a terminal."""

    def sit(self, size: tuple[int, int], *words: str) -> Terminal:
        """Type one command."""
        return Terminal(self.command(*words), self.environment, size, ROOT)

    def run_verb(self, size: tuple[int, int], verb: str, *more: str) -> Terminal:
        """One that drives the engine."""
        words = [word for word in self.words(verb) if word != "--json"]
        return self.sit(size, *words, *more)

    def flip(self, domain: str = "example.com") -> str:
        """Change the domain's mode in its YAML, so that there is something to do; the new one."""
        mode = "enforce" if b"mode: testing" in self.body(domain) else "testing"
        self.edit(domain, mode=mode)
        return mode


@pytest.fixture(scope="session")
def _seat(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Seat]:
    # A short folder: the control socket's path must fit in 108 bytes.
    seat = Seat(tmp_path_factory.mktemp("t"))
    seat.environment["MTASTS_ENGINE"] = str(engine)
    try:
        seat.start()
        done = seat.up()
        assert done.code == 0, done.err
        yield seat
    finally:
        seat.stop()


@pytest.fixture
def seat(_seat: Seat) -> Iterator[Seat]:
    """The two example domains, published; faults are cleared afterwards."""
    yield _seat
    _seat.fault("clear")
