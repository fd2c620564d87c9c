"""Checks of the two TXT records, the zone's servers, DNSSEC, reporting addresses and CAA."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mtasts.protocol.problem import Problem, Severity
from mtasts.verify.caa import issuing
from mtasts.verify.findings import Check, Decides, Level, Result, State, View
from mtasts.verify.issuers import caa_domains
from mtasts.verify.model import NOT_ASKED, NOT_LOOKED_AT, Answer, AnswerKind, Dnssec, LookOutcome, NameLook

SIGNED = {
    Dnssec.SECURE: "signed and valid",
    Dnssec.INSECURE: "not signed",
    Dnssec.UNKNOWN: "the resolver does not tell",
}


def results_of(problems: Iterable[Problem], severity: Severity, subject: str = "") -> list[Result]:
    """Protocol problems of one severity as failures, each with its own code and section."""
    return [
        Result(State.FAIL, f"{problem.message} ({problem.section})", subject, problem.code)
        for problem in problems
        if problem.severity is severity
    ]


def presence(answer: Answer, what: str) -> Result:
    """Pass, fail or unknown for a record that should exist."""
    if answer.found:
        via = f", by CNAME to {answer.chain[-1]}" if answer.chain else ""
        return Result(State.PASS, f"{what} is there{via}", answer.name)
    if answer.kind is AnswerKind.TROUBLE:
        text = f"DNS trouble asking for {answer.type}: {answer.trouble}"
        return Result(State.UNKNOWN, text, answer.name, "dns-trouble")
    end = answer.chain[-1] if answer.chain else answer.name
    if answer.kind is AnswerKind.NO_NAME:
        return Result(State.FAIL, f"there is no {what}: {end} does not exist (NXDOMAIN)", answer.name)
    return Result(State.FAIL, f"there is no {what}: {end} has no {answer.type} record (NODATA)", answer.name)


def txt_present(view: View) -> Iterator[Result]:
    """Without it senders look for no policy."""
    yield presence(view.observed.mta_sts, "TXT record")


def txt_valid(view: View) -> Iterable[Result]:
    """Exactly one record that begins with `v=STSv1;`, and it reads."""
    answer = view.observed.mta_sts
    if not answer.found:
        return [Result(State.NOT_APPLICABLE, "no record to read", answer.name)]
    if view.txt.value is not None:
        return [Result(State.PASS, f"one record, id {view.txt.value.id}", answer.name)]
    standing = view.observed.standing
    return _of_wildcard(
        results_of(view.txt.problems, Severity.ERROR, answer.name), standing.mta_sts if standing else None
    )


def _of_wildcard(results: list[Result], look: NameLook | None) -> list[Result]:
    """With the wildcard named whose answer it is that does not read."""
    if look is None or not look.wildcard:
        return results
    return [
        replace(one, text=f"{one.text}: it is the answer of {look.wildcard}, the name itself is free")
        for one in results
    ]


def txt_advice(view: View) -> Iterable[Result]:
    """What is valid on the wire but should not be published."""
    if view.txt.value is None:
        return [Result(State.NOT_APPLICABLE, "no valid record")]
    advice = results_of(view.txt.problems, Severity.WARNING, view.observed.mta_sts.name)
    return advice or [Result(State.PASS, "nothing to advise", view.observed.mta_sts.name)]


def servers_agree(view: View) -> Iterator[Result]:
    """Every authoritative server gives the same TXT: a half-updated zone shows two."""
    servers = view.observed.authorities
    if not servers:
        yield Result(State.UNKNOWN, f"no authoritative server was asked: {view.observed.authority_trouble}")
        return
    groups: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
    for server in servers:
        where = f"{server.server} [{server.address}]" if server.address else server.server
        if server.answer.kind is AnswerKind.TROUBLE:
            # REFUSED, SERVFAIL or a referral is an answer; silence may only mean that this machine cannot reach it.
            trouble = server.answer.trouble
            lame = bool(server.address) and ("lame" in trouble or trouble in ("SERVFAIL", "REFUSED"))
            code = "lame-server" if lame else NOT_LOOKED_AT if trouble.startswith(NOT_ASKED) else "server-silent"
            yield Result(State.FAIL if lame else State.UNKNOWN, trouble, where, code)
        else:
            groups[_said_by(server.answer)].append(where)
    if len(groups) > 1:
        for value, who in groups.items():
            yield Result(State.FAIL, f"says {_shown(value)}; other servers of the zone differ", ", ".join(who))
    elif groups:
        yield Result(State.PASS, f"all {sum(map(len, groups.values()))} answers of its servers are the same")


def _said_by(answer: Answer) -> tuple[object, ...]:
    """What can be compared: a CNAME out of the zone is the server's whole answer, its target another zone's."""
    return ("CNAME", answer.chain[0]) if answer.chain else (answer.kind, answer.values)


def _shown(value: tuple[object, ...]) -> str:
    if value[0] == "CNAME":
        return f"CNAME {value[1]}"
    texts = value[1]
    return " / ".join(map(repr, texts)) if isinstance(texts, tuple) and texts else str(value[0])


def dnssec_state(view: View) -> Iterator[Result]:
    """Broken signatures make validating senders see nothing; no signatures let the path hide the policy once."""
    for answer in (view.observed.mta_sts, view.observed.mx):
        if answer.dnssec is Dnssec.BOGUS:
            yield Result(State.FAIL, f"the signatures of {answer.type} {answer.name} do not verify", answer.name)
            return
    answer = view.observed.mta_sts
    state = State.PASS if answer.dnssec is Dnssec.SECURE else State.NOT_APPLICABLE
    yield Result(state, SIGNED[answer.dnssec], answer.name)


def tls_rpt_present(view: View) -> Iterator[Result]:
    """Without reports nobody tells you that mail does not arrive."""
    yield presence(view.observed.tls_rpt, "TLS-RPT record")


def tls_rpt_valid(view: View) -> Iterable[Result]:
    """Exactly one record that begins with `v=TLSRPTv1;`, and it reads."""
    answer = view.observed.tls_rpt
    if not answer.found:
        return [Result(State.NOT_APPLICABLE, "no record to read", answer.name)]
    if view.tls_rpt.value is None:
        standing = view.observed.standing
        return _of_wildcard(
            results_of(view.tls_rpt.problems, Severity.ERROR, answer.name), standing.tls_rpt if standing else None
        )
    advice = results_of(view.tls_rpt.problems, Severity.WARNING, answer.name)
    return advice or [Result(State.PASS, "one record", answer.name)]


def rua_works(view: View) -> Iterator[Result]:
    """A mailbox that nobody receives is no report address."""
    states = {LookOutcome.OK: State.PASS, LookOutcome.FAILED: State.FAIL, LookOutcome.UNREACHABLE: State.UNKNOWN}
    for look in view.observed.rua:
        yield Result(states[look.outcome], look.text, look.uri)
    if not view.observed.rua:
        yield Result(State.NOT_APPLICABLE, "no reporting address")


def caa_allows(view: View) -> Iterator[Result]:
    """The CA that issued the policy host's certificate may issue the next one."""
    caa = view.observed.caa
    certificate = next((fetch.certificate for fetch in view.observed.fetches if fetch.certificate), None)
    if caa.kind is AnswerKind.TROUBLE:
        yield Result(State.UNKNOWN, f"DNS trouble asking for CAA: {caa.trouble}", caa.name, "dns-trouble")
        return
    if not caa.found:
        yield Result(State.PASS, "no CAA record, so any CA may issue")
        return
    said = issuing(caa.values)
    allowed = said.issuers
    if said.critical:
        yield Result(State.FAIL, f"a critical property that no CA knows: {said.critical}", caa.name)
    elif not allowed:
        yield Result(State.PASS, "its CAA records restrict no issuing", caa.name)
    elif allowed == {""}:
        yield Result(State.FAIL, "forbids every CA to issue", caa.name)
    elif certificate is None:
        yield Result(State.NOT_APPLICABLE, "no certificate to renew was seen", caa.name)
    elif (own := caa_domains(certificate.issuer)) is None:
        text = f"allows {', '.join(sorted(allowed - {''}))}; whether that is {certificate.issuer} is not known here"
        yield Result(State.UNKNOWN, text, caa.name, "issuer-unknown")
    elif own & allowed:
        yield Result(State.PASS, f"allows {', '.join(sorted(own & allowed))}", caa.name)
    else:
        text = f"allows only {', '.join(sorted(allowed - {''}))}, not the CA of the present certificate"
        yield Result(State.FAIL, f"{text} ({certificate.issuer})", caa.name)


CHECKS = (
    Check(
        "txt-present", Level.BLOCK, "RFC 8461 s3.1", "the `_mta-sts` TXT record exists",
        "publish `v=STSv1; id=...;` at `_mta-sts.` of the domain, after the policy file is live",
        txt_present, Decides.POLICY,
    ),
    Check(
        "txt-valid", Level.BLOCK, "RFC 8461 s3.1", "exactly one valid `_mta-sts` record",
        "leave exactly one record, `v=STSv1; id=<letters and digits>;`, and delete the others",
        txt_valid, Decides.POLICY,
    ),
    Check(
        "txt-advice", Level.NOTE, "ours", "the `_mta-sts` record has the form that every reader understands",
        "publish exactly `v=STSv1; id=<id>;`", txt_advice,
    ),
    Check(
        "servers-agree", Level.WARN, "RFC 1034 s4.3.5", "all authoritative servers give the same `_mta-sts` record",
        "wait for the zone transfer, or repair the server that lags or is lame", servers_agree,
    ),
    Check(
        "dnssec", Level.BLOCK, "RFC 4035 s4.3", "DNSSEC signatures, where there are any, verify",
        "renew the zone's signatures or correct the DS record at the parent", dnssec_state, Decides.POLICY,
    ),
    Check(
        "tls-rpt-present", Level.WARN, "RFC 8460 s3", "the `_smtp._tls` TXT record exists",
        "publish `v=TLSRPTv1; rua=mailto:...` at `_smtp._tls.` of the domain", tls_rpt_present, Decides.REPORTS,
    ),
    Check(
        "tls-rpt-valid", Level.WARN, "RFC 8460 s3", "exactly one valid `_smtp._tls` record",
        "leave exactly one record, `v=TLSRPTv1; rua=mailto:...`, and delete the others", tls_rpt_valid, Decides.REPORTS,
    ),
    Check(
        "rua-works", Level.WARN, "RFC 8460 s5", "reports can be delivered",
        "give the mailbox's domain a working MX, or name another reporting address", rua_works,
    ),
    Check(
        "caa-allows-renewal", Level.WARN, "RFC 8659 s4", "CAA lets the policy host's certificate be renewed",
        "add `issue` for the CA that renews the certificate, at the policy host or above it", caa_allows,
    ),
)  # fmt: skip
