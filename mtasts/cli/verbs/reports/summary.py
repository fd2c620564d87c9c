"""What the reports say: sessions, failures with cause, fix and whose problem they are, reporters, days and gaps.

Sessions are counted from totals, per policy type, never added over types. Reports that nobody vouches for (posted, or
mailed without a valid signature) are shown apart. Exit code 0 when the question could be answered, whatever the answer.
"""

import argparse
from collections.abc import Iterator

from mtasts.cli.options.reports import Question, add_question, open_question
from mtasts.cli.screen import document, say

BY = ("day", "mx", "reporter", "result", "policy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., the days, and the form of the answer."""
    add_question(parser)
    parser.add_argument("--by", choices=BY, default="", help="rows by day, MX host, reporter, result type or policy")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object for one DOMAIN, else a list with one a line")
    form.add_argument("--csv", action="store_true", help="rows with a header line")


def run(args: argparse.Namespace) -> int:
    """Print the answer."""
    question = open_question(args)
    with question.store:
        if args.json:
            _print(_json(question, args.by, one=len(args.domains) == 1))
        elif args.csv:
            _print(_csv(question, args.by))
        else:
            _text(question, args.by)
    return 0


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        document(line)


def _json(question: Question, by: str, *, one: bool) -> Iterator[str]:
    from mtasts.render.reports.summary import json_list, summary_object
    from mtasts.render.runner import dumps

    if one:
        yield dumps(summary_object(question.summary(question.domains[0]), by), indent=2)
    else:
        yield from json_list(question.summaries(), by)


def _csv(question: Question, by: str) -> Iterator[str]:
    from mtasts.render.reports.rows import TABLES, csv_lines, totals

    table = TABLES[by] if by else totals
    header = True
    for summary in question.summaries():
        yield from csv_lines(table(summary), header=header)
        header = False


def _text(question: Question, by: str) -> None:
    from mtasts.cli.screen import show
    from mtasts.render.reports.summary import text_of_one
    from mtasts.render.reports.summary_tables import table_by, table_of_many

    if not question.domains:
        say("no reports in the store")
    elif by:
        for summary in question.summaries():
            show(table_by(summary, by))
    elif len(question.domains) == 1:
        for line in text_of_one(question.summary(question.domains[0])):
            say(line)
    else:
        show(table_of_many(question.fleet()))
