"""Checks of DANE: a sender that validates TLSA follows it whatever the policy says (RFC 8461 s2)."""

from collections.abc import Iterator, Sequence

from mtasts.protocol.tlsa import DANE_EE, WHOLE_CERTIFICATE, Tlsa, counted
from mtasts.verify.dane import Fit, Judged, judge_host, miss_of, records_of, reference_names, suggestion
from mtasts.verify.findings import Check, Decides, Level, Result, State, View
from mtasts.verify.model import Dane, Dnssec, MxHost, MxProbe
from mtasts.words.counted import few
from mtasts.words.durations import roughly

_STATES = {
    Fit.NONE: State.NOT_APPLICABLE,
    Fit.IGNORED: State.NOT_APPLICABLE,
    Fit.UNUSABLE: State.NOT_APPLICABLE,
    Fit.MATCHES: State.PASS,
    Fit.DIFFERS: State.FAIL,
    Fit.BOGUS: State.FAIL,
    Fit.NO_ANSWER: State.FAIL,
    Fit.UNKNOWN: State.UNKNOWN,
}
# What a sender would report (RFC 8460 s4.3.1, s4.3.2.1).
_REPORTED = {
    Fit.DIFFERS: ("tlsa-mismatch", "tlsa-invalid"),
    Fit.BOGUS: ("tlsa-bogus", "dnssec-invalid"),
    Fit.NO_ANSWER: ("tlsa-no-answer", "dnssec-invalid"),
}
_SHOWN = 4  # records named in one line
_OF_PROBES = (Fit.MATCHES, Fit.DIFFERS)


def _judged(view: View, host: MxHost) -> tuple[Judged, ...]:
    return judge_host(host, view.observed.domain, view.observed.mx, view.now)


def mx_dane(view: View) -> Iterator[Result]:
    """Where signed TLSA records are, senders that do DANE refuse a host that matches none of them, in testing too."""
    results = [_result(view, judged) for host in view.observed.hosts for judged in _judged(view, host)]
    # Most domains have none anywhere; a line each would hide the one that has.
    some = [one for one in results if one.state is not State.NOT_APPLICABLE or one.code]
    yield from some
    if not some:
        yield Result(State.NOT_APPLICABLE, "no MX host has TLSA records")


def _result(view: View, judged: Judged) -> Result:
    code, result_type = _REPORTED.get(judged.fit, (judged.code, ""))
    if judged.fit in _OF_PROBES and view.probes_expired:
        age = roughly(view.now - view.observed.probed_at)
        return Result(State.UNKNOWN, f"its probe is {age} old, older than allowed", judged.where, "probe-expired")
    if judged.fit is Fit.NONE:
        return Result(State.NOT_APPLICABLE, judged.text, judged.where)
    if judged.fit in (Fit.IGNORED, Fit.UNUSABLE):
        return Result(State.NOT_APPLICABLE, judged.text, judged.where, f"tlsa-{judged.fit}")
    if judged.code == "starttls-not-supported":
        code = result_type = judged.code
    text = judged.text
    if judged.fit is Fit.DIFFERS and view.observed.mx.dnssec is Dnssec.INSECURE:
        text += "; the MX record is not signed, which some senders take for no DANE, and Postfix does not"
    return Result(_STATES[judged.fit], text, judged.where, code, result_type)


def dane_usable(view: View) -> Iterator[Result]:
    """Records that no sender of mail can use authenticate nobody: usages 2 and 3, in full form (RFC 7672 s3.1)."""
    seen = False
    for host in view.observed.hosts:
        if host.dane is None or not host.dane.tlsa.found:
            continue
        seen = True
        records, where = records_of(host.dane), host.dane.tlsa.name
        bad = [record for record in records if record.unusable]
        if bad:
            why = "; ".join(dict.fromkeys(record.unusable for record in bad[:_SHOWN]))
            text = f"{len(bad)} of {len(records)} cannot be used, {few(bad, _SHOWN)}: {why}{_instead(host, records)}"
            yield Result(State.FAIL, text, where)
        else:
            yield Result(State.PASS, "every TLSA record can be used", where)
    if not seen:
        yield Result(State.NOT_APPLICABLE, "no MX host has TLSA records")


def _instead(host: MxHost, records: Sequence[Tlsa]) -> str:
    probes = (host.dane.probes if host.dane else ()) or host.probes
    chain = next((probe.chain for probe in probes if probe.chain), ())
    return f"; for its key the record is {suggestion(chain[0], records)}" if chain else ""


def dane_signed(view: View) -> Iterator[Result]:
    """Without signatures on the MX record, the host's address and the TLSA record, DANE protects nothing."""
    mx, seen = view.observed.mx, False
    for host in view.observed.hosts:
        for judged in _judged(view, host):
            if judged.fit is Fit.IGNORED:
                seen = True
                yield Result(State.FAIL, judged.text, judged.where)
            elif judged.fit is Fit.MATCHES and mx.found and not seen:
                seen = True
                unsigned = mx.dnssec is Dnssec.INSECURE
                text = "the MX record is not signed, so whoever forges it avoids DANE" if unsigned else "signed"
                yield Result(State.FAIL if unsigned else State.PASS, text, mx.name)
    if not seen:
        yield Result(State.NOT_APPLICABLE, "no TLSA record that matches or could")


def dane_rollover(view: View) -> Iterator[Result]:
    """The next key's record has to be in every cache before the key is used (RFC 7671 s8.1)."""
    seen = False
    for host in view.observed.hosts:
        matched = {judged.where for judged in _judged(view, host) if judged.fit is Fit.MATCHES}
        if host.dane is None or not matched:
            continue
        seen = True
        probes = host.dane.probes or host.probes
        probe = next(probe for probe in probes if f"{probe.host} [{probe.address}]" in matched)
        yield _rollover(view, host, host.dane, probe)
    if not seen:
        yield Result(State.NOT_APPLICABLE, "no TLSA record that matches")


def _rollover(view: View, host: MxHost, dane: Dane, probe: MxProbe) -> Result:
    records = counted(records_of(dane))
    names = reference_names(dane, view.observed.domain, view.observed.mx, implicit=host.implicit)
    matching = [record for record in records if miss_of(record, probe, names, view.now) is None]
    where = dane.tlsa.name
    if len(matching) < len(records):
        return Result(State.PASS, "has a record for the present key, and another for the next", where)
    if {record.usage for record in matching} == {2, 3}:
        return Result(State.PASS, "has a record for the key and one for its CA, so that one may change", where)
    return Result(State.FAIL, _advice(matching, probe, view), where)


def _advice(matching: Sequence[Tlsa], probe: MxProbe, view: View) -> str:
    leaf = probe.chain[0]
    if any(record.usage != DANE_EE for record in matching):
        return (
            "is for the CA alone: the certificate of another intermediate matches no more; "
            f"add {suggestion(leaf, matching)} for its key"
        )
    if all(record.selector == WHOLE_CERTIFICATE for record in matching):
        return (
            f"is for the certificate itself, which ends in {roughly(leaf.not_after - view.now)}: every renewal needs a "
            f"new record, even with the same key; {suggestion(leaf, matching)} holds as long as the key"
        )
    return (
        "is for the present key alone: a renewal with a new key, which is the default of most ACME clients, matches "
        "no more; keep the key, or publish the next one's record first"
    )


CHECKS = (
    Check(
        "mx-dane", Level.BLOCK, "RFC 7672 s2.2, RFC 8461 s2",
        "every MX host with signed TLSA records presents what one of them is for",
        "publish the TLSA record of what the host presents beside the others, or put the key back",
        mx_dane, Decides.MX_HOSTS,
    ),
    Check(
        "dane-usable", Level.WARN, "RFC 7672 s3.1", "every TLSA record is one that senders of mail can use",
        "publish the record that the finding names, and take this one away", dane_usable,
    ),
    Check(
        "dane-signed", Level.NOTE, "RFC 7672 s2.1.1", "what leads to a TLSA record is signed",
        "sign the zones of the domain and of its MX hosts with DNSSEC; until then MTA-STS alone protects", dane_signed,
    ),
    Check(
        "dane-rollover", Level.NOTE, "RFC 7671 s8.1", "the next key's TLSA record stands beside the present one's",
        "publish the TLSA record of the next key, wait for at least the TTL, and only then use the key", dane_rollover,
    ),
)  # fmt: skip
