"""Chooses which of several copies of a report counts. Pure: the order of the copies makes no difference.

RFC 8460 s4.4 makes the report-id unique. In the field it is not: with tlsrpt-reporter 0.6.0, two hosts of one
organization send different reports of one day under one id. So an equal id makes no copy; what counts has to be equal.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import astuple

from mtasts.protocol.report import PolicyResult, Report
from mtasts.reports.stored import TRUST_RANK, Trust

_KINDS = {"sts": 1, "tlsa": 2, "no-policy-found": 4}
_OTHER_KIND = 8


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a report under one mail domain, as far as duplicates are concerned."""

    key: str  # of its bytes and submitter
    trust: Trust
    submitter: str  # as in StoredReport
    organization: str  # or anything else that is equal where the organization is
    report_id: str
    content: str  # as `content_of` says
    kinds: int  # as `kinds_of` says
    nameless: bool  # names no submitter but the organization: a bare file without contact-info


def content_of(report: Report, policies: Iterable[PolicyResult]) -> str:
    """Date range, policies, totals and details in one spelling, whatever their order, as 16 hexadecimal digits."""
    said = [str(report.start), str(report.end), sorted(map(_entry, policies))]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=8).hexdigest()


def _entry(result: PolicyResult) -> list[object]:
    return [
        result.policy_type,
        result.policy_domain,
        sorted(result.policy_string),
        sorted(result.mx_host),
        result.successes,
        result.failures,
        sorted(map(astuple, result.details)),
    ]


def kinds_of(policies: Iterable[PolicyResult]) -> int:
    """The policy types in one number, a bit each; types that RFC 8460 does not define share a bit."""
    found = 0
    for policy in policies:
        found |= _KINDS.get(policy.policy_type, _OTHER_KIND)
    return found


@dataclass(slots=True)
class _Reporters:
    """Those whose copies of one report were taken."""

    submitters: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)

    def has(self, copy: Copy) -> bool:
        """Whether one of them is the reporter of this copy.

        The same reporter: the same submitter; or, where a copy has none but the organization's name, the same
        organization. Two that name different submitters are different: anybody can write another's organization into a
        report.
        """
        if copy.submitter in self.submitters:
            return True
        organization = copy.organization.casefold()
        if not organization:
            return False
        return organization in self.nameless or (copy.nameless and organization in self.organizations)

    def add(self, copy: Copy) -> None:
        """Take a copy."""
        self.submitters.add(copy.submitter)
        self.organizations.add(copy.organization.casefold())
        if copy.nameless:
            self.nameless.add(copy.organization.casefold())


def duplicates(one: Copy, other: Copy) -> bool:
    """Whether two copies are of the same report: same reporter, same report-id, and all that counts is equal.

    A report without a report-id equals only itself.
    """
    if one.key == other.key:
        return True
    if not one.report_id or one.report_id != other.report_id or one.content != other.content:
        return False
    taken = _Reporters()
    taken.add(one)
    return taken.has(other)


def that_count(copies: Iterable[Copy]) -> set[str]:
    """The keys of the copies that count: of each report the most trusted copy, by key where trust is equal."""
    chosen: set[str] = set()
    taken: defaultdict[tuple[str, str], _Reporters] = defaultdict(_Reporters)
    for copy in sorted(copies, key=lambda copy: (-TRUST_RANK[copy.trust], copy.key)):
        reporters = taken[copy.report_id or copy.key, copy.content]
        if copy.key not in chosen and not reporters.has(copy):
            chosen.add(copy.key)
            reporters.add(copy)
    return chosen


def sharing_an_id(copies: Iterable[Copy]) -> set[str]:
    """Of copies that count, the keys of those whose submitter gave the same report-id to another that differs.

    Parts of one report that was split by policy type differ, too, and are meant so: they have no type in common.
    """
    alike: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    for copy in copies:
        for kind in (*_KINDS.values(), _OTHER_KIND):
            if copy.report_id and copy.kinds & kind:
                alike[copy.report_id, copy.submitter, kind].add(copy.key)
    return {key for keys in alike.values() if len(keys) > 1 for key in keys}
