"""Take a mail domain out of enforce: mode testing (or none) with a short max_age, in its YAML.

Always allowed and at once: no network, ledger or engine is needed. The text changes, so `mtasts up` publishes it under
a fresh id. Says by when which kind of sender is safe, as far as the ledger can be read within seconds.

exit codes: 0 edited, or nothing to edit; 2 the file could not be read or written.
"""

import argparse
from dataclasses import replace

from mtasts.app.steps.edit import DomainFile
from mtasts.app.steps.occasion import Occasion
from mtasts.app.steps.rollback import Safety, roll_back, safety
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.step import add_step_arguments, file_of, ledger_request_of, occasion_of
from mtasts.cli.screen import say, talk
from mtasts.cli.steps import print_findings, print_next, print_occasion, remark, write
from mtasts.errors import CannotLook
from mtasts.live.files import read_stack
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode
from mtasts.words.names import with_u_labels

# Whoever rolls back is in a hurry; the edit is done by then.
_LEDGER_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_step_arguments(parser)
    parser.add_argument("--to", choices=["testing", "none"], default="testing", help="the mode (default: testing)")
    parser.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
    ledger_source.add_ledger_arguments(parser)
    parser.add_argument("--no-ledger", action="store_true", help="edit only, do not compute dates")
    clock.add_clock_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Edit first, compute afterwards. Raises CannotLook."""
    file, occasion, target = file_of(args), occasion_of(args), Mode(args.to)
    old = file.policy
    print_occasion(occasion)
    edit = roll_back(file, target)
    if edit is None:
        say(f"{with_u_labels(old.domain)}: {file.path} says mode {old.mode} already; nothing to edit")
        _print_safety(args, file, old, occasion)
        print_next(args, file.stack)
        return 0
    say(f"{with_u_labels(old.domain)}: {old.mode} -> {target}")
    write(edit, occasion)
    if occasion.writes:
        print_next(args, file.stack)
    _print_safety(args, file, edit.policy, occasion)
    _print_neighbours(args, file)
    return 0


def _print_safety(args: argparse.Namespace, file: DomainFile, new: DomainPolicy, occasion: Occasion) -> None:
    """Who is safe when. The edit is done, so nothing that goes wrong here may look like a failed roll-back."""
    found = _safety(args, file, new, occasion)
    print_findings(found.findings)
    if found.unread:
        remark(f"the ledger was not read ({found.unread}): older publications may be held longer than said here")


def _safety(args: argparse.Namespace, file: DomainFile, new: DomainPolicy, occasion: Occasion) -> Safety:
    if args.no_ledger:
        return safety(file.policy, new, "--no-ledger", occasion.now)
    try:
        asked = ledger_request_of(args, file)
    except CannotLook as error:
        return safety(file.policy, new, error.message, occasion.now)
    return safety(file.policy, new, replace(asked, seconds=_LEDGER_SECONDS), occasion.now)


def _print_neighbours(args: argparse.Namespace, file: DomainFile) -> None:
    """Another domain's file that is wrong makes `up` refuse the whole stack; better reported now than by `up`."""
    try:
        loaded = read_stack(looking.policies_folder(args.policies), file.stack)
    except CannotLook as error:
        talk(f"mtasts: `up` will refuse: {error.message}")
        return
    for problem in loaded.problems[:3]:
        talk(f"mtasts: `up` will refuse until this is fixed: {problem}")
