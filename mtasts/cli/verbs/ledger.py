"""Every policy text that was ever served, with its id, its times, and until when a sender may still hold it.

Read from the versions of the policy bucket, which is the ledger. --json gives what --ledger and --publications take.

exit codes: 0 shown; 1 nothing is known of a named domain; 2 could not look.
"""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.screen import document, talk
from mtasts.errors import CannotLook
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mtasts.history.eras import Publication
    from mtasts.render.table import Titled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="mail domain; all of the ledger if none is named")
    parser.add_argument("-s", "--stack", help="the stack whose bucket it is ($PULUMI_STACK)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
    ledger_source.add_ledger_arguments(parser)
    clock.add_clock_argument(parser)
    parser.add_argument("--json", action="store_true", help="as a JSON list (docs/reports-reading.md)")


def run(args: argparse.Namespace) -> int:
    """Read and show. Raises CannotLook."""
    from mtasts.live.publications import publication_entries

    args.file = None
    named = looking.domains_of(args)
    ledger = ledger_source.open_ledger(args, named or None)
    if not ledger.read:
        raise CannotLook(ledger.trouble, "say --stack S, or --ledger s3://BUCKET or FILE")
    unknown = [domain for domain in named if not ledger.of(domain)]
    if args.json:
        from mtasts.render.runner import dumps

        document(dumps(list(publication_entries(ledger.publications)), indent=2))
    else:
        _show({domain: ledger.of(domain) for domain in sorted(ledger.publications)}, clock.now_of(args))
    for domain in unknown:
        talk(f"{with_u_labels(domain)}: nothing was ever published, by {ledger.where}")
    return 1 if unknown else 0


def _show(ledger: "dict[str, tuple[Publication, ...]]", now: datetime) -> None:
    from rich.text import Text

    from mtasts.cli.screen import show

    for domain, publications in ledger.items():
        show(Text(with_u_labels(domain), "bold"), _table(publications, now))


def _table(publications: "Sequence[Publication]", now: datetime) -> "Titled":
    from mtasts.history.ledger import held
    from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
    from mtasts.render.escape import shorten, terminal
    from mtasts.render.table import Titled
    from mtasts.words.durations import span
    from mtasts.words.moments import at, not_before

    table = Titled("served from", "until", "mode", "max_age", "mx", "senders may hold it until", "id")
    for one in held(publications, now):
        publication, policy = one.publication, one.policy
        served = publication.until is None
        if one.until <= now:
            keeps = f"over since {at(one.until)}"
        elif served or not one.certain:
            age = span(policy.max_age if policy else MAX_AGE_LIMIT)
            keeps = f"{age} and the TTL after {'it ends' if served else 'its id left DNS, when is not known'}"
        else:
            keeps = not_before(one.until)
        table.add_row(
            at(publication.since),
            "now" if publication.until is None else at(publication.until),
            policy.mode.value if policy else "unreadable",
            span(policy.max_age) if policy else "?",
            terminal(shorten(" ".join(policy.mx), 200)) if policy else "?",
            keeps,
            terminal(shorten(publication.id, 32)),
        )
    return table
