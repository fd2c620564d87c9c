"""`mtasts promote --all-ready --open-pr`: every ready domain's next step as a pull request of its own.

Judges the stack as it is on the base branch of the remote, whatever is checked out here, and touches neither working
tree nor local branches. What comes when and why: docs/reference/promote-bot.md.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options import clock
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.options import look as looking
from mtasts.cli.options.step import occasion_of
from mtasts.cli.steps import print_occasion, remark
from mtasts.errors import CannotLook, NotValid
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from mtasts.cli.options.ledger import Ledger
    from mtasts.cli.proposed_steps import Judged
    from mtasts.gate.waves import Room
    from mtasts.live.forge.contract import Pull
    from mtasts.live.git import Repository, Tree
    from mtasts.live.proposals import Proposals
    from mtasts.policy.config import DomainPolicy, Loaded
    from mtasts.verdict.ready import ReadyVerdict


@dataclass(frozen=True, slots=True)
class Base:
    """The stack as it stands on the base branch."""

    repository: "Repository"
    tree: "Tree"
    stack: str
    loaded: "Loaded"

    @property
    def defaults(self) -> str:
        """Where the stack's defaults are, or would be."""
        from mtasts.live.files import DEFAULTS_NAME

        top = "" if self.repository.policies == "." else f"{self.repository.policies}/"
        return f"{top}{self.stack}/{DEFAULTS_NAME}"


def add_bot_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the whole fleet's promotion."""
    from mtasts.gate.waves import AT_MOST, SETTLE

    group = parser.add_argument_group("every ready domain, by pull requests")
    group.add_argument("--all-ready", action="store_true", help="every domain of --stack that is ready, not one")
    group.add_argument("--open-pr", action="store_true", help="a branch and a pull request for each, nothing here")
    group.add_argument("--forge", choices=["github", "gitlab"], help="default: the one whose job this is")
    group.add_argument(
        "--base", metavar="BRANCH", help="the branch to propose for (the job's; else what is checked out)"
    )
    group.add_argument("--remote", metavar="NAME", default="origin", help="the git remote (default: origin)")
    group.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="a folder in the clone (here)")
    group.add_argument(
        "--at-most",
        metavar="N",
        type=_number,
        default=AT_MOST,
        help=f"pull requests open, and domains just gone to enforce, at one time (default: {AT_MOST})",
    )
    group.add_argument(
        "--canary",
        metavar="DOMAIN",
        action="append",
        default=[],
        help="goes to enforce before all others, which wait until it has settled; repeatable, in this order",
    )
    group.add_argument(
        "--settle",
        metavar="DAYS",
        type=_number,
        default=SETTLE.days,
        help=f"days for which a domain counts as just gone to enforce (default: {SETTLE.days})",
    )


def run(args: argparse.Namespace) -> int:
    """Look, judge, take back, renew, open. Raises CannotLook."""
    from mtasts.cli.proposed_steps import judged_steps

    if args.domain is not None or not (args.all_ready and args.open_pr):
        raise CannotLook(
            "--all-ready and --open-pr go together, without DOMAIN", "mtasts promote --all-ready --open-pr"
        )
    now = clock.now_of(args)
    occasion = occasion_of(args)
    print_occasion(occasion)
    args.dry_run = not occasion.writes
    proposals, base = _begin(args)
    policies = base.loaded.policies
    ledger = ledger_source.open_ledger(
        args, [one.domain for one in policies], {one.domain: one.ttl for one in policies}
    )
    canaries = _canaries(args, policies)
    judged, verdicts = judged_steps(args, base, ledger, canaries, now)
    pulls = proposals.open()
    room = _room(args, policies, ledger, canaries, verdicts, now)
    kept = list(_settle(args, proposals, pulls, judged, now))
    by_branch = {one.step.branch: one for one in judged}
    for pull in kept:
        known = by_branch.get(pull.branch)
        room = room.taken(known.step.domain if known else pull.branch)
    _open(args, proposals, judged, {pull.branch for pull in kept}, canaries, room)
    _tell_waiting(judged, {pull.branch for pull in kept})
    return 0


def _begin(args: argparse.Namespace) -> "tuple[Proposals, Base]":
    """Speak to remote and forge, and read the base branch. Fills in `args.stack`."""
    from mtasts.gate.waves import PREFIX
    from mtasts.live.forge.environment import forge_from, git_login, named, own_branch
    from mtasts.live.git import Repository
    from mtasts.live.git_branch import Branches, checked_branch, current_branch
    from mtasts.live.proposals import Proposals

    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    if not stack:
        raise CannotLook("no stack", "name one: --stack S")
    args.stack = stack
    folder = stack.rsplit("/", 1)[-1]
    name = named(args.forge, os.environ)
    forge = forge_from(name, os.environ)
    branch = checked_branch(args.base or own_branch(os.environ) or current_branch(args.repo))
    branches = Branches(args.repo, args.remote, git_login(name, os.environ))
    prefix = f"{PREFIX}{folder}/"
    heads = branches.heads(branch, f"{prefix}*")
    if branch not in heads:
        raise CannotLook(f"{args.remote} has no branch {branch}", "--base names the branch that is published")
    branches.fetch([branch])
    repository = Repository(args.repo, looking.policies_folder(args.policies))
    tree = repository.tree(heads[branch])
    loaded = tree.stacks.get(folder)
    if loaded is None:
        raise CannotLook(
            f"no stack {folder} in {repository.policies} of {branch}", "a stack is a folder with YAML in it"
        )
    if loaded.problems:
        raise NotValid(loaded.problems)
    return Proposals(forge, branches, branch, heads[branch], prefix, heads), Base(repository, tree, folder, loaded)


def _canaries(args: argparse.Namespace, policies: "Sequence[DomainPolicy]") -> tuple[str, ...]:
    """The canaries in A-labels, each once. Raises CannotLook for one that is not there."""
    from mtasts.protocol.names import BadName, to_a_labels

    there = {policy.domain for policy in policies}
    found: dict[str, None] = {}
    for name in args.canary:
        try:
            domain = to_a_labels(name)
        except BadName as error:
            raise CannotLook(f"--canary {name!r:.100} is not a mail domain: it {error}") from None
        if domain not in there:
            raise CannotLook(f"--canary {domain} is not in stack {args.stack}", "all others would wait for it")
        found[domain] = None
    return tuple(found)


def _room(
    args: argparse.Namespace,
    policies: "Sequence[DomainPolicy]",
    ledger: "Ledger",
    canaries: Sequence[str],
    verdicts: "Mapping[str, ReadyVerdict]",
    now: datetime,
) -> "Room":
    from mtasts.gate.waves import Room, canary_waits, enforcing_since, settling
    from mtasts.protocol.mta_sts import Mode

    settle = timedelta(days=args.settle)
    since = {one.domain: enforcing_since(ledger.of(one.domain)) for one in policies if one.mode is Mode.ENFORCE}
    by_domain = {policy.domain: policy for policy in policies}
    return Room(
        at_most=args.at_most,
        open=frozenset(),
        flipping=frozenset(domain for domain, begun in since.items() if settling(begun, settle, now)),
        canaries={
            domain: canary_waits(by_domain[domain], since.get(domain), verdicts.get(domain), settle, now)
            for domain in canaries
        },
    )


def _settle(
    args: argparse.Namespace, proposals: "Proposals", pulls: "Sequence[Pull]", judged: "Sequence[Judged]", now: datetime
) -> "Iterator[Pull]":
    """Renew, leave or take back what is open; those that stay open."""
    from mtasts.gate.waves import Fate, Open, fate
    from mtasts.render.verdict.promotion import mark_of, withdrawn

    by_branch = {one.step.branch: one for one in judged}
    steps = {branch: one.step for branch, one in by_branch.items()}
    for pull in pulls:
        mark = mark_of(pull.body)
        if mark is None:
            _say(pull.branch, f"left: #{pull.number} does not say what we wrote", pull)
            yield pull
            continue
        becomes, why = fate(Open(pull.number, pull.branch, mark.holds_until), steps, now)
        if becomes is Fate.WITHDRAW:
            left = "" if args.dry_run else proposals.withdraw(pull, withdrawn(pull.body, why, now))
            _say(pull.branch, f"withdrawn #{pull.number}: {why}{f' ({left})' if left else ''}", pull)
            continue
        if becomes is Fate.LEAVE:
            _say(pull.branch, f"left #{pull.number}: {why}", pull)
        else:
            change = by_branch[pull.branch].change(proposals.forge.body_limit)
            done = "would be renewed" if args.dry_run else proposals.renew(pull, change)
            _say(pull.branch, f"open #{pull.number}{f': {done}' if done else ''}", pull)
        yield pull


def _open(
    args: argparse.Namespace,
    proposals: "Proposals",
    judged: "Sequence[Judged]",
    there: set[str],
    canaries: Sequence[str],
    room: "Room",
) -> None:
    from mtasts.gate.waves import queue

    by_branch = {one.step.branch: one for one in judged}
    for step in queue((one.step for one in judged), there, canaries):
        if why := room.against(step):
            _say(step.branch, why)
            continue
        one = by_branch[step.branch]
        change = one.change(proposals.forge.body_limit)
        declined = proposals.declined(change, one.policy_digest)
        if declined is not None:
            _say(step.branch, f"declined in #{declined.number}: reopen that to have it after all", declined)
            continue
        room = room.taken(step.domain)
        if args.dry_run:
            _say(step.branch, "would be opened")
            continue
        opened = proposals.propose(change)
        if opened is None:
            _say(step.branch, "left: its branch is being moved by somebody else")
        else:
            _say(step.branch, f"opened #{opened.number}", opened)


def _tell_waiting(judged: "Sequence[Judged]", there: set[str]) -> None:
    """The steps that may not be taken, each with its reason; on stderr, since nothing was done about them."""
    from mtasts.gate.waves import Standing

    for one in judged:
        if one.step.standing is not Standing.HOLDS and one.step.branch not in there:
            line = f"{with_u_labels(one.step.domain)}: {one.step.standing.value}: {one.step.why}"
            remark(line, "", 4, sys.stderr)


def _say(branch: str, words: str, pull: "Pull | None" = None) -> None:
    from mtasts.gate.waves import PREFIX

    name = branch.removeprefix(PREFIX).partition("/")[2]
    remark(f"{name}: {words}{f'  {pull.url}' if pull else ''}", "", 4)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 10_000 and len(text) <= 5):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 10000")
    return int(text)
