"""The page of one mail domain."""

from collections.abc import Iterator
from datetime import datetime

from mtasts.history.eras import PolicyText
from mtasts.render.escape import shorten
from mtasts.render.reports.html.element import Child, Markup, join, tag
from mtasts.render.reports.html.failure_table import failure_table
from mtasts.render.reports.html.page import page
from mtasts.render.reports.html.parts import needs_list, number, section, span_of, table, tiles
from mtasts.render.reports.html.timeline import flags_of, timeline
from mtasts.render.reports.rows import counted, grouped
from mtasts.reports.summary import Era, Summary
from mtasts.reports.tally import Counts, Sessions
from mtasts.verdict.minima import Minima, lacking, needs
from mtasts.words.counted import few
from mtasts.words.durations import span
from mtasts.words.moments import at
from mtasts.words.names import with_u_labels

_NOT_PROVEN = (
    "Only senders that validate MTA-STS and send reports are seen here. A backup MX may never have been tried: probe "
    "every MX and every address of it (mtasts probe) before you enforce. Reports that were posted or carry no valid "
    "signature are shown and never counted."
)


def domain_page(summary: Summary, minima: Minima, made: datetime) -> str:
    """The whole document. `made` (UTC) also says when "now" is for what is missing."""
    window = summary.window
    top = join(
        tag("p", tag("a", "All domains", href="../index.html"), class_="crumb"),
        tag("h1", with_u_labels(summary.domain)),
        tag("p", "TLS reports from ", span_of(window.since, window.until), " (UTC days)", class_="sub"),
    )
    body = join(
        _tiles(summary),
        _needs(summary, minima),
        _timeline(summary),
        _failures(summary),
        _warnings(summary),
        _policies(summary),
        _reporters(summary),
        _untrusted(summary),
        _days(summary),
    )
    return page(f"{shorten(with_u_labels(summary.domain), 80)} - TLS reports", top, body, tag("p", _NOT_PROVEN), made)


def _tiles(summary: Summary) -> Markup:
    sts = summary.counts.sts
    known = sum(1 for day in summary.covered if not summary.window.is_open(day))
    return tiles(
        [
            (grouped(sts.successes), "sessions passed", ""),
            (grouped(sts.failures), "sessions failed", "bad" if sts.failures else ""),
            (str(sum(1 for r in summary.reporters if r.counts.sts.total)), "reporters", ""),
            (f"{known} / {summary.window.closed_days}", "closed days covered", ""),
        ]
    )


def _needs(summary: Summary, minima: Minima) -> Markup:
    found = needs(summary.evidence, minima, summary.window.today)
    missing = len(lacking(found))
    verdict = "All that reports can show is there."
    if missing:
        verdict = f"{missing} of {len(found)} {'is' if missing == 1 else 'are'} missing."
    evidence = summary.evidence
    basis: Child
    if evidence.policy is None:
        basis = "No reporter has shown a policy yet."
    elif evidence.assumed:
        basis = join(
            "Counted are signed reports under the newest policy that reporters show (",
            _policy(evidence.policy),
            "), because the list of publications was not given.",
        )
    else:
        basis = join("Counted are signed reports under the policy published now (", _policy(evidence.policy), ").")
    aside = [
        tag(
            "li",
            f"{grouped(count)} report entries{f' ({grouped(failed)} with failures)' if failed else ''}: {why.value}",
        )
        for why, count, failed in evidence.aside
    ]
    return section(
        "What is missing before enforce",
        tag("p", tag("b", verdict), " This is the reports' part only; the gate also probes every MX."),
        needs_list(found, minima),
        tag("p", basis, class_="note"),
        tag("details", tag("summary", "Not counted, and why"), tag("ul", aside)) if aside else None,
    )


def _timeline(summary: Summary) -> Markup:
    keys = [("ok", "passed"), ("fail", "failed"), ("gap", "no report"), ("open", "still open")]
    return section(
        "Timeline",
        tag("figure", timeline(summary)),
        tag(
            "ul",
            [
                tag("li", tag("svg", tag("rect", width=12, height=12, rx=2, class_=kind), width=12, height=12), words)
                for kind, words in keys
            ],
            class_="legend",
            aria_hidden="true",
        ),
        tag("ul", list(_publications(summary)), class_="pubs") if summary.publications else None,
        None
        if summary.publications
        else tag("p", "Publications are marked here when --publications names them.", class_="note"),
    )


def _publications(summary: Summary) -> Iterator[Markup]:
    marked = {flag.number for flag in flags_of(summary)}
    for index, publication in enumerate(summary.publications, 1):
        now = publication.until is None
        if index not in marked and not now and publication.until and publication.until.date() < summary.window.since:
            continue
        end = "now" if publication.until is None else at(publication.until)
        yield tag(
            "li",
            tag("span", f"P{index}", class_="flagbox"),
            f"{at(publication.since)} to {end}: ",
            _policy(publication.policy),
            ", id ",
            tag("code", shorten(publication.id, 40)),
        )


def _failures(summary: Summary) -> Markup:
    if not summary.failures:
        said = "No counted report has a failure."
        nothing = "No report that counts, so nothing is known: silence is not success."
        return section("Failures", tag("p", said if summary.reports else nothing))
    return section(
        "Failures",
        tag("p", "As the reports name them. One session may be named twice, so these do not add up.", class_="note"),
        failure_table(sorted(summary.failures, key=summary.is_past), summary),
        class_="long",
    )


def _warnings(summary: Summary) -> Markup | None:
    if not summary.notes:
        return None
    items = [tag("li", shorten(note.message, 400)) for note in summary.notes]
    return section("Warnings", tag("ul", items, class_="warnings"))


def _policies(summary: Summary) -> Markup | None:
    if not summary.policies:
        return None
    columns = (
        ("Policy that senders applied", ""),
        ("id", "id"),
        ("Passed", "n"),
        ("Failed", "n"),
        ("Days", "when"),
    )
    return section(
        "Policies", table("By what reporters say they applied.", columns, [_era(e) for e in summary.policies])
    )


def _era(era: Era) -> tuple[Child, ...]:
    sts = era.line.counts.sts
    return (
        _policy(era.policy),
        tag("code", shorten(era.publication.id, 40)) if era.publication else "",
        number(sts.successes),
        number(sts.failures, bad=True),
        span_of(era.line.first, era.line.last),
    )


def _reporters(summary: Summary) -> Markup | None:
    if not summary.reporters:
        return None
    columns = (
        ("Reporter", ""),
        ("Is", ""),
        ("Passed", "n"),
        ("Failed", "n"),
        ("DANE", "n"),
        ("No policy", "n"),
        ("Reports", "n"),
        ("Last day", "when"),
    )
    rows = [
        (
            join(shorten(summary.name_of(line.key), 80), " ", tag("span", shorten(line.key, 80), class_="sub mono")),
            summary.repute_of(line.key).value,
            number(line.counts.sts.successes),
            number(line.counts.sts.failures, bad=True),
            _pair(line.counts.tlsa),
            _pair(line.counts.no_policy),
            number(line.reports),
            str(line.last),
        )
        for line in summary.reporters
    ]
    caption = (
        "DANE (tlsa) may be the same sessions once more and is never added; no policy means TLS without validation, "
        "which proves nothing. Both as passed / failed. Known and trusted reporters count in full; "
        "all others together, handed over (local) or not, count a fifth at most."
    )
    return section("Reporters", table(caption, columns, rows, "reporters"))


def _pair(sessions: Sessions) -> Child:
    return f"{grouped(sessions.successes)} / {grouped(sessions.failures)}" if sessions.total else ""


def _untrusted(summary: Summary) -> Markup | None:
    untrusted = summary.untrusted
    if not untrusted.reports:
        return None
    names = few([shorten(name, 60) for name in untrusted.reporters], 8)
    return section(
        "Not counted",
        tag(
            "p",
            counted(untrusted.reports, "report"),
            " that nobody vouches for: posted, or mailed without a valid signature. A reason to look, not proof. "
            "They say they are from ",
            names,
            ", with ",
            _untrusted_counts(untrusted.counts),
            ".",
        ),
        failure_table(untrusted.failures, summary) if untrusted.failures else None,
        class_="untrusted long",
    )


def _untrusted_counts(counts: Counts) -> str:
    return f"{grouped(counts.sts.successes)} sessions passed and {grouped(counts.sts.failures)} failed"


def _days(summary: Summary) -> Markup:
    columns = (
        ("Day", "nowrap"),
        ("Passed", "n"),
        ("Failed", "n"),
        ("DANE", "n"),
        ("No policy", "n"),
        ("Reports", "n"),
        ("", ""),
    )
    lines = {line.key: line for line in summary.days}
    rows = []
    for day in summary.window.days():
        line = lines.get(day)
        counts = line.counts if line else Counts()
        state = "still open" if summary.window.is_open(day) else ("" if line else "no report")
        rows.append(
            (
                str(day),
                number(counts.sts.successes),
                number(counts.sts.failures, bad=True),
                _pair(counts.tlsa),
                _pair(counts.no_policy),
                number(line.reports if line else 0),
                state,
            )
        )
    return section(
        "Day by day",
        tag("details", tag("summary", f"{len(rows)} days as a table"), table("", columns, rows, "days")),
        class_="long",
    )


def _policy(policy: PolicyText) -> Markup:
    if not policy.given:
        return tag("span", "not shown by the reporter", class_="sub")
    mx = ", ".join(shorten(name, 80) for name in policy.mx[:6])
    more = f" and {len(policy.mx) - 6} more" if len(policy.mx) > 6 else ""
    age = "" if policy.max_age is None else f", max_age {span(policy.max_age)}"
    return join(tag("b", shorten(policy.mode, 20) or "no mode"), f", mx {mx or 'none'}{more}{age}")
