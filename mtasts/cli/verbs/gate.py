"""Say whether a change may be merged: its diff, the change rules and the verdicts, judged by the base branch.

Thresholds, waivers and holds are those of --base, so that no change clears a bar that it lowers itself. Looks at the
reports, the ledger, DNS and the MX hosts as `mtasts ready` does; needs read access to them, but a way back (a lower
mode, a shorter max_age) passes without, and what was not looked at is named. The proposed files are only read, from
git's objects: run it in a checkout of the base, and nothing of the change is run.

exit codes: 0 open; 1 closed, with reasons; 2 could not look.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options.change import add_change_arguments, change_of
from mtasts.cli.options.ledger import add_ledger_arguments
from mtasts.cli.options.look import environment_of, network_of
from mtasts.cli.options.sightings import sightings_of
from mtasts.cli.options.verdicts import add_verdict_arguments, verdicts_of
from mtasts.cli.progress import progress

if TYPE_CHECKING:
    from mtasts.app.gate import GateRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_change_arguments(parser)
    parser.add_argument("--explain", action="store_true", help="every criterion, and the source of every rule")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    add_ledger_arguments(parser)
    add_verdict_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Compare, look, judge, print. Raises CannotLook."""
    # Late: git, YAML, DNS and TLS cost 0.3 s, which no `--help` should wait for.
    from mtasts.app.change import read_change
    from mtasts.app.gate import judge
    from mtasts.cli.change import show

    change = read_change(change_of(args, project=args.project))
    result = judge(change, lambda: _request(args), args.as_of)
    show(result, change, args.format, explain=args.explain)
    return 0 if result.passed else 1


def _request(args: argparse.Namespace) -> "GateRequest":
    from mtasts.app.gate import GateRequest
    from mtasts.app.ledger import LedgerRequest

    now, environ = clock.now_of(args), environment_of(args)
    if args.policies:
        environ["MTASTS_POLICIES"] = str((args.repo / args.policies).absolute())
    return GateRequest(
        now=now,
        ledger=LedgerRequest(environ, args.ledger or "", project=args.project),
        network=network_of(args),
        timeout=args.timeout,
        folder=args.project or args.repo,
        sightings=lambda: sightings_of(args),
        verdicts=lambda policies, publications: verdicts_of(args, policies, publications, now),
        progress=lambda total: progress(total, "gate"),
    )
