"""A static site about the reports: one page for the fleet and one a domain, without script or outside request.

Open index.html from the disk, or publish the folder anywhere. Pages of domains that are gone are removed again.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from mtasts.cli.options import look as looking
from mtasts.cli.options.reports import add_minima, add_question, minima_of, open_question
from mtasts.cli.screen import document
from mtasts.live.site import Site


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, the minima and where to write."""
    add_question(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write, made if missing")
    add_minima(parser)


def run(args: argparse.Namespace) -> int:
    """Write the pages and say where."""
    from mtasts.render.reports.html.domain import domain_page
    from mtasts.render.reports.html.fleet import fleet_pages, overview
    from mtasts.render.reports.html.page import DOMAIN_FOLDER, file_name

    made = datetime.now(UTC)
    minima = minima_of(args)
    question = open_question(args, made.date())
    lines = []
    with question.store:
        site = Site(args.out)
        with looking.progress(len(question.domains), "reports html") as done:
            for summary in question.summaries():
                site.write(f"{DOMAIN_FOLDER}/{file_name(summary.domain)}", domain_page(summary, minima, made))
                lines.append(overview(summary, minima))
                done.step()
    for name, text in fleet_pages(lines, question.window, minima, made):
        site.write(name, text)
    site.finish()
    document(str(args.out / "index.html"))
    return 0
