"""Counts the entries that are evidence for the step from testing to enforce, and says why the others are not.

Pure. An entry counts if it is trusted, of type `sts`, shows the policy now published (mode and mx set), lies after that
policy's publication plus the TXT record's TTL (and after the last change of the MX hosts, where one is known), and is
more than the echo of our own report mails.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mtasts.history.eras import PolicyText, Publication, current, settled_from
from mtasts.reports.entries import NO_POLICY, STS, TLSA, Entry, is_trusted
from mtasts.reports.plausible import Told, plausible, with_strangers
from mtasts.reports.tally import Sessions

# Ours: from so many days with nothing but one good session each, a reporter may be answering our own report mails.
ECHO_DAYS = 5


class Aside(StrEnum):
    """Why an entry is no evidence; the value is what a person reads."""

    UNTRUSTED = "not authenticated: anybody could have written it"
    NO_POLICY = "no-policy-found: TLS without any validation"
    TLSA = "tlsa: DANE was applied, the certificate's chain was not tested"
    OTHER_TYPE = "a policy type that RFC 8460 does not define"
    OTHER_POLICY = "speaks of another policy than the one published now"
    NO_TEXT = "does not say, or not in full, which policy was applied"
    TOO_EARLY = "begins before policy, MX hosts and certificates were those of now"
    ECHO = "one session a day and nothing else: may be report mails only"


@dataclass(frozen=True, slots=True)
class Strangers:
    """Who sent good sessions that count, and is neither known nor trusted; `days` on which nobody else did."""

    reporters: tuple[str, ...]
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What counts for one domain. `policy` is the policy it is counted for.

    `assumed` says that nobody told what is published now, so the newest policy that reporters saw was taken. `failing`
    are the counted entries with failures, and while the policy is assumed those under any policy. `aside` counts what
    was left out, and what of that tells of failures that stand nowhere else, by why. Failures of untrusted or undecided
    entries are a reason to look and are in `look`, not proof. `reporters` and `days` are those with good sessions that
    somebody vouches for; of `strangers` a little counts beside them, and nothing alone. `sessions` are those that count
    as proof, `told` how many the counted reports tell of.
    """

    policy: PolicyText | None
    publication: Publication | None
    assumed: bool
    sessions: Sessions
    reporters: tuple[str, ...]
    days: tuple[date, ...]
    report_keys: tuple[str, ...]
    failing: tuple[Entry, ...]
    look: tuple[Entry, ...]
    aside: tuple[tuple[Aside, int, int], ...]
    strangers: Strangers
    told: Told
    settled: datetime | None = None
    """Since when every sender that looks gets this policy; None where that is not known."""

    @property
    def published_mx(self) -> tuple[str, ...]:
        """The mx patterns published now; () where nobody said what is published."""
        return self.policy.mx if self.policy is not None and not self.assumed else ()

    @property
    def days_counted(self) -> int:
        """How many days count, those of strangers in their share."""
        return with_strangers(len(self.days), len(self.strangers.days))

    @property
    def reporters_counted(self) -> int:
        """How many reporters count, strangers in their share."""
        return with_strangers(len(self.reporters), len(self.strangers.reporters))


def weigh(
    entries: Iterable[Entry], publications: Sequence[Publication] = (), changed: datetime | None = None
) -> Evidence:
    """Judge the entries of one domain against the policy published now.

    `changed`: when the MX hosts or their certificates last changed; what begins before that is no evidence either.
    """
    found = list(entries)
    publication = current(publications)
    policy = publication.policy if publication else _newest_seen(found)
    begin = _Begin(settled_from(publications), changed, publications)
    echoes = echo_reporters(found)
    counted: list[Entry] = []
    failing: list[Entry] = []
    look: list[Entry] = []
    aside: Counter[Aside] = Counter()
    untold: Counter[Aside] = Counter()
    for entry in found:
        why = _aside(entry, policy, begin, echoes)
        if why is None:
            counted.append(entry)
            failing.extend([entry] if fails(entry) else [])
            continue
        aside[why] += 1
        if fails(entry):
            known = len(failing) + len(look)
            _sort_failure(entry, why, failing, look, begin, policy)
            untold[why] += len(failing) + len(look) == known
    # What was waived, or is not of MTA-STS, proves nothing about sessions beside it that were under no text.
    passed = [e for e in counted if e.result.successes and e.policy.whole]
    vouched = [e for e in passed if e.repute.vouched]
    reporters, days = {e.reporter for e in vouched}, {e.day for e in vouched}
    told = plausible(passed)
    return Evidence(
        policy=policy,
        publication=publication,
        assumed=publication is None,
        sessions=Sessions(told.counted, sum(e.result.failures for e in counted)),
        reporters=tuple(sorted(reporters)),
        days=tuple(sorted(days)),
        report_keys=tuple(sorted({e.stored.key for e in counted})),
        failing=tuple(failing),
        look=tuple(look),
        aside=tuple((why, aside[why], untold[why]) for why in Aside if aside[why]),
        strangers=Strangers(
            tuple(sorted({e.reporter for e in passed} - reporters)), tuple(sorted({e.day for e in passed} - days))
        ),
        told=told,
        settled=begin.settled,
    )


@dataclass(frozen=True, slots=True)
class _Begin:
    """From when on an entry can be evidence, and what was there before."""

    settled: datetime | None
    changed: datetime | None
    publications: Sequence[Publication]

    @property
    def at(self) -> datetime | None:
        return max((moment for moment in (self.settled, self.changed) if moment), default=None)

    def before(self, entry: Entry) -> bool:
        """Whether the entry's range begins too early to be evidence."""
        return self.at is not None and entry.stored.report.start < self.at

    def of_ours(self, entry: Entry) -> bool:
        """Whether the entry ended before the publication, and no known change of the MX hosts lies behind it."""
        end = entry.stored.report.end
        return self.settled is not None and end <= self.settled and (self.changed is None or end > self.changed)

    def may_be_past(self, entry: Entry) -> bool:
        """Whether a failure in an entry that begins before the cut-off may date from before it.

        We know that it does not only where the policy that was applied was first published after the cut-off.
        """
        if self.settled is None or (self.changed is not None and self.changed > entry.stored.report.start):
            return True
        old = (p for p in self.publications if p.seen_from < self.settled)
        return any(not p.policy.contradicts(entry.policy) for p in old)


def _sort_failure(
    entry: Entry, why: Aside, failing: list[Entry], look: list[Entry], begin: _Begin, policy: PolicyText | None
) -> None:
    """Where a failure goes whose entry does not count. History is only what is known to be history."""
    known = begin.settled is not None
    if why is Aside.TOO_EARLY and policy is not None and policy.agrees(entry.policy) and begin.of_ours(entry):
        # A domain that had this very text before it came here: what was asked then is what is asked now.
        failing.append(entry)
    elif why is Aside.TOO_EARLY:
        if begin.at is not None and entry.stored.report.end <= begin.at:
            return
        # The report spans the change. What cannot be told to be of before or after is to be looked at.
        (look if begin.may_be_past(entry) else failing).append(entry)
    elif why is not Aside.OTHER_POLICY:
        look.append(entry)
    elif not known:
        # Only the ledger can tell that a policy is an earlier one; a guess must not make a failure go away.
        failing.append(entry)


def fails(entry: Entry) -> bool:
    """Whether an entry tells of a failure. A total of 0 beside details is a contradiction, never "no failures"."""
    return bool(entry.result.failures or entry.result.details)


def says_something(entry: Entry) -> bool:
    """Whether an entry tells of any session; one of nothing but zeros is silence."""
    return bool(entry.result.successes or fails(entry))


def echo_reporters(entries: Iterable[Entry]) -> frozenset[str]:
    """Reporters whose whole word, on at least `ECHO_DAYS` days, is one good `sts` session a day.

    Some senders send a report about the mail that carried our report to them, for ever. A correspondent with one mail a
    day looks the same, so this only keeps such sessions from being proof; nothing is hidden. Only trusted entries are
    a reporter's word: what anybody can post in its name must not make proof of the others.
    """
    sessions: defaultdict[str, Counter[date]] = defaultdict(Counter)
    more: set[str] = set()
    for entry in entries:
        if entry.kind == STS and is_trusted(entry.stored):
            sessions[entry.reporter][entry.day] += entry.result.successes
            if fails(entry):
                more.add(entry.reporter)
    return frozenset(
        reporter
        for reporter, days in sessions.items()
        if reporter not in more and max(days.values()) == 1 and sum(days.values()) >= ECHO_DAYS
    )


def _aside(entry: Entry, policy: PolicyText | None, begin: _Begin, echoes: frozenset[str]) -> Aside | None:
    if not is_trusted(entry.stored):
        return Aside.UNTRUSTED
    if entry.kind != STS:
        return {NO_POLICY: Aside.NO_POLICY, TLSA: Aside.TLSA}.get(entry.kind, Aside.OTHER_TYPE)
    early = begin.before(entry)
    if policy is not None and entry.policy.contradicts(policy):
        return Aside.OTHER_POLICY
    # A policy that could not be fetched or read is not shown; what failed is a failure of now all the same.
    if policy is None or not entry.policy.whole:
        if not fails(entry):
            return Aside.NO_TEXT
        return Aside.TOO_EARLY if early else None
    if early:
        return Aside.TOO_EARLY
    if entry.reporter in echoes:
        return Aside.ECHO
    return None


def _newest_seen(entries: Sequence[Entry]) -> PolicyText | None:
    """The policy of the last day that trusted reporters speak of; of several, the one with most sessions.

    Strangers are asked only where nobody else speaks.
    """
    sessions: Counter[tuple[date, PolicyText]] = Counter()
    showing = [entry for entry in entries if is_trusted(entry.stored) and entry.kind == STS and entry.policy.whole]
    heard = any(entry.repute.believed for entry in showing)
    for entry in showing:
        if entry.repute.believed or not heard:
            whole = PolicyText(entry.policy.mode, entry.policy.mx, None, given=True)
            sessions[entry.day, whole] += 1 + entry.result.successes + entry.result.failures
    if not sessions:
        return None
    last = max(day for day, _ in sessions)
    return max(
        (policy for day, policy in sessions if day == last), key=lambda policy: (sessions[last, policy], policy.mx)
    )
