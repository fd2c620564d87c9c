"""Post to a channel the outcomes of checks that changed since the last message.

Posts Slack-compatible JSON to the webhook whose URL the environment holds (MTASTS_WEBHOOK_URL). Keeps in a file
what it reported, to report only changes. Writes it after the message was accepted, so no change is lost.

exit codes: 0 posted, or nothing has changed; 2 could not.
"""

import argparse
import os
from pathlib import Path

from mtasts.cli.options.parts import add_from_argument, files_of
from mtasts.cli.screen import document, talk


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_from_argument(parser)
    parser.add_argument(
        "--told", metavar="FILE", type=Path, required=True, help="remembers what was reported; created if missing"
    )
    parser.add_argument(
        "--webhook", metavar="NAME", default="MTASTS_WEBHOOK_URL", help="the environment variable that holds the URL"
    )
    parser.add_argument("--link", metavar="URL", default="", help="where to read more; default: the page of this run")
    parser.add_argument("--dry-run", action="store_true", help="print the message; post nothing, remember nothing")


def run(args: argparse.Namespace) -> int:
    """Compare, post, remember. Raises CannotLook."""
    # Late: the client of the webhook costs 0.1 s, which no `--help` should wait for.
    from mtasts.app.notify import NotifyRequest, news_of, notify
    from mtasts.render.runner import dumps

    request = NotifyRequest(files_of(args), args.told, args.webhook, os.environ, args.link)
    if args.dry_run:
        news = news_of(request)
        document(dumps(news.message, indent=2) if news.count else "nothing has changed")
        return 0
    news = notify(request)
    told = f"told {news.count} {'change' if news.count == 1 else 'changes'}"
    talk(f"mtasts: {told if news.count else 'nothing has changed'}")
    return 0
