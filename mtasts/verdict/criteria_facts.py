"""Criteria of the verdict `ready` that do not rest on reports: a hold, the publication, what was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mtasts.history.eras import Publication, current
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.policy.settings import RolloutSettings, Waiver
from mtasts.protocol.mta_sts import Mode, read_policy
from mtasts.protocol.names import covers
from mtasts.verdict.criterion import Criterion, Kind
from mtasts.verify.findings import Decides, Finding, Findings, Level, State
from mtasts.verify.troubles import TROUBLES
from mtasts.words.counted import bounded
from mtasts.words.moments import at

# Ours: probes of the day before say what was there the day before.
LOOK_MAX_AGE = timedelta(hours=24)

_LINES = 6
_CLOSED = frozenset({"connection-refused", "connect-timeout"})


def hold(settings: RolloutSettings) -> tuple[Criterion, ...]:
    """A person's word, where there is one: no step while it stands in the YAML."""
    if not settings.hold:
        return ()
    remedy = "resolve the reason, then remove `hold` from the YAML"
    held = Criterion("hold", Kind.HOLD, "held", "no hold", met=False, missing=settings.hold, blocks=True, remedy=remedy)
    return (held,)


def publication(policy: DomainPolicy, publications: Sequence[Publication]) -> Criterion:
    """What the ledger says is published is what the YAML wants, and is a policy from which a step can be taken."""
    code, kind, need = "publication", Kind.PUBLICATION, "as in the YAML"
    if policy.mode is Mode.NONE:
        missing = "mode none is the way out: there is no step towards enforce from it"
        return Criterion(code, kind, "mode none", "testing or enforce", met=False, missing=missing, blocks=True)
    if not publications:
        missing = "nothing is known of what was published: publish it, or name the ledger (--ledger)"
        return Criterion(code, kind, "unknown", need, met=False, missing=missing)
    found = current(publications)
    if found is None:
        last = max(p.until for p in publications if p.until is not None)
        missing = f"the policy was taken away at {at(last)}"
        return Criterion(code, kind, "none now", need, met=False, missing=missing, blocks=True)
    wanted = policy.policy
    if found.text != desired_state(policy).text:
        read = read_policy(found.text.encode("utf-8", "replace")).value
        have = f"mode {read.mode}" if read is not None else "unreadable"
        missing = f"what is published differs from the YAML in {_difference(read, wanted)}: publish first (mtasts up)"
        return Criterion(
            code,
            kind,
            have,
            need,
            met=False,
            missing=missing,
            detail=(f"id {found.id}",),
            blocks=True,
            remedy="publish what the YAML says (`mtasts up`), then wait for its evidence",
        )
    return Criterion(code, kind, f"mode {wanted.mode}", need, met=True, detail=(f"id {found.id}",))


def _difference(read: object, wanted: object) -> str:
    fields = [name for name in ("mode", "mx", "max_age") if getattr(read, name, None) != getattr(wanted, name)]
    return ", ".join(fields) if read is not None and fields else "its text"


def looks(verify: Findings | None, settings: RolloutSettings, now: datetime) -> tuple[Criterion, ...]:
    """What was seen of MX hosts, policy host and records; not older than a day."""
    excused = [finding for _, finding in closed_on_purpose(verify, settings, now)]
    return tuple(_looked(look, verify, excused, now) for look in _LOOKS)


def closed_on_purpose(
    verify: Findings | None, settings: RolloutSettings, now: datetime
) -> tuple[tuple[Waiver, Finding], ...]:
    """MX hosts to which nobody can connect, and the waiver that names each (nolisting).

    Only a connection that is refused or not answered: no mail goes there, so none is lost. What a host that talks does
    wrong is never excused here, nor is a domain of which no host takes mail.
    """
    found = () if verify is None else verify.findings
    today = now.astimezone(UTC).date()
    waivers = [one for one in settings.waivers if one.mx and not one.result_type and not one.reporter]
    waivers = [one for one in waivers if not one.expired(today)]
    excused = []
    for finding in found:
        if finding.decides is Decides.MX_HOSTS and finding.state is State.FAIL and finding.code in _CLOSED:
            host = finding.subject.partition(" ")[0]
            waiver = next((one for one in waivers if covers(one.mx, host)), None)
            excused += [(waiver, finding)] if waiver is not None else []
    takes_mail = any(finding.check == "mx-secure" and finding.state is State.PASS for finding in found)
    return tuple(excused) if takes_mail else ()


def notes(verify: Findings | None) -> tuple[str, ...]:
    """What `verify` warns of besides: it blocks nothing, but somebody should know."""
    if verify is None:
        return ()
    others = [f for f in verify.findings if f.open and f.level is Level.WARN and f.decides is Decides.NOTHING]
    return tuple(bounded([f"verify warns: {finding.line}" for finding in others], _LINES))


@dataclass(frozen=True, slots=True)
class _Look:
    """A criterion made of the findings of the checks that decide it."""

    decides: Decides
    need: str
    unit: str

    @property
    def code(self) -> str:
        return self.decides.value


_LOOKS = (
    _Look(Decides.MX_HOSTS, "all", "MX hosts"),
    _Look(Decides.POLICY, "served", "policy host and TXT"),
    _Look(Decides.REPORTS, "valid", "TLS-RPT record"),
)


def _looked(look: _Look, verify: Findings | None, excused: Sequence[Finding], now: datetime) -> Criterion:
    if verify is None or now - verify.observed.at > LOOK_MAX_AGE:
        have = "not looked" if verify is None else "too long ago"
        missing = f"{look.unit}: nobody has looked in the last 24 hours"
        remedy = "look from where port 25 is open (`mtasts probe`), and hand the file over: --probe-evidence"
        return Criterion(look.code, Kind.PROBE, have, look.need, met=False, missing=missing, remedy=remedy)
    found = [finding for finding in verify.findings if finding.decides is look.decides and finding not in excused]
    failed = [finding for finding in found if finding.state is State.FAIL]
    unknown = [finding for finding in found if finding.state is State.UNKNOWN]
    worst = failed or unknown
    if not worst and any(finding.state is State.PASS for finding in found):
        return Criterion(look.code, Kind.PROBE, "pass", look.need, met=True)
    have = f"{len(failed)} failed" if failed else f"{len(unknown)} unknown"
    lines = tuple(finding.line for finding in worst)
    missing = lines[0] + (f" (and {len(lines) - 1} more)" if len(lines) > 1 else "") if lines else "nothing was found"
    return Criterion(
        look.code,
        Kind.PROBE,
        have,
        look.need,
        met=False,
        missing=missing,
        detail=tuple(bounded(lines, _LINES)),
        blocks=bool(failed),
        remedy=_remedy(worst[0]) if worst else "",
    )


def _remedy(finding: Finding) -> str:
    """What to do about it where it was seen: the subject is foreign text."""
    known = TROUBLES.get(finding.code)
    fix = known[2] if known is not None else finding.remedy
    return f"at {finding.subject}: {fix}" if finding.subject else fix
