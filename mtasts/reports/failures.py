"""Failure details by result type and MX host, each with its cause, fix and owner.

Pure. The numbers here are what details name, for finding the fault: one session may stand under several results and
totals may exceed them (RFC 8460 s4.4), so nothing here is ever added up to a number of sessions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mtasts.history.eras import PolicyText
from mtasts.protocol.report import FailureDetail
from mtasts.reports.causes import Cause, Owner
from mtasts.reports.entries import Entry
from mtasts.reports.refinements import explain, unnamed

# Foreign text is kept in samples; a reporter that varies it must not fill the page.
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure at one MX host.

    `result_type` is the reporter's word, "" for failures that a report counts without details; `mx` is the host,
    "" when the report does not say; `failed_sessions` is what details name, or the total where there are none. The
    texts of `reasons` and `receiving_ips` are foreign, at most five of each.
    """

    policy_type: str
    result_type: str
    mx: str
    cause: Cause
    owner: Owner
    failed_sessions: int
    reports: int
    reporters: tuple[str, ...]
    days: tuple[date, ...]
    policies: tuple[PolicyText, ...]
    reasons: tuple[str, ...]
    receiving_ips: tuple[str, ...]

    @property
    def fix(self) -> str:
        """What to do, with the MX host in it where the fix is about it: foreign text, to be escaped."""
        return self.cause.fix_at.replace("{mx}", self.mx) if self.mx and self.cause.fix_at else self.cause.fix


class _Group:
    __slots__ = ("cause", "days", "ips", "keys", "policies", "reasons", "reporters", "sessions")

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        self.sessions = 0
        self.keys: set[str] = set()
        self.reporters: set[str] = set()
        self.days: set[date] = set()
        self.policies: set[PolicyText] = set()
        self.reasons: set[str] = set()
        self.ips: set[str] = set()

    def add(self, entry: Entry, sessions: int, detail: FailureDetail | None) -> None:
        self.sessions += sessions
        self.keys.add(entry.stored.key)
        self.reporters.add(entry.reporter)
        self.days.add(entry.day)
        self.policies.add(entry.policy)
        if detail is not None:
            self.reasons.update([detail.failure_reason_code] if detail.failure_reason_code else [])
            self.ips.update([detail.receiving_ip] if detail.receiving_ip else [])


def failures(entries: Iterable[Entry], ours: Sequence[str] = ()) -> tuple[Failure, ...]:
    """Every kind of failure the entries name: those under `sts` first, then by who has to act, then by sessions.

    `ours` are the mx patterns of the policy published now, where that is known.
    """
    groups: dict[tuple[str, str, str, str], _Group] = {}
    for entry in entries:
        for result_type, mx, cause, sessions, detail in _named(entry, ours):
            key = (entry.kind, result_type, mx, cause.code)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(cause)
            group.add(entry, sessions, detail)
    found = [_failure(key, group) for key, group in groups.items()]
    owners = list(Owner)
    return tuple(
        sorted(
            found,
            key=lambda f: (f.policy_type != "sts", owners.index(f.owner), -f.failed_sessions, f.result_type, f.mx),
        )
    )


def _named(entry: Entry, ours: Sequence[str]) -> Iterable[tuple[str, str, Cause, int, FailureDetail | None]]:
    for detail in entry.result.details:
        result_type = detail.result_type.strip().lower()
        yield (
            result_type,
            detail.receiving_mx_hostname,
            explain(detail, entry.policy.mx, ours),
            detail.failed_sessions,
            detail,
        )
    if entry.result.failures and not entry.result.details:
        yield "", "", unnamed(), entry.result.failures, None


def _all_of_it(text: PolicyText) -> tuple[str, tuple[str, ...], bool, int, bool]:
    # Every field, so that two texts never stand in the order of their hashes, which another run has otherwise.
    return text.mode, text.mx, text.max_age is not None, text.max_age or 0, text.given


def _failure(key: tuple[str, str, str, str], group: _Group) -> Failure:
    policy_type, result_type, mx, _ = key
    owner = group.cause.owner
    if owner is Owner.NOISE and len(group.days) > 1:
        # What comes back is no accident: a dead address or an overloaded host looks just like this.
        owner = Owner.OURS
    return Failure(
        policy_type=policy_type,
        result_type=result_type,
        mx=mx,
        cause=group.cause,
        owner=owner,
        failed_sessions=group.sessions,
        reports=len(group.keys),
        reporters=tuple(sorted(group.reporters)),
        days=tuple(sorted(group.days)),
        policies=tuple(sorted(group.policies, key=_all_of_it)),
        reasons=tuple(sorted(group.reasons)[:_SAMPLES]),
        receiving_ips=tuple(sorted(group.ips)[:_SAMPLES]),
    )
