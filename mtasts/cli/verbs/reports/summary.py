"""Sum up the reports: sessions, failures with cause, fix and whose problem they are, reporters, days and gaps.

Sessions are counted from totals, per policy type, never added over types. Reports that nobody vouches for (posted, or
mailed without a valid signature) are shown apart. Exit code 0 when the question could be answered, whatever the answer.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from mtasts.app.reports.query import Answers, ask
from mtasts.cli.options.reports import add_query_arguments, query_of
from mtasts.cli.screen import document, say, show
from mtasts.render.reports.rows import TABLES, csv_lines, totals
from mtasts.render.reports.summary import json_list, summary_object, text_of_one
from mtasts.render.reports.summary_tables import table_by, table_of_many
from mtasts.render.runner import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, and the form of the answer."""
    add_query_arguments(parser)
    parser.add_argument(
        "--by", choices=list(TABLES), default="", help="rows by day, MX host, reporter, result type or policy"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object for one DOMAIN, else a list with one a line")
    form.add_argument("--csv", action="store_true", help="rows with a header line")


def run(args: argparse.Namespace) -> int:
    """Print the answer."""
    with ask(query_of(args), datetime.now(UTC).date()) as answers:
        if args.json:
            _print(_json(answers, args.by, one=len(args.domains) == 1))
        elif args.csv:
            _print(_csv(answers, args.by))
        else:
            _text(answers, args.by)
    return 0


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        document(line)


def _json(answers: Answers, by: str, *, one: bool) -> Iterator[str]:
    if one:
        yield dumps(summary_object(answers.summary(answers.domains[0]), by), indent=2)
    else:
        yield from json_list(answers.summaries(), by)


def _csv(answers: Answers, by: str) -> Iterator[str]:
    table = TABLES[by] if by else totals
    header = True
    for summary in answers.summaries():
        yield from csv_lines(table(summary), header=header)
        header = False


def _text(answers: Answers, by: str) -> None:
    if not answers.domains:
        say("no reports in the store")
    elif by:
        for summary in answers.summaries():
            show(table_by(summary, by))
    elif len(answers.domains) == 1:
        for line in text_of_one(answers.summary(answers.domains[0])):
            say(line)
    else:
        show(table_of_many(answers.fleet()))
