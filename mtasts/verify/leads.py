"""Tells where DNS leads a policy host: to a web host of this stack, elsewhere, or nobody can tell. Pure.

The answers are those of the zone's own servers for the policy host. The edges of one CDN are many, have addresses that
change with each answer, and serve a name by SNI alone: so an address counts as one of them also when it can prove the
web host's own name.
"""

from collections.abc import Sequence
from enum import StrEnum

from mtasts.verify.model import Answer, AnswerKind, LookOutcome, PolicyFetch

_NOT_IT = frozenset({"certificate-wrong-name", "tls-handshake-failed", "connection-refused"})


class Leads(StrEnum):
    """Where senders go that ask DNS now."""

    HERE = "here"
    ELSEWHERE = "elsewhere"  # or nowhere
    UNKNOWN = "unknown"


def leads(host: Sequence[Answer], web_host: str, own: Sequence[Answer], asked: Sequence[PolicyFetch]) -> Leads:
    """Where the answers `host` for a policy host's A and AAAA lead; `own`: those for the name `web_host`.

    `asked`: what each address of the policy host answered to somebody who asked for `web_host` there.
    """
    shared = _addresses(host) & _addresses(own)
    if shared or any(web_host in answer.chain for answer in host) or any(map(_proves, asked)):
        return Leads.HERE
    if any(answer.kind is AnswerKind.TROUBLE for answer in host):
        return Leads.UNKNOWN
    if not _addresses(host):
        return Leads.ELSEWHERE
    # An address that cannot be reached from here (no IPv6 in this network) says nothing; one at least must.
    reached = [fetch for fetch in asked if not (fetch.outcome is LookOutcome.UNREACHABLE and fetch.tried)]
    return Leads.ELSEWHERE if reached and all(map(_refuses, reached)) else Leads.UNKNOWN


def _addresses(answers: Sequence[Answer]) -> frozenset[str]:
    return frozenset(value for answer in answers for value in answer.values)


def _proves(fetch: PolicyFetch) -> bool:
    """An answer came over a connection that was proven to be the web host's."""
    return fetch.status is not None


def _refuses(fetch: PolicyFetch) -> bool:
    """It showed a certificate for other names, or none: it is another host."""
    return any(trouble.code in _NOT_IT for trouble in fetch.problems)
