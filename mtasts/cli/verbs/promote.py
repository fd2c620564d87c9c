"""Take a mail domain one step further, in its YAML: from testing to enforce, then up the ladder of max_age.

Needs the verdict `ready` (`mtasts ready` shows it in full) and obeys the change rules; refuses with their reasons and
the earliest date. Enforce begins with the max_age of testing, a week at most, and climbs one rung a run: 1, 7, 14, 28
days ...

With --all-ready --open-pr nothing is edited here: each ready domain of the stack gets a pull request of its own.

exit codes: 0 edited, or at the top already; 1 refused, with reasons; 2 could not look.
"""

import argparse
from typing import TYPE_CHECKING

from mtasts.cli import acting
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import sightings as watching
from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.cli.acting import DomainFile
    from mtasts.verdict.ready import ReadyVerdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    from mtasts.cli.judging import add_ready_arguments
    from mtasts.cli.promote_all import add_bot_arguments

    acting.add_acting_arguments(parser, domain="?")
    add_bot_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    add_ready_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Judge, explain, edit. Raises CannotLook."""
    if args.all_ready or args.open_pr:
        from mtasts.cli import promote_all

        return promote_all.run(args)
    if args.domain is None:
        raise CannotLook("no domain to promote", "name one, or every one of a stack: --all-ready --open-pr")
    from mtasts.changes.rules import allowed, judge_change
    from mtasts.cli.facts import gather
    from mtasts.cli.judging import verdicts
    from mtasts.protocol.mta_sts import Mode

    file = acting.open_domain(args)
    old, now = file.policy, clock.now_of(args)
    after = _edit(file)
    name = with_u_labels(old.domain)
    if after is None:
        if old.mode is Mode.NONE:
            say(f"{name}: mode none; set mode testing first, `mtasts promote` goes on from there")
            return 1
        say(f"{name}: enforce with the greatest max_age there is; nothing further")
        return 0
    new = acting.revised(file, after)
    acting.rehearsal(args, now)
    say(f"{name}: {old.mode}, max_age {acting.days(old.max_age)} -> {new.mode}, {acting.days(new.max_age)}")
    ledger = ledger_source.open_ledger(args, [old.domain], {old.domain: old.ttl})
    verdict = next(verdicts(args, [old], now, ledger.publications))
    gathered = gather(args, old, ledger, now, sightings=watching.watch_of(args).of(old.domain), verdict=verdict)
    acting.troubles(gathered.troubles)
    _tell(verdict)
    findings = judge_change(old, new, gathered.facts)
    acting.tell(findings)
    if not allowed(findings):
        say(f"\n{name}: not now; nothing was written")
        return 1
    acting.write(file, after, dry_run=args.dry_run)
    acting.next_step(args, file, dry_run=args.dry_run)
    return 0


def _edit(file: "DomainFile") -> str | None:
    """The YAML one step further; None when there is no further step."""
    from mtasts.changes.ladder import next_step

    wanted = next_step(file.policy)
    return None if wanted is None else acting.edited(file, **wanted)


def _tell(verdict: "ReadyVerdict") -> None:
    """The verdict: what it rests on in short when it is ready, every criterion when it is not."""
    from mtasts.words.moments import at, not_before

    if not verdict.ready:
        from mtasts.cli.screen import show
        from mtasts.render.verdict.text import full

        say()
        show(full(verdict))
        return
    evidence = verdict.evidence
    say(f"\nverdict: {verdict.state} (made {at(verdict.made_at)}, expires {not_before(verdict.expires_at)})")
    span = f"{evidence.first} to {evidence.last}" if evidence.first else "no day"
    acting.remark(
        f"reports: {len(evidence.report_keys)} of {len(evidence.reporters)} reporters about {span}, "
        f"{evidence.successes} sessions passed, {evidence.failures} failed"
    )
    probed = at(evidence.probed_at) if evidence.probed_at else "not at all"
    acting.remark(f"probed: {probed}; publication: {evidence.publication or 'none known'}")
