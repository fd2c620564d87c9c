"""OpenMetrics text about the reports: to standard output, a file for a textfile collector, or a port to be scraped.

mtasts reports metrics --out /var/lib/node_exporter/mtasts.prom
mtasts reports metrics --listen 127.0.0.1:9469
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.reports.metrics import metrics_text, replace_file
from mtasts.app.reports.query import Query
from mtasts.cli.options.reports import add_query_arguments, address, query_of
from mtasts.cli.screen import document, listening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, and where the text goes."""
    add_query_arguments(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, metavar="FILE", help="replace this file, whole or not at all")
    where.add_argument("--listen", type=address, metavar="ADDR:PORT", help="answer GET /metrics until stopped")


def run(args: argparse.Namespace) -> int:
    """Print, write or serve the text."""
    query = query_of(args)
    if args.listen:
        _serve(query, *args.listen)
        return 0
    text = metrics_text(query, datetime.now(UTC))
    if args.out:
        replace_file(args.out, text)
    else:
        document(text, end="")
    return 0


def _serve(query: Query, host: str, port: int) -> None:
    from mtasts.app.reports.servers import serve_metrics  # an extra: the text needs no server, nor does --help

    serve_metrics(query, host, port, listening, lambda: datetime.now(UTC))
