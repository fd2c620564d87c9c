"""Tables and lines at 80, 100, 120 columns and in a pipe: no name is cut or split, and in a pipe a row is a line."""

import pytest
from rich.console import Group
from rich.text import Text

from mtasts.render.fold import UNLIMITED, folded
from mtasts.render.table import Indented, Rows, Titled
from tests.render.drawn import drawn

WIDTHS = [80, 100, 120, UNLIMITED]
DOMAIN = "nordwind-shop.customers.example"
IDS = ("20261127155434accaeeb757347fe9", "20261127155656fa3d3c2a1b0f9e8d")
STEPS = f"id replaced, policy file updated, TXT _mta-sts.{DOMAIN} updated"


def change() -> Titled:
    """A flip, as `up` shows it."""
    table = Titled("mail domain", "mode", "id", "in this order", least=28)
    table.add_row(DOMAIN, "testing -> enforce", " -> ".join(IDS), STEPS)
    return table


def hosts() -> Rows:
    """MX hosts and what they said, as `verify` shows them."""
    rows = Rows(right=(3,))
    rows.add_row("", "host, address", "TLS", "valid", "policy, greeting")
    rows.add_row(Text("✓"), f"mx1.{DOMAIN} (10)", "", "", f"covered by *.{DOMAIN}")
    rows.add_row("✓", "  2001:db8:1234:5678:9abc:def0:1234:5678", "TLS 1.3", "90 d", f"220 mx1.{DOMAIN} ESMTP ready")
    rows.add_row("✗", "  192.0.2.25", "", "", "")
    return rows


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("made", [change, hosts])
def test_no_word_is_split_and_no_line_is_too_long(made, width: int) -> None:
    """Every word of the cells comes out whole; a line is wider only where one word is."""
    lines = drawn(Group(Indented(made())), width)

    words = " ".join(lines).split()
    in_a_pipe = [word for line in drawn(made())[1:] for word in line.split()]
    assert [word for word in in_a_pipe if words.count(word) < in_a_pipe.count(word)] == []
    assert [line for line in lines if len(line) > width and len(line.split()) > 1] == []


def test_a_row_is_a_line_in_a_pipe() -> None:
    """A heading, then a line for each row, without blanks at its end."""
    assert drawn(change()) == [
        "mail domain" + " " * 22 + "mode                id" + " " * 64 + "in this order",
        f"{DOMAIN}  testing -> enforce  {IDS[0]} -> {IDS[1]}  {STEPS}",
    ]
    assert len(drawn(hosts())) == 4


def test_a_table_that_does_not_fit_is_a_block_a_row() -> None:
    """The name, then each cell behind its title."""
    assert drawn(change(), 80) == [
        DOMAIN,
        "  mode           testing -> enforce",
        f"  id             {IDS[0]} ->",
        f"                 {IDS[1]}",
        "  in this order  id replaced, policy file updated, TXT",
        f"                 _mta-sts.{DOMAIN} updated",
    ]


def test_a_long_name_does_not_push_the_others() -> None:
    """What has nothing beside it may be longer than its column; what does not fit at all goes beneath."""
    assert drawn(hosts(), 80) == [
        "  host, address                            TLS     valid policy, greeting",
        f"✓ mx1.{DOMAIN} (10)",
        f"    covered by *.{DOMAIN}",
        "✓   2001:db8:1234:5678:9abc:def0:1234:5678 TLS 1.3  90 d",
        f"    220 mx1.{DOMAIN} ESMTP ready",
        "✗   192.0.2.25",
    ]


def test_numbers_are_flush_right() -> None:
    """Under a title that is wider, and over one that is narrower."""
    table = Titled("domain", "ok", "reporters", right=(1, 2), style="")
    table.add_row("a.example", "1 204", "3")

    assert drawn(table) == ["domain        ok  reporters", "a.example  1 204          3"]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("short", ["short"]),
        ("mail     one two three four five six", ["mail     one two three", "         four five six"]),
        ("  fix: one two three four five six", ["  fix: one two three four", "    five six"]),
        ("w" * 40, ["w" * 40]),
        ("one " + "w-" * 20 + "w two", ["one", "w-" * 20 + "w", "  two"]),
    ],
)
def test_folded(line: str, lines: list[str]) -> None:
    """At blanks alone, the rest behind the label or set in."""
    assert folded(line, 26) == lines
    assert folded(line, UNLIMITED) == [line]


def test_a_cell_that_does_not_fit_beside_its_title_stands_beneath_it() -> None:
    """On a narrow terminal: a name of nearly its width, which the terminal would break."""
    table = Titled("mail domain", "mode", "what would be done", least=28)
    name = "_smtp._tls.bakery-and-more-words.example"
    table.add_row("bakery-and-more-words.example", "- -> testing", f"id create, TXT {name} create")

    assert drawn(table, 60) == [
        "bakery-and-more-words.example",
        "  mode                - -> testing",
        "  what would be done",
        f"    id create, TXT {name}",
        "    create",
    ]
