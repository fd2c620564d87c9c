"""Summary of the reports of a window about one mail domain, as a value that every renderer prints.

Pure. Trusted and other reports are summed apart; the numbers at the top are those of trusted reports alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mtasts.history.eras import PolicyText, Publication, publication_of
from mtasts.protocol.names import same_name
from mtasts.reports.counting import Evidence, says_something, weigh
from mtasts.reports.entries import STS, Entry, entries, is_trusted
from mtasts.reports.failures import Failure, failures
from mtasts.reports.notes import Note, notes
from mtasts.reports.repute import Repute
from mtasts.reports.stored import StoredReport, Trust
from mtasts.reports.tally import Counts, Line, count, tally
from mtasts.reports.window import Gap, Window, gaps


@dataclass(frozen=True, slots=True)
class Era:
    """One policy that reporters applied, with the publication it was (None when not known) and what it gave."""

    policy: PolicyText
    publication: Publication | None
    line: Line[tuple[PolicyText, str]]


@dataclass(frozen=True, slots=True)
class Untrusted:
    """What reports say that nobody vouches for: posted, or mailed without a valid signature. In no other sum."""

    reports: int
    counts: Counts
    reporters: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One domain in one window.

    `days` has a line for every day of which a trusted report speaks; `covered` are the days with at least one `sts`
    session in them, `gaps` the closed days without. `names` are organization names by reporter (foreign text),
    `reputes` the best repute of each reporter's reports.
    """

    domain: str
    window: Window
    reports: int
    trust: tuple[tuple[Trust, int], ...]
    counts: Counts
    days: tuple[Line[date], ...]
    covered: tuple[date, ...]
    gaps: tuple[Gap, ...]
    reporters: tuple[Line[str], ...]
    names: tuple[tuple[str, str], ...]
    reputes: tuple[tuple[str, Repute], ...]
    policies: tuple[Era, ...]
    failures: tuple[Failure, ...]
    untrusted: Untrusted
    evidence: Evidence
    publications: tuple[Publication, ...]
    notes: tuple[Note, ...]

    def is_past(self, failure: Failure) -> bool:
        """Whether a failure was seen under earlier policies only: history, if its cause is gone.

        False while the publications are not known: nobody can tell then.
        """
        now = self.evidence.policy
        if self.evidence.assumed or now is None:
            return False
        return all(policy.contradicts(now) for policy in failure.policies)

    def name_of(self, reporter: str) -> str:
        """The organization name that a reporter goes by, else the reporter's domain."""
        return dict(self.names).get(reporter) or reporter

    def repute_of(self, reporter: str) -> Repute:
        """Who vouches for a reporter; strangers have nobody."""
        return dict(self.reputes).get(reporter, Repute.STRANGER)


def summarise(
    domain: str,
    window: Window,
    reports: Iterable[StoredReport],
    publications: Sequence[Publication] = (),
    changed: datetime | None = None,
    trusted_reporters: Collection[str] = (),
) -> Summary:
    """Sum up what `reports` say about `domain` in `window`. They may be more than asked for, in any order, repeated.

    `publications` are those of this domain, as the ledger has them; without them, eras are told apart by policy text.
    `changed` is when the MX hosts or their certificates last changed: what is of before is no evidence.
    `trusted_reporters` are the domains that the operator trusts.
    """
    name = same_name(domain)
    everything = list(entries(name, window, reports, trusted_reporters))
    trusted = [entry for entry in everything if is_trusted(entry.stored)]
    others = [entry for entry in everything if not is_trusted(entry.stored)]
    days = tally(trusted, lambda entry: entry.day)
    covered = sorted({entry.day for entry in trusted if entry.kind == STS and says_something(entry)})
    evidence = weigh(everything, publications, changed)
    found_gaps = gaps(window, frozenset(covered))
    return Summary(
        domain=name,
        window=window,
        reports=len({entry.stored.key for entry in trusted}),
        trust=_by_trust(everything),
        counts=count(trusted),
        days=tuple(days[day] for day in sorted(days)),
        covered=tuple(covered),
        gaps=found_gaps,
        reporters=_reporters(trusted),
        names=_names(everything),
        reputes=_reputes(trusted),
        policies=_eras(trusted, publications),
        failures=failures(trusted, evidence.published_mx),
        untrusted=_untrusted(others, evidence.published_mx),
        evidence=evidence,
        publications=tuple(sorted(publications, key=lambda p: p.since)),
        notes=notes(name, window, trusted, others, found_gaps),
    )


def _by_trust(everything: Iterable[Entry]) -> tuple[tuple[Trust, int], ...]:
    kinds = {entry.stored.key: entry.stored.trust for entry in everything}
    numbers = Counter(kinds.values())
    return tuple((trust, numbers[trust]) for trust in Trust if numbers[trust])


def _reporters(trusted: Iterable[Entry]) -> tuple[Line[str], ...]:
    lines = tally(trusted, lambda entry: entry.reporter).values()
    return tuple(sorted(lines, key=lambda line: (-line.counts.sts.total, -line.reports, line.key)))


def _names(everything: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    # Of several spellings the least in order, so that the order of import does not show.
    found: dict[str, str] = {}
    for entry in everything:
        name = entry.stored.report.organization_name
        if name and name < found.get(entry.reporter, name + "\0"):
            found[entry.reporter] = name
    return tuple(sorted(found.items()))


def _reputes(trusted: Iterable[Entry]) -> tuple[tuple[str, Repute], ...]:
    found: dict[str, set[Repute]] = {}
    for entry in trusted:
        found.setdefault(entry.reporter, set()).add(entry.repute)
    return tuple((who, next(repute for repute in Repute if repute in of)) for who, of in sorted(found.items()))


def _eras(trusted: Iterable[Entry], publications: Sequence[Publication]) -> tuple[Era, ...]:
    known: dict[str, Publication] = {}

    def key(entry: Entry) -> tuple[PolicyText, str]:
        report = entry.stored.report
        publication = publication_of(entry.policy, report.start, report.end, publications)
        if publication is None:
            return entry.policy, ""
        known[publication.id] = publication
        return entry.policy, publication.id

    lines = tally((entry for entry in trusted if entry.kind == STS), key).values()
    eras = (Era(line.key[0], known.get(line.key[1]), line) for line in lines)
    return tuple(sorted(eras, key=lambda era: (era.line.first, era.line.last, era.line.key[1], era.policy.mx)))


def _untrusted(others: Sequence[Entry], ours: Sequence[str]) -> Untrusted:
    return Untrusted(
        reports=len({entry.stored.key for entry in others}),
        counts=count(others),
        reporters=tuple(sorted({entry.reporter for entry in others})),
        failures=failures(others, ours),
    )
