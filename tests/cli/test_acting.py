"""What the verbs that edit print: foreign words fold on a terminal, and do nothing there or in a job's log."""

import pytest

from mtasts.cli.acting import folded


@pytest.fixture
def terminal(monkeypatch):
    """One of 60 columns."""
    monkeypatch.setattr("mtasts.cli._screen.width", lambda stream: 60)


@pytest.mark.parametrize("command", ["::error::x", "::set-output name=x::y", "::stop-commands::z", "##[error]x"])
def test_folding_makes_no_command(terminal, command):
    """Wherever the line ends: GitHub's runner skips the blanks in front of `::`, and looks for `##[` anywhere."""
    for words in range(40):
        told = folded("word " * words + command, "example.com: ", 4)
        for line in told.splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        assert "word" in told or not words


def test_folding_keeps_every_word(terminal):
    """And the beginning; escapes show as what they are, and a name is not broken at its hyphens."""
    lines = folded("a " * 40 + "nordwind-shop.example \x1b[2J", "> ", 4).splitlines()
    assert lines == ["> " + " ".join("a" * 29), "    " + " ".join("a" * 11) + " nordwind-shop.example \\x1b[2J"]


def test_a_line_stays_a_line_in_a_pipe():
    """Nobody knows there how wide it will be read."""
    assert folded("a " * 200, "> ", 4) == "> " + " ".join("a" * 200)
