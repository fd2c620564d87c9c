"""Put the last good state in the place of a damaged one; refused when it is whole."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtasts.cli.next_command import command
from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook
from mtasts.render.runner import dumps
from mtasts_pulumi.engine import checkpoints
from mtasts_pulumi.engine.checkpoints import Checkpoint
from mtasts_pulumi.engine.holders import Fate
from mtasts_pulumi.engine.state import backend_root, read_state
from mtasts_pulumi.publish.stack import Stack
from mtasts_pulumi.verbs.desk import agreed, asks
from mtasts_pulumi.verbs.state.common import add_stack_arguments, locks_of, stack_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of both verbs."""
    add_stack_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say what would be put back, ask, and put it back; 1 when the answer is no."""
    asking = asks("state repair", yes=args.yes, sandbox=args.sandbox)
    stack = stack_of(args)
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
    since = _published_since(found[0], stack.environ)
    for line in (wrong, f"to be put back: {_told(found[0])}", *since):
        talk(f"mtasts: {line}")
    if asking and not agreed("state repair", stack.name):
        return 1
    aside = checkpoints.restore(found[0], *stack.place)
    _tell_repaired(found[0], wrong, since, aside, args, stack)
    return 0


def _tell_repaired(
    copy: Checkpoint, wrong: str, since: list[str], aside: Path, args: argparse.Namespace, stack: Stack
) -> None:
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


def _told(copy: Checkpoint) -> str:
    return (
        f"the state of {copy.at:%Y-%m-%d %H:%M:%SZ}, {copy.resources} resources,"
        f" {len(checkpoints.domains(copy))} mail domains ({copy.file})"
    )


def _published_since(copy: Checkpoint, environ: Mapping[str, str]) -> list[str]:
    """What the ledger has that this state does not know, a line each; or why nobody can tell."""
    from mtasts.app.ledger import LedgerRequest, open_ledger  # 0.2 s, which `--help` can do without

    bucket = read_state(copy.deployment).bucket
    if not bucket:
        return ["this state knows of no policy bucket, so what was published since is not known"]
    try:
        ledger = open_ledger(LedgerRequest(environ, f"s3://{bucket}"), None)
    except CannotLook as error:
        return [f"what was published since is not known: {error.message}"]
    since = [
        f"published since, by the ledger: {domain} id {one.id} at {one.since:%Y-%m-%d %H:%M:%SZ}"
        for domain in sorted(ledger.publications)
        for one in ledger.of(domain)
        if one.since > copy.at
    ]
    return since or ["by the ledger, nothing was published since"]


def _refuse_while_it_runs(stack: Stack, args: argparse.Namespace) -> None:
    for lock, fate in locks_of(stack):
        if fate is not Fate.GONE:
            certain = f"; if it is certainly gone: `{command(args, 'state', 'unlock', '--stack', stack.name)}`"
            raise CannotLook(
                f"stack {stack.name} is locked by {lock.holder}: {fate.value}",
                f"wait for it{'' if fate is Fate.RUNS else certain}",
            )
