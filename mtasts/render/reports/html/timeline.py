"""The timeline of a domain as inline SVG: sessions above, failures below on their own scale, publications as flags.

Failures get a panel of their own because three among ten thousand would not be seen in a stacked bar. Places across are
per cents, so the picture fills a phone and a wide screen alike while its letters keep their size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mtasts.render.reports.html.element import Markup, join, tag
from mtasts.render.reports.rows import grouped
from mtasts.reports.summary import Summary
from mtasts.reports.tally import Sessions

_TOP = 30  # px; flags stand here
_HIGH = 150  # px; sessions
_BETWEEN = 26
_LOW = 56  # px; failures
_AXIS = 22
_HEIGHT = _TOP + _HIGH + _BETWEEN + _LOW + _AXIS

_BAR = 0.76  # of a day's width


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the picture."""

    day: date
    sessions: Sessions
    covered: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """One publication: its place across in per cent, its number, and whether it lies before the window."""

    at: float
    number: int


def bars_of(summary: Summary) -> tuple[Bar, ...]:
    """A bar for every day of the window, from trusted `sts` totals alone."""
    lines = {line.key: line.counts.sts for line in summary.days}
    covered = frozenset(summary.covered)
    window = summary.window
    return tuple(Bar(day, lines.get(day, Sessions()), day in covered, window.is_open(day)) for day in window.days())


def timeline(summary: Summary) -> Markup:
    """The picture; a table with the same numbers stands elsewhere on the page."""
    bars = bars_of(summary)
    most, worst = nice_top(max(b.sessions.successes for b in bars)), nice_top(max(b.sessions.failures for b in bars))
    title = f"Sessions and failures of {summary.domain} by day, {summary.window.since} to {summary.window.until}"
    return tag(
        "svg",
        tag("title", title, id="timeline-title"),
        tag("desc", _description(summary), id="timeline-desc"),
        _hatch(),
        list(_ground(bars)),
        list(_scales(most, worst)),
        list(_bars(bars, most, worst)),
        list(_labels(most, worst)),
        list(_flags(flags_of(summary))),
        list(_axis(bars)),
        role="img",
        aria_labelledby="timeline-title timeline-desc",
        width="100%",
        height=_HEIGHT,
    )


def flags_of(summary: Summary) -> tuple[Flag, ...]:
    """Where the publications of the window stand, by their number in the list of all; earlier ones have no place."""
    window = summary.window
    start = datetime.combine(window.since, time(), UTC)
    span = timedelta(days=len(list(window.days())))
    numbered = enumerate(summary.publications, 1)
    return tuple(
        Flag(100 * ((publication.since - start) / span), number)
        for number, publication in numbered
        if start <= publication.since < start + span
    )


def spark(bars: Sequence[Bar]) -> Markup:
    """A small picture of the days for a table: sessions up, failures down; two paths, so that a thousand are light."""
    most = max((b.sessions.successes for b in bars), default=0) or 1
    up: list[str] = []
    down: list[str] = []
    for index, bar in enumerate(bars):
        at = f"M{index * 4 + 2}"
        if bar.sessions.successes:
            up.append(f"{at} 15V{15 - max(1, round(14 * bar.sessions.successes / most))}")
        if bar.sessions.failures:
            down.append(f"{at} 16v6")
    return tag(
        "svg",
        tag("path", d="".join(up), class_="sok"),
        tag("path", d="".join(down), class_="sbad") if down else None,
        class_="spark",
        viewBox=f"0 0 {4 * len(bars)} 22",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def nice_top(most: int) -> int:
    """A round number at or above `most` with two even halves; at least 2."""
    step = 1
    while True:
        for factor in (2, 4, 6, 10):
            if factor * step >= most:
                return factor * step
        step *= 10


def _hatch() -> Markup:
    return tag(
        "defs",
        tag(
            "pattern",
            tag("path", d="M0 6L6 0M-1.5 1.5L1.5 -1.5M4.5 7.5L7.5 4.5", class_="hatch"),
            id="hatch",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
        ),
    )


def _ground(bars: Sequence[Bar]) -> Iterator[Markup]:
    """What lies under the bars: days still open, and days of which nobody spoke."""
    width = 100 / len(bars)
    for index, bar in enumerate(bars):
        if bar.open or not bar.covered:
            what = "open" if bar.open else "gap"
            words = "reports may still come" if bar.open else "no report"
            yield tag(
                "rect",
                tag("title", f"{bar.day}: {words}"),
                x=_per_cent(index * width),
                y=_TOP,
                width=_per_cent(width),
                height=_HIGH + _BETWEEN + _LOW,
                class_=what,
            )


def _steps(most: int, worst: int) -> Iterator[tuple[float, str]]:
    """Where the lines across stand, in px from the top, and what is written at them."""
    yield _TOP, f"{grouped(most)} passed"
    yield _TOP + _HIGH / 2, grouped(most // 2)
    yield _HEIGHT - _AXIS - _LOW, f"{grouped(worst)} failed"


def _scales(most: int, worst: int) -> Iterator[Markup]:
    for y, _ in _steps(most, worst):
        yield tag("line", x1="0", x2="100%", y1=y, y2=y, class_="grid")
    for bottom in (_TOP + _HIGH, _HEIGHT - _AXIS):
        yield tag("line", x1="0", x2="100%", y1=bottom, y2=bottom, class_="base")


def _labels(most: int, worst: int) -> Iterator[Markup]:
    """Over the bars, with a halo, so that a phone needs no margin for them."""
    for y, words in _steps(most, worst):
        yield tag("text", words, x="0", y=y - 5, class_="over")


def _bars(bars: Sequence[Bar], most: int, worst: int) -> Iterator[Markup]:
    width = 100 / len(bars)
    for index, bar in enumerate(bars):
        if not bar.sessions.total:
            continue
        x, wide = _per_cent((index + (1 - _BAR) / 2) * width), _per_cent(_BAR * width)
        shapes = [
            _rect(x, wide, _TOP + _HIGH, _HIGH * bar.sessions.successes / most, "ok"),
            _rect(x, wide, _HEIGHT - _AXIS, _LOW * bar.sessions.failures / worst, "fail"),
        ]
        words = f"{bar.day}: {grouped(bar.sessions.successes)} passed, {grouped(bar.sessions.failures)} failed"
        yield tag("g", tag("title", words + (" (still open)" if bar.open else "")), shapes)


def _rect(x: str, width: str, bottom: int, height: float, what: str) -> Markup:
    if not height:
        return join()
    tall = max(2.0, height)
    return tag("rect", x=x, y=bottom - tall, width=width, height=tall, rx=1.5, class_=what)


def _flags(flags: Sequence[Flag]) -> Iterator[Markup]:
    for flag in flags:
        x = _per_cent(flag.at)
        yield tag("line", x1=x, x2=x, y1=16, y2=_HEIGHT - _AXIS, class_="pub")
        # A nested svg moves its content by a per cent; there is no calc() in SVG attributes.
        yield tag(
            "svg",
            tag("rect", x=-13, y=0, width=26, height=17, rx=4, class_="flag"),
            tag("text", f"P{flag.number}", x=0, y=12.5, text_anchor="middle", class_="flagtext"),
            x=x,
            y=0,
            overflow="visible",
        )


def _axis(bars: Sequence[Bar]) -> Iterator[Markup]:
    width = 100 / len(bars)
    every = max(1, len(bars) // 6)
    for number, index in enumerate(range(0, len(bars), every)):
        middle = (index + 0.5) * width
        anchor = "start" if not index else ("end" if middle > 97 else "middle")
        x = _per_cent(0.0 if not index else (100.0 if middle > 97 else middle))
        day = bars[index].day
        # A phone has room for every second one.
        yield tag(
            "text",
            f"{day:%b} {day.day}",
            x=x,
            y=_HEIGHT - 5,
            text_anchor=anchor,
            class_="wide" if number % 2 else None,
        )


def _description(summary: Summary) -> str:
    sts = summary.counts.sts
    worst = max(summary.days, key=lambda line: line.counts.sts.failures, default=None)
    parts = [
        f"{grouped(sts.successes)} sessions passed and {grouped(sts.failures)} failed on {len(summary.covered)} days."
    ]
    if worst is not None and worst.counts.sts.failures:
        parts.append(f"Most failures on {worst.key}: {grouped(worst.counts.sts.failures)}.")
    if summary.gaps:
        parts.append(f"{sum(gap.days for gap in summary.gaps)} days without any report.")
    marked = flags_of(summary)
    if marked:
        names = ", ".join(f"P{flag.number}" for flag in marked)
        parts.append(f"Publications of the policy are marked {names} and listed below the picture.")
    return " ".join(parts)


def _per_cent(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") + "%"
