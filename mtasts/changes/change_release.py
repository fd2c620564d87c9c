"""Change rules about a domain whose records are another tool's: nothing of it is published, so no other rule holds."""

from collections.abc import Iterator
from typing import Final

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy


def of_another_tool(old: DomainPolicy | None, new: DomainPolicy | None) -> bool:
    """Whether the records are another tool's after the change, or before a removal."""
    policy = new or old
    return policy is not None and policy.released is not None


def _released(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if new is not None and new.released is not None and (old is None or old.released is None):
        yield Said(f"its records are released to another tool, by its file on {new.released}")


def _released_removed(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is not None and new is None:
        yield Said(f"its name leaves the policy host here; its records were released on {old.released}")


RULES: Final = (
    ChangeRule(
        code="released",
        level=Level.NOTE,
        title="a domain is released in any mode: its records stay in DNS, and its policy host is served until its file"
        " goes",
        mail="nothing: senders see no change",
        remedy="run `mtasts release DOMAIN`, which writes that: without it `mtasts up` refuses the file",
        source="ours: docs/decisions/adopt.md",
        run=_released,
        of_released=True,
    ),
    ChangeRule(
        code="released-removed",
        level=Level.NOTE,
        title="the file of a released domain goes when DNS leads its policy host elsewhere",
        mail="nothing: `mtasts up` refuses it while DNS leads here",
        remedy="have the other tool lead the policy host to its own web host first",
        source="RFC 8461 s3.3; ours: docs/decisions/adopt.md",
        run=_released_removed,
        of_released=True,
    ),
)
