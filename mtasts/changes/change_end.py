"""Change rules about the end: mode none, waiting, removal (RFC 8461 s8.3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from mtasts.changes.change_adopted import never_taken_over
from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.history.ledger import safe_removal
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.words.durations import span
from mtasts.words.moments import not_before

# RFC 8461 s8.3: "a small max_age (e.g., one day)".
_SMALL_MAX_AGE = 86400


def never_published(facts: Facts) -> bool:
    """Whether nothing was ever published: the ledger was read and is empty, DNS answered, and nothing is to be seen."""
    seen = facts.txt_id is not None or facts.txt_unanswered or facts.live_policy is not None
    return facts.ledger_read and not facts.ledger and not seen


def _removal_mode(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is not None or never_taken_over(old, facts):
        return
    if old.mode is not Mode.NONE and not never_published(facts):
        yield Said(f"{old.domain} is removed in mode {old.mode}")


def _removal_too_early(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is not None or old.mode is not Mode.NONE or never_taken_over(old, facts):
        return
    said = too_early(facts, old.ttl)
    if said is not None:
        yield said


def too_early(facts: Facts, ttl: int) -> Said | None:
    """Why a domain that publishes mode none, or nothing, may not be removed yet; None when it may.

    `ttl`: seconds for which resolvers may keep its TXT record, should the ledger say less.
    """
    if never_published(facts):
        return None
    if not facts.ledger:
        return Said(
            "no publication is known, so it is unknown what senders hold",
            remedy="give the ledger (`--ledger`)",
        )
    every = facts.held(ttl)
    safe = safe_removal(facts.ledger, facts.now, txt_since=facts.named_since, least_ttl=ttl)
    newest = every[-1]
    if facts.newest is not None and not newest.retired:
        return Said(
            f"what is published is {newest.name}, not mode none",
            remedy="publish mode none (`mtasts up --refresh`), then wait",
            earliest=safe,
        )
    if facts.newest is not None and facts.txt_id is not None and facts.txt_id != facts.newest.id:
        return Said(
            f"the TXT record names {facts.txt_id}, not {facts.newest.id} of mode none",
            remedy="finish the publication (`mtasts up --refresh`), then wait",
            earliest=safe,
        )
    # By a clock that is behind, `safe` may lie ahead even where nothing but none was ever published.
    if safe is not None and safe > facts.now and not all(one.retired for one in every):
        last = max((one for one in every if not one.retired), key=lambda one: one.until)
        return Said(f"senders may hold {last.name} until {_date(safe, certain=last.certain)}", earliest=safe)
    return None


def _date(safe: datetime, *, certain: bool) -> str:
    if certain:
        return not_before(safe)
    return f"{not_before(safe)} or later: when the TXT record stopped naming it is not known"


def _none_long(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if new is not None and new.mode is Mode.NONE and new.max_age > _SMALL_MAX_AGE and (old is None or old != new):
        yield Said(f"mode none with max_age {span(new.max_age)}")


RULES: Final = (
    ChangeRule(
        code="removal-mode",
        level=Level.BLOCK,
        title="only a domain in mode none is removed, unless it was never published from here",
        mail="senders go on enforcing what they hold, cannot learn that it is over, and take it for an attack",
        remedy="`mtasts retire DOMAIN` publishes mode none first",
        source="RFC 8461 s8.3",
        run=_removal_mode,
    ),
    ChangeRule(
        code="removal-too-early",
        level=Level.BLOCK,
        title="a domain is removed only when mode none is published and no sender can hold any policy from before it:"
        " the maximum over all publications, each with its own max_age",
        mail="senders that hold an older policy go on enforcing it and cannot learn that it is over",
        remedy="wait, and keep every MX host as the older policies want it until then",
        source="RFC 8461 s8.3; s3.1 for renewal by an equal id",
        run=_removal_too_early,
        needs_facts=True,
    ),
    ChangeRule(
        code="none-long",
        level=Level.WARN,
        title="mode none has a max_age of at most a day",
        mail="senders keep it for that long, and learn later when the domain publishes a policy again",
        remedy="set max_age to 1d or less",
        source="RFC 8461 s8.3",
        run=_none_long,
    ),
)
