"""Say whether a change may be merged: its diff, the change rules and the verdicts, judged by the base branch.

Thresholds, waivers and holds are those of --base, so that no change clears a bar that it lowers itself. Looks at the
reports, the ledger, DNS and the MX hosts as `mtasts ready` does; needs read access to them, but a way back (a lower
mode, a shorter max_age) passes without, and what was not looked at is named. The proposed files are only read, from
git's objects: run it in a checkout of the base, and nothing of the change is run.

exit codes: 0 open; 1 closed, with reasons; 2 could not look.
"""

import argparse
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.app.ledger import Ledger
from mtasts.app.sightings import KeptSightings
from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.sightings import sightings_of
from mtasts.cli.screen import talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.app.change_facts import Gathered
    from mtasts.changes.diff import DomainDiff
    from mtasts.changes.rules import ChangeFinding
    from mtasts.cli.proposal import Proposal
    from mtasts.gate.merge_gate import Key
    from mtasts.policy.config import DomainPolicy
    from mtasts.protocol.mta_sts import Policy
    from mtasts.verdict.ready import ReadyVerdict


_LOOKS = 16  # domains whose DNS is asked at a time


@dataclass(slots=True)
class _Found:
    """What was found of each domain of each stack; `settled` are doubts about the base that the ledger ended."""

    findings: "dict[Key, Sequence[ChangeFinding]]" = field(default_factory=dict)
    verdicts: "dict[Key, ReadyVerdict]" = field(default_factory=dict)
    troubles: "dict[Key, Sequence[str]]" = field(default_factory=dict)
    settled: "set[Key]" = field(default_factory=set)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    from mtasts.cli.options.verdicts import add_verdict_arguments
    from mtasts.cli.proposal import add_proposal_arguments

    add_proposal_arguments(parser)
    parser.add_argument("--explain", action="store_true", help="every criterion, and the source of every rule")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    ledger_source.add_ledger_arguments(parser)
    add_verdict_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Compare, look, judge, print. Raises CannotLook."""
    from mtasts.cli.proposal import propose, show
    from mtasts.gate.merge_gate import judge_gate

    proposal, now = propose(args), clock.now_of(args)
    found = _Found()
    # What is not valid is published by nobody, whatever the evidence says.
    if not proposal.problems:
        _judge_all(args, proposal, now, found)
    result = judge_gate(
        [replace(diff, doubt="") if _key(diff) in found.settled else diff for diff in proposal.diffs],
        found.findings,
        found.verdicts,
        problems=proposal.problems,
        deciding=proposal.deciding,
        troubles=found.troubles,
        rehearsed=args.as_of,
    )
    show(result, proposal, args.format, explain=args.explain)
    return 0 if result.passed else 1


def _judge_all(args: argparse.Namespace, proposal: "Proposal", now: datetime, found: _Found) -> None:
    """The ways back first, with what answers; then what needs all of it, which raises CannotLook where that is not so.

    The latter names the ways back, for a change that cannot be judged as a whole must not hold them up.
    """
    from mtasts.changes.rules import allowed
    from mtasts.changes.strength import weakens
    from mtasts.gate.sentences import apart

    asked = [diff for diff in proposal.diffs if diff.published]
    back = [diff for diff in asked if weakens(diff.old, diff.new)]
    rest = [diff for diff in asked if not weakens(diff.old, diff.new)]
    for stack in proposal.stacks:
        if own := [diff for diff in back if diff.stack == stack]:
            _judge(_for_stack(args, stack), own, now, found, needed=False)
    try:
        for stack in proposal.stacks:
            if own := [diff for diff in rest if diff.stack == stack]:
                _judge(_for_stack(args, stack), own, now, found, needed=True)
    except CannotLook as error:
        alone = apart(diff for diff in back if allowed(found.findings[_key(diff)]))
        raise CannotLook(error.message, ". ".join(filter(None, (error.hint, alone)))) from error


def _judge(
    args: argparse.Namespace, asked: "Sequence[DomainDiff]", now: datetime, found: _Found, *, needed: bool
) -> None:
    """Look at the domains of one stack and judge them. Raises CannotLook where what does not answer is `needed`."""
    from mtasts.app.moves import with_move
    from mtasts.app.quotas import nearest_project
    from mtasts.changes.change_mode import binds_harder
    from mtasts.changes.rules import judge_change
    from mtasts.cli.options.verdicts import verdicts_of

    ttls = {diff.domain: _policy(diff).ttl for diff in asked}
    ledger = _ledger(args, asked, ttls, needed=needed)
    asked = [diff for diff in asked if not diff.doubt or _settle(diff, ledger, found)]
    proving = [diff for diff in asked if diff.old is not None and binds_harder(diff.old, diff.new)]
    if proving:
        made = verdicts_of(args, [_policy(diff) for diff in proving], ledger.publications, now)
        found.verdicts.update(zip(map(_key, proving), made, strict=True))
    project = nearest_project(args.project or args.repo, Path.cwd())
    environ, network = looking.environment_of(args), looking.network_of(args)
    for diff, gathered in _gathered(args, asked, ledger, now, found.verdicts, needed=needed):
        facts = replace(gathered.facts, live_policy=_live_policy(args, diff))
        facts = with_move(facts, diff, project, environ, network)
        found.findings[_key(diff)] = judge_change(diff.old, diff.new, facts)
        found.troubles[_key(diff)] = gathered.troubles


def _gathered(
    args: argparse.Namespace,
    asked: "Sequence[DomainDiff]",
    ledger: Ledger,
    now: datetime,
    verdicts: "Mapping[Key, ReadyVerdict]",
    *,
    needed: bool,
) -> "Iterator[tuple[DomainDiff, Gathered]]":
    """The facts of each change, in their order."""
    from concurrent.futures import ThreadPoolExecutor

    from mtasts.app.change_facts import Gathered, gather
    from mtasts.changes.facts import Facts

    watch, unread = _watch(args, needed=needed)
    network = looking.network_of(args)

    def look(diff: "DomainDiff") -> "Gathered":
        policy, verdict = _policy(diff), verdicts.get(_key(diff))
        first = diff.old is None and not ledger.of(diff.domain)
        try:
            seen = watch.of(diff.domain)
            gathered = gather(policy, ledger, now, network, args.timeout, sightings=seen, verdict=verdict, first=first)
        except CannotLook as error:
            if needed:
                raise
            facts = Facts(now=now, ledger=ledger.of(diff.domain), ledger_read=ledger.read)
            gathered = Gathered(facts, (*filter(None, [ledger.trouble]), error.message))
        return replace(gathered, troubles=(*gathered.troubles, *unread))

    # A thread a look: each brings its own loop, and defaults can change the records of a thousand domains at once.
    with ThreadPoolExecutor(_LOOKS) as pool, looking.progress(len(asked), "gate") as bar:
        for diff, gathered in zip(asked, pool.map(look, asked), strict=True):
            yield diff, gathered
            bar.step()


def _ledger(args: argparse.Namespace, asked: "Sequence[DomainDiff]", ttls: dict[str, int], *, needed: bool) -> Ledger:
    """What was published from the stack; not known where every domain begins and the stack is not there yet."""
    try:
        return ledger_source.open_ledger(args, list(ttls), ttls)
    except CannotLook as error:
        if needed and (args.ledger or any(diff.old is not None or diff.doubt for diff in asked)):
            raise
        return Ledger({}, False, error.message)


def _watch(args: argparse.Namespace, *, needed: bool) -> tuple[KeptSightings, tuple[str, ...]]:
    """What was seen of MX hosts before, and what is to be said where it cannot be read."""
    try:
        return sightings_of(args), ()
    except CannotLook as error:
        if needed:
            raise
        return KeptSightings(None, talk), (f"what was seen of MX hosts before: {error.message}",)


def _settle(diff: "DomainDiff", ledger: Ledger, found: _Found) -> bool:
    """End a doubt about the base by the ledger; whether there is still something to judge."""
    served = next((publication for publication in ledger.of(diff.domain) if publication.until is None), None)
    if not ledger.read or (served is not None and served.text != diff.new_text):
        return False
    found.settled.add(_key(diff))
    # What was never published begins now; what is published as proposed does not change.
    return served is None


def _live_policy(args: argparse.Namespace, diff: "DomainDiff") -> "Policy | None":
    """What the policy host serves: needed only where a domain says that it had its policy before."""
    import asyncio

    from mtasts.live.https import fetch_policy
    from mtasts.protocol.mta_sts import read_policy
    from mtasts.verify.model import LookOutcome

    if diff.old is not None or diff.new is None or not diff.new.rollout.adopted:
        return None
    fetches = asyncio.run(fetch_policy(diff.domain, looking.network_of(args), timeout=args.timeout))
    bodies = {fetch.body if fetch.outcome is LookOutcome.OK else b"" for fetch in fetches}
    # Addresses that do not agree serve no policy that one could rely on.
    return read_policy(bodies.pop()).value if len(bodies) == 1 else None


def _key(diff: "DomainDiff") -> "Key":
    return diff.stack, diff.domain


def _policy(diff: "DomainDiff") -> "DomainPolicy":
    policy = diff.old or diff.new
    assert policy is not None  # noqa: S101 - a diff has one of both
    return policy


def _for_stack(args: argparse.Namespace, stack: str) -> argparse.Namespace:
    own = copy.copy(args)
    own.stack = stack
    own.policies = args.repo / args.policies if args.policies else None
    return own
