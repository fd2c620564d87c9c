"""Give the records of mail domains to another tool: the stack forgets them, and they stay in DNS as they are.

Senders see nothing of it. `released` is written into each file, and `mtasts up` neither deletes the records nor makes
them again. The policy host goes on being served from here until the other tool leads its name elsewhere; then take the
file away. `mtasts adopt` takes the records back. Exit code 0: released, or nothing to do; 1: refused, nothing was
touched, or you said no; 2: it could not be looked at.
"""

import argparse
from typing import TYPE_CHECKING, Any

from mtasts.cli.next_command import command
from mtasts.cli.screen import document, say, talk
from mtasts.render.escape import terminal
from mtasts.render.runner import dumps
from mtasts.words.names import with_u_labels
from mtasts_pulumi.verbs.desk import Shape, TerminalDesk, asks
from mtasts_pulumi.verbs.state.common import add_stack_arguments, stack_of

if TYPE_CHECKING:
    from mtasts_pulumi.publish.release import Release, ReleasedDomain

_TITLES = {
    "terraform": "Terraform or OpenTofu: import blocks with their resources; a plan shows imports and no change",
    "pulumi": "another Pulumi project",
    "octodns": "octoDNS: lines of a zone whose name is the mail domain; a plan shows no change",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The domains, the stack, and whether it is only said."""
    parser.add_argument("domain", metavar="DOMAIN", nargs="+", help="a mail domain of the stack")
    add_stack_arguments(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and touch nothing")


def run(args: argparse.Namespace) -> int:
    """Say which records stay, ask, release."""
    # Late: what publishing needs costs 0.4 s of processor time, of no use to `--help`.
    from mtasts_pulumi.publish.release import release

    asking = not args.dry_run and asks("release", yes=args.yes, sandbox=args.sandbox)
    stack = stack_of(args)
    desk = TerminalDesk(Shape("json" if args.json else "text"))
    done = release(stack, args.domain, desk, carry_out=not args.dry_run, asking=asking)
    if args.json:
        document(dumps(_document(done, dry_run=args.dry_run), indent=2))
    elif not (done.declined or done.refused):
        _show(done, args)
    for line in done.refused:
        talk(f"mtasts: {line}")
    if done.refused:
        talk("mtasts: nothing was touched")
    return 1 if done.refused or done.declined else 0


def _show(done: "Release", args: argparse.Namespace) -> None:
    for one in done.domains:
        _show_one(one, dry_run=args.dry_run)
    if done.done:
        say(f"{done.stack}: nothing to do")
    elif not args.dry_run:
        talk(f"next: `{command(args, 'up', '--stack', done.stack)}`, which changes none of these records")


def _show_one(one: "ReleasedDomain", *, dry_run: bool) -> None:
    name = with_u_labels(one.domain)
    if one.done:
        say(f"{name}: released on {one.released}")
        return
    will = "would be released; these records would stay" if dry_run else "released; these records stay"
    say(f"{name}: {will} in DNS as they are, and senders see nothing of it")
    for record in one.records:
        where = f"{record.provider} zone {record.zone}, id {record.id}"
        say(terminal(f"  {record.kind} {record.name}: {record.value} ({where})"))
    say(f"its policy host is served from here until the other tool leads mta-sts.{one.domain} to its own web host;")
    say(f"keep {one.file.path} until then, and the certificate's CNAME, which its host may want as well")
    for title, text in _handover(one).items():
        say(f"\n{_TITLES[title]}\n")
        for line in text.splitlines():
            say(terminal(f"  {line}"))


def _handover(one: "ReleasedDomain") -> dict[str, str]:
    from mtasts.adoption import handover

    return {
        "terraform": handover.terraform(one.records),
        "pulumi": handover.pulumi(one.records),
        "octodns": handover.octodns(one.domain, one.records),
    }


def _document(done: "Release", *, dry_run: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "stack": done.stack,
        "result": _result(done, dry_run=dry_run),
        "refused": list(done.refused),
        "domains": [_values(one) for one in done.domains],
    }


def _values(one: "ReleasedDomain") -> dict[str, Any]:
    fields = ("kind", "name", "value", "ttl", "provider", "zone", "id")
    return {
        "domain": one.domain,
        "released": one.released.isoformat(),
        "file": str(one.file.path),
        "records": [{name: getattr(record, name) for name in fields} for record in one.records],
        "handover": _handover(one),
    }


def _result(done: "Release", *, dry_run: bool) -> str:
    if done.refused:
        return "refused"
    if done.declined:
        return "declined"
    if done.done:
        return "nothing to do"
    return "would be released" if dry_run else "released"
