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
from typing import TYPE_CHECKING

from mtasts.cli import acting
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options import sightings as watching
from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from datetime import datetime

    from mtasts.changes.facts import Facts
    from mtasts.changes.mx_plan import Step
    from mtasts.cli.acting import DomainFile
    from mtasts.cli.facts import Gathered
    from mtasts.verify.model import MxHost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--add", metavar="HOST", action="append", default=[], help="an MX host or pattern to bring in")
    parser.add_argument("--remove", metavar="HOST", action="append", default=[], help="one to take out; repeatable")
    parser.add_argument(
        "--swap", metavar="OLD=NEW", action="append", default=[], help="NEW in, then OLD out; the same as both"
    )
    acting.add_acting_arguments(parser)
    ledger_source.add_ledger_arguments(parser)
    watching.add_store_argument(parser)
    clock.add_clock_argument(parser)
    looking.add_network_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Look, plan, show, edit. Raises CannotLook."""
    from mtasts.changes.mx_plan import next_step, plan

    add, remove = _wanted(args)
    file, now = acting.open_domain(args), clock.now_of(args)
    ledger = ledger_source.open_ledger(args, [file.policy.domain], {file.policy.domain: file.policy.ttl})
    gathered, seen = _look(args, file, ledger, now, add)
    steps = plan(file.policy, gathered.facts, add, remove)
    acting.rehearsal(args, now)
    say(f"{with_u_labels(file.policy.domain)}: {_title(add, remove)}")
    acting.troubles(gathered.troubles)
    _show(steps, now)
    step = next_step(steps)
    if remove and step is not None and not watching.watch_of(args).keeps:
        acting.remark("what is seen of the MX hosts is not kept: without --store nobody knows since when one is gone")
    if step is None:
        say("\nall done")
        return 0
    return _do(args, file, gathered.facts, step, _Wanted(add, remove, seen))


class _Wanted:
    """What is asked for, and what was seen of the new hosts."""

    def __init__(self, add: Sequence[str], remove: Sequence[str], seen: "Sequence[MxHost]") -> None:
        self.add, self.remove, self.seen = add, remove, seen


def _wanted(args: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The patterns to add and to remove, in A-labels. Raises CannotLook for what is none, or for nothing asked."""
    pairs = [text.partition("=") for text in args.swap]
    if any(not (old and new) for old, _, new in pairs):
        raise CannotLook("--swap takes OLD=NEW", "e.g. --swap mx2.example.com=mx3.example.com")
    add = _patterns([*args.add, *(new for _, _, new in pairs)])
    remove = _patterns([*args.remove, *(old for old, _, _ in pairs)])
    if not add and not remove:
        raise CannotLook("which MX host?", "say --add HOST, --remove HOST or --swap OLD=NEW")
    if both := set(add) & set(remove):
        raise CannotLook(f"{min(both)} cannot be added and removed at once", "name it once")
    return add, remove


def _patterns(texts: Sequence[str]) -> list[str]:
    from mtasts.policy.rules import pattern_rule

    found: dict[str, None] = {}
    for text in texts:
        said: list[str] = []
        pattern = pattern_rule(text, lambda message, *_, warning=False, said=said: said.append(message))
        if pattern is None:
            raise CannotLook(f"no MX host or pattern: {said[0]}", "e.g. mx3.example.com")
        found[pattern] = None
    return list(found)


def _look(
    args: argparse.Namespace, file: "DomainFile", ledger: ledger_source.Ledger, now: "datetime", add: Sequence[str]
) -> "tuple[Gathered, tuple[MxHost, ...]]":
    """Facts, and a probe of the new hosts. What is seen of the live ones is kept for the next run."""
    from mtasts.cli.facts import gather
    from mtasts.verify.seen import seen_hosts

    watch = watching.watch_of(args)
    domain = file.policy.domain
    gathered = gather(args, file.policy, ledger, now, sightings=watch.of(domain))
    live = gathered.facts.mx_hosts
    names = [name for name in add if not name.startswith("*.")]
    probed = asyncio.run(_probe(args, [*(live or ()), *names]))
    # Another time than now is true of the sandbox only.
    if live is not None and (args.sandbox or args.as_of is None):
        watch.note(domain, seen_hosts(now, set(live), probed))
    return gathered, tuple(host for host in probed if host.name in names)


async def _probe(args: argparse.Namespace, names: Sequence[str]) -> "tuple[MxHost, ...]":
    from mtasts.live.observe import Observer
    from mtasts.verify.model import Answer, AnswerKind

    if not names:
        return ()
    observer = Observer(looking.network_of(args), looking.limits_of(args))
    try:
        hosts = tuple(f"0 {name}" for name in dict.fromkeys(names))
        return await observer.mail_hosts.of_answer(names[0], Answer(names[0], "MX", AnswerKind.FOUND, hosts))
    finally:
        observer.close()


def _title(add: Sequence[str], remove: Sequence[str]) -> str:
    words = [f"{', '.join(map(with_u_labels, add))} in"] if add else []
    return ", ".join([*words, *([f"{', '.join(map(with_u_labels, remove))} out"] if remove else [])])


def _show(steps: "Sequence[Step]", now: "datetime") -> None:
    """A line a step: how far it is, who has to act, from when on or until when, and what."""
    from mtasts.cli.screen import show
    from mtasts.render.escape import terminal
    from mtasts.render.table import Rows
    from mtasts.words.moments import not_before

    following = next((step for step in steps if not step.done), None)
    rows = Rows(gap=2, right=(0,))
    for step in steps:
        mark = "done" if step.done else "next" if step is following else "then"
        late = not step.done and step.not_before is not None and step.not_before > now
        word = "until" if step.who == "wait" else "from"
        date = f"{word} {not_before(step.not_before)}" if late and step.not_before else ""
        rows.add_row(f"{step.number:>2} {mark}", f"{step.who:<6}", date, terminal(step.text))
    show(rows)


def _do(args: argparse.Namespace, file: "DomainFile", facts: "Facts", step: "Step", wanted: _Wanted) -> int:
    """The next step, if it is the policy's; else who has to act."""
    from mtasts.changes.mx_plan import ADD, ADD_TO_DNS, PROBE, PUBLISH_ADDED, PUBLISH_REMOVED, REMOVE

    if step.action in (PROBE, ADD, ADD_TO_DNS):
        _tell_probes(wanted)
    if step.action in (PROBE, ADD):
        return _edit(args, file, facts, acting.edited(file, add_mx=wanted.add))
    if step.action == REMOVE:
        present = [pattern for pattern in wanted.remove if pattern in file.policy.mx]
        return _edit(args, file, facts, acting.edited(file, remove_mx=present))
    say()
    if step.action in (PUBLISH_ADDED, PUBLISH_REMOVED):
        acting.next_step(args, file)
    else:
        say(f"now: nothing to edit; {'change DNS' if step.who == 'dns' else 'wait'}, then run this again")
    return 0


def _tell_probes(wanted: _Wanted) -> None:
    """A host that fails is no harm in the policy, but mail would be refused once it is in DNS."""
    say()
    for host in wanted.seen:
        for text in host.untold:
            acting.remark(f"probe: {host.name}: {text}")
        if not host.probes and not host.untold:
            acting.remark(f"probe: {host.name} has no address yet; before it goes into DNS as MX it must pass")
        for probe in host.probes:
            said = "; ".join(problem.text for problem in probe.problems)
            acting.remark(f"probe: {host.name} [{probe.address}]: {said or f'ok, {probe.tls_version}'}")
    if any(probe.problems for host in wanted.seen for probe in host.probes):
        acting.remark("senders in enforce would refuse it: fix that before it goes into DNS")


def _edit(args: argparse.Namespace, file: "DomainFile", facts: "Facts", after: str) -> int:
    from mtasts.changes.rules import allowed, judge_change

    findings = judge_change(file.policy, acting.revised(file, after), facts)
    acting.tell(findings)
    if not allowed(findings):
        say("\nnot now; nothing was written")
        return 1
    acting.write(file, after, dry_run=args.dry_run)
    acting.next_step(args, file, dry_run=args.dry_run)
    return 0
