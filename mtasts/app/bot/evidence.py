"""What the bot judges by, as it is handed in: the ledger, verdicts, and the facts of a change."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from mtasts.changes.facts import Facts
from mtasts.history.eras import Publication
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import ReadyVerdict


class Gathered(Protocol):
    """The facts, and what could not be learned, each as one line for people."""

    @property
    def facts(self) -> Facts:
        """What the change rules judge by."""
        ...

    @property
    def troubles(self) -> tuple[str, ...]:
        """What could not be learned."""
        ...


class Ledger(Protocol):
    """What was published when; `read` is False when there was no place to read it from."""

    @property
    def read(self) -> bool:
        """Whether the place was read."""
        ...

    def of(self, domain: str) -> tuple[Publication, ...]:
        """The publications of one mail domain."""
        ...


class Evidence(Protocol):
    """The evidence about some domains of a stack. Each call raises CannotLook for what cannot be read."""

    @property
    def ledger(self) -> Ledger:
        """Their publications."""
        ...

    def verdicts(self, policies: Sequence[DomainPolicy]) -> Iterable[ReadyVerdict]:
        """The verdict of each, in their order."""
        ...

    def facts(self, policy: DomainPolicy, verdict: ReadyVerdict) -> Gathered:
        """What the change rules judge a change of one by."""
        ...


Source = Callable[[Sequence[DomainPolicy]], Evidence]
