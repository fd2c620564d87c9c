"""Take a mail domain one step further, in its YAML: from testing to enforce, then up the ladder of max_age.

Needs the verdict `ready` (`mtasts ready` shows it in full) and obeys the change rules; refuses with their reasons and
the earliest date. Enforce begins with the max_age of testing, a week at most, and climbs one rung a run: 1, 7, 14, 28
days ...

`mtasts bot` does the same for every domain of a stack, by pull requests.

exit codes: 0 edited, or at the top already; 1 refused, with reasons; 2 could not look.
"""

import argparse
from datetime import datetime
from typing import NoReturn

from mtasts.app.steps import promote
from mtasts.app.steps.edit import Edit, JudgedEdit
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.sightings import sightings_of
from mtasts.cli.options.step import add_step_arguments, file_of, ledger_of, occasion_of
from mtasts.cli.options.verdicts import add_verdict_arguments, verdicts_of
from mtasts.cli.screen import say, show
from mtasts.cli.steps import print_findings, print_next, print_occasion, remark, remarks, write
from mtasts.errors import CannotLook
from mtasts.protocol.mta_sts import Mode
from mtasts.verdict.ready import Verdict
from mtasts.words.durations import span
from mtasts.words.moments import at, not_before
from mtasts.words.names import with_u_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    for option in ("--all-ready", "--open-pr"):
        parser.add_argument(option, action=_Moved, nargs=0, help=argparse.SUPPRESS)
    add_step_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    add_verdict_arguments(parser)


class _Moved(argparse.Action):
    """An option that is a command of its own by now."""

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Say which."""
        raise CannotLook(
            "--all-ready and --open-pr are no longer options of `promote`",
            "`mtasts bot settle --stack S`, then `mtasts bot propose --stack S`, do that now",
        )


def run(args: argparse.Namespace) -> int:
    """Judge, explain, edit. Raises CannotLook."""
    file, occasion = file_of(args), occasion_of(args)
    name = with_u_labels(file.policy.domain)
    edit = promote.next_edit(file)
    if edit is None:
        if file.policy.mode is Mode.NONE:
            say(f"{name}: mode none; set mode testing first, `mtasts promote` goes on from there")
            return 1
        say(f"{name}: enforce with the greatest max_age there is; nothing further")
        return 0
    print_occasion(occasion)
    old, new = file.policy, edit.policy
    say(f"{name}: {old.mode}, max_age {span(old.max_age)} -> {new.mode}, {span(new.max_age)}")
    judged = _judged(args, edit, occasion.now)
    print_findings(judged.findings)
    if not judged.allowed:
        say(f"\n{name}: not now; nothing was written")
        return 1
    write(edit, occasion)
    if occasion.writes:
        print_next(args, file.stack)
    return 0


def _judged(args: argparse.Namespace, edit: Edit, now: datetime) -> JudgedEdit:
    """The edit judged by the verdict and the facts, which are printed."""
    from mtasts.app.change_facts import gather  # DNS and TLS cost 100 ms, which no `--help` should wait for

    old = edit.file.policy
    ledger = ledger_of(args, edit.file)
    verdict = next(verdicts_of(args, [old], ledger.publications, now))
    network, seen = looking.network_of(args), sightings_of(args).of(old.domain)
    gathered = gather(old, ledger, now, network, args.timeout, sightings=seen, verdict=verdict)
    remarks(gathered.troubles)
    _print_verdict(verdict)
    return edit.judged(gathered.facts)


def _print_verdict(verdict: Verdict) -> None:
    """The verdict: what it rests on in short when it is ready, every criterion when it is not."""
    if not verdict.ready:
        from mtasts.render.verdict.text import full

        say()
        show(full(verdict))
        return
    evidence = verdict.evidence
    say(f"\nverdict: {verdict.state} (made {at(verdict.made_at)}, expires {not_before(verdict.expires_at)})")
    span = f"{evidence.first} to {evidence.last}" if evidence.first else "no day"
    remark(
        f"reports: {len(evidence.report_keys)} of {len(evidence.reporters)} reporters about {span}, "
        f"{evidence.successes} sessions passed, {evidence.failures} failed"
    )
    probed = at(evidence.probed_at) if evidence.probed_at else "not at all"
    remark(f"probed: {probed}; publication: {evidence.publication or 'none known'}")
