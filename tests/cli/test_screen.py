"""What every verb prints through: foreign words fold on a terminal, and do nothing there or in a job's log."""

import io
import sys

import pytest

from mtasts.cli import screen as _screen


@pytest.fixture
def said(capsys, monkeypatch):
    """Say something on a terminal of 60 columns; its lines."""
    monkeypatch.setattr(_screen, "width", lambda stream: 60)

    def said(*words):
        _screen.say(*words)
        return capsys.readouterr().out.splitlines()

    return said


@pytest.mark.parametrize("command", ["::error::x", "::set-output name=x::y", "::stop-commands::z", "##[error]x"])
def test_folding_makes_no_command(said, command):
    """Wherever the line ends: GitHub's runner skips the blanks in front of `::`, and looks for `##[` anywhere."""
    for words in range(40):
        lines = said("example.com: " + "word " * words + command, 4)
        for line in lines:
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        assert "word" in "\n".join(lines) or not words


def test_folding_keeps_every_word(said):
    """And the beginning; escapes show as what they are, and a name is not broken at its hyphens."""
    lines = said("> " + "a " * 40 + "nordwind-shop.example \x1b[2J", 4)
    assert lines == ["> " + " ".join("a" * 29), "    " + " ".join("a" * 11) + " nordwind-shop.example \\x1b[2J"]


def test_a_name_is_set_in_by_less_where_it_would_not_fit(said):
    """The terminal would break it: 58 characters fit in 60 columns, but not behind the words above them."""
    name = f"_smtp._tls.{'long-' * 7}name.example"
    label = "  in this order  "

    assert len(name) == 58
    assert said(f"{label}TXT {name} created") == [f"{label}TXT", f"  {name}", "    created"]


def test_a_line_stays_a_line_in_a_pipe(capsys):
    """Nobody knows there how wide it will be read; and it does nothing to whoever reads it."""
    _screen.say("> " + "a " * 200 + "\x1b]0;title\x07")
    _screen.talk("b " * 200)

    told = capsys.readouterr()
    assert told.out == "> " + "a " * 200 + "\\x1b]0;title\\x07\n"
    assert told.err == "b " * 200 + "\n"


def test_a_document_is_printed_as_it_is(capsys, monkeypatch):
    """Programs read it, so it is neither folded nor escaped."""
    monkeypatch.setattr(_screen, "width", lambda stream=None: 20)
    text = '{"a": "::error::' + "b " * 40 + '\t"}'

    _screen.document(text)

    assert capsys.readouterr().out == text + "\n"


def test_all_that_is_printed_is_on_its_way_at_once(monkeypatch):
    """Talk, in a log that somebody watches, while stderr is a pipe that is written in blocks."""
    out = io.TextIOWrapper(io.BytesIO(), write_through=False)
    monkeypatch.setattr(sys, "stderr", out)

    _screen.talk("here")

    assert out.buffer.getvalue() == b"here\n"
