"""The bar stands below whatever stands in for stderr, in any order, while many threads print."""

import sys
from itertools import permutations
from pathlib import Path

import pytest

from tests.terminal.screen import Terminal

# Filters of stderr and the bar, each laid over what is there; then prints from threads, as the program, the SDK and
# gRPC do them, with markup, a line without end and a traceback among them.
_SCRIPT = """
import contextlib, sys, threading, time
from mtasts_pulumi.verbs.display import Running
from mtasts_pulumi.engine.quiet import WithoutLibraryTracebacks
from mtasts_pulumi.engine.steps import Step

@contextlib.contextmanager
def whole():
    sys.stderr = WithoutLibraryTracebacks(sys.stderr)
    yield

@contextlib.contextmanager
def both():
    quiet = WithoutLibraryTracebacks(sys.stderr)
    with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):
        yield

@contextlib.contextmanager
def bar():
    global running
    with Running("up", "staging", 40) as running:
        yield

def talk(who):
    for number in range(10):
        print(f"{who} says [/b] {number}")
        print(f"{who} warns {number}", file=sys.stderr)
        time.sleep(0.02)

layers = {"whole": whole, "both": both, "bar": bar}
with contextlib.ExitStack() as stack:
    for name in sys.argv[1:]:
        stack.enter_context(layers[name]())
    threads = [threading.Thread(target=talk, args=(who,)) for who in ("program", "sdk", "grpc")]
    for thread in threads:
        thread.start()
    for number in range(40):
        inputs = {"type": "TXT", "name": "_mta-sts." + "very-long-" * 30}
        running._on_step(f"d{number}.example", Step("update", "urn", "aws:route53/record:Record", None, inputs, False))
        running._on_domain(f"d{number}.example")
        time.sleep(0.03)
        if number == 20:
            running.note("a note [red]")
            print("Traceback (most recent call last):\\n  File grpc/_cython/x\\nOSError: gone", file=sys.stderr)
            print("no end yet [/x]", end="", flush=True)
    for thread in threads:
        thread.join()
print("over")
"""


@pytest.mark.parametrize("order", list(permutations(["whole", "both", "bar"])), ids="-".join)
def test_every_order(order: tuple[str, ...], tmp_path: Path) -> None:
    """One bar that moves, every line whole and once, whatever was laid over what."""
    script = tmp_path / "play.py"
    script.write_text(_SCRIPT)
    with Terminal([sys.executable, str(script), *order], {"PATH": "/usr/bin:/bin"}, (80, 24)) as terminal:
        assert terminal.end() == 0, terminal.text

    terminal.drew_rightly()
    assert len(terminal.moved(r"(\d+)/40 domains")) > 10
    for who in ("program", "sdk", "grpc"):
        for number in range(10):
            assert terminal.text.count(f"{who} says [/b] {number}") == 1, terminal.text
            assert terminal.text.count(f"{who} warns {number}") == 1, terminal.text
    assert "a note [red]" in terminal.lines
    assert "no end yet [/x]" in terminal.text
    assert terminal.lines[-1] == "over"
    if order[-1] != "bar":  # a filter that is laid over the bar sees what others print before the bar does
        assert "Traceback" not in terminal.text


def test_a_terminal_that_cannot_draw(tmp_path: Path) -> None:
    """TERM=dumb, as editors set it: plain lines, no escape sequence."""
    script = tmp_path / "play.py"
    script.write_text(f"import os; os.environ['TERM'] = 'dumb'\n{_SCRIPT}")
    with Terminal([sys.executable, str(script), "whole", "bar", "both"], {"PATH": "/usr/bin:/bin"}, (80, 24)) as shown:
        assert shown.end() == 0, shown.text

    assert b"\x1b" not in shown.received
    assert "d3.example: TXT" in shown.lines  # and the name on lines of its own


# A verb whose bar is interrupted in its first frame, or in its last one, again and again.
_INTERRUPTED = """
import os, signal, sys
from rich.progress import ProgressColumn
from rich.text import Text

def add_arguments(parser):
    parser.add_argument("frame", type=int)

def run(args):
    from mtasts.cli.bar import bar

    class Column(ProgressColumn):
        drawn = 0

        def render(self, task):
            self.drawn += 1
            if self.drawn in (args.frame, args.frame + 1):
                signal.raise_signal(signal.SIGINT)
            return Text(f"frame {self.drawn}")

    shown = bar(Column())
    shown.live.auto_refresh = False
    shown.add_task("x")
    with shown:
        pass
    return 0

if __name__ == "__main__":
    from mtasts.cli import dispatch, main
    dispatch.VERBS["play"] = dispatch.Verb("play", "")
    sys.exit(main.main(["play", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("frame", [1, 2])
def test_ctrl_c_while_a_bar_goes_up_or_comes_down(frame: int, tmp_path: Path) -> None:
    """The bar is gone, the cursor is back, one line says so; 130."""
    script = tmp_path / "play.py"
    script.write_text(_INTERRUPTED)
    with Terminal([sys.executable, str(script), str(frame)], {"PATH": "/usr/bin:/bin"}, (80, 24)) as terminal:
        assert terminal.end() == 130, terminal.text

    assert terminal.lines == ["mtasts: interrupted"]
    received = terminal.received.decode()
    assert "\x1b[?25l" in received
    assert "\x1b[?25h" in received.rpartition("\x1b[?25l")[2]
