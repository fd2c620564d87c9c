"""The table of failures: what, where, how often, whose, why, and what to do."""

from collections.abc import Sequence

from mtasts.render.escape import shorten
from mtasts.render.reports.html.element import Child, Markup, join, tag
from mtasts.render.reports.html.parts import owner_chip, prose, span_of, table
from mtasts.render.reports.rows import counted
from mtasts.reports.failures import Failure
from mtasts.reports.summary import Summary
from mtasts.words.counted import few
from mtasts.words.names import with_u_labels

# Foreign text is cut to what helps to recognise it.
_TEXT_LIMIT = 120


def failure_table(failures: Sequence[Failure], summary: Summary) -> Markup:
    """The failures in the order given."""
    columns = (("What failed", ""), ("Where", ""), ("How often", ""), ("Why, and what to do", ""))
    return table("", columns, [_failure(f, past=summary.is_past(f)) for f in failures], "failures")


def _failure(failure: Failure, *, past: bool) -> tuple[Child, ...]:
    kind = shorten(failure.result_type, _TEXT_LIMIT) or "not named"
    first, last = failure.days[0], failure.days[-1]
    when = join(span_of(first, last), f", on {len(failure.days)} days" if first != last else None)
    sessions = counted(failure.failed_sessions, "session")
    reporters = few([shorten(name, 60) for name in failure.reporters], 5)
    return (
        join(tag("code", kind), tag("div", owner_chip(failure.owner, past=past))),
        join(
            tag("div", shorten(with_u_labels(failure.mx), _TEXT_LIMIT) or "MX not named"),
            [tag("div", shorten(ip, 60), class_="sub mono") for ip in failure.receiving_ips],
            None
            if failure.policy_type == "sts"
            else tag("div", f"under {shorten(failure.policy_type, 30)}", class_="sub"),
        ),
        join(
            tag("div", sessions),
            tag("div", when, class_="sub"),
            tag("div", "seen by ", reporters, class_="sub"),
            tag("div", "only under an earlier policy", class_="sub") if past else None,
        ),
        join(
            tag("div", tag("b", f"{failure.cause.title[:1].upper()}{failure.cause.title[1:]}.")),
            tag("div", prose(failure.cause.cause), class_="sub"),
            tag("div", tag("b", "Fix: "), prose(failure.fix), class_="fix"),
            [tag("div", "Reporter's words: ", tag("code", shorten(text, _TEXT_LIMIT))) for text in failure.reasons],
        ),
    )
