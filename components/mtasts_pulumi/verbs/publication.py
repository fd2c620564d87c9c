"""The end of `preview`, `up` and `destroy`: what became of it, on stdout, and the exit code."""

from mtasts.cli.next_command import command
from mtasts.cli.screen import document, talk
from mtasts.cli.stacks import note_empty
from mtasts.live.checkout import in_repository
from mtasts.policy.held import Settled
from mtasts.render.ci.comment import SUMMARY_LIMIT, comment
from mtasts.render.ci.parts import Part, to_json
from mtasts.render.ci.preview import invalid_part, preview_part
from mtasts.render.run.document import values
from mtasts.render.runner import dumps
from mtasts_pulumi.engine.outcome import Outcome, RunProblem
from mtasts_pulumi.publish.publication import carry_out
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.result import Declined, Done, Empty, Refused, Result
from mtasts_pulumi.verbs.desk import Shape, TerminalDesk
from mtasts_pulumi.verbs.display import complain, show

INTERRUPTED = 130  # as shells count: 128 + SIGINT


def publish(request: PublishRequest, shape: Shape) -> int:
    """Do what is asked, and tell how it ended; the exit code."""
    return tell(carry_out(request, TerminalDesk(shape)), request, shape)


def tell(result: Result, request: PublishRequest, shape: Shape) -> int:
    """Tell how a request ended; the exit code."""
    if isinstance(result, Refused):
        return _refuse(result, request, shape)
    if isinstance(result, Empty):
        return _tell(_nothing(request.operation, result.stack, shape), shape)
    code = _end(result, shape)
    for line in result.following():
        talk(f"mtasts: {line}")
    return code


def _end(result: Declined | Done, shape: Shape) -> int:
    """Tell what was done; 2 when all that is wrong is that DNS did not answer."""
    if isinstance(result, Declined):
        return 1
    code = _tell(result.outcome, shape)
    for line in result.left:
        talk(f"mtasts: {line}")
    return 2 if code == 1 and result.unanswered else code


def _refuse(result: Refused, request: PublishRequest, shape: Shape) -> int:
    """Tell what is wrong with the policies; the exit code."""
    settled: Settled = result.settled
    problems = settled.problems
    for problem in problems:
        talk(problem)
    if settled.refusal and not request.strict:
        talk(f"mtasts: why not the others: {settled.refusal}")
    count = len(problems)
    talk(f"mtasts: {count} problem{'s' if count > 1 else ''} in policies; nothing was touched")
    if shape.form not in ("text", ""):
        part = invalid_part(result.stack.rsplit("/", 1)[-1], [in_repository(one) for one in problems])
        found = tuple(RunProblem(str(problem)) for problem in problems)
        outcome = Outcome(request.operation, result.stack, "failed", (), (), found, (), {}, 0.0)
        _print_document(outcome, part, shape)
    return 1


def _nothing(operation: str, stack: str, shape: Shape) -> Outcome:
    """The outcome for a stack without a domain, of which the engine would take everything down."""
    note_empty(stack)
    short = stack.rsplit("/", 1)[-1]
    destroy = command(shape.place, "destroy", "--stack", stack)
    note = f"stack {short} has no mail domain; what it published before stays until `{destroy}`"
    return Outcome(operation, stack, "succeeded", (), (), (), (note,), {}, 0.0)


def _tell(outcome: Outcome, shape: Shape) -> int:
    if shape.form == "text":
        show(outcome)
    elif shape.form:
        part = preview_part(outcome.as_run(), expect_none=shape.expect_no_changes)
        _print_document(outcome, part, shape)
    complain(outcome, shape.place)
    if outcome.result == "interrupted":
        return INTERRUPTED
    if outcome.result == "failed":
        return 1
    return 1 if shape.expect_no_changes and outcome.changed else 0


def _print_document(outcome: Outcome, part: Part, shape: Shape) -> None:
    """A preview's document holds what `mtasts comment` shows beside the outcome, the others the outcome alone."""
    if outcome.operation != "preview":
        document(dumps(values(outcome.as_run()), indent=2))
    elif shape.form == "json":
        # As `details`, too, where gate and diff have theirs: one way of reading serves all three.
        run = values(outcome.as_run())
        document(to_json([part], run, beside=run), end="")
    else:
        document(comment([part], limit=SUMMARY_LIMIT, rest="`--json`"), end="")
