"""Take a mail domain out of MTA-STS for good, one step a run: mode none, wait, remove its YAML.

Removing the record or the policy host first looks like an attack to senders and leaves what they hold in force
(RFC 8461 s8.3). Run it again at any time: it says where things stand and does the next step if its time has come.

exit codes: 0 a step was done; 1 the next step has to wait, with its date; 2 could not look.
"""

import argparse
from typing import TYPE_CHECKING

from mtasts.cli import acting
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.screen import say
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.changes.facts import Facts
    from mtasts.cli.acting import DomainFile

_DAY = 86400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    acting.add_acting_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say where things stand; do the next step if it may be done. Raises CannotLook."""
    from mtasts.changes.rules import judge_change
    from mtasts.cli.facts import gather
    from mtasts.protocol.mta_sts import Mode

    file = acting.open_domain(args)
    old, now = file.policy, clock.now_of(args)
    ledger = ledger_source.open_ledger(args, [old.domain], {old.domain: old.ttl})
    gathered = gather(args, old, ledger, now)
    facts = gathered.facts
    # DNS that did not answer may hide a record that another home of the domain published.
    never = ledger.read and not facts.ledger and facts.txt_id is None and not gathered.troubles
    acting.rehearsal(args, now)
    acting.troubles(gathered.troubles)
    if old.mode is not Mode.NONE and not never:
        say(f"{with_u_labels(old.domain)}: step 1 of 3, mode {old.mode} -> none")
        after = _none(file)
        acting.tell(judge_change(old, acting.revised(file, after), facts))
        acting.write(file, after, dry_run=args.dry_run)
        acting.next_step(args, file, dry_run=args.dry_run)
        say(f"then: mtasts retire {old.domain} again{_likely_end(facts, old.ttl)}")
        return 0
    return _remove(args, file, facts)


def _likely_end(facts: "Facts", ttl: int) -> str:
    """From when on the last step may be taken, if mode none is published now."""
    from mtasts.history.ledger import safe_removal
    from mtasts.words.moments import not_before

    safe = safe_removal(facts.ledger, facts.now, txt_since=facts.named_since, least_ttl=ttl)
    return "" if safe is None else f", from {not_before(safe)} on if that is published now"


def _none(file: "DomainFile") -> str:
    # RFC 8461 s8.3: "a small max_age (e.g., one day)".
    return acting.edited(file, mode="none", max_age=min(file.policy.max_age, _DAY))


def _remove(args: argparse.Namespace, file: "DomainFile", facts: "Facts") -> int:
    from mtasts.changes.rules import allowed, judge_change
    from mtasts.live.domain_file import remove_file
    from mtasts.live.files import has_domains

    findings = judge_change(file.policy, None, facts)
    acting.tell(findings)
    domain = file.policy.domain
    if not allowed(findings):
        say(f"\n{with_u_labels(domain)}: step 2 of 3, wait; nothing was removed")
        if _unpublished(facts):
            acting.next_step(args, file, "up", "--refresh")  # a change by hand looks the same from here
        return 1
    say(f"{with_u_labels(domain)}: step 3 of 3, no sender holds a policy; remove {file.path}")
    if args.dry_run:
        say("nothing was removed")
        return 0
    remove_file(file.path, file.text)
    # In a rehearsal the date has come by the clock that was handed in, and not by the one that publishes.
    early = () if args.as_of is None else ("--remove-before-date", domain)
    # A stack without any domain is not published any more but taken down.
    acting.next_step(args, file, "up" if has_domains(file.path.parent) else "destroy", *early)
    return 0


def _unpublished(facts: "Facts") -> bool:
    """Whether what has to be waited for is our own `up`: what is served, or named in DNS, is not mode none yet."""
    newest = facts.newest
    if newest is None:
        return False
    latest = facts.held()[-1]
    return not latest.retired or facts.txt_id != newest.id
