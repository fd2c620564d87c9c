"""OpenMetrics about the reports: as a text, and into a file."""

import os
from datetime import datetime
from pathlib import Path

from mtasts.app.reports.query import Query, ask
from mtasts.errors import CannotLook
from mtasts.render.reports.metrics import openmetrics


def metrics_text(query: Query, now: datetime) -> str:
    """The text, with its last line end. Raises CannotLook for a store that cannot be read."""
    with ask(query, now.date()) as answers:
        return "".join(f"{line}\n" for line in openmetrics(answers.fleet(), answers.window, now))


def replace_file(path: Path, text: str) -> None:
    """Write the text to a file, whole or not at all: a collector may read it at any moment. Raises CannotLook."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror}", "--out names a file in a folder that can be written") from error
