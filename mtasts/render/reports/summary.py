"""`reports summary` as JSON, and as text for one domain."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mtasts.history.eras import PolicyText
from mtasts.render.escape import shorten, terminal
from mtasts.render.reports.rows import TABLES, counted, grouped
from mtasts.render.runner import dumps
from mtasts.reports.failures import Failure
from mtasts.reports.summary import Era, Summary
from mtasts.reports.tally import Counts, Sessions
from mtasts.words.counted import few
from mtasts.words.durations import span
from mtasts.words.names import with_u_labels

# Foreign text in a table: enough to recognise it.
_TEXT_LIMIT = 60


def summary_object(summary: Summary, by: str = "") -> dict[str, object]:
    """The JSON object of one domain, as docs/reference/reports-summary.schema.json describes it. `by` adds rows."""
    window = summary.window
    found: dict[str, object] = {
        "domain": summary.domain,
        "window": {"since": str(window.since), "until": str(window.until), "open_from": str(window.open_from)},
        **_counts(summary.counts),
        "reporters": [summary.name_of(line.key) for line in summary.reporters],
        "reputes": [{"reporter": line.key, "repute": summary.repute_of(line.key).value} for line in summary.reporters],
        "days": [str(day) for day in summary.covered],
        "failures": [
            {**_failure_object(failure), "past": None if summary.evidence.assumed else summary.is_past(failure)}
            for failure in summary.failures
        ],
        "warnings": [{"code": note.code, "message": note.message} for note in summary.notes],
        "reports": summary.reports,
        "trust": {trust.value: number for trust, number in summary.trust},
        "gaps": [{"first": str(gap.first), "last": str(gap.last), "days": gap.days} for gap in summary.gaps],
        "policies": [_era_object(era) for era in summary.policies],
        "untrusted": {
            "reports": summary.untrusted.reports,
            **_counts(summary.untrusted.counts),
            "reporters": list(summary.untrusted.reporters),
            "failures": [_failure_object(failure) for failure in summary.untrusted.failures],
        },
    }
    if by:
        found["by"] = by
        found["rows"] = [dict(row) for row in TABLES[by](summary).rows]
    return found


def json_list(summaries: Iterable[Summary], by: str = "") -> Iterator[str]:
    """Lines of one JSON list, a domain a line, written as they come: valid as a whole and readable line by line."""
    start = "["
    for summary in summaries:
        yield start + dumps(summary_object(summary, by))
        start = ","
    yield "[]" if start == "[" else "]"


def text_of_one(summary: Summary) -> Iterator[str]:
    """All that the reports say about one domain, for a terminal."""
    window = summary.window
    yield f"{terminal(with_u_labels(summary.domain))}   {window.since} to {window.until}   {_open(summary)}".rstrip()
    yield ""
    yield from _sessions_text(summary.counts)
    yield ""
    yield f"  reporters  {_reporters_text(summary)}"
    yield f"  days       {_days_text(summary)}"
    for number, era in enumerate(summary.policies):
        yield f"  {'policies' if not number else '':<9}  {_era_text(era)}"
    now_first = sorted(summary.failures, key=summary.is_past)
    yield from _failures_text("failures, as the reports name them (they may overlap)", now_first, summary)
    yield from _untrusted_text(summary)
    if summary.notes:
        yield ""
        yield "  warnings"
        for note in summary.notes:
            yield f"    {terminal(shorten(note.message, 300))} [{note.code}]"


def policy_label(policy: PolicyText, age: Callable[[int], str] = span) -> str:
    """A policy in a few words, its max_age spelled by `age`; contains foreign text."""
    if not policy.given:
        return "policy not given"
    mx = few(policy.mx, 4, " ")
    parts = [
        policy.mode or "no mode",
        mx or "no mx",
        "" if policy.max_age is None else f"max_age {age(policy.max_age)}",
    ]
    return ", ".join(part for part in parts if part)


def _counts(counts: Counts) -> dict[str, object]:
    def two(sessions: Sessions) -> dict[str, int]:
        return {"successes": sessions.successes, "failures": sessions.failures}

    found: dict[str, object] = {
        "sts": two(counts.sts),
        "tlsa": two(counts.tlsa),
        "no_policy": two(counts.no_policy),
    }
    if counts.other.total:
        found["other"] = two(counts.other)
    return found


def _failure_object(failure: Failure) -> dict[str, object]:
    cause = failure.cause
    return {
        "result_type": failure.result_type or None,
        "mx": failure.mx or None,
        "policy_type": failure.policy_type,
        "failed_sessions": failure.failed_sessions,
        "reports": failure.reports,
        "reporters": list(failure.reporters),
        "first": str(failure.days[0]),
        "last": str(failure.days[-1]),
        "days": len(failure.days),
        "code": cause.code,
        "title": cause.title,
        "cause": cause.cause,
        "fix": cause.fix,
        "owner": failure.owner.value,
        "gate": cause.effect.value,
        "section": cause.section,
        "policies": [policy_label(policy, str) for policy in failure.policies],  # for programs: in seconds
        "reasons": list(failure.reasons),
        "receiving_ips": list(failure.receiving_ips),
    }


def _era_object(era: Era) -> dict[str, object]:
    sts = era.line.counts.sts
    return {
        "id": era.publication.id if era.publication else None,
        "mode": era.policy.mode or None,
        "mx": list(era.policy.mx),
        "max_age": era.policy.max_age,
        "first": str(era.line.first),
        "last": str(era.line.last),
        "reports": era.line.reports,
        "sts": {"successes": sts.successes, "failures": sts.failures},
    }


def _open(summary: Summary) -> str:
    window = summary.window
    return f"({window.open_from} and later: reports still to come)" if window.is_open(window.until) else ""


def _sessions_text(counts: Counts) -> Iterator[str]:
    lines = (
        ("sts", counts.sts, "MTA-STS was applied"),
        ("tlsa", counts.tlsa, "DANE was applied; these may be sessions counted under sts as well"),
        ("no policy", counts.no_policy, "TLS without any validation: proves nothing"),
        ("other", counts.other, "policy types unknown to RFC 8460"),
    )
    for name, sessions, meaning in lines:
        if sessions.total or name == "sts":
            ok, failed = grouped(sessions.successes), grouped(sessions.failures)
            yield f"  {name:<9}  {ok:>12} ok  {failed:>9} failed   {meaning}"


def _reporters_text(summary: Summary) -> str:
    if not summary.reporters:
        return "none"
    shown = [
        f"{terminal(shorten(_named(summary, line.key), 60))} ({grouped(line.counts.sts.total)})"
        for line in summary.reporters[:6]
    ]
    more = len(summary.reporters) - len(shown)
    return f"{len(summary.reporters)}: {', '.join(shown)}" + (f" and {more} more" if more else "")


def _named(summary: Summary, reporter: str) -> str:
    """What a reporter calls itself; of a stranger the domain, since anybody can write any name."""
    repute = summary.repute_of(reporter)
    return f"{summary.name_of(reporter) if repute.vouched else reporter}, {repute.value}"


def _days_text(summary: Summary) -> str:
    closed = summary.window.closed_days
    known = sum(1 for day in summary.covered if not summary.window.is_open(day))
    text = f"{known} of {closed} closed days with sts sessions"
    if not summary.gaps or not known:
        return text
    spans = [
        str(gap.first) if gap.first == gap.last else f"{gap.first} to {gap.last} ({gap.days})" for gap in summary.gaps
    ]
    more = f" and {len(spans) - 4} more" if len(spans) > 4 else ""
    return f"{text}; missing {', '.join(spans[:4])}{more}"


def _era_text(era: Era) -> str:
    sts = era.line.counts.sts
    label = terminal(shorten(policy_label(era.policy), 80))
    name = f"id {terminal(shorten(era.publication.id, 40))}: " if era.publication else ""
    numbers = f"{grouped(sts.successes)} ok, {grouped(sts.failures)} failed"
    return f"{name}{label}   {era.line.first} to {era.line.last}: {numbers}"


def _failures_text(title: str, failures: Sequence[Failure], summary: Summary) -> Iterator[str]:
    if not failures:
        return
    yield ""
    yield f"  {title}"
    for failure in failures:
        what = terminal(shorten(failure.result_type, _TEXT_LIMIT)) or "(not named)"
        where = f" at {terminal(shorten(with_u_labels(failure.mx), _TEXT_LIMIT))}" if failure.mx else ""
        under = "" if failure.policy_type == "sts" else f", under {terminal(shorten(failure.policy_type, 20))}"
        whose = "past" if summary.is_past(failure) else failure.owner.value
        yield f"    {whose:<6}  {what}{where}{under}: {failure.cause.title}"
        yield f"            {_extent(failure)}"
        if failure.reasons:
            yield f"            said: {'; '.join(terminal(shorten(reason, _TEXT_LIMIT)) for reason in failure.reasons)}"
        yield f"            cause: {failure.cause.cause}"
        yield f"            fix: {terminal(failure.fix)}"


def _extent(failure: Failure) -> str:
    first, last = failure.days[0], failure.days[-1]
    when = str(first) if first == last else f"{first} to {last}, on {len(failure.days)} days"
    sessions = counted(failure.failed_sessions, "session")
    reporters = ", ".join(terminal(shorten(name, 40)) for name in failure.reporters[:4])
    return f"{sessions}, {when}, seen by {reporters}"


def _untrusted_text(summary: Summary) -> Iterator[str]:
    untrusted = summary.untrusted
    if not untrusted.reports:
        return
    yield ""
    reports = counted(untrusted.reports, "report")
    yield f"  not counted: {reports} that nobody vouches for (posted, or mailed without a valid signature)"
    for line in _sessions_text(untrusted.counts):
        yield f"  {line}"
    yield from _failures_text("to look at, as such reports name them", untrusted.failures, summary)
