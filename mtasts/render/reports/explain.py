"""`reports explain`: a result type, or one report, in plain words."""

from collections.abc import Iterator, Sequence

from mtasts.history.eras import applied_policy
from mtasts.protocol.problem import Problem
from mtasts.protocol.report import FailureDetail, PolicyResult, Report
from mtasts.render.escape import shorten, terminal
from mtasts.render.reports.rows import grouped
from mtasts.render.reports.summary import policy_label
from mtasts.reports.causes import CAUSES, UNKNOWN, Cause, Effect, Owner, cause_of
from mtasts.reports.duplicates import content_of
from mtasts.reports.refinements import REFINEMENTS, explain
from mtasts.words.names import with_u_labels

_TEXT_LIMIT = 120

_OWNERS = {
    Owner.OURS: "yours: something that you publish or run",
    Owner.SENDER: "the sender's",
    Owner.NOISE: "nobody's, unless it comes back on another day",
}
_EFFECTS = {
    Effect.BLOCK: "blocks the step to enforce until it is fixed or waived by name",
    Effect.SHOW: "does not block the step to enforce: DANE stops that mail, with or without MTA-STS",
}
_KINDS = {
    "sts": "MTA-STS was applied",
    "tlsa": "DANE was applied; the certificate's chain was not tested, and these may be the sessions of sts once more",
    "no-policy-found": "no policy was found: TLS without any validation, which proves nothing",
}


def result_text(result_type: str) -> Iterator[str]:
    """What a result type means; for one that RFC 8460 does not define, that and the list of those it does."""
    cause = cause_of(result_type)
    yield f"{terminal(shorten(result_type.strip().lower(), _TEXT_LIMIT))}: {cause.title}"
    yield from _cause_text(cause)
    if cause is UNKNOWN:
        yield from _paragraph("known", ", ".join(CAUSES))
        return
    rules = [rule for rule in REFINEMENTS if cause.code in rule.types]
    if rules:
        yield ""
        yield "  when the reason code, MX or address tells more"
        for rule in rules:
            yield from _paragraph(f"- {rule.title}", rule.fix, indent=4)


def report_text(report: Report, problems: tuple[Problem, ...]) -> Iterator[str]:
    """One report: who says what about which domain and day, then every failure with its cause and fix."""
    yield f"{_text(report.organization_name) or 'A reporter without a name'} reports about {_days(report)}"
    yield f"  report id {_text(report.report_id) or 'none'}, contact {_text(report.contact_info) or 'none'}"
    for result in report.policies:
        yield ""
        yield from _policy_text(result)
    if problems:
        yield ""
        yield "  where the report departs from RFC 8460"
        for problem in problems:
            yield f"    {terminal(problem.message)} ({problem.section})"


def same_id_text(reports: Sequence[Report]) -> Iterator[str]:
    """Of reports that lie together: which ids several of them bear though they say different things."""
    by_id: dict[tuple[str, str], set[str]] = {}
    for report in reports:
        if report.report_id:
            known = by_id.setdefault((report.report_id, report.organization_name), set())
            known.add(content_of(report, report.policies))
    for (report_id, organization), contents in by_id.items():
        if len(contents) > 1:
            yield ""
            yield from _paragraph(
                "note",
                f"{len(contents)} reports of {_text(organization)} bear the report id {_text(report_id)} and say"
                " different things, as those of several hosts do: all of them count",
                indent=0,
            )


def _policy_text(result: PolicyResult) -> Iterator[str]:
    kind = terminal(shorten(result.policy_type, 40))
    yield f"  {_text(with_u_labels(result.policy_domain)) or 'no domain named'}, {kind}"
    yield f"    {_KINDS.get(result.policy_type, 'a policy type that RFC 8460 does not define')}"
    policy = applied_policy(result)
    if result.policy_type == "sts":
        yield f"    policy: {terminal(shorten(policy_label(policy), 200))}"
    yield f"    {grouped(result.successes)} sessions passed, {grouped(result.failures)} failed"
    if not result.failures and result.details:
        yield "    the total says 0 failures beside failures by name: do not read this as free of failures"
    if result.failures and not result.details:
        yield "    no details: the report does not say what failed"
    named = sum(detail.failed_sessions for detail in result.details)
    if result.details and named != result.failures:
        yield f"    details name {grouped(named)}: one session may be named twice, or not at all; the total counts"
    for detail in result.details:
        yield from _detail_text(detail, explain(detail, policy.mx))


def _detail_text(detail: FailureDetail, cause: Cause) -> Iterator[str]:
    where = f" at {_text(detail.receiving_mx_hostname)}" if detail.receiving_mx_hostname else ""
    address = f" [{_text(detail.receiving_ip)}]" if detail.receiving_ip else ""
    yield ""
    yield f"    {grouped(detail.failed_sessions)} x {_text(detail.result_type)}{where}{address}: {cause.title}"
    if detail.failure_reason_code:
        yield f"      said: {_text(detail.failure_reason_code)}"
    yield from _cause_text(cause, indent=6)


def _cause_text(cause: Cause, indent: int = 2) -> Iterator[str]:
    yield from _paragraph("meaning", cause.meaning, indent)
    yield from _paragraph("cause", cause.cause, indent)
    yield from _paragraph("fix", cause.fix, indent)
    yield from _paragraph("whose", _OWNERS[cause.owner], indent)
    yield from _paragraph("enforce", _EFFECTS[cause.effect], indent)
    yield from _paragraph("source", cause.section, indent)


def _paragraph(name: str, words: str, indent: int = 2) -> Iterator[str]:
    start = " " * indent
    yield f"{start}{name}: {words}" if name.startswith("-") else f"{start}{name + ':':<9}{words}"


def _days(report: Report) -> str:
    return f"{report.day} ({report.start:%Y-%m-%d %H:%M:%S} to {report.end:%Y-%m-%d %H:%M:%S} UTC)"


def _text(foreign: str) -> str:
    return terminal(shorten(foreign, _TEXT_LIMIT))
