"""Read TLS reports into the store: each once, whatever way and however often it comes.

SOURCE is a file or folder (json, json.gz, eml, mbox, Maildir, zip, tar), `-` for standard input, a mailbox
`imaps://USER@HOST/MAILBOX` or `s3://BUCKET/PREFIX`. A mailbox is opened with a password, of $MTASTS_IMAP_PASSWORD or a
file, or with an access token (OAuth 2.0), of $MTASTS_IMAP_TOKEN, a file or a command.
What cannot be read is kept in quarantine with its reason, and does not stop the rest.

exit code: 0 all was read; 1 something was refused; 2 a source or the store could not be used
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.reports.batches import Tally
from mtasts.app.reports.imports import ImportRequest, import_reports
from mtasts.cli.import_progress import Progress
from mtasts.cli.options.reports import mail_domain
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import document, say
from mtasts.live.intake import NO_DOMAIN
from mtasts.live.sources import ImapSecret
from mtasts.render.escape import terminal
from mtasts.render.runner import dumps
from mtasts.signals import interrupted_by_term
from mtasts.words.counted import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the import."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    add_store_argument(parser)
    parser.add_argument(
        "--domain",
        type=mail_domain,
        metavar="DOMAIN",
        help="what reports are about that name no domain",
    )
    parser.add_argument("--strict", action="store_true", help="refuse every deviation from RFC 8460")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--no-dkim", action="store_true", help="verify no signature: all mails are unauthenticated")
    trust.add_argument(
        "--trust-authserv-id",
        default="",
        metavar="ID",
        help="believe dkim=pass in the Authentication-Results of this server; - for one that writes no name (Exchange)",
    )
    parser.add_argument("--resolver", default="", metavar="ADDR:PORT", help="ask this DNS server for DKIM keys")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-file", type=Path, metavar="FILE", help="holds the mailbox's password")
    secret.add_argument("--oauth-token-file", type=Path, metavar="FILE", help="holds an access token (XOAUTH2)")
    secret.add_argument(
        "--oauth-token-command", default="", metavar="COMMAND", help="prints an access token (XOAUTH2), at each login"
    )
    parser.add_argument("--mark-seen", action="store_true", help="mark imported mails of a mailbox as seen")
    parser.add_argument("--all", action="store_true", help="read mailboxes and buckets from the beginning again")
    parser.add_argument(
        "--watch", nargs="?", type=_seconds, const=60.0, metavar="SECONDS", help="keep going, look every (60)"
    )
    parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Import, print what became of it."""
    if args.watch:
        interrupted_by_term()  # and so with the outcome
    request = _request(args)
    with Progress(sys.stderr) as progress:
        tally = import_reports(request, os.environ, progress, lambda: datetime.now(UTC))
    if args.json:
        document(dumps(tally.as_json()))
    else:
        _say(tally, request.store)
    return 1 if tally.refused else 0


def _request(args: argparse.Namespace) -> ImportRequest:
    return ImportRequest(
        sources=tuple(args.sources),
        store=store_of(args),
        domain=args.domain or "",
        strict=args.strict,
        dkim=not args.no_dkim,
        authserv_id=args.trust_authserv_id,
        resolver=args.resolver,
        secret=ImapSecret(args.password_file, args.oauth_token_file, args.oauth_token_command),
        mark_seen=args.mark_seen,
        everything=args.all,
        watch=args.watch,
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds within 0.1..86400")
    return seconds


def _say(tally: Tally, location: str) -> None:
    say(
        f"{tally.read} read, {tally.stored} stored, {tally.duplicates} duplicates,"
        f" {len(tally.refused)} refused; store: {location}"
    )
    if tally.dmarc:
        say(f"  {number(tally.dmarc, 'DMARC report')}, not TLS-RPT: left alone")
    for code, warned in sorted(tally.warnings.items()):
        say(terminal(f"  warning: {code} ({warned.count}x), such as: {warned.message}"))
    for one in tally.refused:
        say(terminal(f"  refused: {one.source}: {one.reason}"))
    if any(one.reason == NO_DOMAIN for one in tally.refused):
        say("  hint: --domain DOMAIN says what reports are about that name no domain")
