"""List what came and could not be read: kept with its reason, never counted. Oldest first.

--out writes it to files, as it came, each named by its key: fix it, or wait for a better reader, and import the folder.
What was posted goes to a folder `posted` below: imported from there it would count as if you had written it yourself.
A damaged mail is called KEY.eml, so that an import takes it for a mail again, never for a report file of yours.
--judge reads what was posted once more, and moves what can be read now to the reports, as posted.

exit code: 0 as asked; 1 with --judge: something could still not be read; 2 the store could not be used
"""

import argparse
from pathlib import Path

from mtasts.app.reports.quarantine import judge_posted, quarantined
from mtasts.cli.options.reports import mail_domain
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import document, say
from mtasts.live.store import Quarantined
from mtasts.render.escape import terminal
from mtasts.render.runner import dumps
from mtasts.words.counted import number
from mtasts.words.moments import at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which store, and what to do."""
    add_store_argument(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write what is there to files in this folder")
    parser.add_argument(
        "--judge", action="store_true", help="read once more what was posted, and keep what is a report"
    )
    parser.add_argument(
        "--domain",
        type=mail_domain,
        metavar="DOMAIN",
        help="with --judge: what reports without one are about",
    )
    parser.add_argument("--json", action="store_true", help="a list with one object a line")


def run(args: argparse.Namespace) -> int:
    """List, write out, or judge."""
    if args.judge:
        return _judge(store_of(args), args.domain or "")
    held = quarantined(store_of(args), args.out)
    if args.json:
        document("[" + "\n,".join(dumps(_row(one)) for one in held) + "]")
        return 0
    for one in held:
        line = f"{one.key}  {at(one.received)}  {one.size} bytes  {one.source}: {one.reason}"
        say(terminal(line))
    if not held:
        say("nothing in quarantine")
    return 0


def _judge(location: str, domain: str) -> int:
    judged = judge_posted(location, domain)
    stay = f"{number(judged.left, 'post')} {'stays' if judged.left == 1 else 'stay'}"
    say(f"{number(judged.reports, 'posted report')} moved out of quarantine, {stay}")
    return 1 if judged.left else 0


def _row(one: Quarantined) -> dict[str, object]:
    return {
        "key": one.key,
        "received": f"{one.received:%Y-%m-%dT%H:%M:%SZ}",
        "bytes": one.size,
        "source": one.source,
        "reason": one.reason,
    }
