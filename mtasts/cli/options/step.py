"""The options of the verbs that edit a mail domain's YAML: whose, where, and whether it is meant."""

import argparse
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.ledger import Ledger, LedgerRequest, open_ledger
from mtasts.app.stack_domains import released_note
from mtasts.app.steps.edit import DomainFile, open_domain
from mtasts.app.steps.occasion import Occasion
from mtasts.cli.options.ledger import ledger_request
from mtasts.cli.options.look import policies_folder
from mtasts.errors import CannotLook


def add_step_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN, --stack, --policies, --project, --dry-run."""
    parser.add_argument("domain", metavar="DOMAIN", help="the mail domain")
    parser.add_argument("-s", "--stack", help="its stack ($PULUMI_STACK; else the only one that has the domain)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--dry-run", action="store_true", help="show the edit, write nothing")


def file_of(args: argparse.Namespace) -> DomainFile:
    """The domain's file. Raises CannotLook, also for a released domain, and NotValid for a file that has problems."""
    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    file = open_domain(args.domain, policies_folder(args.policies), stack)
    if file.policy.released is not None:
        raise CannotLook(released_note(file.policy), f"`mtasts adopt {file.policy.domain}` takes it back")
    return file


def occasion_of(args: argparse.Namespace) -> Occasion:
    """When to judge, by --as-of, and what may be written, by --dry-run and --sandbox."""
    sandbox = args.sandbox or bool(os.environ.get("MTASTS_SANDBOX_DIR"))
    return Occasion(args.as_of or datetime.now(UTC), args.as_of is not None, args.dry_run, sandbox)


def ledger_request_of(args: argparse.Namespace, file: DomainFile) -> LedgerRequest:
    """Where the domain's ledger is: of the stack that has its file, where none is named. Raises CannotLook."""
    return replace(ledger_request(args), stack=args.stack or file.stack)


def ledger_of(args: argparse.Namespace, file: DomainFile) -> Ledger:
    """The ledger of the domain. Raises CannotLook."""
    return open_ledger(ledger_request_of(args, file), [file.policy.domain], [file.policy])
