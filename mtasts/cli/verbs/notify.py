"""Tell a channel what has changed: outcomes of the checks that are others than were told last.

Posts Slack-compatible JSON to the webhook whose URL the environment holds (MTASTS_WEBHOOK_URL). What was told is kept
in a file, so that only changes are told; it is written after the message was taken, so nothing goes untold.

exit codes: 0 told, or nothing has changed; 2 could not.
"""

import argparse
import os
from pathlib import Path

from mtasts.cli.parts import add_from_argument, read_parts
from mtasts.cli.screen import document, talk


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_from_argument(parser)
    parser.add_argument(
        "--told", metavar="FILE", type=Path, required=True, help="remembers what was told; made anew if missing"
    )
    parser.add_argument(
        "--webhook", metavar="NAME", default="MTASTS_WEBHOOK_URL", help="the environment variable that holds the URL"
    )
    parser.add_argument("--link", metavar="URL", default="", help="where to read more; default: the page of this run")
    parser.add_argument("--dry-run", action="store_true", help="print the message; post nothing, remember nothing")


def run(args: argparse.Namespace) -> int:
    """Compare, post, remember. Raises CannotLook."""
    from mtasts.live.forge.calls import Patience
    from mtasts.live.forge.environment import run_page
    from mtasts.live.webhook import post, read_told, webhook_url, write_told
    from mtasts.render.ci.notice import changes, message
    from mtasts.render.runner import dumps

    url = None if args.dry_run else webhook_url(os.environ, args.webhook)
    found, told = changes(read_parts(args.files), read_told(args.told))
    value = message(found, args.link or run_page(os.environ))
    if url is None:
        document(dumps(value, indent=2) if found else "nothing has changed")
        return 0
    if found:
        post(url, value, Patience())
    write_told(args.told, told)
    number = f"told {len(found)} {'change' if len(found) == 1 else 'changes'}"
    talk(f"mtasts: {number if found else 'nothing has changed'}")
    return 0
