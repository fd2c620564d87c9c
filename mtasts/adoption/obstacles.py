"""Obstacles to an adoption: what has to be put right first, in which order, and what a sender sees meanwhile. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mtasts.adoption.survey import StandingRecord, Survey, WorkerWay
from mtasts.protocol.mta_sts import policy_host, read_policy, select_txt
from mtasts.protocol.problem import Problem, Reading, Severity, quote
from mtasts.verify.checks_mx import mx_present
from mtasts.verify.findings import State
from mtasts.verify.model import AnswerKind, LookOutcome, NameLook
from mtasts.verify.standing import caa_refusal, forbids_amazon, wildcard_refusal
from mtasts.words.counted import few

UNKNOWN = "could-not-look"
_SHOWN = 4  # records or bodies named in one line


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a domain is not taken over (`text`) and what to do (`remedy`), one line each.

    `code` is stable and kebab-case; UNKNOWN: nothing is known to be wrong, it could not be looked at.
    """

    code: str
    text: str
    remedy: str

    @property
    def unknown(self) -> bool:
        """Nothing was seen, rather than something wrong."""
        return self.code == UNKNOWN


def obstacles(survey: Survey) -> tuple[Obstacle, ...]:
    """All that is in the way of taking over what `survey` saw; none when it can be done."""
    return tuple(found for look in _LOOKS for found in look(survey))


def cname_at(look: NameLook) -> str:
    """Where a CNAME at the name itself leads; "" where there is none, or a wildcard's."""
    return next((answer.chain[0] for answer in look.answers if answer.chain), "") if look.own else ""


def host_records(survey: Survey) -> tuple[StandingRecord, ...]:
    """The address records at the policy host: as the account tells, else as DNS does. A wildcard's are none of its own.

    A CNAME that Cloudflare proxies, or that is flattened, shows as A and AAAA in DNS.
    """
    name = policy_host(survey.domain)
    if survey.accounts.records is not None:
        return tuple(each for each in survey.accounts.records if each.name == name and each.kind in _LEADING)
    look = survey.standing.host
    if not look.own:
        return ()
    if target := cname_at(look):
        return (StandingRecord(name, "CNAME", (target,), look.answers[0].ttl),)
    return tuple(StandingRecord(name, each.type, each.values, each.ttl) for each in look.answers if each.found)


_LEADING = ("A", "AAAA", "CNAME")


def _without_mail(survey: Survey) -> Iterator[Obstacle]:
    for said in mx_present(survey.view):
        if said.state is State.FAIL:
            yield Obstacle("no-mail", f"{survey.domain}: {said.text}", "MTA-STS needs a domain with mail")
        elif said.state is State.UNKNOWN:
            yield _unknown(survey, said.text)


def _unanswered(survey: Survey) -> Iterator[Obstacle]:
    observed = survey.view.observed
    for answer in (observed.mta_sts, observed.tls_rpt):
        if answer.kind is AnswerKind.TROUBLE:
            yield _unknown(survey, f"DNS trouble asking for {answer.name}: {answer.trouble}")
    if survey.standing.host.trouble and not survey.standing.host.wildcard:
        yield _unknown(survey, survey.standing.host.trouble)


def _record(survey: Survey) -> Iterator[Obstacle]:
    """The `_mta-sts` TXT: one that senders use."""
    look, name = survey.standing.mta_sts, survey.standing.mta_sts.name
    texts = [value for answer in look.answers for value in answer.values] or list(survey.view.observed.mta_sts.values)
    if target := cname_at(look):
        yield Obstacle(
            "delegated",
            f"{name} is a CNAME to {quote(target)}: who is there decides on the id (RFC 8461 s8.2), so it cannot be"
            f" taken"
            " over as long as that is so",
            f"in this order: note what `dig TXT {name}` says; replace the CNAME by a TXT of the very same text in one"
            " change (Cloudflare: edit the record's type; Route 53: DELETE and CREATE in one change batch), so that"
            " senders see the same id all the time; run this again, then give notice to whoever hosted it",
        )
        return
    counted = [text for text in texts if text.startswith("v=STSv1;")]
    if len(counted) > 1:
        yield Obstacle(
            "two-records",
            f"{name} has {len(counted)} records that begin with v=STSv1; and senders use none of them (RFC 8461 s3.1):"
            f" {few([quote(text) for text in counted], _SHOWN)}",
            "delete all but the one whose id belongs to the policy that is served; senders see no MTA-STS now, and that"
            " one as soon as it is alone",
        )
        return
    reading = select_txt(texts)
    if reading.value is None and texts and any("stsv1" in text.lower() for text in texts):
        yield Obstacle(
            "record-invalid",
            f"{name}: senders cannot use what is there: {_first(reading)}: {few([quote(text) for text in texts], 1)}",
            "correct it where it was made, or delete it and begin anew with `mtasts init`; senders see no MTA-STS now",
        )
    elif reading.value is None and survey.view.observed.mta_sts.kind is not AnswerKind.TROUBLE:
        left = " (a policy is served, but nobody looks for it without the record)" if survey.view.policy else ""
        yield Obstacle(
            "no-mta-sts",
            f"{survey.domain} has no MTA-STS: there is no TXT record {name}{left}",
            "there is nothing to take over: `mtasts init` writes its file",
        )


def _reports(survey: Survey) -> Iterator[Obstacle]:
    texts = [value for answer in survey.standing.tls_rpt.answers for value in answer.values]
    counted = [text for text in texts if text.startswith("v=TLSRPTv1;")]
    if len(counted) > 1 and not cname_at(survey.standing.tls_rpt):
        yield Obstacle(
            "two-report-records",
            f"{survey.standing.tls_rpt.name} has {len(counted)} records that begin with v=TLSRPTv1; and reporters use"
            f" none"
            f" of them (RFC 8460 s3): {few([quote(text) for text in counted], _SHOWN)}",
            "delete all but one, and let that one name every address",
        )


def _policy(survey: Survey) -> Iterator[Obstacle]:
    """The policy file: the same from everywhere, and one that senders can use, or none at all."""
    view, host = survey.view, policy_host(survey.domain)
    if view.txt.value is None:
        return
    if len(view.bodies) > 1:
        yield Obstacle(
            "several-policies",
            f"{host} serves {len(view.bodies)} different policies at its addresses, so that senders hold one or the"
            f" other",
            "let every address serve the same one first; which of them counts is for you to say",
        )
        return
    for body, reading in view.bodies:
        if reading.value is None:
            yield Obstacle(
                "policy-invalid",
                f"{host} serves a policy that senders cannot use: {_first(read_policy(body))}",
                "correct it where it is served, under a new id; what was meant is not guessed at",
            )
    tried = [fetch for fetch in view.observed.fetches if fetch.outcome is not LookOutcome.OK]
    if not view.bodies and tried and all(fetch.outcome is LookOutcome.UNREACHABLE for fetch in tried):
        yield _unknown(survey, f"{host} cannot be reached from here: {tried[0].problem}")


def _wildcard(survey: Survey) -> Iterator[Obstacle]:
    if refusal := wildcard_refusal(survey.domain, survey.standing):
        yield Obstacle(refusal.code, refusal.text, refusal.remedy)


def _certificate(survey: Survey) -> Iterator[Obstacle]:
    caa = survey.standing.caa
    if caa is not None and forbids_amazon(caa):
        refusal = caa_refusal(survey.domain, caa)
        yield Obstacle(refusal.code, refusal.text, refusal.remedy)


def _host(survey: Survey) -> Iterator[Obstacle]:
    """The record of the policy host: one that can be changed in place."""
    host, there = policy_host(survey.domain), host_records(survey)
    if domain := next((each for each in survey.accounts.workers if each.way is WorkerWay.DOMAIN), None):
        yield Obstacle(
            "workers-custom-domain",
            f"{host} is a custom domain of the Worker {quote(domain.script)}, whose record nobody else can change: it"
            f" goes"
            " with the custom domain, and until another one is there the name has no address",
            f"in this order: take {host} off the Worker's Domains; at once make a proxied record AAAA {host} 100:: and"
            f" the"
            f" route {host}/* to the same Worker; see the policy served again, then run this. Until then senders that"
            f" hold"
            " the policy go on with it, others deliver as if there were none (RFC 8461 s3.3); resolvers may keep the"
            " gap"
            " for as long as the zone's SOA says",
        )
    elif locked := next((each for each in there if each.locked), None):
        yield Obstacle(
            "record-locked",
            f"{locked.kind} {host} is read-only at Cloudflare: another of its products keeps it",
            f"have that product let go of {host}, with a record of your own in its place, then run this again",
        )
    if routed := next((each for each in there if each.routed), None):
        yield Obstacle(
            "routing-policy",
            f"{routed.kind} {host} has a routing policy at Route 53, several record sets of one name",
            "make it one simple record set first, in one change batch (DELETE of each and CREATE); senders see the same"
            " host all the time; then run this again",
        )
    if survey.provider == "cloudflare" and survey.accounts.records is not None and len(there) > 1:
        listed = few([f"{each.kind} {each.values[0] if each.values else ''}" for each in there], _SHOWN)
        yield Obstacle(
            "several-host-records",
            f"{host} has {len(there)} records ({listed}); one CNAME takes their place, and Cloudflare has none beside"
            f" them",
            "delete all of them but one in the dashboard, A rather than AAAA: senders are led by that one and see the"
            " same policy, but those that have IPv6 alone find none meanwhile; then run this again, which changes that"
            " one in place",
        )


def _alias(survey: Survey) -> Iterator[Obstacle]:
    """The host as an alias in CloudFront: nobody moves it out of another account from here."""
    accounts, host = survey.accounts, policy_host(survey.domain)
    if not accounts.listed or accounts.holders:
        return
    exact = [each for each in accounts.others if each.alias.lower() == host]
    led = [to for each in host_records(survey) for to in (each.alias, *each.values) if to.endswith(".cloudfront.net")]
    if not (exact or (led and survey.view.bodies)):
        return
    who = f": distribution {exact[0].distribution} of account {exact[0].account}, as far as AWS tells" if exact else ""
    yield Obstacle(
        "alias-elsewhere",
        f"{host} belongs to a CloudFront distribution of another account{who}{f' ({led[0]})' if led else ''}; a name is"
        " at one distribution at a time, and moves to another account only from one that is disabled",
        "in this order, and senders get the same policy all the time: 1. have a web host that is not CloudFront's"
        f" serve it for {host}, with a certificate for it; 2. lead {host} there, and wait for the old record's TTL;"
        f" 3. have the other account's owner take {host} off its aliases: nobody asks there any more; 4. run this"
        " again. (While that distribution is disabled instead, senders that hold the policy go on with it, and others"
        " deliver as if there were none, RFC 8461 s3.3.)",
    )


_LOOKS: Sequence[Callable[[Survey], Iterator[Obstacle]]] = (
    _without_mail,
    _unanswered,
    _record,
    _policy,
    _reports,
    _wildcard,
    _certificate,
    _host,
    _alias,
)


def _unknown(survey: Survey, what: str) -> Obstacle:
    return Obstacle(UNKNOWN, f"{survey.domain}: {what}", "look again when it answers")


def _first(reading: Reading[object]) -> str:
    """The first thing that is wrong, with its line and section."""
    found: Sequence[Problem] = [
        each for each in reading.problems if each.severity is Severity.ERROR
    ] or reading.problems
    return f"{found[0].message} ({found[0].section})" if found else "it cannot be read"
