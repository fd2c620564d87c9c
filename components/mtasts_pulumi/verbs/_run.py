"""Code that `preview`, `up` and `destroy` share: arguments, checks before a run, and the report at its end."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.app.sandbox import sandbox_environment
from mtasts.cli.next_command import command, place
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.signals import interrupted_by_term

if TYPE_CHECKING:
    from mtasts.live.project import Project
    from mtasts.policy.config import InputProblem, Loaded
    from mtasts.policy.held import Settled
    from mtasts.render.ci.parts import Part
    from mtasts_pulumi.engine.outcome import Outcome

INTERRUPTED = 130  # as shells count: 128 + SIGINT


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of all three."""
    parser.add_argument("-s", "--stack", help="a folder under policies/ ($PULUMI_STACK); there is no default")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--sandbox", action="store_true", help="against the running `mtasts sandbox` instead of clouds")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout (docs/reference/cli.md)")
    parser.add_argument("--diff", action="store_true", help="print the engine's own detailed diff")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="look first at what is really there: what was changed by hand is put back",
    )
    parser.add_argument(
        "--remove-before-date",
        metavar="DOMAIN",
        action="append",
        help="remove a domain though senders may still hold a policy of it; the stack's history keeps it (repeatable)",
    )
    parser.add_argument(
        "--parallel",
        type=int,
        metavar="N",
        help="resource operations at a time (up: 64; else the engine's, 4 per core)",
    )


def add_committed_argument(parser: argparse.ArgumentParser) -> None:
    """--committed, for pipelines, which publish what was merged."""
    parser.add_argument(
        "--committed",
        action="store_true",
        help="refuse policy files that are not, byte for byte, those of the commit that is checked out",
    )


def add_strict_argument(parser: argparse.ArgumentParser) -> None:
    """--strict, of `preview` and `up`."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help="publish nothing while any file of the stack is wrong; else its domain stays as it was published",
    )


def run_verb(operation: str, args: argparse.Namespace) -> int:
    """Check everything, run the engine, tell the result; the exit code."""
    from mtasts.live.project import choose_stack, find_project, stack_settings
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.engine.moves import next_steps, torn_out
    from mtasts_pulumi.engine.preflight import check_backend, check_credentials, check_providers
    from mtasts_pulumi.engine.published import deployment
    from mtasts_pulumi.verbs import _apart
    from mtasts_pulumi.verbs._destination import destination
    from mtasts_pulumi.verbs._obtain import LazyProgress

    asking = operation != "preview" and asks(operation, args)
    environment = _environment(args)
    effective = {**os.environ, **environment}
    project = find_project(args.project or Path.cwd())
    stack = choose_stack(project, args.stack, effective)
    loaded = _policies(project, stack, effective, needed=operation != "destroy")
    settled = _settled(operation, loaded, project, stack, effective, args)
    if _refused(settled, args):
        return _refuse(operation, settled, stack, args)
    _check_early(operation, effective, loaded)
    if not settled.policies and operation != "destroy":
        return tell(_nothing(operation, stack, args), args)
    check_providers(effective)
    settings = stack_settings(project, stack)
    check_credentials(settled.policies, settings, effective)
    check_backend(effective)
    talk(destination(operation, project, stack, settled.policies, settings, effective))
    if operation == "destroy" and asking and not agreed(operation, stack):
        return 1
    with LazyProgress() as progress:
        engine = find_engine(progress, effective)
    if args.remove_before_date:
        _note_unknown(project, stack, effective)
    state = deployment(project, stack, effective) if operation != "destroy" else {}
    torn = torn_out(settled.policies, project, stack, state) if state else []
    if torn:
        settled = _apart.settled(loaded, project, stack, effective, torn)
        if _refused(settled, args):
            return _refuse(operation, settled, stack, args)

    from mtasts_pulumi.engine.drive import (
        Request,  # late: it brings the SDK, 0.3 s, of no use to a run that stops above
    )
    from mtasts_pulumi.verbs import _publish as _publishing

    request = Request(
        operation=operation,
        project=project,
        stack=stack,
        engine=engine,
        environment=environment,
        domains=frozenset(policy.domain for policy in settled.policies),
        create=args.sandbox or bool(effective.get("MTASTS_SANDBOX_DIR")) or getattr(args, "create", False),
        refresh=args.refresh,
        diff=args.diff,
        parallel=args.parallel,
        checkpoints=getattr(args, "checkpoints", None),
        place=tuple(place(args)),
    )
    if operation == "destroy":
        return tell(drive(request, args), args)
    with _apart.told(settled, state) as told:
        request = replace(request, environment={**environment, **told})
        publishing = _publishing.preview if operation == "preview" else partial(_publishing.up, asking=asking)
        code = publishing(request, settled, args)
    for line in next_steps(settled.policies, project, stack, effective):
        talk(f"mtasts: {line}")
    return code


def _environment(args: argparse.Namespace) -> Mapping[str, str]:
    environment: dict[str, str] = {}
    if args.sandbox:
        environment.update(sandbox_environment(os.environ))
    if args.policies:
        if not args.policies.is_dir():
            raise CannotLook(f"--policies {args.policies}: no such folder", "it holds a folder of YAML files per stack")
        environment["MTASTS_POLICIES"] = str(args.policies.absolute())
    if args.remove_before_date:
        from mtasts_pulumi.engine.failures import REMOVE_EARLY

        environment[REMOVE_EARLY] = " ".join(map(_a_labels, args.remove_before_date))
    return environment


def _a_labels(domain: str) -> str:
    from mtasts.protocol.names import BadName, to_a_labels

    try:
        return to_a_labels(domain)
    except BadName as error:
        raise CannotLook(f"{domain!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None


def _policies(project: "Project", stack: str, environ: Mapping[str, str], *, needed: bool) -> "Loaded":
    """The stack's policies. What is taken down need not be valid any more: then there are none, and no problems."""
    from mtasts.app.policies import read_named
    from mtasts.policy.config import Loaded

    try:
        loaded = read_named(project.policies(environ), stack, project.root)
    except CannotLook:
        if needed:
            raise
        return Loaded((), ())
    return loaded if needed else Loaded(loaded.policies, ())


def _not_as_committed(policies: Path, stack: str, args: argparse.Namespace) -> "Sequence[InputProblem]":
    """What of the files would not be what was judged: with --committed every difference, else conversions alone."""
    from mtasts.live.git_bytes import converted, uncommitted

    if args.committed:
        return uncommitted(policies, stack)
    try:
        return converted(policies, stack)
    except CannotLook as error:
        # A person at a workstation publishes what lies there; a roll-back must not need git.
        talk(f"mtasts: whether git has converted the policy files is not known: {error.message}")
        return ()


def _check_early(operation: str, environ: Mapping[str, str], loaded: "Loaded") -> None:
    """Raise CannotLook for a domain that is to be removed early but still has its file: one of the two is a slip."""
    from mtasts_pulumi.engine.published import asked_early

    living = asked_early(environ) & {policy.domain for policy in loaded.policies}
    if operation != "destroy" and living:
        raise CannotLook(
            f"--remove-before-date {', '.join(sorted(living))}: its file is still there, so it would not be removed",
            "take the file away first, or leave the option out",
        )


def _note_unknown(project: "Project", stack: str, environ: Mapping[str, str]) -> None:
    """Say which domain that is to be removed early is not there: a slip, or gone already, as when a run is repeated."""
    from mtasts_pulumi.engine.placed import known_places
    from mtasts_pulumi.engine.published import asked_early

    unknown = sorted(asked_early(environ) - known_places(project, stack, environ).keys())
    if unknown:
        told = f"--remove-before-date {', '.join(unknown)}: this stack publishes no such domain"
        talk(f"mtasts: {told}, so nothing is removed for that")


def _settled(
    operation: str,
    loaded: "Loaded",
    project: "Project",
    stack: str,
    environ: Mapping[str, str],
    args: argparse.Namespace,
) -> "Settled":
    """What can be published of the files. Those that are not what was judged are everybody's fault: nothing is."""
    from mtasts.policy.held import Settled
    from mtasts_pulumi.verbs import _apart

    if operation == "destroy":
        return Settled(loaded.policies)
    found = _apart.settled(loaded, project, stack, environ)
    unlike = _not_as_committed(project.policies(environ), stack.rsplit("/", 1)[-1], args)
    if not unlike:
        return found
    return Settled((), problems=(*found.problems, *unlike), refusal="the files are not what was judged")


def _refused(settled: "Settled", args: argparse.Namespace) -> bool:
    """Whether nothing is published for what is wrong."""
    return bool(settled.refusal) or bool(settled.problems and getattr(args, "strict", False))


def _refuse(operation: str, settled: "Settled", stack: str, args: argparse.Namespace) -> int:
    """Tell what is wrong with the policies; the exit code."""
    problems = settled.problems
    for problem in problems:
        talk(problem)
    if settled.refusal and not args.strict:
        talk(f"mtasts: why not the others: {settled.refusal}")
    count = len(problems)
    talk(f"mtasts: {count} problem{'s' if count > 1 else ''} in policies; nothing was touched")
    if _form(args) != "text":
        from mtasts.render.ci.preview import invalid_part
        from mtasts_pulumi.engine.outcome import Outcome, RunProblem

        part = invalid_part(stack.rsplit("/", 1)[-1], [_from_here(one) for one in problems])
        found = tuple(RunProblem(str(problem)) for problem in problems)
        _print_document(Outcome(operation, stack, "failed", (), (), found, (), {}, 0.0), part, args)
    return 1


def _from_here(problem: "InputProblem") -> "InputProblem":
    """The same, its path from the current folder if it lies in it: annotations want it from the repository's root."""
    path = Path(problem.place.path)
    if not path.is_relative_to(Path.cwd()):
        return problem
    return replace(problem, place=replace(problem.place, path=path.relative_to(Path.cwd()).as_posix()))


def drive(request: Any, args: argparse.Namespace) -> "Outcome":
    from mtasts_pulumi.engine.drive import Talk, run
    from mtasts_pulumi.engine.quiet import WithoutLibraryTracebacks
    from mtasts_pulumi.verbs._display import Running

    # Chosen now: while the engine runs, what is printed is talk, and on a terminal it goes above the bar.
    together = sys.stdout.isatty() and sys.stderr.isatty()
    result = sys.stdout if _form(args) == "text" and not together else None

    def output(line: str) -> None:
        say(line, stream=result or sys.stderr)

    # For the rest of the process: after the engine died, gRPC complains until the interpreter ends.
    if not isinstance(sys.stderr, WithoutLibraryTracebacks):  # `up` drives the engine twice
        sys.stderr = WithoutLibraryTracebacks(sys.stderr)
    # A CI job that is cancelled sends SIGTERM: it shall end as Ctrl-C does, with the state written.
    interrupted_by_term()
    with Running(request.operation, request.stack, len(request.domains)) as running:
        talk = Talk(
            note=running.note,
            output=output if request.diff or args.debug else None,
            watcher=running.watcher,
            interrupted=running.interrupted,
        )
        try:
            return run(request, talk)
        except CannotLook as error:
            if _form(args) == "json" and (request.for_up or request.operation != "preview"):
                _print_refusal(error, request)
            raise


def _print_refusal(error: CannotLook, request: Any) -> None:
    """The document of a run that could not begin, because of a lock or a damaged state: why, and the way out."""
    from mtasts.render.run.document import values
    from mtasts.render.runner import dumps
    from mtasts_pulumi.engine.outcome import Outcome, RunProblem

    operation = "up" if request.for_up else request.operation
    found = (RunProblem(error.message, error.hint),)
    outcome = Outcome(operation, request.stack, "failed", (), (), found, (), {}, 0.0)
    document(dumps(values(outcome.as_run()), indent=2))


def _nothing(operation: str, stack: str, args: argparse.Namespace) -> "Outcome":
    """The outcome for a stack without a domain, of which the engine would take everything down."""
    from mtasts.cli.stacks import note_empty
    from mtasts_pulumi.engine.outcome import Outcome

    note_empty(stack)
    short = stack.rsplit("/", 1)[-1]
    destroy = command(args, "destroy", "--stack", stack)
    note = f"stack {short} has no mail domain; what it published before stays until `{destroy}`"
    return Outcome(operation, stack, "succeeded", (), (), (), (note,), {}, 0.0)


def tell(outcome: "Outcome", args: argparse.Namespace) -> int:
    from mtasts_pulumi.verbs._display import complain, show

    if _form(args) == "text":
        show(outcome)
    else:
        from mtasts.render.ci.preview import preview_part

        part = preview_part(outcome.as_run(), expect_none=getattr(args, "expect_no_changes", False))
        _print_document(outcome, part, args)
    complain(outcome, args)
    if outcome.result == "interrupted":
        return INTERRUPTED
    if outcome.result == "failed":
        return 1
    return 1 if getattr(args, "expect_no_changes", False) and outcome.changed else 0


def _form(args: argparse.Namespace) -> str:
    """How the end is told: text, json, or markdown for a step's summary, which only a preview has."""
    return "json" if args.json else str(getattr(args, "format", "text"))


def _print_document(outcome: "Outcome", part: "Part", args: argparse.Namespace) -> None:
    """A preview's document holds what `mtasts comment` shows beside the outcome, the others the outcome alone."""
    from mtasts.render.run.document import values

    if outcome.operation != "preview":
        from mtasts.render.runner import dumps

        document(dumps(values(outcome.as_run()), indent=2))
    elif _form(args) == "json":
        from mtasts.render.ci.parts import to_json

        # As `details`, too, where gate and diff have theirs: one way of reading serves all three.
        run = values(outcome.as_run())
        document(to_json([part], run, beside=run), end="")
    else:
        from mtasts.render.ci.comment import SUMMARY_LIMIT, comment

        document(comment([part], limit=SUMMARY_LIMIT, rest="`--json`"), end="")


def asks(operation: str, args: argparse.Namespace) -> bool:
    """Whether a person has to agree. Nobody is asked about the sandbox, where nothing can be harmed.

    Raises CannotLook where somebody has to and there is no terminal to ask on.
    """
    if args.yes or args.sandbox or os.environ.get("MTASTS_SANDBOX_DIR"):
        return False
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CannotLook(f"`mtasts {operation}` asks before it changes anything, and there is no terminal", "say --yes")
    return True


def agreed(operation: str, stack: str) -> bool:
    """The person's answer. No input at all is no."""
    sys.stderr.write(f"{operation} {stack} now? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
