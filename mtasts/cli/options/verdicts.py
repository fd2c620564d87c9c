"""Options of `ready`, `promote` and `gate`: the input of the verdict."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options import look as looking
from mtasts.cli.options.probes import add_evidence_arguments, evidence_of
from mtasts.cli.options.store import add_store_argument, named_store
from mtasts.cli.progress import progress
from mtasts.cli.screen import talk
from mtasts.history.eras import Publication
from mtasts.live.store_location import DEFAULT_LOCATION
from mtasts.policy.config import DomainPolicy

if TYPE_CHECKING:
    # Whoever looks brings DNS, TLS and certificates, 100 ms, which no `--help` should wait for.
    from mtasts.app.verdicts import VerdictRequest
    from mtasts.verdict.ready import Verdict


def add_verdict_arguments(parser: argparse.ArgumentParser) -> None:
    """--store, probe evidence, --no-probe, --as-of, and the options of the network, --sandbox and --timeout included.

    --ledger is not one of them: add it with `ledger.add_ledger_arguments`.
    """
    group = parser.add_argument_group("evidence")
    add_store_argument(
        group, "where reports are kept, and what was seen of MX hosts (default: $MTASTS_REPORTS, else .mtasts/reports)"
    )
    add_evidence_arguments(group)
    group.add_argument("--no-probe", action="store_true", help="do not look at the domains now: never ready")
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def verdict_request(args: argparse.Namespace, now: datetime) -> "VerdictRequest":
    """What to judge by, at `now` (`clock.now_of(args)`). Raises CannotLook when what is named cannot be read."""
    from mtasts.app.verdicts import LookSettings, VerdictRequest

    look = None if args.no_probe else LookSettings(looking.network_of(args), looking.limits_of(args), evidence_of(args))
    rehearsed, named = args.as_of is not None, named_store(args)
    # The MX hosts of the sandbox are nobody's; and another time than now is true of the sandbox only.
    keep = bool(named) if args.sandbox else not rehearsed
    return VerdictRequest(now, named or DEFAULT_LOCATION, look, keep, rehearsed)


def verdicts_of(
    args: argparse.Namespace,
    policies: Sequence[DomainPolicy],
    publications: Mapping[str, Sequence[Publication]],
    now: datetime,
) -> "Iterator[Verdict]":
    """The verdict of each of these domains, as `app.verdicts` makes it; how far it is is shown on stderr."""
    from mtasts.app.verdicts import verdicts

    request = verdict_request(args, now)
    with progress(0 if request.look is None else len(policies), "ready") as bar:
        for verdict in verdicts(request, policies, publications, talk):
            yield verdict
            bar.step()
