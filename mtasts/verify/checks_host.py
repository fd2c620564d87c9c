"""Checks of the policy host and of what it serves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from mtasts.policy.policy_id import belongs
from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.problem import Severity
from mtasts.verify.checks_dns import results_of
from mtasts.verify.findings import Check, Decides, Level, Result, State, View, served
from mtasts.verify.model import AnswerKind, LookOutcome, PolicyFetch
from mtasts.words.durations import roughly, span

# Ours: ACME clients renew with 30 days left of 90; half of that unrenewed means that renewal does not run.
RENEWAL_DAYS = 14


def where(fetch: PolicyFetch) -> str:
    """Host and address."""
    return f"{fetch.host} [{fetch.address}]" if fetch.address else fetch.host


def host_addresses(view: View) -> Iterator[Result]:
    """The name resolves; trouble with one family is not absence."""
    answers = view.observed.policy_host
    found = [value for answer in answers if answer.found for value in answer.values]
    if found:
        yield Result(State.PASS, ", ".join(found), answers[0].name)
    troubled = [answer for answer in answers if answer.kind is AnswerKind.TROUBLE]
    for answer in troubled:
        yield Result(
            State.UNKNOWN, f"DNS trouble asking for {answer.type}: {answer.trouble}", answer.name, "dns-trouble"
        )
    if not found and not troubled:
        name = answers[0].name if answers else view.observed.domain
        yield Result(State.FAIL, "the policy host has no address in DNS", name, "host-absent", "sts-policy-fetch-error")


def host_serves(view: View) -> Iterator[Result]:
    """Every address gives the policy to a sender that checks everything (RFC 8461 s3.3)."""
    for fetch in view.observed.fetches:
        if fetch.outcome is LookOutcome.OK:
            yield Result(State.PASS, f"{fetch.tls_version}, {fetch.media_type}, {len(fetch.body)} bytes", where(fetch))
        elif not fetch.address:
            # The addresses' own check has said so; here nothing was looked at.
            text = "no address to fetch from" if len(view.observed.fetches) == 1 else fetch.problem
            yield Result(State.NOT_APPLICABLE, text, where(fetch))
        else:
            state = State.UNKNOWN if fetch.outcome is LookOutcome.UNREACHABLE else State.FAIL
            for trouble in fetch.problems:
                yield Result(state, trouble.text, where(fetch), trouble.code, trouble.result_type)


def serves_unnamed(view: View) -> Iterator[Result]:
    """Some senders send no User-Agent, and filters in front of web servers like to refuse that."""
    good, seen = [fetch for fetch in view.observed.fetches if fetch.outcome is LookOutcome.OK], view.observed.unnamed
    if not good:
        yield Result(State.NOT_APPLICABLE, "no address serves the policy")
    elif seen is None:
        yield Result(State.UNKNOWN, "no time was left to ask without a User-Agent", good[0].host)
    elif seen.outcome is LookOutcome.UNREACHABLE:
        yield Result(State.UNKNOWN, f"without a User-Agent: {seen.problem}", where(seen))
    elif seen.outcome is not LookOutcome.OK:
        yield Result(State.FAIL, f"without a User-Agent: {seen.problem}", where(seen))
    elif seen.body not in {fetch.body for fetch in good}:
        yield Result(State.FAIL, "gives another policy to a client without a User-Agent", where(seen))
    else:
        yield Result(State.PASS, "the same without a User-Agent", where(seen))


def same_body(view: View) -> Iterator[Result]:
    """Senders that come by different addresses must get the same bytes."""
    groups: defaultdict[bytes, list[str]] = defaultdict(list)
    for fetch in view.observed.fetches:
        if served(fetch):
            groups[fetch.body].append(fetch.address)
    if not groups:
        yield Result(State.NOT_APPLICABLE, "no body came")
    elif len(groups) == 1:
        yield Result(State.PASS, f"the same {len(next(iter(groups)))} bytes from every address that gave any")
    else:
        for body, addresses in groups.items():
            mode = next((line for line in body[:1000].decode("latin-1").splitlines() if line.startswith("mode")), "?")
            yield Result(State.FAIL, f"serves {len(body)} bytes ({mode}) that others do not", ", ".join(addresses))


def policy_valid(view: View) -> Iterable[Result]:
    """The bytes are a policy (RFC 8461 s3.2)."""
    if not view.bodies:
        return [Result(State.NOT_APPLICABLE, "no body came")]
    results: list[Result] = []
    for _, reading in view.bodies:
        if reading.value is not None:
            policy = reading.value
            results.append(
                Result(State.PASS, f"mode {policy.mode}, max_age {span(policy.max_age)}, {len(policy.mx)} mx")
            )
        for wrong in results_of(reading.problems, Severity.ERROR):
            results.append(Result(State.FAIL, wrong.text, wrong.subject, wrong.code, "sts-policy-invalid"))
    return results


def policy_advice(view: View) -> Iterable[Result]:
    """What is valid on the wire but should not be published. `none` is judged by its own check."""
    if view.policy is None:
        return [Result(State.NOT_APPLICABLE, "no valid policy")]
    warned = [result for _, reading in view.bodies for result in results_of(reading.problems, Severity.WARNING)]
    return [result for result in warned if result.code != "mode-none"] or [Result(State.PASS, "nothing to advise")]


def policy_active(view: View) -> Iterator[Result]:
    """`none` is the tool for retiring (RFC 8461 s8.3): right there, and worth saying everywhere."""
    if view.policy is None:
        yield Result(State.NOT_APPLICABLE, "no valid policy")
    elif view.policy.mode is Mode.NONE:
        yield Result(State.FAIL, "mode is none: senders deliver as if there were no policy", code="mode-none")
    else:
        yield Result(State.PASS, f"mode is {view.policy.mode}")


def id_belongs(view: View) -> Iterator[Result]:
    """An id made by this project names its policy text; anybody can see whether TXT and body are in step."""
    record = view.txt.value
    if record is None or not view.bodies:
        yield Result(State.NOT_APPLICABLE, "no id or no body to compare")
        return
    for body, _ in view.bodies:
        fits = belongs(record.id, body.decode("latin-1")) if body.isascii() else False
        if fits is None or belongs(record.id, "") is None:
            yield Result(State.NOT_APPLICABLE, f"id {record.id} says nothing about its body")
        elif fits:
            yield Result(State.PASS, f"id {record.id} was made for this body")
        else:
            yield Result(State.FAIL, f"id {record.id} was made for another body than the one served")


def host_certificate_days(view: View) -> Iterator[Result]:
    """A certificate about to end unrenewed is tomorrow's fetch error."""
    seen = [(f, f.certificate) for f in view.observed.fetches if f.certificate and f.outcome is LookOutcome.OK]
    for fetch, certificate in seen:
        left = certificate.not_after - view.now
        state = State.FAIL if left < timedelta(days=RENEWAL_DAYS) else State.PASS
        yield Result(state, f"the certificate has {roughly(left)} left", where(fetch))
    if not seen:
        yield Result(State.NOT_APPLICABLE, "no valid certificate was seen")


CHECKS = (
    Check(
        "host-addresses", Level.BLOCK, "RFC 8461 s3.3", "the policy host resolves",
        "publish A and AAAA (or a CNAME) for `mta-sts.` of the domain", host_addresses, Decides.POLICY,
    ),
    Check(
        "host-serves", Level.BLOCK, "RFC 8461 s3.3", "every address of the policy host serves the policy",
        "see `mtasts verify --explain CODE` for the code of each address", host_serves, Decides.POLICY,
    ),
    Check(
        "host-serves-unnamed", Level.WARN, "RFC 9110 s10.1.5", "the policy is served to clients without a User-Agent",
        "take the policy host out of the bot filter or firewall rule that refuses it", serves_unnamed,
    ),
    Check(
        "same-body", Level.BLOCK, "RFC 8461 s8.1", "all addresses of the policy host serve the same bytes",
        "publish the policy to every edge before the TXT record changes", same_body, Decides.POLICY,
    ),
    Check(
        "policy-valid", Level.BLOCK, "RFC 8461 s3.2", "what is served is a valid policy",
        "serve exactly what `mtasts validate` accepts; `mtasts lint policy FILE` names each line",
        policy_valid, Decides.POLICY,
    ),
    Check(
        "policy-advice", Level.NOTE, "ours", "the policy has the form that every sender takes",
        "see `mtasts lint policy FILE`", policy_advice,
    ),
    Check(
        "policy-active", Level.NOTE, "RFC 8461 s8.3", "the policy's mode is testing or enforce",
        "none belongs to domains that are being retired; else publish testing", policy_active,
    ),
    Check(
        "id-belongs", Level.BLOCK, "RFC 8461 s3.1", "the id in DNS belongs to the body being served",
        "publish again (`mtasts up --refresh`): body first, then the TXT record with its own id",
        id_belongs, Decides.POLICY,
    ),
    Check(
        "host-certificate-days", Level.WARN, "ours", f"the policy host's certificate has {RENEWAL_DAYS} days left",
        "find out why renewal did not run", host_certificate_days,
    ),
)  # fmt: skip
