"""Rows of cells that never cut or split a name: what does not fit beside the others goes on lines of its own.

rich's own tables shrink each column to what is left and break words there, so an id or a host name comes out in
pieces. Here a line is broken at blanks only.
"""

import re
from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

_HANGING = 4  # columns by which a cell is set in that is put beneath its row
_ROOM = 24  # a cell that gets fewer columns and does not fit in them is easier to read beneath its row


class Rows:
    """Cells one under the other; the last cell of a row takes the room that is left, or lines beneath it."""

    def __init__(self, *, gap: int = 1, right: Sequence[int] = (), styles: Sequence[str] = ()) -> None:
        self._gap = gap
        self._right = frozenset(right)  # the columns that are set flush right
        self._styles = styles
        self._rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        """A row; a str is plain text, without markup."""
        styles = [*self._styles, *[""] * len(cells)]
        self._rows.append(
            [Text(cell, style) if isinstance(cell, str) else cell for cell, style in zip(cells, styles, strict=False)]
        )

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = sum(self._widths()) + max((row[-1].cell_len for row in self._rows), default=0)
        return Measurement(1, max(1, min(options.max_width, widest)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths()
        for row in self._rows:
            yield from self._row(row, widths, options.max_width)

    def _widths(self) -> list[int]:
        """Of all columns but the last, with the gap. A cell with nothing but a last one after it may be wider."""
        columns = max((len(row) for row in self._rows), default=1) - 1
        widths = [0] * columns
        for row in self._rows:
            for number in range(columns):
                following = row[number + 1 : columns]
                if not following or any(cell.plain for cell in following):
                    widths[number] = max(widths[number], row[number].cell_len + self._gap)
        return widths

    def _row(self, row: Sequence[Text], widths: Sequence[int], width: int) -> Iterator[Text]:
        *before, last = row
        lead = Text()
        for number, cell in enumerate(before):
            if cell.plain:
                begin = sum(widths[:number]) + (widths[number] - self._gap - cell.cell_len) * (number in self._right)
                lead = Text.assemble(_to(lead, begin), cell, " " * self._gap)
        lead = _to(lead, sum(widths))
        left = width - lead.cell_len
        if last.cell_len > left and left < max(_ROOM, _longest_word(last)):
            yield _line(lead)
            yield from _beneath(last, _HANGING, width)
            return
        first, *rest = _broken(last, left)
        yield _line(lead, first)
        for line in rest:
            yield _line(Text(" " * lead.cell_len), line)


class Titled:
    """A table with a line of titles as long as it fits; else each row is a block, a line for each cell.

    `least`: columns that the last cell should have, below which the blocks are easier to read.
    """

    def __init__(
        self, *titles: str, gap: int = 2, least: int = 0, right: Sequence[int] = (), style: str = "bold"
    ) -> None:
        self._right = frozenset(right)  # the columns that are set flush right
        self._titles = [Text(title, style) for title in titles]
        self._gap = gap
        self._least = least
        self._rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        """A row; a str is plain text, without markup."""
        self._rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = sum(self._natural()) + self._gap * (len(self._titles) - 1)
        return Measurement(1, max(1, min(options.max_width, widest)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._fitting(options.max_width)
        for row in [self._titles, *self._rows] if widths else ():
            yield from self._folded(row, widths)
        for row in self._rows if not widths else ():
            yield from self._block(row, options.max_width)

    def _natural(self) -> list[int]:
        return [max(cell.cell_len for cell in column) for column in zip(self._titles, *self._rows, strict=True)]

    def _fitting(self, width: int) -> list[int]:
        """The columns' widths, each at least its longest word; [] when not all fit."""
        widths = self._natural()
        least = [max(map(_longest_word, column)) for column in zip(self._titles, *self._rows, strict=True)]
        least[-1] = max(least[-1], min(self._least, widths[-1]))
        excess = sum(widths) + self._gap * (len(widths) - 1) - width
        # The widest gives first, so that a sentence is folded before a date is.
        for number in sorted(range(len(widths)), key=widths.__getitem__, reverse=True):
            given = max(0, min(excess, widths[number] - least[number]))
            widths[number] -= given
            excess -= given
        return widths if excess <= 0 else []

    def _folded(self, row: Sequence[Text], widths: Sequence[int]) -> Iterator[Text]:
        cells = [_broken(cell, width) for cell, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, cells))):
            parts = []
            for column, (lines, width) in enumerate(zip(cells, widths, strict=True)):
                line = lines[number] if number < len(lines) else Text()
                blanks = Text(" " * (width - line.cell_len))
                parts += [blanks, line] if column in self._right else [line, blanks]
                parts.append(Text(" " * self._gap))
            yield _line(*parts)

    def _block(self, row: Sequence[Text], width: int) -> Iterator[Text]:
        yield _line(row[0])
        widest = max(title.cell_len for title in self._titles[1:])
        for title, cell in zip(self._titles[1:], row[1:], strict=True):
            if _longest_word(cell) > width - widest - _HANGING:
                yield _line(Text("  "), title)
                yield from _beneath(cell, _HANGING, width)
                continue
            for number, line in enumerate(_broken(cell, width - widest - _HANGING)):
                lead = Text("" if number else title.plain, title.style)
                yield _line(Text("  "), lead, Text(" " * (widest - lead.cell_len + 2)), line)


class Indented:
    """Set in by so many columns, which rich's Padding does, too; but that cuts what is longer than the terminal."""

    def __init__(self, shown: RenderableType, by: int = 2) -> None:
        self._shown = shown
        self._by = by

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(max_width=max(1, options.max_width - self._by))
        for line in Segment.split_lines(console.render(self._shown, inner)):
            yield from (Segment(" " * self._by), *line, Segment.line())


def _beneath(text: Text, by: int, width: int) -> Iterator[Text]:
    for line in _broken(text, width - by):
        yield _line(Text(" " * max(0, min(by, width - line.cell_len))), line)


def _broken(text: Text, width: int) -> list[Text]:
    """The text in lines of a width, broken at blanks; a longer word stays whole."""
    breaks, begin = [], 0
    for word in re.finditer(r"\S+", text.plain):
        if word.start() > begin and Text(text.plain[begin : word.end()]).cell_len > width:
            begin = word.start()
            breaks.append(begin)
    lines = list(text.divide(breaks))
    for line in lines:
        line.rstrip()
    return lines


def _to(text: Text, width: int) -> Text:
    return Text.assemble(text, " " * (width - text.cell_len))


def _line(*parts: Text) -> Text:
    """One line without blanks at its end, which nothing further breaks."""
    line = Text.assemble(*parts, no_wrap=True, overflow="ignore")
    line.rstrip()
    return line


def _longest_word(text: Text) -> int:
    return max((Text(word).cell_len for word in text.plain.split()), default=0)
