"""OpenMetrics text about the reports: to standard output, a file for a textfile collector, or a port to be scraped.

mtasts reports metrics --out /var/lib/node_exporter/mtasts.prom
mtasts reports metrics --listen 127.0.0.1:9469
"""

import argparse
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mtasts.cli.options.reports import add_question, address, open_question
from mtasts.cli.screen import document
from mtasts.errors import CannotLook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, and where the text goes."""
    add_question(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, metavar="FILE", help="replace this file, whole or not at all")
    where.add_argument("--listen", type=address, metavar="ADDR:PORT", help="answer GET /metrics until stopped")


def run(args: argparse.Namespace) -> int:
    """Print, write or serve the text."""
    if args.listen:
        return _serve(args)
    text = "".join(f"{line}\n" for line in _lines(args))
    if args.out:
        _replace(args.out, text)
    else:
        document(text, end="")
    return 0


def _lines(args: argparse.Namespace) -> Iterator[str]:
    from mtasts.render.reports.metrics import openmetrics

    now = datetime.now(UTC)
    question = open_question(args, now.date())
    with question.store:
        lines = question.fleet()
    return openmetrics(lines, question.window, now)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror}", "--out names a file in a folder that can be written") from error


def _serve(args: argparse.Namespace) -> int:
    from mtasts.cli.verbs.reports.serve import announce
    from mtasts.live.receiver.server import serve
    from mtasts.live.scrape import scrape_app

    host, port = args.listen
    open_question(args).store.close()  # says at once if there is nothing to serve from
    serve(scrape_app(lambda: "".join(f"{line}\n" for line in _lines(args))), host, port, announce=announce)
    return 0
