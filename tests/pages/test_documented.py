"""Lists that stand in the code and in the documents are the same."""

import json
import re
from pathlib import Path

from mtasts.render.reports.metrics import openmetrics
from mtasts.reports.window import OPEN_DAYS
from mtasts.verdict.minima import Minima
from tests.render.summaries import MADE
from tests.reports.making import WINDOW

READING = Path("docs/reports-reading.md").read_text()
REFERENCE = Path("docs/reference/reports-summary.md").read_text()
SCHEMA = json.loads(Path("docs/reference/reports-summary.schema.json").read_text())


def test_warning_codes():
    """Code, schema and reference know the same codes."""
    made = set(re.findall(r'Note\(\s*"([a-z-]+)"', Path("mtasts/reports/notes.py").read_text()))
    assert made
    assert made == set(SCHEMA["properties"]["warnings"]["items"]["properties"]["code"]["enum"])
    assert made == set(re.findall(r"^\| `([a-z-]+)` \|", REFERENCE.partition("## Warnings")[2], re.MULTILINE))


def test_keys():
    """Every key of the schema is in the reference."""
    for key in SCHEMA["properties"]:
        assert f"`{key}`" in REFERENCE, key


def test_minima():
    """The defaults in the table are those of the code, and the options exist."""
    least = Minima()
    for option, value in (
        ("--min-days", least.days),
        ("--min-reporters", least.reporters),
        ("--min-sessions", least.sessions),
    ):
        assert re.search(rf"\| {value} \| `{option}` \|", READING), option
    assert f"| at most {least.age_days} | `--max-age-days` |" in READING
    assert OPEN_DAYS == 2
    assert "Today and yesterday are *open*" in READING


def test_metrics():
    """Every family is documented, and no other."""
    made = {line.split()[2] for line in openmetrics([], WINDOW, MADE) if line.startswith("# TYPE")}
    table = READING.partition("| metric | labels |")[2].partition("\n\n")[0]
    assert made == set(re.findall(r"`(mtasts_[a-z_]+)`", table))
