"""Progress of a run over many mail domains, as the use cases report it."""

from typing import Protocol


class Progress(Protocol):
    """Learns of each finished domain."""

    def step(self) -> None:
        """One domain more."""
        ...
