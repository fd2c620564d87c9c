"""`preview`, `up` and `destroy`: check everything, plan, look at DNS before anything is written, ask, publish, look."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from mtasts.app.accounts import accounts_of
from mtasts.app.sandbox import account_tokens
from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts.live.first_look import VARIABLE, Told
from mtasts.live.network import Network
from mtasts.live.project import aws_profile, stack_settings
from mtasts.policy.config import DomainPolicy, Loaded
from mtasts.policy.desired import host_groups
from mtasts.policy.held import Settled
from mtasts_pulumi.engine.accounts import account_notes, check_accounts, out_of_reach
from mtasts_pulumi.engine.adopting import adoption_problems
from mtasts_pulumi.engine.existing import Existing, look_for_existing
from mtasts_pulumi.engine.failures import everybody_refused
from mtasts_pulumi.engine.find import find_engine
from mtasts_pulumi.engine.first_look import FirstLook, without
from mtasts_pulumi.engine.held import with_held
from mtasts_pulumi.engine.moves import next_steps, torn_out
from mtasts_pulumi.engine.outcome import Outcome, left_standing, not_begun
from mtasts_pulumi.engine.placed import known_places
from mtasts_pulumi.engine.preflight import check_backend, check_credentials, check_providers
from mtasts_pulumi.engine.published import asked_early, deployment, exported_or_new
from mtasts_pulumi.engine.request import Request
from mtasts_pulumi.publish.desk import Desk
from mtasts_pulumi.publish.destination import destination
from mtasts_pulumi.publish.plan import beyond, looked, looked_after, unanswered
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.rest import policies_of, refused, settled, settled_as_judged, told
from mtasts_pulumi.publish.result import Declined, Done, Empty, Refused, Result
from mtasts_pulumi.publish.stack import Stack, laid_over, stack_of


def carry_out(request: PublishRequest, desk: Desk) -> Result:
    """Do what is asked. Raises CannotLook when it cannot begin: then nothing was touched."""
    environment = laid_over(request)
    stack = stack_of(request, environment)
    tokens = account_tokens(accounts_of(stack.project, stack.name), stack.environ)
    environment = {**environment, **tokens}
    loaded = policies_of(stack, needed=request.operation != "destroy")
    right = settled_as_judged(request, stack, loaded, desk)
    if refused(right, request):
        return Refused(stack.name, right)
    _check_early(request, stack, loaded)
    if not right.policies and request.operation != "destroy":
        return Empty(stack.name)
    _check_surroundings(request, stack, right, desk)
    if request.operation == "destroy" and request.asking and not desk.agrees("destroy", stack.name):
        return Declined()
    with desk.obtaining() as progress:
        engine = find_engine(progress, stack.environ)
    if request.remove_early:
        _note_unknown(stack, desk)
    run = _run_of(request, stack, engine, environment)
    if request.operation == "destroy":
        check_accounts(deployment(stack.project, stack.name, stack.environ), stack.ways)
        return Done(_driven(replace(run, domains=_names(right)), desk))
    return _published(request, run, stack, loaded, right, desk)


def _published(
    request: PublishRequest, run: Request, stack: Stack, loaded: Loaded, right: Settled, desk: Desk
) -> Refused | Declined | Done:
    """Preview or publish what is right, without what would be torn out of where it is."""
    state = deployment(stack.project, stack.name, stack.environ)
    torn = torn_out(right.policies, stack.project, stack.name, state) if state else []
    if not state and any(policy.adopted is not None for policy in right.policies):
        # What the state holds must be known: a record of ours that is imported again would be replaced.
        state = exported_or_new(stack.project, stack.name, stack.environ)
    torn += adoption_problems(right.policies, state, datetime.now(UTC))
    ways = stack.ways
    torn += out_of_reach(right.policies, state, ways)
    if torn:
        right = settled(loaded, stack, desk, torn)
        if refused(right, request):
            return Refused(stack.name, right)
    for note in account_notes(right.policies, state):
        desk.note(note)
    network, profile = Network.from_environment(stack.environ), aws_profile(stack.project, stack.name)
    found = look_for_existing(right.policies, state, network, ways, profile)
    existing = replace(found, waiting=request.waiting)
    with told(right, state) as held:
        run = replace(run, domains=_names(right), environment={**run.environment, **held})
        if request.operation == "preview":
            result: Declined | Done = _preview(run, ways, right, desk, existing)
        else:
            result = _up(run, stack, ways, right, desk, existing, asked=request)
    return replace(result, following=partial(next_steps, right.policies, stack.project, stack.name, stack.environ))


def _preview(run: Request, ways: Ways, right: Settled, desk: Desk, existing: Existing) -> Done:
    """Plan and look."""
    plan, look = looked(_driven_with(existing.told, run, desk), right.policies, ways, existing)
    return _done(plan, look, right)


def _up(
    run: Request, stack: Stack, ways: Ways, right: Settled, desk: Desk, existing: Existing, *, asked: PublishRequest
) -> Declined | Done:
    """Plan, look, ask a person who has seen the plan, publish what is not refused."""
    planned = replace(run, operation="preview", for_up=True, diff=run.diff and asked.asking)
    plan, look = looked(_driven_with(existing.told, planned, desk), right.policies, ways, existing)
    desk.planned(plan, look)
    if plan.result == "interrupted":
        return Done(with_held(plan, right))
    if everybody_refused(plan.problems):
        # The engine would refuse it as well, but only when what does not depend on it has been changed already.
        desk.note("nothing was touched")
        return Done(with_held(not_begun(plan), right))
    if problem := beyond(plan, asked.only):
        begun = not_begun(plan)
        return Done(with_held(replace(begun, problems=(*begun.problems, problem)), right))
    if look.left_out and all(row.domain in look.left_out for row in plan.domains):
        # Nothing of this stack is there, and nothing but the empty bucket would be.
        return _done(replace(plan, operation="up", shared=()), look, right)
    if asked.asking and not desk.agrees("up", stack.name, with_held(plan, right)):
        return Declined()
    # A stack that was to be made is there since the plan; one that is gone now is not made again.
    done = _driven_with(look.told, replace(run, create=False), desk)
    left = tuple(left_standing(plan, done))
    notes = dict.fromkeys((*plan.notes, *look.notes, *done.notes, *left))
    done = without(replace(done, notes=tuple(notes)), look, host_groups(right.policies))
    return replace(_done(looked_after(done, stack.environ), look, right), left=left)


def _done(outcome: Outcome, look: FirstLook, right: Settled) -> Done:
    whole = with_held(outcome, right)
    return Done(whole, unanswered(whole, look))


def _driven_with(seen: Told, run: Request, desk: Desk) -> Outcome:
    """A run whose program knows what was seen before it."""
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        path = Path(folder) / "first-look.json"
        seen.write(path)
        return _driven(replace(run, environment={**run.environment, VARIABLE: str(path)}), desk)


def _driven(run: Request, desk: Desk) -> Outcome:
    # Late: it brings the SDK, 0.3 s, of no use to a run that stops before.
    from mtasts_pulumi.engine import drive

    with desk.running(run) as talk:
        return drive.run(run, talk)


def _names(right: Settled) -> frozenset[str]:
    return frozenset(policy.domain for policy in _published_here(right))


def _published_here(right: Settled) -> list[DomainPolicy]:
    """Without those whose records are another tool's."""
    return [policy for policy in right.policies if policy.released is None]


def _run_of(request: PublishRequest, stack: Stack, engine: Path, environment: Mapping[str, str]) -> Request:
    return Request(
        operation=request.operation,
        project=stack.project,
        stack=stack.name,
        engine=engine,
        environment=environment,
        create=request.create or request.sandbox or bool(stack.environ.get("MTASTS_SANDBOX_DIR")),
        refresh=request.refresh,
        diff=request.diff,
        parallel=request.parallel,
        checkpoints=request.checkpoints,
        place=request.place,
    )


def _check_early(request: PublishRequest, stack: Stack, loaded: Loaded) -> None:
    """Raise CannotLook for a domain that is to be removed early but still has its file: one of the two is a slip."""
    living = asked_early(stack.environ) & {policy.domain for policy in loaded.policies}
    if request.operation != "destroy" and living:
        raise CannotLook(
            f"--remove-before-date {', '.join(sorted(living))}: its file is still there, so it would not be removed",
            "take the file away first, or leave the option out",
        )


def _check_surroundings(request: PublishRequest, stack: Stack, right: Settled, desk: Desk) -> None:
    """Raise CannotLook for what can be seen to be missing before the engine runs; then show where it publishes."""
    check_providers(stack.environ)
    settings = stack_settings(stack.project, stack.name)
    check_credentials(_published_here(right), settings, stack.environ)
    check_backend(stack.environ)
    desk.where(
        destination(request.operation, stack.project, stack.name, _published_here(right), settings, stack.environ)
    )


def _note_unknown(stack: Stack, desk: Desk) -> None:
    """Say which domain that is to be removed early is not there: a slip, or gone already, as when a run is repeated."""
    there = known_places(stack.project, stack.name, stack.environ)
    unknown = sorted(asked_early(stack.environ) - there.keys())
    if unknown:
        said = f"--remove-before-date {', '.join(unknown)}: this stack publishes no such domain"
        desk.note(f"{said}, so nothing is removed for that")
