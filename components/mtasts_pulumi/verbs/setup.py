"""Set up what the pipelines stand on: buckets, identity provider and roles at AWS, and the repository's settings.

A plan is shown first. What is there already is taken over; run again, it changes what differs. `--undo` takes back what
it made. The forge's token comes from the environment (GITHUB_TOKEN, GITLAB_TOKEN), AWS's credentials as for `up`.
Exit code 0: as asked; 1: declined, not all of it was done, or `--plan` found something to do; 2: could not look.
"""

import argparse
import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.screen import document, say, talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mtasts_pulumi.setup.lines import Line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, whose, what."""
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--forge", help="github, gitlab, or none for AWS alone (default: that of the git remote)")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="on the forge (default: that of the git remote)")
    parser.add_argument("--base", metavar="BRANCH", default="main", help="the branch that is published (main)")
    parser.add_argument(
        "--reviewer",
        metavar="STACK=NAME",
        action="append",
        default=[],
        help="who approves a stack's deployment: USER or ORGANIZATION/TEAM (repeatable)",
    )
    parser.add_argument("--state", metavar="BUCKET", help="the engine's state (default: by project and account)")
    parser.add_argument("--reports", metavar="BUCKET", help="reports and probes (default: by project and account)")
    parser.add_argument("--region", help="of the buckets (default: as Pulumi.yaml, the environment or a stack says)")
    parser.add_argument("--plan", action="store_true", help="only show what would be done; exit 1 if that is something")
    parser.add_argument("--undo", action="store_true", help="take back what set-up made; never what it took over")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--sandbox", action="store_true", help="against the running `mtasts sandbox` instead of AWS")
    parser.add_argument("--json", action="store_true", help="the plan as JSON on stdout, and how it ended")


def run(args: argparse.Namespace) -> int:
    """Look, show, ask, do."""
    # Late: the engine's SDK and boto3 cost a second, of no use to `--help`.
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.engine.preflight import check_providers
    from mtasts_pulumi.setup import plan as planned
    from mtasts_pulumi.setup.look import look
    from mtasts_pulumi.setup.request import SetupRequest
    from mtasts_pulumi.verbs.desk import agreed, asks
    from mtasts_pulumi.verbs.progress import LazyProgress

    request = SetupRequest(
        environ=dict(os.environ),
        project=args.project,
        state=args.state or "",
        reports=args.reports or "",
        region=args.region or "",
        forge=args.forge or "",
        repository=args.repository or "",
        reviewers=_reviewers(args.reviewer),
        base=args.base,
        sandbox=args.sandbox,
    )
    asking = not args.plan and asks("setup", yes=args.yes, sandbox=args.sandbox)
    site = look(request)
    check_providers(site.environ)
    with LazyProgress() as progress:
        engine = find_engine(progress, site.environ)
    if args.undo:
        undo = planned.plan_undo(request, site)
        lines, needed = undo.lines, True
        work = partial(planned.carry_out_undo, undo, engine, _tell)
    else:
        wish = planned.plan(request, site, engine)
        lines, needed = wish.lines, wish.changes
        work = partial(planned.carry_out, wish, engine, _tell)
    if not args.json:
        _show(lines)
    if args.plan or not needed:
        return _end(args, lines, "to do" if needed else "as wanted", code=1 if needed else 0)
    if asking and not agreed("take back" if args.undo else "set up", site.project.name):
        return _end(args, lines, "declined", code=1)
    wrong = work()
    for each in wrong:
        talk(f"mtasts: {each}")
    return _end(args, lines, "failed" if wrong else "done", code=1 if wrong else 0)


def _reviewers(given: "Sequence[str]") -> "Mapping[str, Sequence[str]]":
    found: dict[str, list[str]] = {}
    for each in given:
        stack, equals, name = each.partition("=")
        if not (stack and equals and name):
            raise CannotLook(f"--reviewer {each!r:.80} is not STACK=NAME", "e.g. --reviewer prod=example/mail-team")
        found.setdefault(stack, []).append(name)
    return found


def _show(lines: "Sequence[Line]") -> None:
    """What is as wanted is counted; the rest is a line each, by where it is."""
    for where in dict.fromkeys(line.where for line in lines):
        here = [line for line in lines if line.where == where]
        kept = sum(line.what == "as wanted" for line in here)
        say(f"{where}{f': {kept} as wanted' if kept else ''}")
        for line in here:
            if line.what != "as wanted":
                say(_words(line))


def _words(line: "Line") -> str:
    return f"  {line.what:<10} {line.name}{f': {line.more}' if line.more else ''}"


def _tell(line: "Line") -> None:
    talk(f"done: {line.what} {line.name}{f': {line.more}' if line.more else ''}")


def _end(args: argparse.Namespace, lines: "Sequence[Line]", result: str, *, code: int) -> int:
    if args.json:
        rows = [{"where": each.where, "what": each.what, "name": each.name, "more": each.more} for each in lines]
        document(json.dumps({"result": result, "lines": rows}, indent=2))
    else:
        say(f"set-up: {result}")
    return code
