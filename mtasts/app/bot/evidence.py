"""The bot's evidence, as the caller passes it in: the ledger, verdicts, and the facts of a change."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from mtasts.app.ledger import Ledger
from mtasts.policy.config import DomainPolicy
from mtasts.verdict.ready import Verdict

if TYPE_CHECKING:
    from mtasts.app.change_facts import Gathered  # DNS and TLS cost 100 ms, which no `--help` should wait for


class Evidence(Protocol):
    """The evidence about some domains of a stack. Each call raises CannotLook for what cannot be read."""

    @property
    def ledger(self) -> Ledger:
        """Their publications."""
        ...

    def verdicts(self, policies: Sequence[DomainPolicy]) -> Iterable[Verdict]:
        """The verdict of each, in their order."""
        ...

    def facts(self, policy: DomainPolicy, verdict: Verdict) -> "Gathered":
        """What the change rules judge a change of one by."""
        ...


Source = Callable[[Sequence[DomainPolicy]], Evidence]
