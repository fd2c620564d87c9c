"""Every policy text that was ever served, with its id, its times, and until when a sender may still hold it.

Read from the versions of the policy bucket, which is the ledger; what another tool published before, from `adopted` in
the domain's file. --json gives what --ledger and --publications take.

exit codes: 0 shown; 1 nothing is known of a named domain; 2 could not look.
"""

import argparse
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mtasts.app.ledger import Ledger, open_ledger
from mtasts.app.policies import files_of
from mtasts.app.stack_domains import released_note
from mtasts.cli.options import clock
from mtasts.cli.options.ledger import add_ledger_arguments, ledger_request
from mtasts.cli.options.look import policies_folder
from mtasts.cli.screen import document, say, show, talk
from mtasts.errors import CannotLook
from mtasts.live.publications import publication_entries
from mtasts.policy.config import DomainPolicy
from mtasts.render.runner import dumps
from mtasts.words.names import with_u_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="mail domain; all of the ledger if none is named")
    parser.add_argument("-s", "--stack", help="the stack whose bucket it is ($PULUMI_STACK)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
    add_ledger_arguments(parser)
    clock.add_clock_argument(parser)
    parser.add_argument("--json", action="store_true", help="as a JSON list (docs/reports-reading.md)")


def run(args: argparse.Namespace) -> int:
    """Read and show. Raises CannotLook."""
    from mtasts.app.look import mail_domains  # what looks reads certificates, which costs 0.2 s

    named = mail_domains(args.domains)
    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    files = files_of(policies_folder(args.policies), stack, named)
    ledger = open_ledger(ledger_request(args), named or None, files)
    if not ledger.read:
        raise CannotLook(ledger.trouble, "say --stack S, or --ledger s3://BUCKET or FILE")
    if args.json:
        document(dumps(list(publication_entries(ledger.publications)), indent=2))
    else:
        _print(ledger, files, clock.now_of(args))
    unknown = [domain for domain in named if not ledger.of(domain)]
    for domain in unknown:
        talk(f"{with_u_labels(domain)}: nothing was ever published, by {ledger.where}")
    return 1 if unknown else 0


def _print(ledger: Ledger, files: Sequence[DomainPolicy], now: datetime) -> None:
    from rich.text import Text  # tables cost 100 ms, which `--help` can do without

    from mtasts.render.ledger import ledger_table, unknown_before

    for domain in sorted(ledger.publications):
        show(Text(with_u_labels(domain), "bold"), ledger_table(ledger.of(domain), now))
        if unknown := unknown_before(ledger.of(domain), now):
            say(unknown)
        if policy := next((one for one in files if one.domain == domain and one.released is not None), None):
            say(f"{released_note(policy)}; what it has published since is not known here")
