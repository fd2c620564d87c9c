"""--ledger: where the ledger of a stack's mail domains comes from, if not from the stack's own bucket."""

import argparse
from collections.abc import Mapping

from mtasts.app.ledger import LedgerRequest
from mtasts.cli.options import look as looking


def add_ledger_arguments(parser: argparse.ArgumentParser) -> None:
    """--ledger."""
    parser.add_argument(
        "--ledger",
        metavar="s3://BUCKET|FILE",
        help="what was published when: the policy bucket, or a JSON file of `mtasts ledger --json` "
        "(default: the bucket of the stack)",
    )


def ledger_request(args: argparse.Namespace) -> LedgerRequest:
    """By --ledger, --stack, --project, --policies and --sandbox. Raises CannotLook when no sandbox runs."""
    return LedgerRequest(environment_of(args), args.ledger or "", args.stack or "", args.project)


def environment_of(args: argparse.Namespace) -> Mapping[str, str]:
    """The environment with what --sandbox and --policies lay over it. Raises CannotLook when no sandbox runs."""
    environ = looking.environment_of(args)
    if args.policies:
        environ["MTASTS_POLICIES"] = str(args.policies.absolute())
    return environ
