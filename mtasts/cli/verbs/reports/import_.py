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

from mtasts.cli.options.store import add_store_argument, mail_domain, store_location, tell_of_others
from mtasts.cli.screen import document, say
from mtasts.signals import interrupted_by_term


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the import."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    add_store_argument(parser)
    parser.add_argument(
        "--domain", type=mail_domain, metavar="DOMAIN", help="what reports are about that name no domain"
    )
    parser.add_argument("--strict", action="store_true", help="refuse every deviation from RFC 8460")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--no-dkim", action="store_true", help="verify no signature: all mails are unauthenticated")
    trust.add_argument(
        "--trust-authserv-id",
        metavar="ID",
        help="believe dkim=pass in the Authentication-Results of this server; - for one that writes no name (Exchange)",
    )
    parser.add_argument("--resolver", metavar="ADDR:PORT", help="ask this DNS server for DKIM keys")
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
    from mtasts.cli.verbs.reports.progress import Progress
    from mtasts.live.dkim import DkimVerifier, NoVoucher, TrustedResults, Voucher
    from mtasts.live.importing import Importing
    from mtasts.live.intake import Intake
    from mtasts.live.network import Network, parse_endpoint
    from mtasts.live.sources import ImapSecret, SourceOptions, open_source
    from mtasts.live.store import open_store

    network = Network.from_environment(os.environ)
    if args.resolver:
        parse_endpoint(args.resolver, "--resolver")
        network = Network(args.resolver, network.ca_file, network.connect_to, network.families)
    voucher: Voucher
    if args.no_dkim:
        voucher = NoVoucher()
    elif args.trust_authserv_id:
        voucher = TrustedResults(args.trust_authserv_id)
    else:
        voucher = DkimVerifier(network)
    secret = ImapSecret(args.password_file, args.oauth_token_file, args.oauth_token_command)
    location = store_location(args)
    tell_of_others(location)
    with open_store(location, create=True) as store:
        options = SourceOptions(network, store.mark, args.all, secret, args.mark_seen)
        # All are opened before anything is read: a slip in the last one costs no half import.
        sources = [open_source(name, options) for name in args.sources]
        if args.watch:
            interrupted_by_term()  # and so with the outcome
        importing = Importing(
            store, Intake(voucher, strict=args.strict, domain=args.domain or ""), lambda: datetime.now(UTC)
        )
        try:
            with Progress(sys.stderr) as progress:
                importing.run(sources, progress, watch=args.watch)
        except KeyboardInterrupt:
            if not args.watch:
                raise
        finally:
            voucher.close()
            for source in sources:
                source.close()
    _print(importing.tally.as_json(), location, as_json=args.json)
    return 1 if importing.tally.refused else 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds within 0.1..86400")
    return seconds


def _print(outcome: dict[str, object], location: str, *, as_json: bool) -> None:
    from mtasts.live.intake import NO_DOMAIN
    from mtasts.render.escape import terminal

    if as_json:
        from mtasts.render.runner import dumps

        document(dumps(outcome))
        return
    refused, warnings = outcome["refused"], outcome["warnings"]
    assert isinstance(refused, list)  # noqa: S101 - narrows the type
    assert isinstance(warnings, list)  # noqa: S101
    say(
        f"{outcome['read']} read, {outcome['stored']} stored, {outcome['duplicates']} duplicates,"
        f" {len(refused)} refused; store: {location}"
    )
    if outcome["dmarc"]:
        some = "report" if outcome["dmarc"] == 1 else "reports"
        say(f"  {outcome['dmarc']} DMARC {some}, not TLS-RPT: left alone")
    for warned in warnings:
        say(terminal(f"  warning: {warned['code']} ({warned['count']}x), such as: {warned['message']}"))
    for one in refused:
        say(terminal(f"  refused: {one['source']}: {one['reason']}"))
    if any(one["reason"] == NO_DOMAIN for one in refused):
        say("  hint: --domain DOMAIN says what reports are about that name no domain")
