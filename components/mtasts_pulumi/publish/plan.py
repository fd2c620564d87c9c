"""A plan held against DNS, and what senders see of it once it is carried out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mtasts.live.accounts.ways import Ways
from mtasts.live.network import Network
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import host_groups
from mtasts.words.counted import few, number
from mtasts_pulumi.engine.existing import Existing
from mtasts_pulumi.engine.first_look import FirstLook, look_first, seen_twice, without
from mtasts_pulumi.engine.outcome import Outcome, RunProblem

_SHOWN = 6  # domains or records named in one line


def looked(
    plan: Outcome, policies: Sequence[DomainPolicy], ways: Ways, existing: Existing
) -> tuple[Outcome, FirstLook]:
    """The plan without what is in the way, and what was seen. Raises CannotLook when there is no resolver here."""
    if plan.result == "interrupted":
        return plan, FirstLook()
    look = look_first(plan, policies, Network.from_environment(ways.of("")), ways, existing)
    noted = replace(plan, notes=(*plan.notes, *look.notes))
    return without(noted, look, host_groups(policies)), look


def beyond(plan: Outcome, only: Collection[str]) -> RunProblem | None:
    """What `plan` changes besides the domains `only`, or removes; None where it keeps to them, or `only` is empty."""
    if not only:
        return None
    others = [row.domain for row in plan.domains if row.changed and row.domain not in only]
    gone = [step.what for row in plan.domains for step in row.steps if step.op == "delete"]
    if not others and not gone:
        return None
    told = [f"{number(len(others), 'other domain')} would change too ({few(others, _SHOWN)})"] if others else []
    told += [f"{few(gone, _SHOWN)} would be removed"] if gone else []
    return RunProblem(f"{' and '.join(told)}; nothing was touched", "`mtasts up` first, then this again")


def looked_after(done: Outcome, environ: Mapping[str, str]) -> Outcome:
    """With a failure for each domain of which DNS shows two records: for senders that is none."""
    standing = [row.domain for row in done.domains if row.after.id is not None]
    if done.result == "interrupted" or not standing:
        return done
    twice = seen_twice(standing, Network.from_environment(environ))
    if not twice:
        return done
    wrong = {problem.resource for problem in twice}
    rows = tuple(replace(row, failed=row.failed or row.domain in wrong) for row in done.domains)
    return replace(done, result="failed", domains=rows, problems=(*done.problems, *twice))


def unanswered(told: Outcome, look: FirstLook) -> bool:
    """Whether all that is wrong is that DNS did not answer."""
    unknown = {refusal.text for refusal in look.refusals if refusal.unknown}
    return bool(told.problems) and all(problem.message in unknown for problem in told.problems)
