"""Say whether a change may be merged: its diff, the change rules and the verdicts, judged by the base branch.

Thresholds, waivers and holds are those of --base, so that no change clears a bar that it lowers itself. Looks at the
reports, the ledger, DNS and the MX hosts as `mtasts ready` does; needs read access to them. The proposed files are only
read, from git's objects: run it in a checkout of the base, and nothing of the change is run.

exit codes: 0 open; 1 closed, with reasons; 2 could not look.
"""

import argparse
import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import clock, ledger_source, watching
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.cli.ledger_source import Ledger
    from mtasts.cli.proposal import Proposal
    from mtasts.protocol.mta_sts import Policy
    from mtasts.readiness.gate import Key
    from mtasts.readiness.ready import ReadyVerdict
    from mtasts.rollout.changes import ChangeFinding
    from mtasts.rollout.config import DomainPolicy
    from mtasts.rollout.diff import DomainDiff


@dataclass(slots=True)
class _Found:
    """What was found of each domain of each stack; `settled` are doubts about the base that the ledger ended."""

    findings: "dict[Key, Sequence[ChangeFinding]]" = field(default_factory=dict)
    verdicts: "dict[Key, ReadyVerdict]" = field(default_factory=dict)
    troubles: "dict[Key, Sequence[str]]" = field(default_factory=dict)
    settled: "set[Key]" = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change to judge, and the policy to judge it from."""

    diff: "DomainDiff"
    old: "DomainPolicy | None"

    @property
    def key(self) -> "Key":
        return self.diff.stack, self.diff.domain

    @property
    def policy(self) -> "DomainPolicy":
        policy = self.old or self.diff.new
        assert policy is not None  # noqa: S101 - a diff has one of both
        return policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    from mtasts.cli.judging import add_ready_arguments
    from mtasts.cli.proposal import add_proposal_arguments

    add_proposal_arguments(parser)
    parser.add_argument("--explain", action="store_true", help="every criterion, and the source of every rule")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    ledger_source.add_ledger_arguments(parser)
    add_ready_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Compare, look, judge, print. Raises CannotLook."""
    from mtasts.cli.proposal import propose, show
    from mtasts.readiness.gate import judge_gate

    proposal, now, found = propose(args), clock.now_of(args), _Found()
    # What is not valid is published by nobody, whatever the evidence says.
    for stack in () if proposal.problems else proposal.stacks:
        asked = list(_asked(proposal, stack, found))
        if asked:
            _judge(_for_stack(args, stack), asked, now, found)
    result = judge_gate(
        [replace(diff, doubt="") if (diff.stack, diff.domain) in found.settled else diff for diff in proposal.diffs],
        found.findings,
        found.verdicts,
        problems=proposal.problems,
        troubles=found.troubles,
        rehearsed=args.as_of,
    )
    show(result, proposal, args.format, explain=args.explain)
    return 0 if result.passed else 1


def _asked(proposal: "Proposal", stack: str, found: _Found) -> "Iterable[_Asked]":
    """The changes of a stack that need a judgement; those that cannot have one are noted."""
    from mtasts.readiness.gate import judged_from

    for diff in proposal.diffs:
        if diff.stack != stack:
            continue
        old, moved = (None, ()) if diff.doubt else judged_from(diff, proposal.on_base(diff))
        found.findings[diff.stack, diff.domain] = moved
        if diff.published and not moved:
            yield _Asked(diff, old)


def _judge(args: argparse.Namespace, asked: Sequence[_Asked], now: datetime, found: _Found) -> None:
    """Look at the domains of one stack and judge them."""
    from mtasts.cli.facts import gather
    from mtasts.cli.judging import verdicts
    from mtasts.rollout.change_mode import binds_harder
    from mtasts.rollout.changes import judge_change

    ttls = {one.policy.domain: one.policy.ttl for one in asked}
    ledger = _ledger(args, asked, ttls)
    asked = [one for one in asked if not one.diff.doubt or _settle(one, ledger, found)]
    proving = [one for one in asked if one.old is not None and binds_harder(one.old, one.diff.new)]
    if proving:
        made = verdicts(args, [one.policy for one in proving], now, ledger.publications)
        found.verdicts.update(zip((one.key for one in proving), made, strict=True))
    watch = watching.watch_of(args)
    for one in asked:
        verdict, seen = found.verdicts.get(one.key), watch.of(one.policy.domain)
        gathered = gather(args, one.policy, ledger, now, sightings=seen, verdict=verdict)
        facts = replace(gathered.facts, live_policy=_live_policy(args, one))
        found.findings[one.key] = judge_change(one.old, one.diff.new, facts)
        found.troubles[one.key] = gathered.troubles


def _ledger(args: argparse.Namespace, asked: Sequence[_Asked], ttls: dict[str, int]) -> "Ledger":
    """What was published from the stack; nothing is known where every domain begins and the stack is not there yet."""
    try:
        return ledger_source.open_ledger(args, list(ttls), ttls)
    except CannotLook as error:
        if args.ledger or any(one.old is not None or one.diff.doubt for one in asked):
            raise
        return ledger_source.Ledger({}, False, error.message)


def _settle(one: _Asked, ledger: "Ledger", found: _Found) -> bool:
    """End a doubt about the base by the ledger; whether there is still something to judge."""
    served = next((publication for publication in ledger.of(one.policy.domain) if publication.until is None), None)
    if not ledger.read or (served is not None and served.text != one.diff.new_text):
        return False
    found.settled.add(one.key)
    # What was never published begins now; what is published as proposed does not change.
    return served is None


def _live_policy(args: argparse.Namespace, one: _Asked) -> "Policy | None":
    """What the policy host serves: needed only where a domain says that it had its policy before."""
    import asyncio

    from mtasts.cli import looking
    from mtasts.live.https import fetch_policy
    from mtasts.protocol.mta_sts import read_policy
    from mtasts.readiness.model import Outcome

    if one.old is not None or one.diff.new is None or not one.diff.new.rollout.adopted:
        return None
    fetches = asyncio.run(fetch_policy(one.policy.domain, looking.network_of(args), timeout=args.timeout))
    bodies = {fetch.body if fetch.outcome is Outcome.OK else b"" for fetch in fetches}
    # Addresses that do not agree serve no policy that one could rely on.
    return read_policy(bodies.pop()).value if len(bodies) == 1 else None


def _for_stack(args: argparse.Namespace, stack: str) -> argparse.Namespace:
    own = copy.copy(args)
    own.stack = stack
    own.policies = args.repo / args.policies if args.policies else None
    return own
