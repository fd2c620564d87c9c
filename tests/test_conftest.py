"""A steady run gives properties the same inputs, whatever ran before in its process."""

import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
# A module of the project with constants, which are not those of the conftest's own imports.
SCRIPT = """
import sys
import tests.conftest
from hypothesis import given, strategies as st
if "loaded" in sys.argv:
    import mtasts.live.smtp
seen = []
@given(st.lists(st.integers(0, 2**31) | st.text() | st.binary()))
def draw(values): seen.append(values)
draw()
print(seen)
"""


def inputs(*words: str) -> str:
    """What one property is given in a new process."""
    command = [sys.executable, "-c", SCRIPT, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


def test_inputs_do_not_depend_on_what_is_loaded() -> None:
    """Else a test fails for the order in which workers got theirs."""
    assert inputs("loaded") == inputs()
