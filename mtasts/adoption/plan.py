"""The plan of an adoption: each record's fate, the order in which the policy host moves, what senders see. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from mtasts.adoption.obstacles import Obstacle, cname_at, host_records, obstacles
from mtasts.adoption.owners import Owner, owners
from mtasts.adoption.serving import Serving, serving
from mtasts.adoption.survey import AliasHolder, StandingRecord, Survey
from mtasts.history.adopted import old_host_until
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.protocol.mta_sts import policy_host, render_txt
from mtasts.providers import PROVIDERS
from mtasts.words.durations import span

_AUTOMATIC = 1  # Cloudflare's TTL "automatic"
_AUTOMATIC_TTL = (
    300  # what it gives for that, and for every record that it proxies (developers.cloudflare.com/dns, TTL)
)


class Fate(StrEnum):
    """What becomes of a record."""

    TAKEN_OVER = "taken over as it is"
    CHANGED = "changed in place"
    NEW = "made new"
    LEFT = "left alone"


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """One record and its fate; `changes` in words, `id`: the provider's own, "" where it is not known."""

    kind: str
    name: str
    fate: Fate
    changes: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One thing that is done, in its place in the order, and what a sender sees of it."""

    does: str
    sender: str


@dataclass(frozen=True, slots=True)
class AdoptionPlan:
    """How one mail domain is taken over. Without obstacles it can be carried out.

    `holders`: the distributions of this account, not made by this stack, that hold the policy host as an alias.
    `to_know`: what is odd, or worth knowing, a line each.
    """

    domain: str
    serving: Serving
    records: tuple[PlannedRecord, ...]
    steps: tuple[PlanStep, ...]
    owners: tuple[Owner, ...]
    to_know: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    holders: tuple[AliasHolder, ...] = ()


def plan(
    survey: Survey,
    policy: DomainPolicy | None,
    to_know: Sequence[str] = (),
    found: Sequence[Obstacle] = (),
    own: frozenset[str] = frozenset(),
) -> AdoptionPlan:
    """The plan for `policy`, as the domain's file says it; None where no file could be made.

    `found`: obstacles of the files and the zone. `own`: ids of the distributions that this stack has made.
    """
    served = serving(survey)
    holders = tuple(each for each in survey.accounts.holders if each.id not in own)
    records = tuple(_records(survey, policy)) if policy else ()
    return AdoptionPlan(
        domain=survey.domain,
        serving=served,
        records=records,
        steps=tuple(_steps(survey, policy, records, holders)) if policy else (),
        owners=owners(survey.domain, (*(survey.accounts.records or ()), *survey.marks)),
        to_know=(*to_know, *_to_know(survey, policy)),
        obstacles=(*found, *obstacles(survey)),
        holders=holders,
    )


def _records(survey: Survey, policy: DomainPolicy) -> Iterator[PlannedRecord]:
    state = desired_state(policy)
    if state.adopted_id:
        yield _text(survey, state.txt_name, render_txt(state.adopted_id), policy)
    else:
        there = next((each.id for each in _standing(survey, "TXT", state.txt_name)), "")
        changes = ("a new id, once the policy is seen served",)
        yield PlannedRecord("TXT", state.txt_name, Fate.CHANGED, changes, there)
    if state.tls_rpt_value is not None:
        yield _text(survey, state.tls_rpt_name, state.tls_rpt_value, policy)
    elif cname_at(survey.standing.tls_rpt):
        yield PlannedRecord("CNAME", state.tls_rpt_name, Fate.LEFT)
    yield from _host(survey, policy)
    issued = any(each.status == "ISSUED" for each in survey.accounts.certificates)
    why = ("if it is still there: every certificate of an account for this name has the same",) if issued else ()
    fate = Fate.TAKEN_OVER if issued else Fate.NEW
    yield PlannedRecord("CNAME", f"_(proof of the certificate).{state.policy_host}", fate, why)


def _text(survey: Survey, name: str, wanted: str, policy: DomainPolicy) -> PlannedRecord:
    there = _standing(survey, "TXT", name)
    if not there:
        return PlannedRecord("TXT", name, Fate.NEW)
    # Beside ours there may be texts of somebody else's, as a proof of ownership: those are of no concern to senders.
    version = f"{wanted.partition(';')[0]};"
    found = next((each for each in there if any(value.startswith(version) for value in each.values)), there[0])
    text = next((value for value in found.values if value.startswith(version)), "")
    changes = [] if text == wanted else [f'its text becomes "{wanted}"']
    changes += _ttl(found, policy.ttl)
    changes += _marks(found)
    return PlannedRecord("TXT", name, Fate.CHANGED if changes else Fate.TAKEN_OVER, tuple(changes), found.id)


def _host(survey: Survey, policy: DomainPolicy) -> Iterator[PlannedRecord]:
    name, there = policy_host(survey.domain), {each.kind: each for each in host_records(survey)}
    target = "the new distribution"
    if policy.dns.provider == "route53" and not policy.host_record:
        for kind in ("A", "AAAA"):
            if found := there.get(kind):
                was = found.alias or ", ".join(found.values)
                yield PlannedRecord(kind, name, Fate.CHANGED, (f"{was} becomes an alias of {target}",), found.id)
            else:
                yield PlannedRecord(kind, name, Fate.NEW, (f"an alias of {target}",))
        return
    found = next(iter(there.values()), None)
    if found is None:
        yield PlannedRecord("CNAME", name, Fate.NEW, (f"to {target}",))
        return
    was = f"{found.kind} {', '.join(found.values)}"
    changes = [f"{was} becomes CNAME to {target}"]
    if found.proxied:
        changes.append("no longer proxied: Cloudflare's proxy and the Workers behind it do not answer any more")
    yield PlannedRecord("CNAME", name, Fate.CHANGED, (*changes, *_marks(found)), found.id)


def _ttl(found: StandingRecord, wanted: int) -> list[str]:
    if found.ttl is None or found.ttl == wanted:
        return []
    was = "automatic" if found.ttl == _AUTOMATIC else span(found.ttl)
    return [f"its TTL {was} becomes {span(wanted)}"]


def _marks(found: StandingRecord) -> list[str]:
    """Cloudflare's comment: ours says who keeps the record."""
    if found.provider != "cloudflare":
        return []
    return [f'its comment "{found.comment}" becomes ours' if found.comment else "it gets our comment"]


def _standing(survey: Survey, kind: str, name: str) -> list[StandingRecord]:
    """The records of a kind at a name: as the account tells, else as DNS does."""
    if survey.accounts.records is not None:
        return [each for each in survey.accounts.records if (each.kind, each.name) == (kind, name)]
    looks = (survey.standing.mta_sts, survey.standing.tls_rpt)
    return [
        StandingRecord(name, kind, answer.values, answer.ttl)
        for look in looks
        if look.name == name and look.own and not cname_at(look)
        for answer in look.answers
        if answer.found
    ]


def _steps(
    survey: Survey, policy: DomainPolicy, records: Sequence[PlannedRecord], holders: Sequence[AliasHolder]
) -> Iterator[PlanStep]:
    """The order: nothing that a sender asks changes before what takes its place answers with the same bytes."""
    state, host = desired_state(policy), policy_host(survey.domain)
    same = state.adopted_id is not None
    today = "nothing changes" if same else "as today: a record, and no policy behind it that can be used"
    provider = PROVIDERS[policy.dns.provider].title
    yield PlanStep("the file is written; nothing else is touched", today)
    kept = [each for each in records if each.fate in (Fate.TAKEN_OVER, Fate.CHANGED) and each.kind == "TXT"]
    named = " and ".join(f"{each.kind} {each.name}" for each in kept)
    into = "go into the state as they stand" if len(kept) > 1 else "goes into the state as it stands"
    yield PlanStep(f"{named} {into} at {provider}", today)
    yield PlanStep(
        f"beside the old host: a certificate for {host} by a DNS record, a distribution, and the policy file in the"
        f" bucket" + (", byte for byte as served" if same else ""),
        today,
    )
    if holders:
        yield PlanStep(
            f"beside the record, TXT {state.txt_name} says the names of both distributions until the next step is done:"
            " CloudFront's proof",
            f"{today}: what does not begin with v=STSv1; is discarded (RFC 8461 s3.1)",
        )
        yield PlanStep(
            f"CloudFront gives the alias {host} from {holders[0].id} to the new distribution, in one step",
            f"the same policy, from the new distribution; should it not be the same, the alias goes back to"
            f" {holders[0].id}",
        )
    else:
        yield PlanStep(f"the policy is read at the new host's own name, with {host} in SNI and Host", today)
    yield _move(survey, host, same=same)
    if same:
        yield PlanStep(
            f"{state.txt_name} keeps its id {state.adopted_id}", "the id that they know: nobody fetches anew"
        )
    else:
        yield PlanStep(
            f"the policy is seen served, then {state.txt_name} gets a new id", "the new policy, for the first time"
        )


def _move(survey: Survey, host: str, *, same: bool) -> PlanStep:
    ttl, proxied = host_ttl(survey), any(each.proxied for each in host_records(survey))
    answer = "both answer the same bytes under the same id" if same else "the policy can be fetched now"
    does = f"the record of {host} moves to the new host"
    if not ttl:
        return PlanStep(does, answer)
    old = "the Worker, or whatever else is behind Cloudflare's proxy," if proxied else "the old host"
    kept = f"for up to {span(ttl)} some are led to {'Cloudflare' if proxied else 'the old host'}, as long as their"
    if proxied:
        answer = (
            f"{answer}, if Cloudflare goes on answering for a name that it does not proxy any more, which it promises"
            " nowhere; if not, who holds the policy goes on with it, and the others find none for that time"
        )
    return PlanStep(
        f"{does}; let {old} serve for {span(ttl)} more" if same else does, f"{kept} resolvers keep it; {answer}"
    )


def host_ttl(survey: Survey) -> int:
    """Seconds for which resolvers may keep what leads to the policy host now; 0 where nothing does."""
    there = host_records(survey)
    if any(each.proxied for each in there):
        return _AUTOMATIC_TTL
    return max((_AUTOMATIC_TTL if each.ttl == _AUTOMATIC else each.ttl or 0 for each in there), default=0)


def old_host_line(survey: Survey, moved_at: datetime) -> str:
    """What becomes of the old policy host after its name has moved at `moved_at`; "" where there was none."""
    ttl = host_ttl(survey)
    if not ttl:
        return ""
    until = old_host_until(ttl, moved_at).astimezone(UTC)
    return (
        f"{survey.domain}: leave the old policy host as it is until {until:%Y-%m-%d %H:%M} UTC at least: resolvers may"
        " lead senders there; then it may go, but not its DNS record, which is this stack's now"
    )


def _to_know(survey: Survey, policy: DomainPolicy | None) -> Iterator[str]:
    record, look = survey.view.txt.value, survey.standing.mta_sts
    if record is not None and len(record.id) == 1:
        yield f"its id is {record.id!r}, a single character set by hand: valid, and taken over as it is"
    if record is not None and any(pieces > 1 for pieces in survey.view.observed.mta_sts.pieces):
        yield f"{look.name} is written in several strings, which senders join: the same text in one"
    for each in (survey.standing.mta_sts, survey.standing.tls_rpt, survey.standing.host):
        if each.taken and each.wildcard:
            yield f"{each.name} has no record of its own, {each.wildcard} answers for it: the record is made new"
    if target := cname_at(survey.standing.tls_rpt):
        yield (
            f"{survey.standing.tls_rpt.name} is a CNAME to {target}: it is left to whoever is there, reports go on"
            f" as now"
        )
    if policy is not None and policy.adopted is not None and policy.adopted.text is None:
        problem = next((fetch.problem for fetch in survey.view.observed.fetches if fetch.problem), "nothing is served")
        yield (
            f"no policy is served now ({problem}), so that there is only the record to take over: the file begins in"
            f" mode"
            f" {policy.mode}; if another one was served before, set the file to that first"
        )
    if policy is not None and policy.dns.provider == "cloudflare" and survey.accounts.records is None:
        yield (
            "which records Cloudflare really has is not known without a token: it is needed before anything is changed"
        )
