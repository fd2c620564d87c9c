"""A static site about the reports: one page for the fleet and one a domain, without script or outside request.

Open index.html from the disk, or publish the folder anywhere. Pages of domains that are gone are removed again.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.reports.query import ask
from mtasts.app.reports.site import write_site
from mtasts.cli.options.reports import add_minima_arguments, add_query_arguments, minima_of, query_of
from mtasts.cli.progress import progress
from mtasts.cli.screen import document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, the minima and where to write."""
    add_query_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write, made if missing")
    add_minima_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Write the pages and say where."""
    made = datetime.now(UTC)
    minima = minima_of(args)
    with ask(query_of(args), made.date()) as answers, progress(len(answers.domains), "reports html") as done:
        first = write_site(answers, args.out, minima, made, done.step)
    document(str(first))
    return 0
