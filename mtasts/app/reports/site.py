"""The static site about the reports: one page for the fleet, and one a domain."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mtasts.app.reports.query import Answers
from mtasts.live.site import Site
from mtasts.render.reports.html.domain import domain_page
from mtasts.render.reports.html.fleet import fleet_pages, overview
from mtasts.render.reports.html.page import DOMAIN_FOLDER, file_name
from mtasts.verdict.minima import Minima


def write_site(answers: Answers, folder: Path, minima: Minima, now: datetime, done: Callable[[], None]) -> Path:
    """Write all pages, and remove those of an earlier run about domains that are gone; the path of the first page.

    `done` is called after each domain. Raises CannotLook for a folder that cannot be written to.
    """
    site = Site(folder)
    lines = []
    for summary in answers.summaries():
        site.write(f"{DOMAIN_FOLDER}/{file_name(summary.domain)}", domain_page(summary, minima, now))
        lines.append(overview(summary, minima))
        done()
    for name, text in fleet_pages(lines, answers.window, minima, now):
        site.write(name, text)
    site.finish()
    return folder / "index.html"
