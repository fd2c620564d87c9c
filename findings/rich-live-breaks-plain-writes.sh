#!/bin/sh
# rich 15.0.0: while a Live or a Progress is up, a plain write to sys.stdout is read as markup.
#
# Guess: rich's redirection of stdout passes text through as it is, as print() promises; only rich's own calls know markup.
# Seen: a line without its end, then flush(), goes through the console's markup: "[/x]" raises MarkupError out of flush(), and
#       "[red]" is swallowed. The same text with a line end is printed as it is. write() returns 0, not the length written.
#       So an unrelated library that writes "waiting [/dev/sda] ... " without a newline raises in the middle of its work.
# Meaning for us: our bars draw on the terminal's own stream, and nothing is redirected through rich.
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rich==15.0.0"
cat >seen.py <<'PY'
import io
import sys

from rich.console import Console
from rich.errors import MarkupError
from rich.live import Live


def written(text):
    out = io.StringIO()
    with Live("bar", console=Console(file=out, force_terminal=True, width=60), auto_refresh=False):
        length = sys.stdout.write(text)
        try:
            sys.stdout.flush()
        except MarkupError:
            sys.stdout.write("\n")  # leave nothing behind for the end of the block
            return length, "MarkupError"
    return length, "kept" if text.strip() in out.getvalue() else "changed"


for text in ("see [/x]\n", "see [/x]", "a [red] b"):
    print(repr(text), *written(text))
PY
venv/bin/python seen.py | tee seen.txt
cat >expected.txt <<'TXT'
'see [/x]\n' 0 kept
'see [/x]' 0 MarkupError
'a [red] b' 0 changed
TXT
cmp -s seen.txt expected.txt
