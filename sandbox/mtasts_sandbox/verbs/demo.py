"""Publish two example mail domains in a sandbox on loopback with the real engine, flip one, and show what senders see.

Needs no account; leaves nothing running and nothing on disk.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.screen import say, talk
from mtasts.signals import interrupted_by_term
from mtasts.words.names import with_u_labels

if TYPE_CHECKING:
    from rich.panel import Panel

    from mtasts.render.table import Rows
    from mtasts_pulumi.engine.outcome import Outcome
    from mtasts_pulumi.engine.request import Request
    from mtasts_sandbox.demo import Demo, Round, Seen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--project."""
    parser.add_argument(
        "--project", metavar="DIR", type=Path, help="show another project's program (default: the one this command has)"
    )


def run(args: argparse.Namespace) -> int:
    """Play it and show it; 0 when each domain is seen with the id of the very text it serves."""
    from mtasts.live.project import find_project
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.verbs.progress import LazyProgress
    from mtasts_sandbox.client import check_installed
    from mtasts_sandbox.demo import play

    check_installed()  # before minutes go into obtaining the engine
    project = find_project(args.project) if args.project else None
    # So that the sandbox is stopped on SIGTERM as it is on Ctrl-C.
    interrupted_by_term()
    with LazyProgress() as progress:
        engine = find_engine(progress)
    played = play(project, engine, talk, _show_progress)
    _show(played)
    everything = (*played.before.seen, *played.after.seen)
    in_order = played.before.body_first and played.after.body_first
    return 0 if in_order and all(seen.belongs and not seen.problem for seen in everything) else 1


def _show_progress(request: "Request") -> "Outcome":
    from mtasts_pulumi.engine.drive import run as drive
    from mtasts_pulumi.engine.request import Talk
    from mtasts_pulumi.verbs.display import Running

    with Running(request.operation, request.stack, len(request.domains), shared=False) as running:
        return drive(request, Talk(note=running.note, watcher=running.watcher, interrupted=running.interrupted))


def _show(played: "Demo") -> None:
    from rich.columns import Columns
    from rich.panel import Panel
    from rich.text import Text

    from mtasts.cli.screen import show

    say()
    show(Text(f"what a sender sees of {played.flipped}: before and after `{played.edit}`", "bold"))
    pairs = zip(played.before.seen, played.after.seen, strict=True)
    before, after = next(pair for pair in pairs if pair[0].domain == played.flipped)
    show(Columns([_panel("before", before), _panel("after", after)]))
    for title, round_ in (("first publication", played.before), ("the change", played.after)):
        whole = f"{title}: what became visible, in this order"
        show(Panel(_order(round_), title=whole, title_align="left", expand=False))
    for seen in played.after.seen:
        if seen.domain != played.flipped and seen in played.before.seen:
            show(Text(f"{with_u_labels(seen.domain)}: unchanged, id {seen.id}"))
    if played.before.body_first and played.after.body_first:
        show(Text("Body first, then the TXT: no sender was ever told of a policy that was not served yet."))
    else:
        show(Text("WRONG ORDER: a TXT named a policy that was not served yet.", "bold red"))


def _panel(title: str, seen: "Seen") -> "Panel":
    from rich.panel import Panel
    from rich.text import Text

    text = Text()
    text.append("TXT ", style="bold")
    text.append(f"_mta-sts.{seen.domain}\n  {seen.txt or '(none)'}\n")
    text.append("GET ", style="bold")
    text.append(f"https://mta-sts.{seen.domain}/.well-known/mta-sts.txt\n")
    text.append("".join(f"  {line}\n" for line in seen.policy.splitlines()))
    verdict = {True: "the id belongs to this very text", False: "the id is of another text", None: "no id of ours"}
    text.append(seen.problem or verdict[seen.belongs], style="red" if seen.problem or not seen.belongs else "green")
    return Panel(text, title=title, title_align="left", expand=False)


def _order(round_: "Round") -> "Rows":
    from mtasts.render.table import Rows

    table = Rows(right=(0,))
    for event in round_.visible:
        what = {"body": f"policy text of id {event.id}", "txt": f"TXT {event.text}", "gone": "gone"}[event.kind]
        table.add_row(f"+{event.seconds:.3f} s", event.name, what)
    return table
