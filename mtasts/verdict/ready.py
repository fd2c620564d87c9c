"""The verdict `ready`: may this domain take its next step towards enforce? Pure; "now" is always an argument.

Ready is only what is proven: reports under the policy now published, every address of every MX host looked at now, and
a ledger that says what is published. What is missing is not enough evidence, never a pass; what is known to be wrong
is not ready.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mtasts.history.eras import Publication
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.reports.counting import Evidence, weigh
from mtasts.reports.entries import entries
from mtasts.reports.stored import StoredReport
from mtasts.verdict import criteria_facts, criteria_reports
from mtasts.verdict.criterion import Criterion, Kind, ReadyState, state_of
from mtasts.verdict.waivers import weigh_failures
from mtasts.verdict.window import ReadyWindow, ready_window
from mtasts.verify.findings import Findings

__all__ = [
    "Criterion",
    "Kind",
    "ReadyState",
    "ReadyWindow",
    "Verdict",
    "evidence_in",
    "judge_ready",
    "ready_window",
]

# Ours: evidence of yesterday is some, evidence of last month is none.
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NamedEvidence:
    """What the verdict rests on, so that it can be looked up and held against later facts.

    `reporters`, `first` and `last` are of counted reports with good sessions that somebody vouches for, `strangers` are
    the reporters of the others. `looked_at` is when DNS and policy host were looked at, `probed_at` when the MX hosts
    were, `probed_by` the evidence file that says so, "" for this run.
    """

    report_keys: tuple[str, ...]
    reporters: tuple[str, ...]
    strangers: tuple[str, ...]
    successes: int
    failures: int
    first: date | None
    last: date | None
    publication: str | None
    looked_at: datetime | None
    probed_at: datetime | None
    probed_by: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the domain may take its next step, every criterion of that, and what it rests on.

    `notes` are to be read and block nothing: waivers in use, untrusted failures to look at, since when anything is
    known. They may hold foreign text.
    """

    domain: str
    mode: Mode
    state: ReadyState
    criteria: tuple[Criterion, ...]
    notes: tuple[str, ...]
    window: ReadyWindow
    evidence: NamedEvidence
    made_at: datetime
    expires_at: datetime

    @property
    def ready(self) -> bool:
        """Nothing stands in the way; there may be something to look at first (`to_look`)."""
        return self.state.passes

    @property
    def in_the_way(self) -> tuple[Criterion, ...]:
        """The criteria that stand in the way: what is wrong first, then what is missing, what takes longest first.

        What nobody can date takes longest: it needs somebody to do something. Silence is of that kind.
        """
        found = [criterion for criterion in self.criteria if criterion.stands_in_the_way]
        return tuple(sorted(found, key=_order))

    @property
    def to_look(self) -> tuple[Criterion, ...]:
        """The criteria that ask a person to look, and stand in nobody's way."""
        return tuple(criterion for criterion in self.criteria if criterion.look and not criterion.met)

    @property
    def earliest(self) -> datetime | None:
        """When everything will hold at the present rate; None when ready, or when nobody can tell."""
        whens = [criterion.when for criterion in self.in_the_way]
        if not whens or None in whens:
            return None
        return max(map(_moment, filter(None, whens)))

    @property
    def remedy(self) -> str:
        """What to do first, "" when it is ready or only time helps. May hold foreign text."""
        return next((criterion.remedy for criterion in self.in_the_way if criterion.remedy), "")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not ready, a line each; () when it is. May hold foreign text, which the printer escapes."""
        return tuple(f"{criterion.code}: {criterion.missing}" for criterion in self.in_the_way)

    def holds_at(self, now: datetime) -> bool:
        """Ready, and not expired."""
        return self.ready and self.made_at <= now < self.expires_at


def evidence_in(
    domain: str,
    window: ReadyWindow,
    reports: Iterable[StoredReport],
    publications: Sequence[Publication],
    trusted: Collection[str] = (),
) -> Evidence:
    """What the reports about `window.days` prove about what is there now. They may be more, and repeated.

    `trusted` are the domains whose reports count in full beside those of the known reporters.
    """
    changed = window.changed.at if window.changed else None
    return weigh(entries(domain, window.days, reports, trusted), publications, changed)


def judge_ready(
    policy: DomainPolicy,
    window: ReadyWindow,
    evidence: Evidence,
    publications: Sequence[Publication],
    verify: Findings | None,
    now: datetime,
) -> Verdict:
    """Judge one domain at `now` (aware).

    `window` as `ready_window` gives it; `evidence` as `evidence_in` gives it; `publications` of the ledger, () if none
    is known; `verify` is what a look found, None if nobody looked.
    """
    settings = policy.rollout
    today = now.astimezone(UTC).date()
    weighed = weigh_failures(evidence.failing, settings.waivers, today)
    criteria = (
        *criteria_facts.hold(settings),
        criteria_facts.publication(policy, publications),
        *criteria_facts.looks(verify, settings, now),
        criteria_reports.no_failures(weighed, settings, evidence, today),
        *criteria_reports.strangers_failures(weighed, evidence),
        criteria_reports.full_window(window, now),
        *criteria_reports.minima(settings, window, evidence, today),
    )
    closed = criteria_facts.closed_on_purpose(verify, settings, now)
    notes = (
        *criteria_reports.notes(settings, window, evidence, weighed, today),
        *(f"waived until {waiver.until}: {finding.line}: {waiver.reason}" for waiver, finding in closed),
        *criteria_facts.notes(verify),
    )
    exceptions = (
        *criteria_reports.last_days(settings, weighed, criteria),
        *(waiver.until for waiver, _ in closed),
    )
    return Verdict(
        domain=policy.domain,
        mode=policy.mode,
        state=state_of(criteria),
        criteria=criteria,
        notes=notes,
        window=window,
        evidence=_named(evidence, verify),
        made_at=now,
        # The last day of a waiver is its last: no verdict may outlive what it rests on.
        expires_at=min((now + LIFETIME, *(_end_of(day) for day in exceptions))),
    )


def _named(evidence: Evidence, verify: Findings | None) -> NamedEvidence:
    seen = verify.observed if verify else None
    return NamedEvidence(
        report_keys=evidence.report_keys,
        reporters=evidence.reporters,
        strangers=evidence.strangers.reporters,
        successes=evidence.sessions.successes,
        failures=evidence.sessions.failures,
        first=evidence.days[0] if evidence.days else None,
        last=evidence.days[-1] if evidence.days else None,
        publication=evidence.publication.id if evidence.publication else None,
        looked_at=seen.at if seen else None,
        probed_at=seen.probed_at if seen else None,
        probed_by=seen.probed_by if seen else "",
    )


def _order(criterion: Criterion) -> tuple[bool, bool, bool, float]:
    when = criterion.when
    # While nothing arrives, no rate holds and waiting for the others is in vain.
    silent = criterion.code == "last-day"
    return not criterion.blocks, not silent, when is not None, 0 if when is None else -_moment(when).timestamp()


def _moment(when: datetime | date) -> datetime:
    return when if isinstance(when, datetime) else _begin_of(when)


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end_of(day: date) -> datetime:
    return _begin_of(day + timedelta(days=1))
