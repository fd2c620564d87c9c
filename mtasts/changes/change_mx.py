"""Change rules about the mx patterns and the MX hosts in DNS: which of the two may move first, and when the other.

DNS is not ours to change here, so a rule can only block what the policy does, and tell what DNS may do.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.changes.horizon import REFRESH
from mtasts.changes.strength import strengthens
from mtasts.history.ledger import allows, refused_until
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.words.moments import not_before

# A sender that refreshes daily has looked by then, also when one refresh failed (ours).
LIKELY = 2 * REFRESH


def _mx_uncovered(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or new.mode is Mode.NONE:
        return
    enforce = new.mode is Mode.ENFORCE
    # A way back (a shorter max_age) must pass whatever is in DNS; patterns that are being edited must be right.
    judged = enforce and (strengthens(old, new) or (old is not None and old.mx != new.mx))
    if facts.mx_hosts is None:
        if enforce and (old is None or old.mode is not Mode.ENFORCE):
            yield Said("it is not known which MX hosts are in DNS", remedy="look at DNS, then judge again")
        return
    was = () if old is None else old.mx
    for host in facts.mx_hosts:
        # What the old patterns cover is the other rule's: it left the policy too early.
        if not allows(new.mx, host) and not allows(was, host):
            yield Said(f"MX host {host} is not covered", level=Level.BLOCK if judged else Level.WARN)
    if judged:
        for host, until in _just_gone(facts):
            if not allows(new.mx, host) and not allows(was, host):
                yield Said(
                    f"MX host {host} is not covered, and left DNS so recently that senders may still try it",
                    remedy="wait until no sender has the old MX set",
                    earliest=until,
                )


def _mx_removed_too_early(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or new.mode is Mode.NONE:
        return
    removed = [pattern for pattern in old.mx if not allows(new.mx, pattern)]
    if not removed:
        return
    enforce = new.mode is Mode.ENFORCE
    added = [pattern for pattern in new.mx if not allows(old.mx, pattern)]
    for pattern in removed:
        live = [host for host in facts.mx_hosts or () if allows((pattern,), host) and not allows(new.mx, host)]
        for host in live:
            swap = f"keep {pattern} beside {added[0]} until DNS has moved (`mtasts mx --swap`)" if added else ""
            yield Said(
                f"{pattern} is removed while MX host {host} is still in DNS",
                remedy=swap,
                level=Level.BLOCK if enforce else Level.WARN,
            )
        # In testing nothing is refused, so what may be there is no reason to wait.
        if enforce and not live:
            yield from _may_be_tried(pattern, new, facts)


def _may_be_tried(pattern: str, new: DomainPolicy, facts: Facts) -> Iterator[Said]:
    """No host of `pattern` is seen in DNS: may senders have one in their caches all the same?"""
    gone = [(host, until) for host, until in _just_gone(facts) if allows((pattern,), host)]
    for host, until in gone:
        if not allows(new.mx, host):
            yield Said(
                f"{pattern} is removed while senders may still have MX host {host} in their caches", earliest=until
            )
    known_gone = facts.mx_hosts is not None and pattern in facts.mx_last_seen
    if gone or known_gone:
        return
    since = facts.mx_watched_since
    if facts.mx_hosts is None or since is None:
        yield Said(
            f"{pattern} is removed, but it is not known since when its hosts are out of DNS",
            remedy="look now, and again when the TTL of the MX set has passed",
            earliest=facts.now + facts.kept_mx,
        )
    elif since + facts.kept_mx > facts.now:
        yield Said(
            f"{pattern} is removed, but DNS is watched only since {not_before(since)}: senders may have older answers",
            earliest=since + facts.kept_mx,
        )


def _just_gone(facts: Facts) -> list[tuple[str, datetime]]:
    """The hosts that left DNS so lately that senders may still try them, each with the end of that."""
    live = facts.mx_hosts or ()
    ends = ((host, seen + facts.kept_mx) for host, seen in facts.mx_last_seen.items() if host not in live)
    return sorted((host, end) for host, end in ends if end > facts.now)


def _mx_ahead_of_policy(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or not facts.mx_hosts or not facts.ledger:
        return
    every = facts.unexpired(new.ttl if old is None else max(old.ttl, new.ttl))
    for host in facts.mx_hosts:
        if new.mode is Mode.ENFORCE and not allows(new.mx, host):
            continue  # blocked by another rule already
        until = refused_until(every, host)
        if until is not None:
            yield Said(
                f"MX host {host} is in DNS, but some senders hold an enforce policy that does not cover it",
                mail=f"those senders refuse {host} until {not_before(until)} and use the next MX host if there is one",
                earliest=until,
            )


def _mx_added(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or new.mode is Mode.NONE or (old is None and not facts.ledger):
        return
    was = () if old is None else old.mx
    added = [pattern for pattern in new.mx if not allows(was, pattern) and pattern not in (facts.mx_hosts or ())]
    if not added:
        return
    ttl = new.ttl if old is None else max(old.ttl, new.ttl)
    every = facts.unexpired(ttl)
    likely = facts.now + timedelta(seconds=ttl) + LIKELY
    for pattern in added:
        sure = refused_until(every, pattern)
        if sure is None and old is not None and old.mode is Mode.ENFORCE and not facts.ledger:
            sure = facts.now + timedelta(seconds=ttl + old.max_age)
        yield Said(
            f"{pattern} is added; {_when_into_dns(sure, likely)}"
            + ("" if facts.ledger or facts.ledger_read else " (earlier publications are not known)"),
            earliest=sure,
        )


def _when_into_dns(sure: datetime | None, likely: datetime) -> str:
    if sure is None:
        return "it may go into DNS as soon as this is published"
    if sure <= likely:
        return f"if this is published now, it may go into DNS from {not_before(sure)} on"
    return (
        f"if this is published now, most senders know it from {not_before(likely)} on, all from {not_before(sure)} on;"
        " it is not safe in DNS before that"
    )


RULES: Final = (
    ChangeRule(
        code="mx-uncovered",
        level=Level.BLOCK,
        title="an enforce policy covers every MX host that is in DNS, or left it less than the TTL of the MX set ago;"
        " in testing, and where the policy stays as it is, a warning",
        mail="enforcing senders refuse that host, and take the next MX host if there is one",
        remedy="add the host to `mx`, or take it out of DNS",
        source="RFC 8461 s4.1, s5",
        run=_mx_uncovered,
        needs_facts=True,
    ),
    ChangeRule(
        code="mx-removed-too-early",
        level=Level.BLOCK,
        title="a pattern leaves an enforce policy only after its hosts have left DNS and the TTL of the MX set has"
        " passed (a day when it is not known); in testing a warning while the host is in DNS",
        mail="senders that have the old MX set try the host and refuse it",
        remedy="take the host out of DNS, wait for the TTL of the MX set, then take it out of `mx`",
        source="RFC 8461 s4.1, s5; DNS caching is RFC 1035",
        run=_mx_removed_too_early,
        needs_facts=True,
    ),
    ChangeRule(
        code="mx-ahead-of-policy",
        level=Level.WARN,
        title="an MX host goes into DNS only when no sender holds an enforce policy without it",
        mail="senders that hold the older policy refuse that host, and take the next MX host if there is one",
        remedy="take the host out of DNS until then; no new policy reaches a sender that waits for its own to expire",
        source="RFC 8461 s5, s8.1",
        run=_mx_ahead_of_policy,
    ),
    ChangeRule(
        code="mx-added",
        level=Level.NOTE,
        title="a pattern is in the policy before its host is in DNS",
        mail="nothing, as long as the host is not in DNS before the date",
        remedy="probe the host first; `mtasts mx DOMAIN --add HOST` shows the plan with its dates",
        source="RFC 8461 s5, s8.1",
        run=_mx_added,
    ),
)
