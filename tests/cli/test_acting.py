"""What the verbs that edit print: foreign words fold, and do nothing on a terminal or in a job's log."""

import pytest

from mtasts.cli.acting import folded


@pytest.mark.parametrize("command", ["::error::x", "::set-output name=x::y", "::stop-commands::z", "##[error]x"])
def test_folding_makes_no_command(command):
    """Wherever the line ends: GitHub's runner skips the blanks in front of `::`, and looks for `##[` anywhere."""
    for words in range(40):
        told = folded("word " * words + command, "example.com: ", "    ")
        for line in told.splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
        assert "word" in told or not words


def test_folding_keeps_every_word():
    """And the beginnings; escapes show as what they are."""
    assert folded("a " * 70 + "\x1b[2J", "> ", ". ").split() == [">", *["a"] * 54, ".", *["a"] * 16, "\\x1b[2J"]
