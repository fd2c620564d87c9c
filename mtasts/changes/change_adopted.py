"""Change rules about a domain that another tool published before: take it over as it is, then change it.

Until it is taken over the file's `adopted` is a claim about the world, held against DNS and the policy host. Later the
ledger has what it told, and the block is of no more use than to say since when.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from mtasts.changes.facts import ChangeRule, Facts, Said
from mtasts.changes.strength import weakens
from mtasts.history.adopted import earlier_until, published_here, taken_over
from mtasts.history.ledger import allows
from mtasts.level import Level
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import Mode
from mtasts.words.moments import not_before

# The TTL of the host record under the other tool is not in the file: what zones commonly have at most.
_HOST_TTL = timedelta(days=1)
# Where the engine's history is not known: whoever takes a domain over sees it through within that (ours).
_SEEN_THROUGH = timedelta(days=7)


def never_taken_over(policy: DomainPolicy, facts: Facts) -> bool:
    """Whether the file tells of another tool's publication, and the ledger of none: to drop the file changes nothing.

    The policy file is the first thing that `mtasts up` publishes.
    """
    return policy.adopted is not None and facts.ledger_read and not published_here(facts.ledger)


def unknown_until(policy: DomainPolicy, now: datetime) -> datetime | None:
    """Until when at the latest senders may hold what was published before the adopted text; None when that is over."""
    if policy.adopted is None:
        return None
    until = earlier_until(policy.adopted.seen, timedelta(seconds=policy.ttl))
    return until if until > now else None


def _taken(adopted: Adopted, facts: Facts) -> bool | None:
    """Whether the bucket has what `adopted` tells of, or what came after it; None without a ledger."""
    return taken_over(facts.ledger, adopted.seen) if facts.ledger_read else None


def _adopt_first(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or new.adopted is None or new.adopted.text is None or new.adopted.still_meant(new.policy):
        return
    if old is not None and old.policy == new.policy and old.adopted == new.adopted:
        return
    taken = _taken(new.adopted, facts)
    if taken:
        return
    begins = old is None or old.adopted is None
    if taken is None and not begins:
        level = Level.WARN if weakens(old, new) else None
        yield Said("changes the policy, and it is not known whether it is taken over", needs_facts=True, level=level)
    else:
        yield Said("asks for another policy than the one in `adopted`, which is not taken over yet")


def _adopted_live(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if new is None or new.adopted is None or (old is not None and old.adopted == new.adopted):
        return
    adopted = new.adopted
    if _taken(adopted, facts):
        return
    if facts.txt_id != adopted.id:
        seen = "the id in DNS is not known" if facts.txt_id is None else f"DNS names {facts.txt_id}"
        yield Said(f"`adopted` has the id {adopted.id}, but {seen}")
    if adopted.text is not None and facts.live_text != adopted.text:
        seen = "what the policy host serves is not known" if facts.live_text is None else "another one is served"
        yield Said(f"`adopted` has the text of the policy file, but {seen}")


def _adopted_kept(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or old.adopted is None or old.adopted == new.adopted:
        return
    taken = _taken(old.adopted, facts)
    if new.adopted is None and not taken:
        yield Said("`adopted` is removed, and the domain is not taken over", needs_facts=taken is None)
    elif new.adopted is None:
        renewed = desired_state(old).text != desired_state(new).text and old.policy == new.policy
        again = "; the same policy is published once more, in our spelling and under a new id" if renewed else ""
        until = unknown_until(old, facts.now)
        leave = "leave it until then, unless the domain never had another policy" if until is not None else ""
        untold = f", but until {not_before(until)} a policy from before it may be held" if until is not None else ""
        yield Said(f"`adopted` is removed{untold}{again}", remedy=leave, level=Level.NOTE, earliest=until)
    elif taken and new.adopted.seen < old.adopted.seen:
        yield Said(
            f"`adopted.seen` goes back to {not_before(new.adopted.seen)}",
            mail="reports of a time for which nobody looked at the policy would count for the verdict",
            remedy="leave it at the moment of the look",
        )
    elif taken:
        yield Said("`adopted` changes, which is of no effect: it is taken over", level=Level.NOTE)


def _adopted_settling(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or old.adopted is None:
        return
    # Without the block nobody would know any more that there is something to wait for.
    if desired_state(old).text == desired_state(new).text and old.adopted == new.adopted:
        return
    newest = facts.newest
    if newest is None or not newest.adopted or newest.taken_over is None:
        return
    moved = newest.moved_by
    until = newest.taken_over + _SEEN_THROUGH if moved is None else moved + _HOST_TTL
    if until <= facts.now:
        return
    since = "since when the policy host has moved is not known" if moved is None else "the policy host has just moved"
    what = "the text" if old.adopted == new.adopted else "`adopted`"
    back = weakens(old, new)
    yield Said(
        f"{what} changes while resolvers may still lead to the old policy host ({since})",
        level=Level.WARN if back else None,
        remedy="switch the old policy host off first: who then gets no policy looks again; or wait" if back else "",
        earliest=until,
    )


def _adopted_before(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None:
        return
    until = unknown_until(old, facts.now)
    leaves = new is None or (new.mode is Mode.NONE and old.mode is not Mode.NONE)
    if until is None or not (leaves or _adds(old, new)) or (new is None and never_taken_over(old, facts)):
        return
    yield Said(
        f"what was published before the adopted policy is not known, and may be held until {not_before(until)} at the"
        " latest",
        earliest=until,
    )


def _adds(old: DomainPolicy, new: DomainPolicy | None) -> bool:
    return new is not None and not all(allows(old.mx, pattern) for pattern in new.mx)


RULES: Final = (
    ChangeRule(
        code="adopt-first",
        level=Level.BLOCK,
        title="a domain that another tool publishes is taken over as it is, and changed later",
        mail="senders whose resolvers still lead to the old policy host get its text under the id of the new one, and"
        " do not learn of the difference",
        remedy="write what is served; take it over with `mtasts up`; then change it",
        source="RFC 8461 s3.1, s8.1",
        run=_adopt_first,
        before_looking=True,
    ),
    ChangeRule(
        code="adopted-live",
        level=Level.BLOCK,
        title="`adopted` is what DNS names and what the policy host serves, byte for byte, when it comes into the file",
        mail="senders would get an older text under an id that stands for a newer one",
        remedy="look again, and write what is served now",
        source="RFC 8461 s3.1",
        run=_adopted_live,
        needs_facts=True,
    ),
    ChangeRule(
        code="adopted-kept",
        level=Level.BLOCK,
        title="`adopted` stays in the file until the domain is taken over, and `adopted.seen` does not go back (any"
        " other change of it, or its removal, is of no effect later and noted)",
        mail="nothing: `mtasts up` refuses the domain, because of the records that stand there",
        remedy="take it over with `mtasts up`; then the block may go",
        source="ours: docs/decisions/change-rules.md",
        run=_adopted_kept,
    ),
    ChangeRule(
        code="adopted-settling",
        level=Level.BLOCK,
        title="the text of an adopted domain, and `adopted`, stay until no resolver leads to its old policy host: a day"
        " after the update that moved it, a week when that is not known (a warning for a way back)",
        mail="senders that ask the old host get the old text under the new id, and do not learn of the difference",
        remedy="wait, and leave the old policy host as it is until then",
        source="RFC 8461 s3.1; DNS caching is RFC 1035",
        run=_adopted_settling,
        needs_facts=True,
        before_looking=True,
    ),
    ChangeRule(
        code="adopted-before",
        level=Level.NOTE,
        title="what was published before an adopted policy is in no ledger",
        mail="a sender that holds an earlier enforce policy goes on with it, and refuses MX hosts that it does not"
        " cover",
        remedy="ask who published it for the longest max_age; if nobody knows, the date is that of the greatest one",
        source="RFC 8461 s3.2",
        run=_adopted_before,
    ),
)
