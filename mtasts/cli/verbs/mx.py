"""MX hosts come and go without a refusal: shows the dated plan, and does the next edit of the YAML.

The new host goes into the policy first, into DNS when no sender holds a policy without it; an old host leaves DNS
first, and the policy when no sender has the old MX set. DNS is yours to change; run it again at any time to see what
is done, what is next, and when. What it sees of the MX hosts is kept beside the reports, so that it knows since when a
host is gone.

exit codes: 0 the plan was shown, and the edit made if one was due; 1 the edit was refused; 2 could not look.
"""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mtasts.app.steps.edit import DomainFile
from mtasts.app.steps.mx import HostChange, MxPlan, host_change, mx_plan, next_edit
from mtasts.app.steps.occasion import Occasion
from mtasts.changes.change_adopted import unknown_until
from mtasts.changes.mx_plan import ADD, ADD_TO_DNS, PROBE, PUBLISH_ADDED, PUBLISH_REMOVED, MxStep
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as sightings_source
from mtasts.cli.options.step import add_step_arguments, file_of, ledger_of, occasion_of
from mtasts.cli.screen import say, show
from mtasts.cli.steps import print_findings, print_next, print_occasion, remark, remarks, write
from mtasts.errors import CannotLook
from mtasts.render.escape import terminal
from mtasts.verify.model import MxHost
from mtasts.verify.seen import seen_hosts
from mtasts.words.moments import not_before
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.app.change_facts import Gathered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--add", metavar="HOST", action="append", default=[], help="an MX host or pattern to bring in")
    parser.add_argument("--remove", metavar="HOST", action="append", default=[], help="one to take out; repeatable")
    parser.add_argument(
        "--swap", metavar="OLD=NEW", action="append", default=[], help="NEW in, then OLD out; the same as both"
    )
    add_step_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    sightings_source.add_store_argument(parser)
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, plan, show, edit. Raises CannotLook."""
    change = _change(args)
    file, occasion = file_of(args), occasion_of(args)
    gathered, probed = _look(args, file, occasion, change)
    plan = mx_plan(file, change, gathered.facts)
    print_occasion(occasion)
    say(f"{with_u_labels(file.policy.domain)}: {_title(change)}")
    remarks(gathered.troubles)
    if change.add and (until := unknown_until(file.policy, occasion.now)):
        remark(
            "what was published before the adopted policy is not known: a sender that holds it may refuse the new host"
            f" until {not_before(until)} at the latest"
        )
    _print_plan(plan)
    step = plan.next
    if change.remove and step is not None and not sightings_source.sightings_of(args).keeps:
        remark("what is seen of the MX hosts is not kept: without --store it is not known since when a host is gone")
    if step is None:
        say("\nall done")
        return 0
    if step.action in (PROBE, ADD, ADD_TO_DNS):
        _print_probes(probed)
    return _edit(args, plan, step, occasion)


def _change(args: argparse.Namespace) -> HostChange:
    """What is asked for. Raises CannotLook for what is no host, or for nothing asked."""
    pairs = [text.partition("=") for text in args.swap]
    if any(not (old and new) for old, _, new in pairs):
        raise CannotLook("--swap takes OLD=NEW", "e.g. --swap mx2.example.com=mx3.example.com")
    return host_change([*args.add, *(new for _, _, new in pairs)], [*args.remove, *(old for old, _, _ in pairs)])


def _look(
    args: argparse.Namespace, file: DomainFile, occasion: Occasion, change: HostChange
) -> "tuple[Gathered, tuple[MxHost, ...]]":
    """Facts, and a probe of the new hosts. What is seen of the live ones is kept for the next run."""
    # DNS and TLS cost 100 ms, which no `--help` should wait for.
    from mtasts.app.change_facts import gather
    from mtasts.app.steps.mx_probe import probe

    domain, now = file.policy.domain, occasion.now
    ledger = ledger_of(args, file)
    kept, network = sightings_source.sightings_of(args), looking.network_of(args)
    gathered = gather(file.policy, ledger, now, network, args.timeout, sightings=kept.of(domain))
    live = gathered.facts.mx_hosts
    names = [*(live or ()), *change.added_hosts]
    probed = asyncio.run(probe(names, network, looking.limits_of(args)))
    # Another time than now is true of the sandbox only.
    if live is not None and (args.sandbox or not occasion.rehearsed):
        kept.note(domain, seen_hosts(now, set(live), probed))
    return gathered, tuple(host for host in probed if host.name in change.added_hosts)


def _title(change: HostChange) -> str:
    words = [f"{', '.join(map(with_u_labels, change.add))} in"] if change.add else []
    return ", ".join([*words, *([f"{', '.join(map(with_u_labels, change.remove))} out"] if change.remove else [])])


def _print_plan(plan: MxPlan) -> None:
    """A line a step: how far it is, who has to act, from when on or until when, and what."""
    from mtasts.render.table import Rows

    rows = Rows(gap=2, right=(0,))
    for step in plan.steps:
        mark = "done" if step.done else "next" if step is plan.next else "then"
        rows.add_row(f"{step.number:>2} {mark}", f"{step.who:<6}", _date(step, plan.facts.now), terminal(step.text))
    show(rows)


def _date(step: MxStep, now: datetime) -> str:
    if step.done or step.not_before is None or step.not_before <= now:
        return ""
    return f"{'until' if step.who == 'wait' else 'from'} {not_before(step.not_before)}"


def _print_probes(probed: Sequence[MxHost]) -> None:
    """A host that fails is no harm in the policy, but mail would be refused once it is in DNS."""
    say()
    for host in probed:
        for text in host.untold:
            remark(f"probe: {host.name}: {text}")
        if not host.probes and not host.untold:
            remark(f"probe: {host.name} has no address yet; before it goes into DNS as MX it must pass")
        for one in host.probes:
            said = "; ".join(problem.text for problem in one.problems)
            remark(f"probe: {host.name} [{one.address}]: {said or f'ok, {one.tls_version}'}")
    if any(one.problems for host in probed for one in host.probes):
        remark("senders in enforce would refuse it: fix that before it goes into DNS")


def _edit(args: argparse.Namespace, plan: MxPlan, step: MxStep, occasion: Occasion) -> int:
    """The next step, if it is the policy's; else who has to act."""
    edit = next_edit(plan)
    if edit is None:
        say()
        if step.action in (PUBLISH_ADDED, PUBLISH_REMOVED):
            print_next(args, plan.file.stack)
        else:
            say(f"now: nothing to edit; {'change DNS' if step.who == 'dns' else 'wait'}, then run this again")
        return 0
    judged = edit.judged(plan.facts)
    print_findings(judged.findings)
    if not judged.allowed:
        say("\nnot now; nothing was written")
        return 1
    write(edit, occasion)
    if occasion.writes:
        print_next(args, plan.file.stack)
    return 0
