"""`preview` and `up`: plan, look at DNS before anything is written, show and ask, publish, look whether it came out."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.next_command import command
from mtasts.cli.screen import talk

if TYPE_CHECKING:
    from mtasts.live.network import Network
    from mtasts.policy.config import DomainPolicy
    from mtasts.policy.held import Settled
    from mtasts_pulumi.engine.first_look import FirstLook
    from mtasts_pulumi.engine.outcome import Outcome
    from mtasts_pulumi.engine.request import Request


def preview(request: "Request", settled: "Settled", args: argparse.Namespace) -> int:
    """Plan, look, tell; the exit code."""
    from mtasts_pulumi.engine.held import with_held
    from mtasts_pulumi.verbs._run import drive, tell

    plan, look = _looked(drive(replace(request, operation="preview"), args), request, settled.policies)
    plan = with_held(plan, settled)
    return _code(tell(plan, args), plan, look)


def up(request: "Request", settled: "Settled", args: argparse.Namespace, *, asking: bool) -> int:
    """Plan, look, ask a person who has seen the plan, publish what is not refused, tell; the exit code."""
    from mtasts.live.first_look import VARIABLE
    from mtasts.policy.desired import host_groups
    from mtasts_pulumi.engine.failures import everybody_refused
    from mtasts_pulumi.engine.first_look import without
    from mtasts_pulumi.engine.held import with_held
    from mtasts_pulumi.engine.outcome import left_standing, not_begun
    from mtasts_pulumi.verbs._run import drive, tell

    planned = replace(request, operation="preview", for_up=True, diff=request.diff and asking)
    plan, look = _looked(drive(planned, args), request, settled.policies)
    for line in (*look.notes, *_flips(plan, request.stack, args)):
        talk(f"mtasts: {line}")
    if plan.result == "interrupted":
        return tell(with_held(plan, settled), args)
    if everybody_refused(plan.problems):
        # The engine would refuse it as well, but only when what does not depend on it has been changed already.
        talk("mtasts: nothing was touched")
        return tell(with_held(not_begun(plan), settled), args)
    if look.left_out and all(row.domain in look.left_out for row in plan.domains):
        # Nothing of this stack is there, and nothing but the empty bucket would be.
        plan = with_held(replace(plan, operation="up", shared=()), settled)
        return _code(tell(plan, args), plan, look)
    if asking and not _agreed(with_held(plan, settled), request.stack, args):
        return 1
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        look.told.write(Path(folder) / "first-look.json")
        told = {VARIABLE: str(Path(folder) / "first-look.json")}
        # A stack that was to be made is there since the plan; one that is gone now is not made anew.
        done = drive(replace(request, create=False, environment={**request.environment, **told}), args)
    left = left_standing(plan, done)
    notes = dict.fromkeys((*plan.notes, *look.notes, *done.notes, *left))
    done = without(replace(done, notes=tuple(notes)), look, host_groups(settled.policies))
    done = with_held(_looked_after(done, request), settled)
    code = _code(tell(done, args), done, look)
    for line in left:
        talk(f"mtasts: {line}")
    return code


def _agreed(plan: "Outcome", stack: str, args: argparse.Namespace) -> bool:
    from mtasts_pulumi.verbs._display import complain, show
    from mtasts_pulumi.verbs._run import agreed

    # stdout is for the result.
    with contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext():
        show(plan)
    complain(plan, args)
    return agreed("up", stack)


def _looked(plan: "Outcome", request: "Request", policies: "Sequence[DomainPolicy]") -> "tuple[Outcome, FirstLook]":
    from mtasts.policy.desired import host_groups
    from mtasts_pulumi.engine.first_look import FirstLook, look_first, without

    if plan.result == "interrupted":
        return plan, FirstLook()
    domains = [policy.domain for policy in policies]
    look = look_first(plan, domains, _network(request), {**os.environ, **request.environment})
    noted = replace(plan, notes=(*plan.notes, *look.notes))
    return without(noted, look, host_groups(policies)), look


def _looked_after(done: "Outcome", request: "Request") -> "Outcome":
    """With a failure for each domain of which DNS shows two records: for senders that is none."""
    from mtasts_pulumi.engine.first_look import seen_twice

    standing = [row.domain for row in done.domains if row.after.id is not None]
    if done.result == "interrupted" or not standing:
        return done
    twice = seen_twice(standing, _network(request))
    if not twice:
        return done
    wrong = {problem.resource for problem in twice}
    rows = tuple(replace(row, failed=row.failed or row.domain in wrong) for row in done.domains)
    return replace(done, result="failed", domains=rows, problems=(*done.problems, *twice))


def _flips(plan: "Outcome", stack: str, args: argparse.Namespace) -> list[str]:
    """One line for each domain that goes to enforce: the pipeline's gate asks for the verdict, `up` does not."""
    return [
        f"{row.domain}: {row.before.mode or 'new'} -> enforce: `up` has not asked whether it is ready;"
        f" `{command(args, 'ready', row.domain, '--stack', stack.rsplit('/', 1)[-1])}` does"
        for row in plan.domains
        if row.after.mode == "enforce" and row.before.mode != "enforce" and not row.failed
    ]


def _code(code: int, told: "Outcome", look: "FirstLook") -> int:
    """2 when all that is wrong is that DNS did not answer."""
    unknown = {refusal.text for refusal in look.refusals if refusal.unknown}
    only = bool(told.problems) and all(problem.message in unknown for problem in told.problems)
    return 2 if code == 1 and only else code


def _network(request: "Request") -> "Network":
    from mtasts.live.network import Network

    return Network.from_environment({**os.environ, **request.environment})
