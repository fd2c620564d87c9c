"""Say what a change means for mail, from git alone: no credentials, no network, nothing checked out or run.

Compares the policies of --base with those that merging --head into it gives, per mail domain: mode, mx, max_age,
whether the id rotates, records, policy text. The change rules that need no evidence are judged at once; what is left
to `mtasts gate` is named. Works on a stranger's fork.

exit codes: 0 nothing changes, or no rule forbids it; 1 a rule forbids it, or the files are not valid; 2 could not look.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    from mtasts.cli.proposal import add_proposal_arguments

    add_proposal_arguments(parser)
    parser.add_argument(
        "--worktree", action="store_true", help="the files as they lie in the folder, instead of those of --head"
    )


def run(args: argparse.Namespace) -> int:
    """Compare, judge what can be judged, print. Raises CannotLook."""
    from datetime import UTC, datetime

    from mtasts.changes.rules import Facts, judge_change
    from mtasts.cli.proposal import propose, show
    from mtasts.gate.merge_gate import Look, judge_gate

    proposal = propose(args, worktree=args.worktree)
    facts = Facts(now=datetime.now(UTC))
    findings = {
        (diff.stack, diff.domain): judge_change(diff.old, diff.new, facts)
        for diff in proposal.diffs
        if diff.published and not diff.doubt
    }
    result = judge_gate(
        proposal.diffs, findings, {}, look=Look.DIFF, problems=proposal.problems, deciding=proposal.deciding
    )
    show(result, proposal, args.format)
    return 0 if result.passed else 1
