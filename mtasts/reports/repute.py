"""Reputation of reporters: those that are known, those that the operator trusts, and strangers.

Pure. A signature says whose mail it is, and no more: for the price of a domain anybody can sign. So who is not known
counts little, and nothing alone (docs/decisions/evidence-trust.md).
"""

from collections.abc import Collection
from enum import StrEnum

from mtasts.protocol.registrable import is_within
from mtasts.reports.known_reporters import known_reporter
from mtasts.reports.stored import StoredReport, Trust


class Repute(StrEnum):
    """What a reporter's word rests on; the value is what people and programs read. The best comes first."""

    KNOWN = "known"  # an organization of `known_reporters`
    TRUSTED = "trusted"  # by the operator, in the YAML
    LOCAL = "local"  # the operator handed the report over, of a reporter that is neither known nor trusted
    STRANGER = "stranger"  # anybody who has a domain

    @property
    def vouched(self) -> bool:
        """Whether somebody vouches for the reporter: good sessions count in full."""
        return self in (Repute.KNOWN, Repute.TRUSTED)

    @property
    def believed(self) -> bool:
        """Whether a failure that is told of stands in the way. For that a report that was handed over is enough."""
        return self is not Repute.STRANGER


def repute_of(stored: StoredReport, submitter: str, trusted: Collection[str]) -> Repute:
    """The repute of a report of this submitter. `trusted`: domains whose reports the operator believes, and below.

    The operator vouches that a report that he hands over is real, and its name says whose it is. Any other report that
    nobody has signed is a stranger's, whoever it names.
    """
    if stored.trust not in (Trust.AUTHENTICATED, Trust.LOCAL):
        return Repute.STRANGER
    if known_reporter(submitter) is not None:
        return Repute.KNOWN
    if any(is_within(submitter, domain) for domain in trusted):
        return Repute.TRUSTED
    return Repute.LOCAL if stored.trust is Trust.LOCAL else Repute.STRANGER
