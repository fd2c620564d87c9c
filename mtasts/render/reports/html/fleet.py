"""The page of all mail domains: what needs attention first, at most a thousand lines a page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from mtasts.render.escape import shorten
from mtasts.render.reports.html.element import Child, Markup, join, tag
from mtasts.render.reports.html.page import DOMAIN_FOLDER, file_name, page
from mtasts.render.reports.html.parts import number, section, span_of, table, tiles
from mtasts.render.reports.html.timeline import bars_of, spark
from mtasts.render.reports.rows import grouped
from mtasts.reports.summary import Summary
from mtasts.reports.window import Window
from mtasts.verdict.minima import Minima, Need, lacking, needs
from mtasts.words.names import with_u_labels

# A browser on a phone still scrolls this smoothly; measured in docs/decisions/evidence-pages.md.
LINES_A_PAGE = 1000


class State(Enum):
    """Where a domain stands by its reports: (order, word, meaning), the ones to act on first."""

    FAILING = (0, "failing", "Counted reports have failures.")
    SILENT = (1, "silent", "Reports came and have stopped, or nothing that counts ever came.")
    GATHERING = (2, "gathering", "No failure, and not enough evidence yet.")
    ENOUGH = (3, "enough", "No failure, and all minima are met.")

    @property
    def word(self) -> str:
        """What a person reads."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the fleet page keeps of a domain, so that ten thousand summaries need not be held at once."""

    domain: str
    state: State
    lacks: str
    passed: int
    failed: int
    reporters: int
    days: int
    last: str
    spark: Markup


def overview(summary: Summary, minima: Minima) -> Overview:
    """The line of one domain."""
    found = needs(summary.evidence, minima, summary.window.today)
    missing = lacking(found)
    names = {need.name for need in missing}
    if "failures" in names:
        state = State.FAILING
    elif "recency" in names:
        state = State.SILENT
    else:
        state = State.GATHERING if missing else State.ENOUGH
    sts = summary.counts.sts
    return Overview(
        domain=summary.domain,
        state=state,
        lacks=_lacks(summary, state, missing),
        passed=sts.successes,
        failed=sts.failures,
        reporters=sum(1 for line in summary.reporters if line.counts.sts.total),
        days=len(summary.covered),
        last=str(summary.covered[-1]) if summary.covered else "",
        spark=spark(bars_of(summary)),
    )


def fleet_pages(lines: Sequence[Overview], window: Window, minima: Minima, made: datetime) -> Iterator[tuple[str, str]]:
    """(file name, document) of each page: `index.html`, `fleet-2.html`, ... Sorted by state, then by name."""
    ordered = sorted(lines, key=lambda line: (line.state.value[0], line.domain))
    pages = [ordered[at : at + LINES_A_PAGE] for at in range(0, len(ordered), LINES_A_PAGE)] or [[]]
    for index, part in enumerate(pages):
        name = _page_name(index)
        yield name, _page(part, ordered, index, len(pages), window, minima, made)


def _page(
    part: Sequence[Overview],
    all_lines: Sequence[Overview],
    index: int,
    pages: int,
    window: Window,
    minima: Minima,
    made: datetime,
) -> str:
    states = Counter(line.state for line in all_lines)
    top = join(
        tag("h1", "TLS reports of all mail domains"),
        tag("p", span_of(window.since, window.until), " (UTC days)", class_="sub"),
    )
    body = join(
        tiles(
            [
                (grouped(len(all_lines)), "mail domains", ""),
                *((grouped(states[s]), s.word, "bad" if s is State.FAILING and states[s] else "") for s in State),
            ]
        ),
        _turn(index, pages),
        [_group(state, [line for line in part if line.state is state]) for state in State],
        None if all_lines else section("Nothing yet", tag("p", "There are no reports in the store.")),
        _turn(index, pages),
    )
    title = "TLS reports" if not index else f"TLS reports, page {index + 1}"
    return page(title, top, body, _foot(minima), made)


def _group(state: State, lines: Sequence[Overview]) -> Markup | None:
    if not lines:
        return None
    columns = (
        ("Mail domain", ""),
        ("Passed", "n"),
        ("Failed", "n"),
        ("Reporters", "n"),
        ("Days", "n"),
        ("Last day", "when"),
        ("By day", "sparkcell"),
    )
    return section(
        f"{state.word[:1].upper()}{state.word[1:]}",
        table(state.value[2], columns, [_line(line) for line in lines], "fleet"),
        class_="long",
    )


def _line(line: Overview) -> tuple[Child, ...]:
    return (
        join(
            tag("a", shorten(with_u_labels(line.domain), 100), href=f"{DOMAIN_FOLDER}/{file_name(line.domain)}"),
            tag("div", line.lacks, class_="lacks") if line.lacks else None,
        ),
        number(line.passed),
        number(line.failed, bad=True),
        number(line.reporters),
        number(line.days),
        line.last,
        line.spark,
    )


def _turn(index: int, pages: int) -> Markup | None:
    if pages < 2:
        return None
    links: list[Child] = []
    for other in range(pages):
        words = f"Page {other + 1}"
        links.append(
            tag("b", words, aria_current="page") if other == index else tag("a", words, href=_page_name(other))
        )
    return tag("nav", links, class_="jump", aria_label="Pages")


def _page_name(index: int) -> str:
    return "index.html" if not index else f"fleet-{index + 1}.html"


def _lacks(summary: Summary, state: State, missing: Sequence[Need]) -> str:
    """The failure that blocks; else all that is missing, what takes longest first."""
    if state is State.FAILING:
        worst = next((f for f in summary.failures if f.policy_type == "sts" and not summary.is_past(f)), None)
        if worst is not None:
            where = f" at {shorten(worst.mx, 60)}" if worst.mx else ""
            return f"{shorten(worst.result_type, 40) or 'failures'}{where}"
    if state is State.SILENT and not summary.covered:
        return "no report that counts"
    # Silence is not over by waiting; of the others the one of which least is there takes longest.
    ordered = sorted(missing, key=lambda need: (need.name != "recency", need.have / need.want if need.want else 0))
    return "; ".join(need.lack for need in ordered)


def _foot(minima: Minima) -> Markup:
    return join(
        tag(
            "p",
            f"Enough means: no failure in counted reports, {minima.days} days, {minima.reporters} reporters and "
            f"{minima.sessions} sessions under the policy now published, the last of them at most {minima.age_days} "
            "days ago. It is the reports' part only; the gate also probes every MX. Silence is never success.",
        ),
        tag(
            "p",
            "Passed and failed are sessions to which MTA-STS was applied; DANE and no policy are not in them.",
        ),
    )
