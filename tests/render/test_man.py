"""Pages of the manual: nothing in a text is a request of man(7)."""

from mtasts.render.man import Page, man


def test_a_page() -> None:
    """Paragraphs are filled, what is set in stays; hyphens can be searched for and pasted."""
    page = Page(
        "mtasts look at",
        "look at it",
        "mtasts look at [-h]",
        "It looks.\nAll of it.\n\n  one   two",
        (("-h, --help", "explain"),),
        ("mtasts",),
    )
    assert man(page, "1.2").split("\n") == [
        '.TH "MTASTS\\-LOOK\\-AT" 1 "" "mtasts 1.2" "mtasts"',
        ".SH NAME",
        "mtasts\\-look\\-at \\- look at it",
        ".SH SYNOPSIS",
        "mtasts look at [\\-h]",
        ".SH DESCRIPTION",
        "It looks.",
        "All of it.",
        ".PP",
        ".nf",
        "  one   two",
        ".fi",
        ".SH OPTIONS",
        ".TP",
        "\\fB\\-h, \\-\\-help\\fR",
        "explain",
        ".SH EXIT STATUS",
        "0 as asked; 1 looked, and it is not as it should be; 2 could not look.",
        ".SH SEE ALSO",
        "\\fBmtasts\\fR(1)",
        "",
    ]


def test_text_is_only_text() -> None:
    """A line that begins like a request, a backslash, a quote in the heading, a control character."""
    page = Page('a"b', ".so /etc/passwd", ".so x", "'br\n\\fBbold\n\x1b[1m", ((".sp", ".sp"),))
    ours = (".TH ", ".SH ", ".nf", ".fi", ".TP")
    lines = man(page, '1" .so').split("\n")
    assert [line for line in lines if line[:1] in (".", "'") and not line.startswith(ours)] == []
    assert lines[0].count('"') == 8
    assert "\\efBbold" in lines
    assert "\x1b" not in man(page, "1")
