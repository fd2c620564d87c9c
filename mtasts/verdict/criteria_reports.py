"""Criteria of the verdict `ready` that rest on reports: what failed, for how long, how many, from whom, how fresh."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mtasts.policy.settings import Acceptance, RolloutSettings
from mtasts.reports.counting import Evidence
from mtasts.reports.entries import is_trusted
from mtasts.reports.failures import Failure, failures
from mtasts.verdict.criterion import Criterion, Kind
from mtasts.verdict.minima import Minima, Need, measures
from mtasts.verdict.pace import Pace, pace_of
from mtasts.verdict.waivers import Weighed
from mtasts.verdict.window import ReadyWindow
from mtasts.words.counted import few, number
from mtasts.words.moments import at

_DAY = timedelta(days=1)
_KINDS_LIMIT = 20  # kinds of failure told apart; a reporter may invent them without end
_MORE = "wait, or say in a change of its own why less is enough (`rollout.accept_little_evidence`)"
_REMEDIES = {
    "days": _MORE,
    "reporters": _MORE,
    "sessions": _MORE,
    "recency": "see that reports still come to the rua addresses, and that they are imported (`mtasts reports import`)",
}
_NAMES = {"days": "days", "reporters": "reporters", "sessions": "sessions", "recency": "last-day"}


def no_failures(weighed: Weighed, settings: RolloutSettings, evidence: Evidence, today: date) -> Criterion:
    """No counted report tells of a failure that is not waived by name."""
    kinds = failures(weighed.standing, evidence.published_mx)
    if not kinds:
        return Criterion("failures", Kind.FAILURE, 0, 0, met=True, blocks=True)
    last = max(kind.days[-1] for kind in kinds)
    detail = [line for kind in kinds[:_KINDS_LIMIT] for line in (_failure(kind), f"fix: {kind.fix}")]
    detail += _of_before(weighed, evidence)
    detail += [f"{len(kinds) - _KINDS_LIMIT} more kinds"] if len(kinds) > _KINDS_LIMIT else []
    detail += [f"the waiver for {gone.selectors} ran out on {gone.until}: {gone.reason}" for gone in weighed.expired]
    more = f", and {number(len(kinds) - 1, 'kind')} more" if len(kinds) > 1 else ""
    return Criterion(
        "failures",
        Kind.FAILURE,
        len({entry.stored.key for entry in weighed.standing}),
        0,
        met=False,
        missing=f"{_named(kinds[0])}, last on {last}{more}",
        # Then it is older than the window, if nothing fails any more.
        when=last + (settings.window_days + 1) * _DAY,
        detail=tuple(detail),
        blocks=True,
        remedy=f"{kinds[0].cause.title}: {kinds[0].fix[:1].lower()}{kinds[0].fix[1:]}",
    )


def _of_before(weighed: Weighed, evidence: Evidence) -> Iterator[str]:
    """How many of the reports are of before this publication, of a domain that had the same text already."""
    since = evidence.settled
    early = {entry.stored.key for entry in weighed.standing if since is not None and entry.stored.report.end <= since}
    if early:
        told = number(len(early), "report")
        yield f"{told} of them from before this publication, under the same text, which asks the same"


def strangers_failures(weighed: Weighed, evidence: Evidence) -> tuple[Criterion, ...]:
    """What only strangers tell of, where they do: it asks for a look, since for the price of a domain anybody can."""
    kinds = failures(weighed.strangers, evidence.published_mx)
    if not kinds:
        return ()
    who = sorted({entry.reporter for entry in weighed.strangers})
    others = f" and {number(len(who) - 1, 'other')}" if len(who) > 1 else ""
    criterion = Criterion(
        "strangers",
        Kind.FAILURE,
        len({entry.stored.key for entry in weighed.strangers}),
        0,
        met=False,
        missing=f"{_named(kinds[0])}, only {who[0]}{others} says so; not blocking",
        detail=tuple(_failure(kind) for kind in kinds[:_KINDS_LIMIT]),
        look=True,
        remedy="look at the MX host that is named (`mtasts verify`); then waive it by name, or trust the reporter"
        " (`rollout.trusted_reporters`)",
    )
    return (criterion,)


def full_window(window: ReadyWindow, now: datetime) -> Criterion:
    """Policy, MX hosts and certificates have been those of now for the whole length of the window."""
    code, kind = "window", Kind.EVIDENCE
    if window.begin is None or window.full_at is None:
        missing = "it is not known since when this policy has been published"
        return Criterion(code, kind, "unknown", window.length, met=False, missing=missing)
    met = now >= window.full_at
    have = window.length if met else max(0, (now - window.begin) // _DAY)
    since = at(window.begin)
    changed = window.changed is not None and window.begin == window.changed.at
    why = f"{window.changed.what}, seen {since}" if changed and window.changed else f"published everywhere at {since}"
    missing = "" if met else f"{number(window.length - have, 'more day')} to go: {why}"
    when = None if met else window.full_at
    return Criterion(code, kind, have, window.length, met=met, missing=missing, when=when, detail=(why,) if met else ())


def minima(settings: RolloutSettings, window: ReadyWindow, evidence: Evidence, today: date) -> Iterator[Criterion]:
    """Days, reporters, sessions and the age of the last day; unmet ones may have been accepted by name."""
    pace = pace_of(window, evidence)
    accepted = _holding(settings.accept_little, today)
    for need in measures(evidence, Minima.of(settings), today):
        yield _minimum(need, evidence, pace, accepted)


def _minimum(need: Need, evidence: Evidence, pace: Pace | None, accepted: Acceptance | None) -> Criterion:
    when, missing = None, need.lack
    if not need.met and pace is not None and need.name in ("days", "sessions"):
        when = pace.when(need.have, need.want)
        if need.have and not pace.lasts(need.have, need.want):
            missing += f"; at this rate {pace.window} days hold about {pace.whole(need.have)}"
    silent = need.name == "recency" and not evidence.days
    remedy = "" if need.met else _remedy(need, evidence)
    return Criterion(
        code=_NAMES[need.name],
        kind=Kind.EVIDENCE,
        have="none" if silent else need.have,
        need=need.want,
        met=need.met,
        missing=missing,
        when=when,
        accepted=accepted.reason if accepted is not None and not need.met else "",
        remedy=remedy,
    )


def _remedy(need: Need, evidence: Evidence) -> str:
    """What to do. No name of those who report is proposed: whoever is not known may have chosen his to be it."""
    if not evidence.strangers.reporters or need.name == "recency":
        return _REMEDIES[need.name]
    return f"{_MORE}, or trust those of the reporters that you know (`rollout.trusted_reporters`)"


def notes(
    settings: RolloutSettings, window: ReadyWindow, evidence: Evidence, weighed: Weighed, today: date
) -> Iterator[str]:
    """What to read beside the criteria. It blocks nothing, and lets nothing through."""
    accepted = settings.accept_little
    if accepted is not None:
        word = f"ran out on {accepted.until}" if accepted.expired(today) else f"is accepted until {accepted.until}"
        yield f"little evidence {word}: {accepted.reason}"
    if evidence.strangers.reporters:
        who = evidence.strangers.reporters
        yield f"neither known nor trusted, so a fifth together at most, and nothing alone: {few(who, 3)}"
    if evidence.told.told > evidence.sessions.successes:
        counted = evidence.sessions.successes
        yield f"of {evidence.told.told} good sessions in the reports, {counted} count as proof"
    for waiver, entries in weighed.waived:
        last = max(entry.day for entry in entries)
        told = f"{number(len({entry.stored.key for entry in entries}), 'report')}, last on {last}"
        yield f"waived until {waiver.until}: {waiver.selectors} ({told}): {waiver.reason}"
    ours = evidence.published_mx
    for kind in failures(weighed.beside, ours):
        yield f"of DANE, no mail is lost by MTA-STS: {_failure(kind)}"
    posts = [entry for entry in evidence.look if not is_trusted(entry.stored)]
    others = [entry for entry in evidence.look if is_trusted(entry.stored)]
    for kind in failures(posts, ours)[:_KINDS_LIMIT]:
        yield f"to look at, from reports that nobody vouches for: {_failure(kind)}"
    for kind in failures(others, ours)[:_KINDS_LIMIT]:
        why = "under another kind of policy" if kind.policy_type != "sts" else "perhaps from before the last change"
        yield f"to look at, {why}: {_failure(kind)}"
    for why, left, failed in evidence.aside:
        told = f" ({failed} with failures)" if failed else ""
        yield f"not counted, {number(left, 'report entry')}{told}: {why.value}"
    if window.watched is None:
        yield "nothing is known of earlier MX hosts and certificates: a change of them would not be seen"
    elif window.begin is None or window.watched > window.begin:
        yield f"MX hosts and certificates are known since {at(window.watched)} only"


def last_days(settings: RolloutSettings, weighed: Weighed, criteria: tuple[Criterion, ...]) -> Iterator[date]:
    """The last days of the exceptions on which a verdict rests."""
    yield from (waiver.until for waiver, _ in weighed.waived)
    if settings.accept_little is not None and any(criterion.accepted for criterion in criteria):
        yield settings.accept_little.until


def _holding(accepted: Acceptance | None, today: date) -> Acceptance | None:
    return None if accepted is None or accepted.expired(today) else accepted


def _named(kind: Failure) -> str:
    what = kind.result_type or "failures without a reason"
    return f"{what} at {kind.mx}" if kind.mx else what


def _failure(kind: Failure) -> str:
    first, last = kind.days[0], kind.days[-1]
    days = f"on {first}" if first == last else f"{first} to {last}"
    who = few(kind.reporters, 3)
    sessions = number(kind.failed_sessions, "session")
    return f"{_named(kind)}: {kind.cause.title} ({sessions} in {number(kind.reports, 'report')} by {who}, {days})"
