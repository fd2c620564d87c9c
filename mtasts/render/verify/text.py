"""`mtasts verify` for people: one domain in full, or one line a domain with what is open beneath it.

Readable without colour: marks are words of one sign each, explained in the legend of docs/verify.md.
"""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from mtasts.render.escape import shorten, terminal
from mtasts.render.table import Indented, Rows
from mtasts.render.verify.forms import Form, Run
from mtasts.verify.findings import Delivers, Finding, Findings, Level, State
from mtasts.verify.model import Answer, Certificate, LookOutcome, MxHost, MxProbe, PolicyFetch, Trouble
from mtasts.words.counted import number
from mtasts.words.durations import roughly, span
from mtasts.words.names import with_u_labels

_MARKS = {
    State.PASS: ("✓", "green"),
    State.FAIL: ("✗", "bold red"),
    State.UNKNOWN: ("?", "yellow"),
    State.NOT_APPLICABLE: ("·", "dim"),
}
_DELIVERS = {Delivers.YES: "bold green", Delivers.NO: "bold red", Delivers.CANNOT_TELL: "bold yellow"}
_TEXT_LIMIT = 400


def full(found: Findings, now: datetime) -> RenderableType:
    """Everything about one domain: headline, records, policy host, MX hosts, what is open and its fix."""
    parts: list[RenderableType] = [headline(found), Text()]
    parts += [_section("Records", _records(found)), _section("Policy host", _policy_host(found, now))]
    parts.append(_section("MX hosts", _mx_hosts(found, now)))
    open_findings = [finding for finding in found.findings if finding.open]
    if open_findings:
        parts.append(_section("To fix or to look at", open_table(open_findings)))
    notes = [f for f in found.findings if f.level is Level.NOTE and f.state in (State.FAIL, State.UNKNOWN)]
    if notes:
        parts.append(_section("To know", open_table(notes, fixes=False)))
    return Group(*parts)


def compact(found: Findings) -> RenderableType:
    """One line for a domain, and its open findings beneath."""
    open_findings = [finding for finding in found.findings if finding.open]
    if not open_findings:
        return headline(found)
    return Group(headline(found), Indented(open_table(open_findings, fixes=False)))


def headline(found: Findings) -> Text:
    """Mark, domain, whether mail would be delivered, policy."""
    mark = State.PASS if found.passed else State.FAIL
    if mark is State.FAIL and not any(f.open and f.state is State.FAIL for f in found.findings):
        mark = State.UNKNOWN
    sign, style = _MARKS[mark]
    line = Text()
    line.append(f"{sign} ", style)
    line.append(terminal(with_u_labels(found.observed.domain)), "bold")
    line.append("  would deliver in enforce: ")
    line.append(found.delivers.value, _DELIVERS[found.delivers])
    policy = found.policy
    line.append(f"  (mode {policy.mode}, max_age {span(policy.max_age)})" if policy else "", "dim")
    return line


def counts(domains: int, passed: int, seconds: float) -> Text:
    """The last line of a run over several domains."""
    rest = domains - passed
    return Text(f"{number(domains, 'domain')} in {seconds:.1f} s: {passed} pass, {rest} with findings", "bold")


def _section(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(title, "bold underline"), Indented(body), Text())


def open_table(findings: Iterable[Finding], *, fixes: bool = True) -> Rows:
    """Findings, one code after the other; the fix once beneath the last of a code."""
    table = Rows(styles=("", "cyan"))
    rows = list(findings)
    for index, finding in enumerate(rows):
        sign, style = _MARKS[finding.state]
        text = Text(_line(finding.line))
        if finding.result_type and finding.result_type != finding.code:
            text.append(f"  reported as {terminal(finding.result_type)}", "dim")
        table.add_row(Text(sign, style), terminal(finding.code), text)
        last_of_code = index + 1 == len(rows) or rows[index + 1].code != finding.code
        if fixes and last_of_code:
            table.add_row("", "", Text(f"→ {finding.remedy}", "dim"))
    return table


def _records(found: Findings) -> Rows:
    seen = found.observed
    table = Rows()
    for label, answer, checks in (
        ("_mta-sts", seen.mta_sts, ("txt-present", "txt-valid")),
        ("_smtp._tls", seen.tls_rpt, ("tls-rpt-present", "tls-rpt-valid")),
        ("MX", seen.mx, ("mx-present",)),
    ):
        table.add_row(_mark(found, checks), label, _answer(answer))
    for look in seen.rua:
        state = {LookOutcome.OK: State.PASS, LookOutcome.FAILED: State.FAIL}.get(look.outcome, State.UNKNOWN)
        table.add_row(_sign(state), "rua", Text(_line(f"{look.uri}: {look.text}")))
    for check, label in (("servers-agree", "servers"), ("dnssec", "DNSSEC"), ("caa-allows-renewal", "CAA")):
        for finding in [finding for finding in found.findings if finding.check == check][:4]:
            table.add_row(_sign(finding.state), label, Text(_line(finding.text)))
    return table


def _answer(answer: Answer) -> Text:
    if not answer.found:
        words = {"no-such-name": "no such name", "no-data": "no record"}
        return Text(terminal(answer.trouble) or words.get(answer.kind.value, answer.kind.value), "dim")
    text = Text(_line(", ".join(answer.values)))
    details = [f"TTL {answer.ttl} s"] if answer.ttl is not None else []
    details += [f"by CNAME {_line(' → '.join(answer.chain))}"] if answer.chain else []
    details += [f"{max(answer.pieces)} strings"] if answer.pieces and max(answer.pieces) > 1 else []
    return text.append(f"  {', '.join(details)}", "dim")


def _policy_host(found: Findings, now: datetime) -> RenderableType:
    table = _addresses_table("address", "answer")
    for fetch in found.observed.fetches:
        unresolved = _mark(found, ("host-addresses",))
        sign = _sign(_state(fetch.outcome)) if fetch.address else unresolved
        what = (
            f"{fetch.status} {fetch.media_type or 'no media type'}, {len(fetch.body)} B, {fetch.seconds * 1000:.0f} ms"
        )
        shown = what if fetch.status is not None else ""
        where = fetch.address or fetch.host
        table.add_row(sign, terminal(where), *_tls(fetch, now), _said(fetch.problems, shown))
    policy = found.policy
    if policy is None:
        return table
    patterns = ", ".join(policy.mx) or "none"
    line = Text(f"mode {policy.mode}, max_age {policy.max_age} ({span(policy.max_age)}), mx ")
    return Group(table, line.append(_line(with_u_labels(patterns))))


def _mx_hosts(found: Findings, now: datetime) -> RenderableType:
    table = _addresses_table("host, address", "policy, greeting")
    seen = found.observed
    for host in seen.hosts:
        covered = [f for f in found.findings if f.check == "mx-covered" and f.subject == host.name]
        state = covered[0].state if covered else State.NOT_APPLICABLE
        said = Text(_line(covered[0].text) if covered else "", "dim")
        kind = " (implicit)" if host.implicit else f" ({host.preference})"
        table.add_row(_sign(state), Text(_line(with_u_labels(host.name)) + kind, "bold"), "", "", said)
        secure = {f.subject: f.state for f in found.findings if f.check == "mx-secure"}
        for probe in host.probes:
            state = secure.get(f"{probe.host} [{probe.address}]", _state(probe.outcome))
            row = (_sign(state), Text(f"  {terminal(probe.address)}"), *_tls(probe, now))
            table.add_row(*row, _said(probe.problems, _greeting(probe)))
        for text in host.untold:
            table.add_row(_sign(State.UNKNOWN), Text("  ?"), "", "", Text(_line(text)))
        if not host.probes and not host.untold:
            table.add_row(_sign(State.FAIL), Text("  no address"), "", "", "")
        for finding in _dane(found, host):
            table.add_row(_sign(finding.state), Text("  DANE"), "", "", Text(_line(finding.text)))
    if not seen.hosts:
        return Text("none", "dim")
    if seen.probed_by:
        age = roughly(now - seen.probed_at)
        return Group(table, Text(f"probed {age} ago, by {terminal(seen.probed_by)}", "dim"))
    return table


def _dane(found: Findings, host: MxHost) -> list[Finding]:
    """What became of the host's TLSA records, where there are any; each different answer once."""
    if host.dane is None:
        return []
    places = {host.dane.tlsa.name, *(f"{p.host} [{p.address}]" for p in host.dane.probes or host.probes)}
    dane = [f for f in found.findings if f.check == "mx-dane" and f.subject in places]
    return list({finding.text: finding for finding in dane}.values())


def _greeting(probe: MxProbe) -> str:
    return probe.greeting[:60]


def _addresses_table(first: str, last: str) -> Rows:
    """`valid` is for how many days more the certificate is."""
    table = Rows(right=(3,))
    table.add_row("", *(Text(word, "dim italic") for word in (first, "TLS", "valid", last)))
    return table


def _tls(seen: PolicyFetch | MxProbe, now: datetime) -> tuple[Text, Text]:
    version = seen.tls_version.replace("TLSv", "TLS ")
    return Text(version), _days(seen.certificate, now)


def _days(certificate: Certificate | None, now: datetime) -> Text:
    if certificate is None:
        return Text("")
    left = (certificate.not_after - now).days
    return Text(f"{left} d", "red" if left < 0 else "yellow" if left < 14 else "")


def _said(problems: tuple[Trouble, ...], otherwise: str) -> Text:
    if not problems:
        return Text(shorten(terminal(otherwise), 120), "dim")
    return Text(_line("; ".join(trouble.text for trouble in problems)))


def _line(text: str) -> str:
    """Foreign text as one safe line of bounded length."""
    return shorten(terminal(text), _TEXT_LIMIT)


def _mark(found: Findings, checks: tuple[str, ...]) -> Text:
    states = {finding.state for finding in found.findings if finding.check in checks}
    for state in (State.FAIL, State.UNKNOWN, State.PASS):
        if state in states:
            return _sign(state)
    return _sign(State.NOT_APPLICABLE)


def _sign(state: State) -> Text:
    return Text(*_MARKS[state])


def _state(outcome: LookOutcome) -> State:
    return {LookOutcome.OK: State.PASS, LookOutcome.FAILED: State.FAIL}.get(outcome, State.UNKNOWN)


def _domain(found: Findings, run: Run) -> RenderableType:
    return full(found, run.now) if run.full else compact(found)


def _closing(run: Run) -> RenderableType:
    return counts(run.done, run.passed, run.seconds) if run.asked > 1 else ""


FORM = Form(_domain, closing=_closing)
