"""Change rules about max_age in enforce: the ladder up, and what shortening does not do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeGuard

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.changes.ladder import first_rung_line, next_rung
from mtasts.history.eras import Publication
from mtasts.history.ledger import read_text
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy
from mtasts.policy.rules import max_age_text
from mtasts.protocol.mta_sts import Mode
from mtasts.words.durations import span
from mtasts.words.moments import not_before


def _ladder_skipped(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if not enforces(old) or not enforces(new) or new.max_age <= old.max_age:
        return
    rung = next_rung(old.max_age)
    if rung is not None and new.max_age > rung:
        yield Said(
            f"max_age goes from {span(old.max_age)} to {span(new.max_age)}; the next step is {span(rung)}",
            remedy=f"set max_age to {max_age_text(rung)}; `mtasts promote` does it when it is time",
        )


def _ladder_too_soon(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if not enforces(old) or not enforces(new) or new.max_age <= old.max_age:
        return
    newest = facts.newest
    policy = None if newest is None else read_text(newest.text)
    if newest is None or policy is None or policy.mode is not Mode.ENFORCE or policy.max_age != old.max_age:
        yield Said(
            f"it is not known that enforce with max_age {span(old.max_age)} is published",
            remedy="publish it (`mtasts up --refresh`), and give the ledger",
        )
        return
    if facts.txt_id not in (None, newest.id):
        yield Said(
            f"the TXT record does not name {newest.id} of max_age {span(old.max_age)} yet",
            remedy="finish the publication (`mtasts up --refresh`), then wait",
        )
        return
    stood = _named_from(newest, facts) + max(newest.ttl, timedelta(seconds=old.ttl))
    earliest = stood + timedelta(seconds=old.max_age)
    if earliest > facts.now:
        yield Said(
            f"max_age {span(old.max_age)} is published since {not_before(stood)}, so its whole time is over at"
            f" {not_before(earliest)}",
            earliest=earliest,
        )


def _named_from(newest: Publication, facts: Facts) -> datetime:
    """Since when the TXT record names the newest text: an update may have died in between, and been healed later."""
    before = max((one for one in facts.ledger if one is not newest), key=lambda one: one.since, default=None)
    known = [
        time for time in (before.named_until if before is not None else None, facts.named_since) if time is not None
    ]
    return max(newest.since, min(known, default=newest.since))


def _enforce_long_start(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is None or new is None or old.mode is not Mode.TESTING or new.mode is not Mode.ENFORCE:
        return
    most = old.rollout.first_max_age
    # What is longer than testing's is spoken of by enforce-max-age.
    if most < new.max_age <= old.max_age:
        yield Said(
            f"enforce would begin with max_age {span(new.max_age)}, longer than {span(most)}",
            remedy=f"write `{first_rung_line(old)}`; `mtasts promote` lengthens it later, step by step",
        )


def _max_age_shortened(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if not enforces(old) or not enforces(new) or new.max_age >= old.max_age:
        return
    longer = [
        one
        for one in facts.unexpired(old.ttl)
        if one.enforces and (one.policy is None or one.policy.max_age > new.max_age)
    ]
    until = max((one.until for one in longer), default=None)
    yield Said(
        f"max_age goes from {span(old.max_age)} to {span(new.max_age)}",
        mail=f"senders that keep a policy until it expires hold a longer one until {not_before(until)}"
        if until
        else "",
        earliest=until,
    )


def enforces(policy: DomainPolicy | None) -> TypeGuard[DomainPolicy]:
    """Whether the domain is there, in mode enforce."""
    return policy is not None and policy.mode is Mode.ENFORCE


RULES: Final = (
    ChangeRule(
        code="ladder-skipped",
        level=Level.BLOCK,
        title="max_age in enforce is raised at most to the next of 1, 7, 14, 28, 56, 112 and 224 days and the limit",
        mail="a fault that comes up after the change would be refused for the longer time by senders that keep a policy"
        " until it expires",
        remedy="`mtasts promote DOMAIN` goes one step",
        source="ours: RFC 8461 s10.2 wants it long in the end, s5.1 cannot shorten what is cached",
        run=_ladder_skipped,
    ),
    ChangeRule(
        code="ladder-too-soon",
        level=Level.BLOCK,
        title="max_age in enforce is raised only when the present one was published for its whole time",
        mail="a fault that only shows when caches are renewed would be refused for the longer time",
        remedy="wait; `mtasts promote DOMAIN` goes on when it is time",
        source="ours: RFC 8461 s10.2 wants it long in the end, s5.1 cannot shorten what is cached",
        run=_ladder_too_soon,
        needs_facts=True,
        before_looking=True,
    ),
    ChangeRule(
        code="enforce-long-start",
        level=Level.BLOCK,
        title="enforce begins with a max_age of at most a week, or of what `rollout.first_max_age` says on the base",
        mail="senders that keep a policy until it expires would refuse for that long what is still wrong",
        remedy="write a shorter max_age; `mtasts promote` lengthens it later, step by step",
        source="ours: a short max_age makes the first mistake a short one",
        run=_enforce_long_start,
    ),
    ChangeRule(
        code="max-age-shortened",
        level=Level.NOTE,
        title="a shorter max_age counts for what is fetched from now on",
        mail="what senders hold already keeps its longer life",
        remedy="count on the date given, not on the new max_age",
        source="RFC 8461 s3.2, s10.2",
        run=_max_age_shortened,
    ),
)
