"""Request to take mail domains over: where their files are, how to look, what is known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.live.accounts.ways import Ways
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """Where the files are, how to look, and what is known beforehand.

    `policies` and `stack`: the folder, and the one in it. `dns_provider` and `zone`: of every domain, "" for what is to
    be found out; `known`: provider and zone id of some domains, by another tool's files. `profile`: the AWS profile of
    the stack's settings. `published`: the domains that the stack's state has; `own`: ids of the distributions that it
    made. `ways`: into the accounts of the stack, where it has some.
    """

    policies: Path
    stack: str
    network: Network
    environ: Mapping[str, str] = field(repr=False)  # it holds credentials
    limits: Limits = USUAL
    dns_provider: str = ""
    zone: str = ""
    profile: str = ""
    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    published: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    ways: Ways | None = None

    def environ_of(self, account: str) -> Mapping[str, str]:
        """The environment for a zone of an account, "" for the stack's own. Raises CannotLook as `Ways.of` does."""
        return self.ways.of(account) if self.ways is not None and account else self.environ

    def path_of(self, domain: str) -> Path:
        """The file of a domain."""
        return self.policies / self.stack / f"{domain}.yaml"
