"""TLS-RPT reports: what senders saw when they delivered to your domains.

verbs:
  import      read reports from files, folders, mailboxes, buckets or standard input into the store
  summary     sessions and failures of a domain, or of all
  html        a static site of the fleet and of each domain
  metrics     OpenMetrics text for Prometheus
  explain     a result type, or one report, in plain words
  serve       receive reports that are posted over HTTPS
  quarantine  list, or take out, what could not be read
  reindex     build everything but the raw reports anew from them
  delete      remove all reports of a domain
  expire      remove the reports about old days
"""

import argparse
import importlib

# verb -> module with `add_arguments(parser)` and `run(args) -> int`, imported only for its own verb
VERBS = {
    "import": "mtasts.cli.verbs.reports.import_",
    "summary": "mtasts.cli.verbs.reports.summary",
    "html": "mtasts.cli.verbs.reports.html",
    "metrics": "mtasts.cli.verbs.reports.metrics",
    "explain": "mtasts.cli.verbs.reports.explain",
    "serve": "mtasts.cli.verbs.reports.serve",
    "quarantine": "mtasts.cli.verbs.reports.quarantine",
    "reindex": "mtasts.cli.verbs.reports.reindex",
    "delete": "mtasts.cli.verbs.reports.delete",
    "expire": "mtasts.cli.verbs.reports.expire",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb, and all that follows it for its own parser."""
    parser.add_argument("verb", choices=list(VERBS), metavar="VERB", help="one of the verbs above")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="`mtasts reports VERB --help` explains")


def run(args: argparse.Namespace) -> int:
    """Run the verb's own module."""
    module = importlib.import_module(VERBS[args.verb])
    return int(module.run(parser_of(args.verb).parse_args(args.words)))


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The parser of one of its verbs."""
    from mtasts.cli.main import Parser

    module = importlib.import_module(VERBS[verb])
    parser = Parser(prog=f"mtasts reports {verb}", description=module.__doc__)
    module.add_arguments(parser)
    return parser
