"""The verdict `ready` for people: one domain with every criterion, or one line a domain.

Readable without colour. What came from reports, DNS or servers is escaped and shortened here.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from rich.cells import set_cell_size
from rich.console import Group, RenderableType
from rich.text import Text

from mtasts.protocol.mta_sts import Mode
from mtasts.render.escape import shorten, terminal
from mtasts.render.table import Indented, Rows, Titled
from mtasts.verdict.criterion import Criterion, ReadyState
from mtasts.verdict.ready import Verdict
from mtasts.words.counted import few, number
from mtasts.words.moments import at, not_before
from mtasts.words.names import with_u_labels

_SIGNS = {
    ReadyState.READY: ("✓", "green", "bold green"),
    ReadyState.LOOK: ("!", "yellow", "bold yellow"),
    ReadyState.NOT_READY: ("✗", "bold red", "bold red"),
    ReadyState.NOT_ENOUGH: ("?", "yellow", "bold yellow"),
}
_STATE_WIDTH = max(len(state.value) for state in ReadyState)
_MISSING_LIMIT = 240
_LINE_LIMIT = 400


def rehearsal(verdict_time: datetime) -> Text:
    """The line above everything that is judged as of another time."""
    return Text(f"a rehearsal as of {at(verdict_time)}: what is seen now stands for what would be seen then", "bold")


def full(verdict: Verdict) -> RenderableType:
    """One domain: the verdict, each criterion, what is behind those in the way, what to know, what it rests on."""
    parts: list[RenderableType] = [headline(verdict), Text(), Indented(_criteria(verdict.criteria)), Text()]
    details = [(criterion.code, line) for criterion in verdict.in_the_way for line in criterion.detail]
    if details:
        parts.append(_section("In the way", _details(details)))
    if verdict.to_look:
        looks = [
            (criterion.code, line) for criterion in verdict.to_look for line in (*criterion.detail, criterion.remedy)
        ]
        parts.append(_section("To look at", _details(looks)))
    if verdict.notes:
        parts.append(_section("To know", _list(verdict.notes)))
    parts.append(_section("Rests on", _list(evidence_lines(verdict))))
    return Group(*parts)


def headline(verdict: Verdict) -> Text:
    """Mark, domain, state, for which step, and when it will be met or until when it holds."""
    sign, style, strong = _SIGNS[verdict.state]
    line = Text()
    line.append(f"{sign} ", style)
    line.append(terminal(with_u_labels(verdict.domain)), "bold")
    line.append("  ")
    line.append(verdict.state.value, strong)
    line.append(f" for {'a longer max_age' if verdict.mode is Mode.ENFORCE else 'enforce'}")
    if verdict.ready:
        line.append(f"  until {at(verdict.expires_at)}", "dim")
    elif verdict.earliest is not None:
        line.append(f"  earliest {_when(verdict.earliest)}", "dim")
    return line


def heading(widest: int) -> Text:
    """What the columns of `compact` are; `when` is until when it holds, or when it will be met at the earliest."""
    return Text(f"  {'domain':<{widest}}  {'state':<{_STATE_WIDTH}}  {'when':<10}  in the way", "dim italic")


def compact(verdict: Verdict, widest: int, width: int) -> Text:
    """One line: mark, domain (padded to `widest`), state, when, and as much of the first reason as `width` has room."""
    sign, style, strong = _SIGNS[verdict.state]
    line = Text(no_wrap=True, overflow="ignore")
    line.append(f"{sign} ", style)
    line.append(set_cell_size(terminal(with_u_labels(verdict.domain)), widest + 2), "bold")
    line.append(f"{verdict.state.value:<{_STATE_WIDTH}}  ", strong)
    moment = verdict.expires_at if verdict.ready else verdict.earliest
    line.append(f"{'-' if moment is None else f'{moment.astimezone(UTC):%Y-%m-%d}':<10}  ", "dim")
    reasons = verdict.reasons or tuple(f"{criterion.code}: {criterion.missing}" for criterion in verdict.to_look)
    more = f" (+{len(reasons) - 1})" if len(reasons) > 1 else ""
    line.append(
        _as_fits(shorten(terminal(reasons[0]), _LINE_LIMIT), width - line.cell_len - len(more)) + more
        if reasons
        else ""
    )
    line.rstrip()
    return line


def _as_fits(reason: str, room: int) -> str:
    """The words that fit, none cut: half a name would be another one."""
    return reason if len(reason) <= room else f"{reason[: max(0, room)].rpartition(' ')[0]}…"


def counts(numbers: dict[ReadyState, int], seconds: float) -> Text:
    """The last line of a run over several domains."""
    seen = [state for state in ReadyState if state is not ReadyState.LOOK or numbers.get(state)]
    told = ", ".join(f"{numbers.get(state, 0)} {state.value}" for state in seen)
    return Text(f"{number(sum(numbers.values()), 'domain')} in {seconds:.1f} s: {told}", "bold")


def evidence_lines(verdict: Verdict) -> tuple[str, ...]:
    """What the verdict rests on, a line each; holds foreign text."""
    found = verdict.evidence
    reports = "no report that counts"
    if found.first is not None:
        who = few(found.reporters, 6)
        reports = (
            f"{_count(len(found.report_keys), 'report')} about {found.first} to {found.last}, "
            f"{_count(found.successes, 'good session')} and {found.failures} failed, by {who}"
        )
    elif found.report_keys:
        reports = f"{_count(len(found.report_keys), 'report')} without a good session"
    begin = verdict.window.begin
    lines = [reports]
    days = verdict.window.days
    lines.append(f"days {days.since} to {days.until}" + (f", nothing from before {at(begin)}" if begin else ""))
    lines.append(f"publication {found.publication}" if found.publication else "no publication that is known")
    if found.looked_at is None or found.probed_at is None:
        lines.append("nobody looked at the domain")
    else:
        by = f" by {found.probed_by}" if found.probed_by else ""
        lines.append(f"DNS and policy host seen {at(found.looked_at)}, MX hosts probed {at(found.probed_at)}{by}")
    lines.append(f"judged {at(verdict.made_at)}, expires {at(verdict.expires_at)}")
    return tuple(lines)


def _criteria(criteria: Iterable[Criterion]) -> Titled:
    table = Titled("  criterion", "have", "need", "missing", "when", gap=1, style="dim italic")
    for criterion in criteria:
        table.add_row(
            Text.assemble(_sign(criterion), " ", criterion.code),
            _have(criterion),
            _need(criterion),
            _missing(criterion),
            _when(criterion.when) if criterion.when and not criterion.met else "",
        )
    return table


def _sign(criterion: Criterion) -> Text:
    if criterion.met:
        return Text("✓", "green")
    if criterion.accepted:
        return Text("~", "yellow")
    if criterion.look:
        return Text("!", "yellow")
    return Text("✗", "bold red") if criterion.blocks else Text("?", "yellow")


def _have(criterion: Criterion) -> str:
    if criterion.code == "last-day" and isinstance(criterion.have, int):
        return f"{_count(criterion.have, 'day')} ago"
    return _cell(criterion.have)


def _need(criterion: Criterion) -> str:
    if criterion.code == "last-day" and isinstance(criterion.need, int):
        return f"at most {_count(criterion.need, 'day')}"
    return _cell(criterion.need)


def _missing(criterion: Criterion) -> str:
    text = shorten(terminal(criterion.missing), _MISSING_LIMIT)
    return f"{text} (accepted: {shorten(terminal(criterion.accepted), 80)})" if criterion.accepted else text


def _cell(value: int | str) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else shorten(terminal(value), 60)


def _when(moment: datetime | date | None) -> str:
    if not isinstance(moment, datetime):
        return str(moment or "")
    text = not_before(moment)
    return text[:10] if text.endswith(" 00:00 UTC") else text


def _details(details: Iterable[tuple[str, str]]) -> Rows:
    table = Rows(styles=("cyan",))
    before = ""
    for code, line in details:
        table.add_row("" if code == before else code, Text(shorten(terminal(line), _LINE_LIMIT)))
        before = code
    return table


def _list(lines: Iterable[str]) -> Rows:
    table = Rows()
    for line in lines:
        table.add_row("-", Text(shorten(terminal(line), _LINE_LIMIT)))
    return table


def _section(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(title, "bold underline"), Indented(body), Text())


def _count(number: int, one: str) -> str:
    return f"{_cell(number)} {one if number == 1 else one + 's'}"
