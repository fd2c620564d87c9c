"""The state of a stack, when something went wrong with it: put the last good one back, or take a lock away.

  mtasts state repair --stack S    a state that a full disk or a crash left empty, half-written or missing
  mtasts state unlock --stack S    a lock of a run of which nobody but you can know that it is gone

Both show what they are about to do, and ask. exit codes: 0 done; 1 you said no; 2 refused, or it could not be done.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.cli.next_command import command
from mtasts.cli.options import ledger as ledger_source
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.project import Project
    from mtasts_pulumi.engine.checkpoints import Checkpoint
    from mtasts_pulumi.engine.locks import Lock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two verbs, with the same options."""
    verbs = parser.add_subparsers(dest="state_verb", required=True, metavar="VERB")

    def verb(name: str, what: str, act: Callable[[argparse.Namespace], int]) -> None:
        added = verbs.add_parser(name, help=what, description=what)
        added.add_argument("-s", "--stack", help="the stack ($PULUMI_STACK)")
        added.add_argument(
            "--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)"
        )
        added.add_argument(
            "--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)"
        )
        added.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
        added.add_argument("-y", "--yes", action="store_true", help="do not ask")
        added.add_argument("--json", action="store_true", help="what was done, as JSON on stdout")
        added.set_defaults(act=act)

    verb("repair", "put the last good state in the place of a damaged one; refused when it is whole", _repair)
    verb("unlock", "take away the lock of a run that is certainly gone; refused when it runs", _unlock)


def run(args: argparse.Namespace) -> int:
    """Do one verb."""
    result: int = args.act(args)
    return result


@dataclass(frozen=True, slots=True)
class _Stack:
    project: "Project"
    name: str
    environ: Mapping[str, str]

    @property
    def place(self) -> tuple[str, str, Mapping[str, str]]:
        return self.project.name, self.name, self.environ


def _stack(args: argparse.Namespace) -> _Stack:
    from mtasts.live.project import choose_stack, find_project

    environ = ledger_source.environment_of(args)
    project = find_project(args.project or Path.cwd())
    return _Stack(project, choose_stack(project, args.stack, environ), environ)


def _repair(args: argparse.Namespace) -> int:
    from mtasts_pulumi.engine import checkpoints
    from mtasts_pulumi.engine.state import backend_root
    from mtasts_pulumi.verbs._run import agreed, asks

    asking = asks("state repair", args)
    stack = _stack(args)
    if backend_root(stack.environ) is None:
        raise CannotLook(
            "only the state of a file:// backend is repaired here",
            "S3 and the like keep versions, if the bucket is versioned; `pulumi stack import` takes one of them",
        )
    wrong = checkpoints.damage(*stack.place)
    if not wrong:
        raise CannotLook(f"the state of stack {stack.name} is whole, so there is nothing to repair")
    _refuse_while_it_runs(stack, args)
    found = checkpoints.copies(*stack.place)
    if not found:
        raise CannotLook(
            f"{wrong}, and no whole copy of it is left", "put back the backend's folder from your own backup"
        )
    since = _published_since(found[0], args)
    for line in (wrong, f"to be put back: {_told(found[0])}", *since):
        talk(f"mtasts: {line}")
    if asking and not agreed("state repair", stack.name):
        return 1
    aside = checkpoints.restore(found[0], *stack.place)
    _tell_repaired(found[0], wrong, since, aside, args, stack)
    return 0


def _tell_repaired(
    copy: "Checkpoint", wrong: str, since: list[str], aside: Path, args: argparse.Namespace, stack: _Stack
) -> None:
    from mtasts.render.runner import dumps

    following = command(args, "up", "--refresh", "--stack", stack.name)
    if args.json:
        told: dict[str, Any] = {
            "version": 1,
            "stack": stack.name,
            "damage": wrong,
            "restored": str(copy.file),
            "written": f"{copy.at:%Y-%m-%dT%H:%M:%SZ}",
            "resources": copy.resources,
            "since": since,
            "next": following,
        }
        document(dumps(told, indent=2))
    else:
        say(f"{stack.name}: the state is whole again" + (f"; the damaged file is {aside}" if aside.exists() else ""))
    talk(f"next: `{following}` looks at what is really there, and goes on from it")


def _told(copy: "Checkpoint") -> str:
    from mtasts_pulumi.engine.checkpoints import domains

    return (
        f"the state of {copy.at:%Y-%m-%d %H:%M:%SZ}, {copy.resources} resources, {len(domains(copy))} mail domains"
        f" ({copy.file})"
    )


def _published_since(copy: "Checkpoint", args: argparse.Namespace) -> list[str]:
    """What the ledger has that this state does not know, a line each; or why nobody can tell."""
    from mtasts_pulumi.engine.state import read_state

    bucket = read_state(copy.deployment).bucket
    if not bucket:
        return ["this state knows of no policy bucket, so what was published since is not known"]
    args.ledger = f"s3://{bucket}"
    try:
        ledger = ledger_source.open_ledger(args, None)
    except CannotLook as error:
        return [f"what was published since is not known: {error.message}"]
    since = [
        f"published since, by the ledger: {domain} id {one.id} at {one.since:%Y-%m-%d %H:%M:%SZ}"
        for domain in sorted(ledger.publications)
        for one in ledger.of(domain)
        if one.since > copy.at
    ]
    return since or ["by the ledger, nothing was published since"]


def _refuse_while_it_runs(stack: _Stack, args: argparse.Namespace) -> None:
    from mtasts_pulumi.engine.holders import Fate

    for lock, fate in _locks(stack):
        if fate is not Fate.GONE:
            certain = f"; if it is certainly gone: `{command(args, 'state', 'unlock', '--stack', stack.name)}`"
            raise CannotLook(
                f"stack {stack.name} is locked by {lock.holder}: {fate.value}",
                f"wait for it{'' if fate is Fate.RUNS else certain}",
            )


def _locks(stack: _Stack) -> "list[tuple[Lock, Any]]":
    from mtasts_pulumi.engine.locks import fate, read_lock_file
    from mtasts_pulumi.engine.running import surroundings
    from mtasts_pulumi.engine.state import lock_files

    holders, around = surroundings(*stack.place)
    locks = [read_lock_file(file) for file in lock_files(*stack.place)]
    return [(lock, fate(lock, holders.values(), around)) for lock in locks]


def _unlock(args: argparse.Namespace) -> int:
    from mtasts.render.runner import dumps
    from mtasts_pulumi.engine.holders import Fate
    from mtasts_pulumi.engine.running import clear
    from mtasts_pulumi.engine.state import backend_root
    from mtasts_pulumi.verbs._run import agreed, asks

    asking = asks("state unlock", args)
    stack = _stack(args)
    in_files = backend_root(stack.environ) is not None
    locks = _locks(stack)
    if in_files and not locks:
        raise CannotLook(f"stack {stack.name} is not locked")
    for lock, fate in locks:
        if fate is Fate.RUNS:
            raise CannotLook(f"stack {stack.name} is locked by {lock.holder}: {fate.value}", "wait for it, or end it")
        talk(f"mtasts: locked by {lock.holder}: {fate.value}")
    if not in_files:
        talk("mtasts: whoever runs on this stack now loses its lock")
    if asking and not agreed("state unlock", stack.name):
        return 1
    if in_files:
        clear([lock for lock, _ in locks], *stack.place)
    else:
        _cancel(stack)
    if args.json:
        cleared = [lock.holder for lock, _ in locks]
        document(dumps({"version": 1, "stack": stack.name, "cleared": cleared}, indent=2))
    else:
        say(f"{stack.name}: unlocked")
    return 0


def _cancel(stack: _Stack) -> None:
    from pulumi.automation.errors import CommandError

    from mtasts_pulumi.engine.command import Engine
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.verbs._obtain import LazyProgress

    with LazyProgress() as progress:
        engine = find_engine(progress, stack.environ)
    try:
        Engine(engine).run(["cancel", "--yes", "--stack", stack.name], str(stack.project.root), stack.environ)
    except CommandError as error:
        said = str(error).partition("stderr:")[2].strip().splitlines()
        raise CannotLook(
            f"the engine: {said[-1][:300] if said else 'it said nothing'}", "see PULUMI_BACKEND_URL"
        ) from None
