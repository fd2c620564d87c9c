"""Rows of diff and gate: the words and lines for one mail domain, shared by all forms, not yet escaped."""

import difflib
from collections.abc import Sequence
from datetime import datetime

from mtasts.changes.diff import DomainDiff
from mtasts.changes.rules import ChangeFinding
from mtasts.gate.merge_gate import GateDomain, Look
from mtasts.protocol.mta_sts import txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.verdict.ready import Criterion, Verdict
from mtasts.words.moments import at, not_before

# A policy of more lines than this is one of many patterns, which the words name as well.
_TEXT_LINES = 120
# From this many on, domains that differ alike are told as one.
_ALIKE = 5
_TXT = {
    "created": "created when the policy is seen at its public name",
    "taken over": "taken over with its text",
    "renewed": "renewed with another id when the new policy is seen at its public name",
    "removed": "removed",
    "as it is": "keeps its text",
}


def alike(domains: Sequence[GateDomain]) -> list[tuple[GateDomain, ...]]:
    """The domains in their order; many that the defaults change in the same way, and nothing forbids, are one group."""
    groups: dict[object, list[GateDomain]] = {}
    for number, domain in enumerate(domains):
        groups.setdefault(_same(domain) or number, []).append(domain)
    found: list[tuple[GateDomain, ...]] = []
    for group in groups.values():
        found += [tuple(group)] if len(group) >= _ALIKE else [(domain,) for domain in group]
    return found


def subject(group: Sequence[GateDomain]) -> str:
    """The domain, or how many there are."""
    name = group[0].diff.domain
    return name if len(group) == 1 else f"{len(group)} domains, such as {name}"


def _same(domain: GateDomain) -> tuple[object, ...] | None:
    diff = domain.diff
    if not diff.through or domain.blocks or domain.verdict is not None or diff.old_text != diff.new_text:
        return None
    findings = tuple((finding.code, finding.text) for finding in domain.findings)
    return diff.stack, diff.through, diff.words, diff.settings, findings, domain.left, domain.troubles


def text_diff(diff: DomainDiff) -> tuple[str, ...]:
    """The policy file as a unified diff without its head; () when it stays the same."""
    if diff.old_text == diff.new_text:
        return ()
    before = [] if diff.old_text is None else diff.old_text.splitlines()
    after = [] if diff.new_text is None else diff.new_text.splitlines()
    lines = list(difflib.unified_diff(before, after, n=4, lineterm=""))[2:]
    # One hunk is what a policy has; its numbers tell nobody anything.
    lines = lines[1:] if lines and lines[0].startswith("@@") else lines
    more = len(lines) - _TEXT_LINES
    return (*lines[:_TEXT_LINES], f"  ({more} more lines)") if more > 0 else tuple(lines)


def record_rows(diff: DomainDiff) -> tuple[tuple[str, str], ...]:
    """Each record's name and what becomes of it."""
    rows = [(txt_name(diff.domain), _TXT[diff.txt])]
    was, becomes = diff.tls_rpt_old, diff.tls_rpt_new
    if was == becomes:
        rows.append((record_name(diff.domain), "keeps its text" if becomes else "there is none"))
    elif becomes is None:
        rows.append((record_name(diff.domain), "removed"))
    else:
        rows.append((record_name(diff.domain), f"becomes {becomes}"))
    return tuple(rows)


def id_word(diff: DomainDiff) -> str:
    """Whether the policy gets another id."""
    if diff.new is None:
        return "goes"
    return "rotates" if diff.id_rotates else "stays"


def mail_words(diff: DomainDiff) -> tuple[str, ...]:
    """What changes for mail, and through which file if not the domain's own."""
    words = diff.words or ("nothing changes for mail",)
    return (*words, f"by way of {diff.through}") if diff.through else words


def setting_words(diff: DomainDiff) -> tuple[str, ...]:
    """What changes of the bar, and what of that lowers it."""
    return tuple(
        f"{change.text} (lower: counts from the merge on)" if change.lowers else change.text for change in diff.settings
    )


def finding_words(finding: ChangeFinding) -> tuple[tuple[str, str], ...]:
    """What a rule says beyond its text: label and text."""
    rows = [("mail", finding.mail), ("do", finding.remedy)]
    if finding.earliest is not None:
        rows.append(("when", not_before(finding.earliest)))
    rows.append(("rule", finding.source))
    return tuple((label, text) for label, text in rows if text)


def left_words(domain: GateDomain, look: Look) -> str:
    """What is not judged here; "" for nothing."""
    if look is Look.GATE or not domain.left:
        return ""
    return f"not judged from files alone, but by `mtasts gate`: {', '.join(domain.left)}"


def verdict_words(verdict: Verdict) -> str:
    """The verdict, what it is for, and how long it counts."""
    until = f", expires {at(verdict.expires_at)}" if verdict.ready else ""
    return f"{verdict.state.value}, judged {at(verdict.made_at)} by the thresholds of the base{until}"


def criterion_row(criterion: Criterion) -> tuple[str, str, str, str, str]:
    """Code, have, need, what is missing or why that is accepted, when it will be met."""
    when = criterion.when
    shown = "" if when is None else not_before(when) if isinstance(when, datetime) else str(when)
    missing = f"accepted: {criterion.accepted}" if criterion.accepted and not criterion.met else criterion.missing
    return criterion.code, str(criterion.have), str(criterion.need), missing, shown
