"""Take a mail domain out of MTA-STS for good, one step a run: mode none, wait, remove its YAML.

Removing the record or the policy host first looks like an attack to senders and leaves what they hold in force
(RFC 8461 s8.3). Run it again at any time: it says where things stand and does the next step if its time has come.

exit codes: 0 a step was done; 1 the next step has to wait, with its date; 2 could not look.
"""

import argparse

from mtasts.app.steps.occasion import Occasion
from mtasts.app.steps.retire import Leaving, Removal, retire
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.step import add_step_arguments, file_of, ledger_of, occasion_of
from mtasts.cli.screen import say
from mtasts.cli.steps import print_findings, print_next, print_occasion, remarks, write
from mtasts.words.moments import not_before
from mtasts.words.names import with_u_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_step_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say where things stand; do the next step if it may be done. Raises CannotLook."""
    from mtasts.app.change_facts import gather  # DNS and TLS cost 100 ms, which no `--help` should wait for

    file, occasion = file_of(args), occasion_of(args)
    ledger = ledger_of(args, file)
    gathered = gather(file.policy, ledger, occasion.now, looking.network_of(args), args.timeout)
    print_occasion(occasion)
    remarks(gathered.troubles)
    found = retire(file, gathered.facts, sure=not gathered.troubles)
    return _leave(args, found, occasion) if isinstance(found, Leaving) else _remove(args, found, occasion)


def _leave(args: argparse.Namespace, leaving: Leaving, occasion: Occasion) -> int:
    old = leaving.edit.file.policy
    say(f"{with_u_labels(old.domain)}: step 1 of 3, mode {old.mode} -> none")
    print_findings(leaving.findings)
    write(leaving.edit, occasion)
    if occasion.writes:
        print_next(args, leaving.edit.file.stack)
    end = "" if leaving.end is None else f", from {not_before(leaving.end)} on if that is published now"
    say(f"then: mtasts retire {old.domain} again{end}")
    return 0


def _remove(args: argparse.Namespace, removal: Removal, occasion: Occasion) -> int:
    print_findings(removal.findings)
    domain = removal.file.policy.domain
    if not removal.allowed:
        say(f"\n{with_u_labels(domain)}: step 2 of 3, wait; nothing was removed")
        if removal.unpublished:
            print_next(args, removal.file.stack, "up", "--refresh")  # a change by hand looks the same from here
        return 1
    say(f"{with_u_labels(domain)}: step 3 of 3, no sender holds a policy; remove {removal.file.path}")
    if not occasion.writes:
        say("nothing was removed")
        return 0
    domains_left = removal.carry_out()
    # In a rehearsal the date has come by the clock that was handed in, and not by the one that publishes.
    early = ("--remove-before-date", domain) if occasion.rehearsed else ()
    # A stack without any domain is not published any more but taken down.
    print_next(args, removal.file.stack, "up" if domains_left else "destroy", *early)
    return 0
